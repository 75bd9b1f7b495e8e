-- The playgrounds in the rectangle of a map view, borders included; those nearest to its middle first (in
-- degrees, as a flat map shows them), so that a limit trims the edges of a crowded view; those at the same
-- distance by id.
-- Each part of the view walks playgrounds_location_point_idx outwards from the middle and stops at the limit,
-- ties included: the whole world costs no more than a street. The subquery hides the limit from the planner,
-- which would sort the whole view for a large one.
-- Allow: partial-order, because no playground is in two parts of the view
-- Rides: playgrounds_location_point_idx
-- Reads only.
select
  found.playground_id,
  found.added_by,
  found.name,
  found.description,
  found.location,
  found.created_at
from exchange.map_view_parts(:south_west::geometry::point, :north_east::geometry::point) as part
cross join
  lateral (
    select
      playgrounds.id as playground_id,
      playgrounds.added_by,
      playgrounds.name,
      playgrounds.description,
      playgrounds.location,
      playgrounds.created_at,
      playgrounds.location::geometry::point <-> part.middle as degrees
    from exchange.playgrounds
    where playgrounds.location::geometry::point <@ part.area
    order by degrees
    fetch first ((select :limit::bigint)) rows with ties
  ) as found
order by found.degrees, found.playground_id
limit :limit::bigint;
