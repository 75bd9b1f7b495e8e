-- The playground with this id.
select
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at
from exchange.playgrounds
where playgrounds.id = :playground_id;
