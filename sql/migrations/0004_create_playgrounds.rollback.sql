-- Removes the playgrounds.

drop function exchange.map_view_parts(geometry, geometry);

drop table exchange.playgrounds;

drop domain exchange.distance_m;
