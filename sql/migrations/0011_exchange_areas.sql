-- Discovery by cells: the cells in which anybody is, a row each, and the profiles of a cell in the order of their ids.
-- A walk over the profiles themselves, nearest first, must read a crowded cell whole before it may stop, because all
-- in it are equally near. A walk over cells reads of each no more than a page needs, so a search costs as much in a
-- country of ten million as in a town.

create function exchange.area_id(area geography)
returns bigint
language sql
immutable
strict
parallel safe
return floor((st_y(area::geometry) + 90) * 200)::bigint * 72000 + floor((st_x(area::geometry) + 180) * 200)::bigint;

comment on function exchange.area_id(geography)
is 'the number of a cell, from its middle: middles in one line are more than 0.005 degrees apart, so no two share one';

alter table exchange.profiles
-- squawk-ignore adding-field-with-default -- stored: the index of a cell's profiles begins with it
add column area_id bigint generated always as (exchange.area_id(exchange.area_of(location))) stored;

comment on column exchange.profiles.area_id is 'the cell that the location is in: a row of areas';

-- Not concurrently: the new column has rewritten the table under the same lock.
-- squawk-ignore require-concurrent-index-creation -- as said above
create index profiles_area_id_idx
on exchange.profiles (area_id, user_id) include (birth_date, activity_level);

comment on index exchange.profiles_area_id_idx is 'discover_profiles: those in a cell by id, with what a wish is about';

create table exchange.areas (
  id bigint not null,
  area geography (point, 4326) not null,
  constraint areas_pkey primary key (id),
  constraint areas_id_check check (id = exchange.area_id(area))
);

comment on table exchange.areas
is 'the cells that somebody has ever been in; a cell that everybody has left keeps its row, which costs a look';
comment on column exchange.areas.area is 'the middle of the cell, as in profiles.area';

comment on constraint areas_pkey on exchange.areas is 'the cell is known already';
comment on constraint areas_id_check on exchange.areas is 'the number of a cell follows from its middle';

insert into exchange.areas (id, area)
select distinct on (profiles.area_id)
  profiles.area_id,
  profiles.area
from exchange.profiles
where profiles.area_id is not null;

create index areas_area_idx on exchange.areas using gist (area);

comment on index exchange.areas_area_idx is 'discover_profiles: the cells within a distance, nearest first';

-- With the rights of its owner: whoever may write profiles need not be granted the cells. Rows are never taken away, so a
-- caller waits for another one only where both are the first in a cell; two who each come first to several cells, in
-- opposite order, deadlock, and one of them is told to try again.
create function exchange.keep_area()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into exchange.areas (id, area)
  values (new.area_id, new.area)
  on conflict (id) do nothing;
  return null;
end;
$$;

comment on function exchange.keep_area()
is 'for "after" triggers on profiles: the cell that somebody is in is known';

create trigger profiles_keep_area
after insert on exchange.profiles
for each row
when (new.area_id is not null)
execute function exchange.keep_area();

-- Whatever the update names: a trigger of the host's may set the location too.
create trigger profiles_keep_new_area
after update on exchange.profiles
for each row
when (new.area_id is distinct from old.area_id and new.area_id is not null)
execute function exchange.keep_area();

-- Also where the rest of the triggers are switched off for a bulk load: whoever is in no known cell is never found.
alter table exchange.profiles enable always trigger profiles_keep_area;
alter table exchange.profiles enable always trigger profiles_keep_new_area;

comment on index exchange.profiles_area_idx is 'list_nearest_teachers: within a distance, nearest first';
