-- What one user added, newest first, before a given one. Ids grow with every insert, so a page costs the same
-- however deep it is; coalesce instead of "is null or" keeps the bound a condition of playgrounds_added_by_idx.
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
  and playgrounds.id < coalesce(:before_playground_id::bigint, 9223372036854775807)
order by playgrounds.id desc
limit :limit::bigint;
