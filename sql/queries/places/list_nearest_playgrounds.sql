-- The nearest playgrounds anywhere, nearest first, those at the same distance by id.
-- Two steps, because no index knows the order of distances on the spheroid. First, as many rows as wanted that are
-- near in degrees (index playgrounds_location_point_idx; from a full turn away as well, for those across the
-- 180th meridian): the true distance of the last of them bounds the answer. Then all rows within that bound (index
-- playgrounds_location_idx), sorted by true distance. How degrees differ from metres changes only how tight the
-- bound is. st_distance rounds to 1e-8 m, and the added millimetre makes up for that.
-- The planner must walk the first index in order, whatever the limit: with the origin in a materialized CTE and the
-- limit in a subquery it sees neither value, and a box around the whole world makes it expect few rows. Otherwise
-- it sorts the whole table, or spends 300 ms on compiling the statement (JIT) because of the cost that it expects.
-- Not null: distance_m
-- Rides: playgrounds_location_point_idx, playgrounds_location_idx
with search as materialized (
  select :origin::geography as origin
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
  on st_dwithin(playgrounds.location, search.origin, reach.bound_m)
order by distance_m, playground_id
limit :limit::bigint;
