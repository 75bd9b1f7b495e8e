-- The playgrounds within a radius, its border included, nearest first, those at the same distance by id.
-- The index (playgrounds_location_idx) knows the order on a sphere only, and the spheroid may swap neighbours.
-- So the inner query takes as many rows in the sphere's order; the largest of their true distances bounds the
-- true answer, which the outer query finds within that bound and sorts: in a dense city the work follows the
-- limit and not the radius. st_distance rounds to 1e-8 m, and the added millimetre makes up for that.
-- The planner must walk the index in order, whatever the limit and the radius: with the origin in a
-- materialized CTE and the limit in a subquery it sees neither value. Otherwise it reads and sorts the whole
-- city.
with search as materialized (
  select
    :origin::geography as origin,
    :radius_m::exchange.distance_m as radius_m
)

select
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at,
  st_distance(playgrounds.location, search.origin) as distance_m
from search
cross join
  lateral (
    select max(st_distance(candidate.location, search.origin)) + 0.001 as bound_m
    from (
      select neighbour.location
      from exchange.playgrounds as neighbour
      where st_dwithin(neighbour.location, search.origin, search.radius_m)
      order by neighbour.location <-> search.origin
      limit (select :limit::bigint)
    ) as candidate
  ) as reach
inner join exchange.playgrounds
  on st_dwithin(playgrounds.location, search.origin, least(reach.bound_m, search.radius_m))
order by distance_m, playground_id
limit :limit::bigint;
