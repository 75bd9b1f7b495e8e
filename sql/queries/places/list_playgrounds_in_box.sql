-- The playgrounds in the rectangle of a map view, borders included; those nearest to its middle first (in
-- degrees, as a flat map shows them), so that a limit trims the edges of a crowded view; those at the same
-- distance by id.
-- Each part of the view walks playgrounds_location_geometry_idx outwards from the middle and stops at the
-- limit, ties included: the whole world costs no more than a street. The index keeps rounded boxes, hence the
-- exact comparison.
-- The planner must prefer that walk to reading and sorting the view. It does as long as it expects several
-- rows: nullif keeps it from taking four comparisons for very selective, and the subquery hides the limit.
select
  found.playground_id,
  found.added_by,
  found.name,
  found.description,
  found.location,
  found.created_at
from exchange.map_view_parts(:south_west::geometry, :north_east::geometry) as part
cross join
  lateral (
    select
      playgrounds.id as playground_id,
      playgrounds.added_by,
      playgrounds.name,
      playgrounds.description,
      playgrounds.location,
      playgrounds.created_at,
      playgrounds.location::geometry <-> part.middle as degrees
    from exchange.playgrounds
    where
      playgrounds.location::geometry && st_makeenvelope(part.west, part.south, part.east, part.north, 4326)
      and nullif(
        st_x(playgrounds.location::geometry) between part.west and part.east
        and st_y(playgrounds.location::geometry) between part.south and part.north,
        false
      ) is not null
    order by degrees
    fetch first ((select :limit::bigint)) rows with ties
  ) as found
order by found.degrees, found.playground_id
limit :limit::bigint;
