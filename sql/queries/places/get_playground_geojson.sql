-- The playground as a GeoJSON feature (RFC 7946). The coordinates are the stored numbers themselves:
-- st_asgeojson would round them. created_at is written in UTC so that it reads the same in every session.
-- Not null: geometry.coordinates[], properties.created_at
select
  'Feature' as type,
  playgrounds.id,
  jsonb_build_object(
    'type', 'Point',
    'coordinates', jsonb_build_array(
      st_x(playgrounds.location::geometry),
      st_y(playgrounds.location::geometry)
    )
  ) as geometry,
  jsonb_build_object(
    'name', playgrounds.name,
    'description', playgrounds.description,
    'added_by', playgrounds.added_by,
    'created_at', to_char(playgrounds.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  ) as properties
from exchange.playgrounds
where playgrounds.id = :playground_id;
