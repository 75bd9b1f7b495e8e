-- Removes the cells; profiles keep their coarsened positions.

comment on index exchange.profiles_area_idx is 'discover_profiles: within a distance, nearest first';

drop trigger profiles_keep_new_area on exchange.profiles;

drop trigger profiles_keep_area on exchange.profiles;

drop function exchange.keep_area();

drop table exchange.areas;

alter table exchange.profiles drop column area_id;

drop function exchange.area_id(geography);
