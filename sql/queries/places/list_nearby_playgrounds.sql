-- The playgrounds within a radius, its border included, nearest first, those at the same distance by id.
-- As list_nearest_playgrounds, whose comment says why the statement has this shape. The bound found in its first
-- step makes the work follow the limit and not the radius, which may span a dense city.
-- Not null: distance_m
with search as materialized (
  select
    :origin::geography as origin,
    :radius_m::exchange.distance_m as radius_m
),

near_in_degrees as (
  select distinct
    candidate.id,
    st_distance(candidate.location, search.origin) as distance_m
  from search
  cross join lateral (values (0), (-360 * sign(st_x(search.origin::geometry)))) as turn (degrees)
  cross join
    lateral (
      select
        neighbour.id,
        neighbour.location
      from exchange.playgrounds as neighbour
      where neighbour.location::geometry::point <@ box '(180,90),(-180,-90)'
      order by neighbour.location::geometry::point <-> search.origin::geometry::point + point(turn.degrees, 0)
      fetch first ((select :limit::bigint)) rows with ties
    ) as candidate
),

reach as (
  select max(nearest.distance_m) + 0.001 as bound_m
  from (
    select near_in_degrees.distance_m
    from near_in_degrees
    order by near_in_degrees.distance_m
    limit :limit::bigint
  ) as nearest
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
cross join reach
inner join exchange.playgrounds
  on st_dwithin(playgrounds.location, search.origin, least(reach.bound_m, search.radius_m))
order by distance_m, playground_id
limit :limit::bigint;
