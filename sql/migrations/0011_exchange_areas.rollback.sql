-- Removes the cells; profiles keep their coarsened positions.

drop trigger profiles_keep_area on exchange.profiles;

drop function exchange.keep_area();

drop table exchange.areas;

alter table exchange.profiles drop column area_id;

drop function exchange.area_id(geography);
