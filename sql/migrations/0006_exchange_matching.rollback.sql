-- Removes likes, passes, blocks and matches, and the coarsened positions.

alter table exchange.profiles drop column area;

drop function exchange.area_of(geography);

drop table exchange.pairs;

drop table exchange.swipes;
