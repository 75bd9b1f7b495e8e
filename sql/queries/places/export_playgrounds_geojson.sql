-- The playgrounds in the rectangle of a map view as one GeoJSON feature collection (RFC 7946), without features
-- when there are none. The same rows in the same order as list_playgrounds_in_box, where the shape of the inner
-- query is explained; the features are built from the rows that are left after the limit.
-- The coordinates are the stored numbers themselves: st_asgeojson would round them. created_at is written in
-- UTC so that it reads the same in every session.
-- Reads only.
-- Allow: partial-order, because no playground is in two parts of the view
-- Not null: features.geometry.coordinates[], features.properties.created_at
select
  'FeatureCollection' as type,
  coalesce(
    jsonb_agg(
      jsonb_build_object(
        'type', 'Feature',
        'id', found.id,
        'geometry', jsonb_build_object(
          'type', 'Point',
          'coordinates', jsonb_build_array(found.position[0], found.position[1])
        ),
        'properties', jsonb_build_object(
          'name', found.name,
          'description', found.description,
          'added_by', found.added_by,
          'created_at', to_char(found.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        )
      )
      order by found.degrees, found.id
    ),
    '[]'
  ) as features
from (
  select
    candidate.id,
    candidate.added_by,
    candidate.name,
    candidate.description,
    candidate.position,
    candidate.created_at,
    candidate.degrees
  from exchange.map_view_parts(:south_west::geometry::point, :north_east::geometry::point) as part
  cross join
    lateral (
      select
        playgrounds.id,
        playgrounds.added_by,
        playgrounds.name,
        playgrounds.description,
        playgrounds.location::geometry::point as position,
        playgrounds.created_at,
        playgrounds.location::geometry::point <-> part.middle as degrees
      from exchange.playgrounds
      where playgrounds.location::geometry::point <@ part.area
      order by degrees
      fetch first ((select :limit::bigint)) rows with ties
    ) as candidate
  order by candidate.degrees, candidate.id
  limit :limit::bigint
) as found;
