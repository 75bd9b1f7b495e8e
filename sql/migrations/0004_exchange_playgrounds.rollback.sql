-- Removes the playgrounds.

drop function exchange.map_view_parts(point, point);

drop table exchange.playgrounds;

drop domain exchange.distance_m;
