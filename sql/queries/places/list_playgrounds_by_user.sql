-- What one user added, newest first, page by page. Ids grow with every insert, so a page costs the same however deep
-- it is.
-- Rides: playgrounds_added_by_idx
select
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at
from exchange.playgrounds
where
  playgrounds.added_by = :added_by
  -- page
  and playgrounds.id < :page_playground_id
  -- end page
order by playgrounds.id desc
limit :limit::bigint;
