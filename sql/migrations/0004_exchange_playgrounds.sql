-- Places that people recommend: found by distance on the spheroid and by the rectangle of a map view.

-- A radius arrives as a parameter and belongs to no table, so a domain checks it: without it, PostGIS answers a
-- negative radius with an internal error, and NaN with nothing at all.
create domain exchange.distance_m as double precision
-- squawk-ignore ban-create-domain-with-constraint -- no column has this type: its check meets no stored row
constraint distance_m_check check (value >= 0 and value < 'infinity');

comment on domain exchange.distance_m is 'a distance in metres';
comment on constraint distance_m_check on domain exchange.distance_m is 'a distance is zero or more metres and finite';

create table exchange.playgrounds (
  id bigint generated always as identity,
  added_by bigint not null,
  name text not null,
  description text,
  location geography (point, 4326) not null,
  created_at timestamptz not null default now(),
  constraint playgrounds_pkey primary key (id),
  constraint playgrounds_added_by_fkey
  foreign key (added_by) references exchange.users (id) on delete cascade,
  constraint playgrounds_name_check check (char_length(name) <= 200 and exchange.visible(name) <> ''),
  -- "between" is false for NaN; an empty point has no coordinates to compare.
  constraint playgrounds_location_check check (
    not st_isempty(location::geometry)
    and st_x(location::geometry) between -180 and 180
    and st_y(location::geometry) between -90 and 90
  )
);

comment on table exchange.playgrounds is 'places to meet and play, added by users';
comment on column exchange.playgrounds.added_by is 'the user who added it; a deleted user takes it along';
comment on column exchange.playgrounds.location is 'position on WGS 84, longitude before latitude';

comment on constraint playgrounds_pkey on exchange.playgrounds is 'a playground with this id already exists';
comment on constraint playgrounds_added_by_fkey on exchange.playgrounds is 'the user does not exist';
comment on constraint playgrounds_name_check on exchange.playgrounds
is 'the name of a playground is not blank and has at most 200 characters';
comment on constraint playgrounds_location_check on exchange.playgrounds
is 'a location has a longitude from -180 to 180 and a latitude from -90 to 90 degrees';

create index playgrounds_added_by_idx on exchange.playgrounds (added_by, id);

comment on index exchange.playgrounds_added_by_idx
is 'list_playgrounds_by_user, newest first; delete_user: the foreign key''s look-up';

create index playgrounds_location_idx on exchange.playgrounds using gist (location);

comment on index exchange.playgrounds_location_idx
is 'list_nearby_playgrounds, list_nearest_playgrounds: within a distance on the globe';

-- PostGIS can order by distance itself (<->), but its index keeps coordinates rounded to single precision, and a
-- search from a few centimetres beside a place on the equator or on the meridians of 0, 90 and 180 degrees then fails
-- with "index returned tuples in wrong order". PostgreSQL's own point is exact. Its k-d tree only compares coordinates;
-- its GiST class multiplies differences, which fails with an underflow for neighbours very close to 0, 0.
create index playgrounds_location_point_idx
on exchange.playgrounds using spgist ((location::geometry::point) kd_point_ops);

comment on index exchange.playgrounds_location_point_idx
is 'list_playgrounds_in_box, export_playgrounds_geojson, both searches by distance: near in degrees';

-- A view whose west is greater than its east crosses the 180th meridian. It falls into two rectangles there, and
-- their middles are the same point, written 360 degrees apart.
create function exchange.map_view_parts(south_west point, north_east point)
returns table (area box, middle point)
language sql
immutable
strict
parallel safe
rows 2
as $$
  with map_view as (
    select
      south_west[0] as west,
      south_west[1] as south,
      north_east[0] as east,
      north_east[1] as north,
      -- Half of the smallest number above zero would be an error (underflow): so far from zero there is none.
      (south_west[0] + north_east[0] + 720) / 2 - 360 as middle_x,
      (south_west[1] + north_east[1] + 720) / 2 - 360 as middle_y
    -- box() would exchange the corners of a view that is upside down; it has nothing in it.
    where south_west[1] <= north_east[1]
  )

  select box(point(west, south), point(east, north)), point(middle_x, middle_y)
  from map_view
  where west <= east
  union all
  select box(point(west, south), point(180, north)), point(middle_x + 180, middle_y)
  from map_view
  where west > east
  union all
  select box(point(-180, south), point(east, north)), point(middle_x - 180, middle_y)
  from map_view
  where west > east
$$;

comment on function exchange.map_view_parts(point, point)
is 'the one or two rectangles, in degrees, that a map view covers, each with the view''s middle as seen from it';
