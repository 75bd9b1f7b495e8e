-- :rows playgrounds, one hundred around each of many places: growth is more places, and not more playgrounds in one.
set session_replication_role = replica;
select setseed(0.5);
drop index exchange.playgrounds_location_idx, exchange.playgrounds_location_point_idx;
insert into exchange.playgrounds (added_by, name, description, location)
select
  1 + item.n % greatest(:rows / 20, 1),
  'Playground ' || item.n,
  case when item.n % 3 > 0 then 'Swings, sand and a slide; shade in the afternoon.' end,
  st_setsrid(st_makepoint(
    mod((town.x + (random() - 0.5) * 0.2 + 900)::numeric, 360)::float8 - 180,
    town.y + (random() - 0.5) * 0.2
  ), 4326)
from generate_series(1, greatest(:rows / 100, 1)) as place (n)
cross join lateral (
  select place.n * 137.508 + 13.405 as x, degrees(asin(mod(place.n * 0.754877, 1.9)::float8 - 0.95)) as y
) as town
cross join lateral (select (place.n - 1) * 100 + k as n from generate_series(1, least(:rows, 100)) as k) as item
order by item.n;
create index playgrounds_location_idx on exchange.playgrounds using gist (location);
create index playgrounds_location_point_idx
on exchange.playgrounds using spgist ((location::geometry::point) kd_point_ops);
reset session_replication_role;
