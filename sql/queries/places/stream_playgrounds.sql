-- Every playground in the order of id. The primary key gives that order without a sort, so the first row comes
-- at once and neither side holds the whole table.
select
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at
from exchange.playgrounds
order by playgrounds.id;
