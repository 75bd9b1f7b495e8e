-- Written by `make schema` from the migrations; do not edit.
-- For reading; databases are made by the migrations.

create schema exchange;
comment on schema exchange is 'people and what they do: accounts, profiles, places, skills, matching, messaging, study, sales';

create extension if not exists postgis with schema public;

CREATE OR REPLACE FUNCTION exchange.fold_case(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN upper(lower((value COLLATE "und-x-icu")));
comment on function exchange.fold_case(text) is 'the form in which texts are compared without regard to case; for comparing, not for showing';

CREATE OR REPLACE FUNCTION exchange.visible(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace((value COLLATE "und-x-icu"), '[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]'::text, ''::text, 'g'::text);
comment on function exchange.visible(text) is 'what a text shows: the text without white space, control characters and characters of no width';

CREATE OR REPLACE FUNCTION exchange.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.updated_at := clock_timestamp();
  return new;
end;
$function$;
comment on function exchange.touch_updated_at() is 'for a "before update" trigger: sets updated_at of the new row to the present moment';

create table exchange.users (
  id bigint not null generated always as identity,
  email text not null,
  username text,
  full_name text,
  password_hash text not null,
  is_active boolean not null default true,
  is_superuser boolean not null default false,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_email_check CHECK (char_length(email) <= 255 AND email ~ '^[^@]+@[^@]+$'::text AND exchange.visible(email) = email),
  constraint users_full_name_check CHECK (char_length(full_name) <= 255),
  constraint users_password_hash_check CHECK (char_length(password_hash) <= 255 AND exchange.visible(password_hash) <> ''::text),
  constraint users_username_check CHECK (char_length(username) <= 50 AND exchange.visible(username) <> ''::text)
);
comment on table exchange.users is 'accounts: everybody who may sign in';
comment on column exchange.users.email is 'as typed; unique without regard to case';
comment on column exchange.users.username is 'as typed; unique without regard to case; optional';
comment on column exchange.users.full_name is 'the name for invoices and administrators; the public name is on the profile';
comment on column exchange.users.password_hash is 'a salted hash in the modular crypt or Werkzeug form, which names its algorithm and parameters; never a password';
comment on column exchange.users.is_active is 'false: the account is kept but cannot sign in';
comment on column exchange.users.is_superuser is 'true: may administer everything';
comment on column exchange.users.updated_at is 'moves by itself on every update of the row';
comment on constraint users_pkey on exchange.users is 'a user with this id already exists';
comment on constraint users_email_check on exchange.users is 'an e-mail address has one @ with something on both sides, no white space, and at most 255 characters';
comment on constraint users_full_name_check on exchange.users is 'a full name has at most 255 characters';
comment on constraint users_password_hash_check on exchange.users is 'a password hash is not blank and has at most 255 characters';
comment on constraint users_username_check on exchange.users is 'a username is not blank and has at most 50 characters';
CREATE UNIQUE INDEX users_email_key ON exchange.users USING btree (exchange.fold_case(email));
comment on index exchange.users_email_key is 'e-mail is already taken';
CREATE INDEX users_is_active_idx ON exchange.users USING btree (is_active, id);
comment on index exchange.users_is_active_idx is 'list_users, count_users: the accounts in one state, newest first, however rare the state is';
CREATE INDEX users_is_superuser_idx ON exchange.users USING btree (id) WHERE is_superuser;
comment on index exchange.users_is_superuser_idx is 'create_first_superuser: whether there is any superuser, without reading everybody else';
CREATE UNIQUE INDEX users_username_key ON exchange.users USING btree (exchange.fold_case(username));
comment on index exchange.users_username_key is 'username is already taken';
CREATE TRIGGER users_touch_updated_at BEFORE UPDATE ON exchange.users FOR EACH ROW EXECUTE FUNCTION exchange.touch_updated_at();

create table exchange.first_superuser (
  singleton boolean not null default true,
  user_id bigint not null,
  constraint first_superuser_pkey PRIMARY KEY (singleton),
  constraint first_superuser_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint first_superuser_singleton_check CHECK (singleton)
);
comment on table exchange.first_superuser is 'the arbiter of the first superuser: one row at most, so that of several servers that start at once one wins';
comment on column exchange.first_superuser.singleton is 'always true; as the primary key it admits a single row';
comment on constraint first_superuser_pkey on exchange.first_superuser is 'there is a superuser already';
comment on constraint first_superuser_user_id_fkey on exchange.first_superuser is 'the user does not exist';
comment on constraint first_superuser_singleton_check on exchange.first_superuser is 'the only row of this table has the key true';
CREATE INDEX first_superuser_user_id_idx ON exchange.first_superuser USING btree (user_id);
comment on index exchange.first_superuser_user_id_idx is 'delete_user: the foreign key''s look-up';

CREATE OR REPLACE FUNCTION exchange.age_in_years(birth_date date)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE STRICT
RETURN (EXTRACT(year FROM age((now() AT TIME ZONE 'UTC'::text), (birth_date)::timestamp without time zone)))::integer;
comment on function exchange.age_in_years(date) is 'full years from a birth date to today in UTC; a birthday on 29 February is on 1 March in other years';

CREATE OR REPLACE FUNCTION exchange.area_id(area geography)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (((floor(((st_y((area)::geometry) + (90)::double precision) * (200)::double precision)))::bigint * 72000) + (floor(((st_x((area)::geometry) + (180)::double precision) * (200)::double precision)))::bigint);
comment on function exchange.area_id(geography) is 'the number of a cell, from its middle: middles in one line are more than 0.005 degrees apart, so no two share one';

CREATE OR REPLACE FUNCTION exchange.area_of(location geography)
 RETURNS geography
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT (st_setsrid(st_makepoint(((((cell.place + (0.5)::double precision) * (360)::double precision) / cell.cells) - (180)::double precision), CASE cell.line_place WHEN 0 THEN ('-90'::integer)::double precision WHEN 35999 THEN (90)::double precision ELSE (((cell.line_place + (0.5)::double precision) / (200)::double precision) - (90)::double precision) END), 4326))::geography AS st_setsrid FROM (SELECT line.place AS line_place, line.cells, CASE WHEN (floor((((st_x((area_of.location)::geometry) + (180)::double precision) / (360)::double precision) * line.cells)) < line.cells) THEN floor((((st_x((area_of.location)::geometry) + (180)::double precision) / (360)::double precision) * line.cells)) ELSE (0)::double precision END AS place FROM (SELECT latitude.place, GREATEST(floor(((72000)::double precision * LEAST(cosd(((latitude.place / (200)::double precision) - (90)::double precision)), cosd((((latitude.place + (1)::double precision) / (200)::double precision) - (90)::double precision))))), (1)::double precision) AS cells FROM (SELECT LEAST(floor(((st_y((area_of.location)::geometry) + (90)::double precision) * (200)::double precision)), (35999)::double precision) AS place) latitude) line) cell);
comment on function exchange.area_of(geography) is 'the middle of the cell of some 550 m that a location is in: all that others may learn of it';

CREATE OR REPLACE FUNCTION exchange.keep_area()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into exchange.areas (id, area)
  values (new.area_id, new.area)
  on conflict (id) do nothing;
  return null;
end;
$function$;
comment on function exchange.keep_area() is 'for "after" triggers on profiles: the cell that somebody is in is known';

create table exchange.profiles (
  user_id bigint not null,
  name text not null,
  birth_date date,
  bio text,
  pronouns text,
  image_url text,
  location_name text,
  location geography(Point,4326),
  activity_level text,
  photo_order bigint[] not null default '{}'::bigint[],
  prompt_order bigint[] not null default '{}'::bigint[],
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  area geography(Point,4326) generated always as (exchange.area_of(location)) stored,
  area_id bigint generated always as (exchange.area_id(exchange.area_of(location))) stored,
  constraint profiles_pkey PRIMARY KEY (user_id),
  constraint profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint profiles_activity_level_check CHECK (activity_level = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text])),
  constraint profiles_birth_date_check CHECK (birth_date >= '1900-01-01'::date AND birth_date <= (updated_at AT TIME ZONE 'UTC'::text)::date),
  constraint profiles_image_url_check CHECK (char_length(image_url) <= 255),
  constraint profiles_location_check CHECK (NOT st_isempty(location::geometry) AND st_x(location::geometry) >= '-180'::integer::double precision AND st_x(location::geometry) <= 180::double precision AND st_y(location::geometry) >= '-90'::integer::double precision AND st_y(location::geometry) <= 90::double precision),
  constraint profiles_location_name_check CHECK (char_length(location_name) <= 255),
  constraint profiles_name_check CHECK (char_length(name) <= 100 AND exchange.visible(name) <> ''::text),
  constraint profiles_photo_order_check CHECK (array_position(photo_order, NULL::bigint) IS NULL),
  constraint profiles_prompt_order_check CHECK (array_position(prompt_order, NULL::bigint) IS NULL),
  constraint profiles_pronouns_check CHECK (char_length(pronouns) <= 100)
);
comment on table exchange.profiles is 'the public face of a user, a person or a pup; at most one for each user';
comment on column exchange.profiles.birth_date is 'null: not told; the age is computed, never stored';
comment on column exchange.profiles.location_name is 'for people: city, state, country';
comment on column exchange.profiles.location is 'the exact position on WGS 84, for its owner; others see coarsened distances';
comment on column exchange.profiles.activity_level is 'low, medium or high; null: not told';
comment on column exchange.profiles.photo_order is 'the ids of all photos of the profile, first to last; kept by the functions that add, delete and reorder photos';
comment on column exchange.profiles.prompt_order is 'the ids of all prompts of the profile, first to last; kept by the functions that add, delete and reorder prompts';
comment on column exchange.profiles.updated_at is 'moves by itself on every update of the row, also when photos or prompts come, go or change places';
comment on column exchange.profiles.area is 'the middle of the cell of some 550 m that the location is in: whatever others see is computed from it alone';
comment on column exchange.profiles.area_id is 'the cell that the location is in: a row of areas';
comment on constraint profiles_pkey on exchange.profiles is 'the user already has a profile';
comment on constraint profiles_user_id_fkey on exchange.profiles is 'the user does not exist';
comment on constraint profiles_activity_level_check on exchange.profiles is 'an activity level is low, medium or high';
comment on constraint profiles_birth_date_check on exchange.profiles is 'a birth date is in 1900 or later and not in the future';
comment on constraint profiles_image_url_check on exchange.profiles is 'an image URL has at most 255 characters';
comment on constraint profiles_location_check on exchange.profiles is 'a location has a longitude from -180 to 180 and a latitude from -90 to 90 degrees';
comment on constraint profiles_location_name_check on exchange.profiles is 'the name of a location has at most 255 characters';
comment on constraint profiles_name_check on exchange.profiles is 'a name is not blank and has at most 100 characters';
comment on constraint profiles_photo_order_check on exchange.profiles is 'a new order names every photo of the profile exactly once';
comment on constraint profiles_prompt_order_check on exchange.profiles is 'a new order names every prompt of the profile exactly once';
comment on constraint profiles_pronouns_check on exchange.profiles is 'pronouns have at most 100 characters';
CREATE INDEX profiles_area_id_idx ON exchange.profiles USING btree (area_id, user_id) INCLUDE (birth_date, activity_level);
comment on index exchange.profiles_area_id_idx is 'discover_profiles: those in a cell by id, with what a wish is about';
CREATE INDEX profiles_area_idx ON exchange.profiles USING gist (area);
comment on index exchange.profiles_area_idx is 'list_nearest_teachers: within a distance, nearest first';
CREATE TRIGGER profiles_keep_area AFTER INSERT ON exchange.profiles FOR EACH ROW WHEN (new.area_id IS NOT NULL) EXECUTE FUNCTION exchange.keep_area();
alter table exchange.profiles enable always trigger profiles_keep_area;
CREATE TRIGGER profiles_keep_new_area AFTER UPDATE ON exchange.profiles FOR EACH ROW WHEN (new.area_id IS DISTINCT FROM old.area_id AND new.area_id IS NOT NULL) EXECUTE FUNCTION exchange.keep_area();
alter table exchange.profiles enable always trigger profiles_keep_new_area;
CREATE TRIGGER profiles_touch_updated_at BEFORE UPDATE ON exchange.profiles FOR EACH ROW EXECUTE FUNCTION exchange.touch_updated_at();

create table exchange.photos (
  id bigint not null generated always as identity,
  user_id bigint not null,
  url text not null,
  created_at timestamp with time zone not null default now(),
  constraint photos_pkey PRIMARY KEY (id),
  constraint photos_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.profiles(user_id) ON DELETE CASCADE,
  constraint photos_url_check CHECK (char_length(url) <= 500 AND exchange.visible(url) <> ''::text)
);
comment on table exchange.photos is 'photos of a profile; their order is profiles.photo_order';
comment on column exchange.photos.user_id is 'whose profile shows the photo';
comment on column exchange.photos.url is 'where the picture is kept; the database holds no pictures';
comment on constraint photos_pkey on exchange.photos is 'a photo with this id already exists';
comment on constraint photos_user_id_fkey on exchange.photos is 'the profile does not exist';
comment on constraint photos_url_check on exchange.photos is 'the URL of a photo is not blank and has at most 500 characters';
CREATE INDEX photos_user_id_idx ON exchange.photos USING btree (user_id);
comment on index exchange.photos_user_id_idx is 'delete_profile, delete_user: the foreign key''s look-up';

create table exchange.prompts (
  id bigint not null generated always as identity,
  user_id bigint not null,
  question text not null,
  answer text not null,
  constraint prompts_pkey PRIMARY KEY (id),
  constraint prompts_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.profiles(user_id) ON DELETE CASCADE,
  constraint prompts_question_check CHECK (char_length(question) <= 500 AND exchange.visible(question) <> ''::text)
);
comment on table exchange.prompts is 'questions that a profile answers to start a conversation; their order is profiles.prompt_order';
comment on column exchange.prompts.user_id is 'whose profile shows the prompt';
comment on constraint prompts_pkey on exchange.prompts is 'a prompt with this id already exists';
comment on constraint prompts_user_id_fkey on exchange.prompts is 'the profile does not exist';
comment on constraint prompts_question_check on exchange.prompts is 'a question is not blank and has at most 500 characters';
CREATE INDEX prompts_user_id_idx ON exchange.prompts USING btree (user_id);
comment on index exchange.prompts_user_id_idx is 'delete_profile, delete_user: the foreign key''s look-up';

create table exchange.preferences (
  user_id bigint not null,
  min_age integer not null default 0,
  max_age integer not null default 20,
  max_distance_m double precision not null default 40233.6,
  distance_unit text not null default 'miles'::text,
  activity_level text not null default 'medium'::text,
  constraint preferences_pkey PRIMARY KEY (user_id),
  constraint preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.profiles(user_id) ON DELETE CASCADE,
  constraint preferences_activity_level_check CHECK (activity_level = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text])),
  constraint preferences_distance_unit_check CHECK (distance_unit = ANY (ARRAY['miles'::text, 'kilometers'::text])),
  constraint preferences_max_age_check CHECK (max_age >= min_age AND max_age <= 150),
  constraint preferences_max_distance_m_check CHECK (max_distance_m > 0::double precision AND max_distance_m < 'Infinity'::double precision),
  constraint preferences_min_age_check CHECK (min_age >= 0)
);
comment on table exchange.preferences is 'whom a profile looks for; every profile has one row from the start';
comment on column exchange.preferences.min_age is 'youngest age looked for, in full years';
comment on column exchange.preferences.max_age is 'oldest age looked for, in full years, included';
comment on column exchange.preferences.max_distance_m is 'how far away at most, in metres; 40233.6 is 25 miles';
comment on column exchange.preferences.distance_unit is 'the unit in which the user reads distances; stored distances are in metres whatever it is';
comment on column exchange.preferences.activity_level is 'the activity level looked for: low, medium or high';
comment on constraint preferences_pkey on exchange.preferences is 'the profile already has preferences';
comment on constraint preferences_user_id_fkey on exchange.preferences is 'the profile does not exist';
comment on constraint preferences_activity_level_check on exchange.preferences is 'an activity level is low, medium or high';
comment on constraint preferences_distance_unit_check on exchange.preferences is 'a distance unit is miles or kilometers';
comment on constraint preferences_max_age_check on exchange.preferences is 'the oldest age is not below the youngest and at most 150';
comment on constraint preferences_max_distance_m_check on exchange.preferences is 'the maximum distance is more than zero and finite';
comment on constraint preferences_min_age_check on exchange.preferences is 'the youngest age is zero or more';

create domain exchange.distance_m as double precision
  constraint distance_m_check CHECK (VALUE >= 0::double precision AND VALUE < 'Infinity'::double precision);
comment on domain exchange.distance_m is 'a distance in metres';
comment on constraint distance_m_check on domain exchange.distance_m is 'a distance is zero or more metres and finite';

create table exchange.playgrounds (
  id bigint not null generated always as identity,
  added_by bigint not null,
  name text not null,
  description text,
  location geography(Point,4326) not null,
  created_at timestamp with time zone not null default now(),
  constraint playgrounds_pkey PRIMARY KEY (id),
  constraint playgrounds_added_by_fkey FOREIGN KEY (added_by) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint playgrounds_location_check CHECK (NOT st_isempty(location::geometry) AND st_x(location::geometry) >= '-180'::integer::double precision AND st_x(location::geometry) <= 180::double precision AND st_y(location::geometry) >= '-90'::integer::double precision AND st_y(location::geometry) <= 90::double precision),
  constraint playgrounds_name_check CHECK (char_length(name) <= 200 AND exchange.visible(name) <> ''::text)
);
comment on table exchange.playgrounds is 'places to meet and play, added by users';
comment on column exchange.playgrounds.added_by is 'the user who added it; a deleted user takes it along';
comment on column exchange.playgrounds.location is 'position on WGS 84, longitude before latitude';
comment on constraint playgrounds_pkey on exchange.playgrounds is 'a playground with this id already exists';
comment on constraint playgrounds_added_by_fkey on exchange.playgrounds is 'the user does not exist';
comment on constraint playgrounds_location_check on exchange.playgrounds is 'a location has a longitude from -180 to 180 and a latitude from -90 to 90 degrees';
comment on constraint playgrounds_name_check on exchange.playgrounds is 'the name of a playground is not blank and has at most 200 characters';
CREATE INDEX playgrounds_added_by_idx ON exchange.playgrounds USING btree (added_by, id);
comment on index exchange.playgrounds_added_by_idx is 'list_playgrounds_by_user, newest first; delete_user: the foreign key''s look-up';
CREATE INDEX playgrounds_location_idx ON exchange.playgrounds USING gist (location);
comment on index exchange.playgrounds_location_idx is 'list_nearby_playgrounds, list_nearest_playgrounds: within a distance on the globe';
CREATE INDEX playgrounds_location_point_idx ON exchange.playgrounds USING spgist ((((location)::geometry)::point) kd_point_ops);
comment on index exchange.playgrounds_location_point_idx is 'list_playgrounds_in_box, export_playgrounds_geojson, both searches by distance: near in degrees';

CREATE OR REPLACE FUNCTION exchange.map_view_parts(south_west point, north_east point)
 RETURNS TABLE(area box, middle point)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT ROWS 2
AS $function$
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
$function$;
comment on function exchange.map_view_parts(point,point) is 'the one or two rectangles, in degrees, that a map view covers, each with the view''s middle as seen from it';

CREATE OR REPLACE FUNCTION exchange.refuse(sentence text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  -- A code of our own, so that the caller tells it from every error of the server's.
  raise exception using errcode = 'EX001', message = sentence;
end;
$function$;
comment on function exchange.refuse(text) is 'ends the statement with this sentence as its error (SQLSTATE EX001); never returns, whatever its type says';

create table exchange.swipes (
  actor_id bigint not null,
  target_id bigint not null,
  action text not null,
  created_at timestamp with time zone not null default now(),
  constraint swipes_pkey PRIMARY KEY (actor_id, target_id),
  constraint swipes_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint swipes_target_id_fkey FOREIGN KEY (target_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint swipes_action_check CHECK (action = ANY (ARRAY['like'::text, 'pass'::text])),
  constraint swipes_target_id_check CHECK (target_id <> actor_id)
);
comment on table exchange.swipes is 'what a user decided about another: like or pass, the last word counts';
comment on column exchange.swipes.actor_id is 'who decided';
comment on column exchange.swipes.target_id is 'about whom';
comment on column exchange.swipes.created_at is 'when it was first decided so; saying the same again does not move it';
comment on constraint swipes_pkey on exchange.swipes is 'the user has decided about the other one already';
comment on constraint swipes_actor_id_fkey on exchange.swipes is 'the user does not exist';
comment on constraint swipes_target_id_fkey on exchange.swipes is 'the other user does not exist';
comment on constraint swipes_action_check on exchange.swipes is 'a swipe is a like or a pass';
comment on constraint swipes_target_id_check on exchange.swipes is 'nobody likes, passes on or blocks themselves';
CREATE INDEX swipes_target_id_idx ON exchange.swipes USING btree (target_id);
comment on index exchange.swipes_target_id_idx is 'delete_user: the foreign key''s look-up';

create table exchange.pairs (
  low_id bigint not null,
  high_id bigint not null,
  low_likes boolean not null default false,
  high_likes boolean not null default false,
  low_blocks boolean not null default false,
  high_blocks boolean not null default false,
  matched_at timestamp with time zone,
  unmatched_at timestamp with time zone,
  is_new_match boolean not null default false,
  low_swiped_at timestamp with time zone,
  high_swiped_at timestamp with time zone,
  constraint pairs_pkey PRIMARY KEY (low_id, high_id),
  constraint pairs_high_id_fkey FOREIGN KEY (high_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint pairs_low_id_fkey FOREIGN KEY (low_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint pairs_high_id_check CHECK (low_id < high_id),
  constraint pairs_high_likes_check CHECK (NOT (high_likes AND high_blocks)),
  constraint pairs_high_swiped_at_check CHECK (high_swiped_at IS NOT NULL OR NOT high_likes),
  constraint pairs_low_likes_check CHECK (NOT (low_likes AND low_blocks)),
  constraint pairs_low_swiped_at_check CHECK (low_swiped_at IS NOT NULL OR NOT low_likes),
  constraint pairs_matched_at_check CHECK ((matched_at IS NOT NULL) = (low_likes AND high_likes)),
  constraint pairs_unmatched_at_check CHECK (matched_at IS NULL OR unmatched_at IS NULL)
);
comment on table exchange.pairs is 'two users of whom one has decided about the other: the arbiter of their match, one row whoever came first';
comment on column exchange.pairs.low_id is 'the user with the smaller id';
comment on column exchange.pairs.high_id is 'the user with the greater id';
comment on column exchange.pairs.low_likes is 'whether the user with the smaller id likes the other; as their swipe says';
comment on column exchange.pairs.high_likes is 'whether the user with the greater id likes the other; as their swipe says';
comment on column exchange.pairs.low_blocks is 'whether the user with the smaller id blocks the other';
comment on column exchange.pairs.high_blocks is 'whether the user with the greater id blocks the other';
comment on column exchange.pairs.matched_at is 'since when both like each other; null: they do not';
comment on column exchange.pairs.unmatched_at is 'when their last match ended; their conversation is closed until they match again; null: none has ended';
comment on column exchange.pairs.is_new_match is 'whether the last write of this row made the match: what tells the one of two racing likes that it was the one';
comment on column exchange.pairs.low_swiped_at is 'when the user with the smaller id decided about the other, as their swipe says; null: not decided';
comment on column exchange.pairs.high_swiped_at is 'when the user with the greater id decided about the other, as their swipe says; null: not decided';
comment on constraint pairs_pkey on exchange.pairs is 'the two users are a pair already';
comment on constraint pairs_high_id_fkey on exchange.pairs is 'the user does not exist';
comment on constraint pairs_low_id_fkey on exchange.pairs is 'the user does not exist';
comment on constraint pairs_high_id_check on exchange.pairs is 'a pair is two different users, the smaller id first';
comment on constraint pairs_high_likes_check on exchange.pairs is 'a user whom one blocks cannot be liked before they are unblocked';
comment on constraint pairs_high_swiped_at_check on exchange.pairs is 'a like has its time';
comment on constraint pairs_low_likes_check on exchange.pairs is 'a user whom one blocks cannot be liked before they are unblocked';
comment on constraint pairs_low_swiped_at_check on exchange.pairs is 'a like has its time';
comment on constraint pairs_matched_at_check on exchange.pairs is 'two users match while both like each other';
comment on constraint pairs_unmatched_at_check on exchange.pairs is 'a match that stands has not ended';
CREATE INDEX pairs_high_blocks_idx ON exchange.pairs USING btree (high_id, low_id) WHERE high_blocks;
comment on index exchange.pairs_high_blocks_idx is 'list_blocked_users';
CREATE INDEX pairs_high_id_idx ON exchange.pairs USING btree (high_id, matched_at, low_id);
comment on index exchange.pairs_high_id_idx is 'list_matches, newest first; count_matches; delete_user: the foreign key''s look-up';
CREATE INDEX pairs_high_waiting_idx ON exchange.pairs USING btree (high_id, low_swiped_at, low_id) WHERE (low_likes AND (high_swiped_at IS NULL) AND (NOT high_blocks));
comment on index exchange.pairs_high_waiting_idx is 'list_likes_received, newest first: those of smaller ids that wait for the greater one''s answer';
CREATE INDEX pairs_low_blocks_idx ON exchange.pairs USING btree (low_id, high_id) WHERE low_blocks;
comment on index exchange.pairs_low_blocks_idx is 'list_blocked_users';
CREATE INDEX pairs_low_id_idx ON exchange.pairs USING btree (low_id, matched_at, high_id) WHERE (matched_at IS NOT NULL);
comment on index exchange.pairs_low_id_idx is 'list_matches, newest first; count_matches';
CREATE INDEX pairs_low_waiting_idx ON exchange.pairs USING btree (low_id, high_swiped_at, high_id) WHERE (high_likes AND (low_swiped_at IS NULL) AND (NOT low_blocks));
comment on index exchange.pairs_low_waiting_idx is 'list_likes_received, newest first: those of greater ids that wait for the smaller one''s answer';

create table exchange.conversations (
  id bigint not null generated always as identity,
  low_id bigint not null,
  high_id bigint not null,
  created_at timestamp with time zone not null default now(),
  last_message_id bigint,
  last_message_at timestamp with time zone,
  constraint conversations_pkey PRIMARY KEY (id),
  constraint conversations_low_id_high_id_key UNIQUE (low_id, high_id),
  constraint conversations_high_id_fkey FOREIGN KEY (high_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint conversations_low_id_fkey FOREIGN KEY (low_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint conversations_high_id_check CHECK (low_id < high_id)
);
comment on table exchange.conversations is 'conversations of two users; two users have one at most';
comment on column exchange.conversations.low_id is 'the participant with the smaller id';
comment on column exchange.conversations.high_id is 'the participant with the greater id';
comment on column exchange.conversations.last_message_id is 'the newest message that was ever sent, also when it was deleted since; null: none';
comment on column exchange.conversations.last_message_at is 'when that message was sent';
comment on constraint conversations_pkey on exchange.conversations is 'a conversation with this id already exists';
comment on constraint conversations_low_id_high_id_key on exchange.conversations is 'the two users have a conversation already';
comment on constraint conversations_high_id_fkey on exchange.conversations is 'the user does not exist';
comment on constraint conversations_low_id_fkey on exchange.conversations is 'the user does not exist';
comment on constraint conversations_high_id_check on exchange.conversations is 'a conversation is between two different users';
CREATE INDEX conversations_high_id_idx ON exchange.conversations USING btree (high_id);
comment on index exchange.conversations_high_id_idx is 'delete_user: the foreign key''s look-up';

create table exchange.participants (
  conversation_id bigint not null,
  user_id bigint not null,
  last_read_message_id bigint not null default 0,
  last_received_message_id bigint not null default 0,
  last_message_at timestamp with time zone not null default clock_timestamp(),
  constraint participants_pkey PRIMARY KEY (conversation_id, user_id),
  constraint participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES exchange.conversations(id) ON DELETE CASCADE,
  constraint participants_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint participants_last_read_message_id_check CHECK (last_read_message_id >= 0),
  constraint participants_last_received_message_id_check CHECK (last_received_message_id >= 0)
);
comment on table exchange.participants is 'a conversation as one of its two users sees it';
comment on column exchange.participants.last_read_message_id is 'everything up to this message is read, whether it is still there or not; 0: nothing; never moves back';
comment on column exchange.participants.last_received_message_id is 'the newest message that the other user ever sent here, whether it is still there or not; 0: none';
comment on column exchange.participants.last_message_at is 'the conversation''s place in the inbox: when the last message was sent, at first when it was opened';
comment on constraint participants_pkey on exchange.participants is 'the user is in the conversation already';
comment on constraint participants_conversation_id_fkey on exchange.participants is 'the conversation does not exist';
comment on constraint participants_user_id_fkey on exchange.participants is 'the user does not exist';
comment on constraint participants_last_read_message_id_check on exchange.participants is 'the last message read is a message''s id, or 0 for none';
comment on constraint participants_last_received_message_id_check on exchange.participants is 'the last message received is a message''s id, or 0 for none';
CREATE INDEX participants_unread_idx ON exchange.participants USING btree (user_id, conversation_id) WHERE (last_received_message_id > last_read_message_id);
comment on index exchange.participants_unread_idx is 'count_unread: only conversations that may have something unread';
CREATE INDEX participants_user_id_idx ON exchange.participants USING btree (user_id, last_message_at DESC, conversation_id DESC);
comment on index exchange.participants_user_id_idx is 'list_inbox, newest first; delete_user: the foreign key''s look-up';

create table exchange.messages (
  conversation_id bigint not null,
  id bigint not null generated always as identity,
  sender_id bigint not null,
  body text not null,
  sent_at timestamp with time zone not null default clock_timestamp(),
  client_key text,
  constraint messages_pkey PRIMARY KEY (conversation_id, id) INCLUDE (sender_id),
  constraint messages_conversation_id_sender_id_client_key_key UNIQUE (conversation_id, sender_id, client_key),
  constraint messages_conversation_id_sender_id_fkey FOREIGN KEY (conversation_id, sender_id) REFERENCES exchange.participants(conversation_id, user_id) ON DELETE CASCADE,
  constraint messages_body_check CHECK (char_length(body) <= 10000 AND exchange.visible(body) <> ''::text),
  constraint messages_client_key_check CHECK (char_length(client_key) <= 100 AND exchange.visible(client_key) <> ''::text)
);
comment on table exchange.messages is 'the messages of all conversations; in each, the order of ids is the order of time';
comment on column exchange.messages.client_key is 'the sender''s own name for the message, so that sending it again after a lost answer does not double it; optional';
comment on constraint messages_pkey on exchange.messages is 'a message with this id already exists';
comment on constraint messages_conversation_id_sender_id_client_key_key on exchange.messages is 'the sender has used this client key in the conversation already';
comment on constraint messages_conversation_id_sender_id_fkey on exchange.messages is 'there is no such conversation, or the user is not in it';
comment on constraint messages_body_check on exchange.messages is 'a message is not blank and has at most 10000 characters';
comment on constraint messages_client_key_check on exchange.messages is 'a client key is not blank and has at most 100 characters';

CREATE OR REPLACE FUNCTION exchange.skill_key(skill text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN ((skill COLLATE "C") ~ '^[!-~]+( [!-~]+)*$'::text) THEN (upper((skill COLLATE "C")) COLLATE "und-x-icu") ELSE NORMALIZE(exchange.fold_case(btrim(regexp_replace(regexp_replace((NORMALIZE(skill, NFKC) COLLATE "und-x-icu"), '[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF]'::text, ''::text, 'g'::text), '[[:space:][:cntrl:]]+'::text, ' '::text, 'g'::text))), NFKC) END;
comment on function exchange.skill_key(text) is 'the form in which skills are compared: as Unicode''s compatibility caseless match, white space as single spaces';

CREATE OR REPLACE FUNCTION exchange.skill_keys(skills text[])
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  skill text;
  key text;
  keys text[] := '{}';
begin
  foreach skill in array skills loop
    key := exchange.skill_key(skill);
    if array_position(keys, key) is null then
      keys := keys || key;
      -- More are refused by the constraints on the keys; to find them all would take time with their square.
      exit when cardinality(keys) > 100;
    end if;
  end loop;
  return keys;
end;
$function$;
comment on function exchange.skill_keys(text[]) is 'the keys of skills, each once, in their order; of more than 101, which no row may have, the first 101';

CREATE OR REPLACE FUNCTION exchange.distinct_skills(skills text[])
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT COALESCE(array_agg(first_of.skill ORDER BY first_of.place), '{}'::text[]) AS "coalesce"
    FROM ( SELECT DISTINCT ON ((exchange.skill_key(given.skill))) given.place,
             regexp_replace(regexp_replace((given.skill COLLATE "und-x-icu"), '^[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]+|[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]+$'::text, ''::text, 'g'::text), '[[:space:][:cntrl:]]+'::text, ' '::text, 'g'::text) AS skill
            FROM unnest(distinct_skills.skills) WITH ORDINALITY given(skill, place)
           ORDER BY (exchange.skill_key(given.skill)), given.place) first_of;
END;
comment on function exchange.distinct_skills(text[]) is 'skills as they are stored: trimmed, in their order, of several with one key the first as it was typed';

CREATE OR REPLACE FUNCTION exchange.are_skills(skills text[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  skill text;
begin
  if array_ndims(skills) > 1 then
    return false;
  end if;
  foreach skill in array skills loop
    if skill is null or char_length(skill) > 50 or exchange.visible(skill) = '' then
      return false;
    end if;
  end loop;
  return true;
end;
$function$;
comment on function exchange.are_skills(text[]) is 'whether none of the skills is null, blank or longer than 50 characters';

CREATE OR REPLACE FUNCTION exchange.count_ratings()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op <> 'DELETE' then
    insert into exchange.reputations (user_id, stars_1, stars_2, stars_3, stars_4, stars_5)
    select
      came.rated_id,
      count(*) filter (where came.stars = 1),
      count(*) filter (where came.stars = 2),
      count(*) filter (where came.stars = 3),
      count(*) filter (where came.stars = 4),
      count(*) filter (where came.stars = 5)
    from came
    group by came.rated_id
    order by came.rated_id
    on conflict (user_id) do update
      set
        stars_1 = reputations.stars_1 + excluded.stars_1,
        stars_2 = reputations.stars_2 + excluded.stars_2,
        stars_3 = reputations.stars_3 + excluded.stars_3,
        stars_4 = reputations.stars_4 + excluded.stars_4,
        stars_5 = reputations.stars_5 + excluded.stars_5;
  end if;
  if tg_op <> 'INSERT' then
    perform
    from exchange.reputations
    where reputations.user_id in (select went.rated_id from went)
    order by reputations.user_id
    for no key update;
    -- No insert here: a user who is being deleted may have no row any more.
    update exchange.reputations
    set
      stars_1 = reputations.stars_1 - counted.stars_1,
      stars_2 = reputations.stars_2 - counted.stars_2,
      stars_3 = reputations.stars_3 - counted.stars_3,
      stars_4 = reputations.stars_4 - counted.stars_4,
      stars_5 = reputations.stars_5 - counted.stars_5
    from (
      select
        went.rated_id,
        count(*) filter (where went.stars = 1) as stars_1,
        count(*) filter (where went.stars = 2) as stars_2,
        count(*) filter (where went.stars = 3) as stars_3,
        count(*) filter (where went.stars = 4) as stars_4,
        count(*) filter (where went.stars = 5) as stars_5
      from went
      group by went.rated_id
    ) as counted
    where reputations.user_id = counted.rated_id;
  end if;
  return null;
end;
$function$;
comment on function exchange.count_ratings() is 'for "after" triggers on ratings: moves the counts of those whose ratings came or went';

CREATE OR REPLACE FUNCTION exchange.start_reputations()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into exchange.reputations (user_id)
  select came.user_id
  from came
  order by came.user_id
  on conflict (user_id) do nothing;
  return null;
end;
$function$;
comment on function exchange.start_reputations() is 'for an "after insert" trigger on skill_sets: everybody with a skill set has a reputation, at first without ratings';

create table exchange.skill_sets (
  user_id bigint not null,
  availability text,
  learning_style text,
  skills_to_offer text[] not null default '{}'::text[],
  skills_to_learn text[] not null default '{}'::text[],
  offer_keys text[] not null generated always as (exchange.skill_keys(skills_to_offer)) stored,
  learn_keys text[] not null generated always as (exchange.skill_keys(skills_to_learn)) stored,
  updated_at timestamp with time zone not null default now(),
  constraint skill_sets_pkey PRIMARY KEY (user_id),
  constraint skill_sets_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint skill_sets_availability_check CHECK (char_length(availability) <= 255),
  constraint skill_sets_learn_keys_check CHECK (cardinality(learn_keys) = cardinality(skills_to_learn) AND cardinality(learn_keys) <= 100),
  constraint skill_sets_learning_style_check CHECK (char_length(learning_style) <= 255),
  constraint skill_sets_offer_keys_check CHECK (cardinality(offer_keys) = cardinality(skills_to_offer) AND cardinality(offer_keys) <= 100),
  constraint skill_sets_skills_to_learn_check CHECK (exchange.are_skills(skills_to_learn)),
  constraint skill_sets_skills_to_offer_check CHECK (exchange.are_skills(skills_to_offer))
);
comment on table exchange.skill_sets is 'what a user can teach and wants to learn; at most one for each user';
comment on column exchange.skill_sets.availability is 'when the user has time to learn or to teach, in their own words';
comment on column exchange.skill_sets.learning_style is 'how the user likes to learn, in their own words';
comment on column exchange.skill_sets.skills_to_offer is 'what the user can teach, as typed, in the user''s order';
comment on column exchange.skill_sets.skills_to_learn is 'what the user wants to learn, as typed, in the user''s order';
comment on column exchange.skill_sets.offer_keys is 'what skills_to_offer is found by: the key of each, in the same order';
comment on column exchange.skill_sets.learn_keys is 'what skills_to_learn is found by: the key of each, in the same order';
comment on column exchange.skill_sets.updated_at is 'moves by itself on every update of the row';
comment on constraint skill_sets_pkey on exchange.skill_sets is 'the user already has a skill set';
comment on constraint skill_sets_user_id_fkey on exchange.skill_sets is 'the user does not exist';
comment on constraint skill_sets_availability_check on exchange.skill_sets is 'an availability has at most 255 characters';
comment on constraint skill_sets_learn_keys_check on exchange.skill_sets is 'at most 100 skills are to be learnt, each of them once';
comment on constraint skill_sets_learning_style_check on exchange.skill_sets is 'a learning style has at most 255 characters';
comment on constraint skill_sets_offer_keys_check on exchange.skill_sets is 'at most 100 skills are offered, each of them once';
comment on constraint skill_sets_skills_to_learn_check on exchange.skill_sets is 'a skill to learn is not blank and has at most 50 characters';
comment on constraint skill_sets_skills_to_offer_check on exchange.skill_sets is 'a skill to offer is not blank and has at most 50 characters';
CREATE INDEX skill_sets_offer_keys_idx ON exchange.skill_sets USING gin (offer_keys, learn_keys) WITH (fastupdate='false');
comment on index exchange.skill_sets_offer_keys_idx is 'list_partners; list_teachers, list_nearest_teachers: the teachers of a skill that few offer';
CREATE TRIGGER skill_sets_start_reputations AFTER INSERT ON exchange.skill_sets REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION exchange.start_reputations();
CREATE TRIGGER skill_sets_touch_updated_at BEFORE UPDATE ON exchange.skill_sets FOR EACH ROW EXECUTE FUNCTION exchange.touch_updated_at();

create table exchange.ratings (
  id bigint not null generated always as identity,
  rater_id bigint not null,
  rated_id bigint not null,
  conversation_id bigint not null,
  stars integer not null,
  comment text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint ratings_pkey PRIMARY KEY (id),
  constraint ratings_conversation_id_rater_id_key UNIQUE (conversation_id, rater_id),
  constraint ratings_conversation_id_rated_id_fkey FOREIGN KEY (conversation_id, rated_id) REFERENCES exchange.participants(conversation_id, user_id) ON DELETE CASCADE,
  constraint ratings_conversation_id_rater_id_fkey FOREIGN KEY (conversation_id, rater_id) REFERENCES exchange.participants(conversation_id, user_id) ON DELETE CASCADE,
  constraint ratings_rated_id_check CHECK (rated_id <> rater_id),
  constraint ratings_stars_check CHECK (stars >= 1 AND stars <= 5)
);
comment on table exchange.ratings is 'how users rate those with whom they are in a conversation, once for each conversation';
comment on column exchange.ratings.rater_id is 'who rates';
comment on column exchange.ratings.rated_id is 'who is rated: the other user of the conversation';
comment on column exchange.ratings.stars is '1, the worst, to 5, the best';
comment on column exchange.ratings.updated_at is 'moves by itself on every update of the row';
comment on constraint ratings_pkey on exchange.ratings is 'a rating with this id already exists';
comment on constraint ratings_conversation_id_rater_id_key on exchange.ratings is 'the user has rated the other one of this conversation already';
comment on constraint ratings_conversation_id_rated_id_fkey on exchange.ratings is 'there is no such conversation, or the user who is rated is not in it';
comment on constraint ratings_conversation_id_rater_id_fkey on exchange.ratings is 'there is no such conversation, or the user who rates is not in it';
comment on constraint ratings_rated_id_check on exchange.ratings is 'nobody rates themselves';
comment on constraint ratings_stars_check on exchange.ratings is 'a rating has 1 to 5 stars';
CREATE INDEX ratings_conversation_id_rated_id_idx ON exchange.ratings USING btree (conversation_id, rated_id);
comment on index exchange.ratings_conversation_id_rated_id_idx is 'delete_user: the foreign key''s look-up';
CREATE INDEX ratings_rated_id_idx ON exchange.ratings USING btree (rated_id, id);
comment on index exchange.ratings_rated_id_idx is 'list_ratings_received, newest first';
CREATE INDEX ratings_rater_id_idx ON exchange.ratings USING btree (rater_id, id);
comment on index exchange.ratings_rater_id_idx is 'list_ratings_given, newest first';
CREATE TRIGGER ratings_count_deleted AFTER DELETE ON exchange.ratings REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION exchange.count_ratings();
CREATE TRIGGER ratings_count_inserted AFTER INSERT ON exchange.ratings REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION exchange.count_ratings();
CREATE TRIGGER ratings_count_updated AFTER UPDATE ON exchange.ratings REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION exchange.count_ratings();
CREATE TRIGGER ratings_touch_updated_at BEFORE UPDATE ON exchange.ratings FOR EACH ROW EXECUTE FUNCTION exchange.touch_updated_at();

create table exchange.reputations (
  user_id bigint not null,
  stars_1 bigint not null default 0,
  stars_2 bigint not null default 0,
  stars_3 bigint not null default 0,
  stars_4 bigint not null default 0,
  stars_5 bigint not null default 0,
  rating_count bigint not null generated always as (((((stars_1 + stars_2) + stars_3) + stars_4) + stars_5)) stored,
  average double precision generated always as (((((((stars_1 + (2 * stars_2)) + (3 * stars_3)) + (4 * stars_4)) + (5 * stars_5)))::double precision / (NULLIF(((((stars_1 + stars_2) + stars_3) + stars_4) + stars_5), 0))::double precision)) stored,
  score double precision not null generated always as ((((((((15 + stars_1) + (2 * stars_2)) + (3 * stars_3)) + (4 * stars_4)) + (5 * stars_5)))::double precision / ((((((5 + stars_1) + stars_2) + stars_3) + stars_4) + stars_5))::double precision)) stored,
  constraint reputations_pkey PRIMARY KEY (user_id),
  constraint reputations_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint reputations_rating_count_check CHECK (LEAST(stars_1, stars_2, stars_3, stars_4, stars_5) >= 0)
);
comment on table exchange.reputations is 'how many ratings of each number of stars a user has; for everybody with a rating or a skill set, kept by triggers';
comment on column exchange.reputations.rating_count is 'how many ratings in all';
comment on column exchange.reputations.average is 'the mean of the stars; null: no ratings';
comment on column exchange.reputations.score is 'what users are ranked by: the mean of the stars with one rating of each number of stars added; 3 without ratings';
comment on constraint reputations_pkey on exchange.reputations is 'the user has a reputation already';
comment on constraint reputations_user_id_fkey on exchange.reputations is 'the user does not exist';
comment on constraint reputations_rating_count_check on exchange.reputations is 'nobody has less than no ratings';
CREATE INDEX reputations_score_idx ON exchange.reputations USING btree (score DESC, user_id DESC);
comment on index exchange.reputations_score_idx is 'list_teachers: the best-rated of a skill that many offer';

CREATE OR REPLACE FUNCTION exchange.tidy_text(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(regexp_replace((NORMALIZE(value, NFC) COLLATE "und-x-icu"), '[[:space:]]+'::text, ' '::text, 'g'::text));
comment on function exchange.tidy_text(text) is 'a text as it is compared: composed characters, every run of white space one blank, none at the ends';

CREATE OR REPLACE FUNCTION exchange.is_same_answer(given text, expected text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (exchange.fold_case(exchange.tidy_text(given)) = exchange.fold_case(exchange.tidy_text(expected)));
comment on function exchange.is_same_answer(text,text) is 'the rule by which an answer is right: the same text without regard to case and to the amount of white space';

CREATE OR REPLACE FUNCTION exchange.question_key(body text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN sha256(convert_to(exchange.tidy_text(body), 'UTF8'::name));
comment on function exchange.question_key(text) is 'what tells the questions of one paper apart: a hash of the tidy text; case counts (mW is not MW)';

CREATE OR REPLACE FUNCTION exchange.tidy_tags(tags text[])
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT COALESCE(array_agg(spelling.tag ORDER BY spelling.place), '{}'::text[]) AS "coalesce" FROM (SELECT lower((exchange.tidy_text(given.tag) COLLATE "und-x-icu")) AS tag, min(given.place) AS place FROM unnest(tidy_tags.tags) WITH ORDINALITY given(tag, place) GROUP BY (lower((exchange.tidy_text(given.tag) COLLATE "und-x-icu")))) spelling);
comment on function exchange.tidy_tags(text[]) is 'tags in their one spelling: lower case, tidy, each once, in the order given';

CREATE OR REPLACE FUNCTION exchange.are_tags(tags text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((SELECT ((count(*) <= 20) AND COALESCE(bool_and(((char_length(tag.tag) <= 50) AND (exchange.visible(tag.tag) <> ''::text))), true)) FROM unnest(are_tags.tags) tag(tag)) AND (array_position(tags, NULL::text) IS NULL) AND (exchange.tidy_tags(tags) = tags));
comment on function exchange.are_tags(text[]) is 'whether these are at most 20 tags in their one spelling, none blank or longer than 50 characters';

CREATE OR REPLACE FUNCTION exchange.are_choices(choices jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN ((jsonb_typeof(choices) <> 'array'::text) OR ((jsonb_array_length(choices) < 2) OR (jsonb_array_length(choices) > 26))) THEN false ELSE (SELECT (bool_and((jsonb_typeof(choice.value) = 'string'::text)) AND bool_and(((char_length((choice.value #>> '{}'::text[])) <= 2000) AND (exchange.visible((choice.value #>> '{}'::text[])) <> ''::text))) AND (count(DISTINCT exchange.fold_case(exchange.tidy_text((choice.value #>> '{}'::text[])))) = count(*))) FROM jsonb_array_elements(are_choices.choices) choice(value)) END;
comment on function exchange.are_choices(jsonb) is 'whether this is a list of 2 to 26 texts, none blank, longer than 2,000 characters or the same answer as another';

CREATE OR REPLACE FUNCTION exchange.is_choice(answer text, choices jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN exchange.are_choices(choices) THEN (EXISTS (SELECT 1 FROM jsonb_array_elements_text(is_choice.choices) choice(value) WHERE exchange.is_same_answer(is_choice.answer, choice.value))) ELSE NULL::boolean END;
comment on function exchange.is_choice(text,jsonb) is 'whether the answer is one of the choices; null where these are no choices, about which another check complains';

CREATE OR REPLACE FUNCTION exchange.question_document(body text, choices jsonb, explanation text, tags text[])
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((((setweight(to_tsvector('english'::regconfig, "left"(body, 20000)), 'A'::"char") || setweight(to_tsvector('english'::regconfig, "left"(array_to_string(tags, ' '::text), 2000)), 'B'::"char")) || setweight(to_tsvector('english'::regconfig, CASE WHEN (char_length((choices)::text) <= 400000) THEN choices ELSE '[]'::jsonb END), 'C'::"char")) || setweight(to_tsvector('simple'::regconfig, "left"(body, 20000)), 'D'::"char")) || setweight(to_tsvector('english'::regconfig, "left"(COALESCE(explanation, ''::text), 20000)), 'D'::"char"));
comment on function exchange.question_document(text,jsonb,text,text[]) is 'the words by which a question is found: body (A), tags (B), choices (C), explanation and plain words (D)';

CREATE OR REPLACE FUNCTION exchange.question_search(words text)
 RETURNS tsquery
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT CASE WHEN (numnode(websearch_to_tsquery('english'::regconfig, search.words)) > 0) THEN websearch_to_tsquery('english'::regconfig, search.words) ELSE websearch_to_tsquery('simple'::regconfig, search.words) END AS websearch_to_tsquery FROM (SELECT regexp_replace(("left"(question_search.words, 1000) COLLATE "und-x-icu"), '-[^[:alnum:]"]*-'::text, ' '::text, 'g'::text) AS words) search);
comment on function exchange.question_search(text) is 'what a search asks for: forms of words, or the plain words when there are none but "the", "not" and the like';

CREATE OR REPLACE FUNCTION exchange.vector_length(numbers real[])
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT sqrt(sum(((x.x)::double precision * (x.x)::double precision))) AS sqrt FROM unnest(vector_length.numbers) x(x));
comment on function exchange.vector_length(real[]) is 'the length of a vector: the root of the sum of squares';

CREATE OR REPLACE FUNCTION exchange.unit_vector(numbers real[])
 RETURNS real[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT array_agg((CASE WHEN (abs(scaled.x) < (0.0000000000000000000000000000000000001)::double precision) THEN (0)::double precision ELSE scaled.x END)::real ORDER BY scaled.place) AS array_agg FROM (SELECT given.place, (given.x / (SELECT NULLIF(exchange.vector_length(unit_vector.numbers), (0)::double precision) AS "nullif")) AS x FROM unnest(unit_vector.numbers) WITH ORDINALITY given(x, place) OFFSET 0) scaled);
comment on function exchange.unit_vector(real[]) is 'the vector of the same direction whose length is 1';

CREATE OR REPLACE FUNCTION exchange.cosine_distance(first real[], second real[])
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT ((1)::double precision - sum(((pair.x)::double precision * (pair.y)::double precision))) FROM UNNEST(cosine_distance.first, cosine_distance.second) pair(x, y));
comment on function exchange.cosine_distance(real[],real[]) is 'the cosine distance of two unit vectors: 0 the same direction, 1 nothing in common, 2 opposite';

create domain exchange.embedding as real[]
  constraint embedding_check CHECK (array_ndims(VALUE) = 1 AND cardinality(VALUE) >= 1 AND cardinality(VALUE) <= 2000 AND array_position(VALUE, NULL::real) IS NULL AND exchange.vector_length(VALUE) > 0::double precision AND exchange.vector_length(VALUE) < 'Infinity'::double precision);
comment on domain exchange.embedding is 'a vector that a model made of a text';
comment on constraint embedding_check on domain exchange.embedding is 'an embedding has 1 to 2,000 finite numbers, not all of them zero';

create table exchange.embedding_space (
  singleton boolean not null default true,
  dimensions integer not null,
  constraint embedding_space_pkey PRIMARY KEY (singleton),
  constraint embedding_space_dimensions_check CHECK (dimensions >= 1 AND dimensions <= 2000),
  constraint embedding_space_singleton_check CHECK (singleton)
);
comment on table exchange.embedding_space is 'the arbiter of how many numbers every embedding has: one row, made with the first embedding';
comment on column exchange.embedding_space.singleton is 'always true; as the primary key it admits a single row';
comment on constraint embedding_space_pkey on exchange.embedding_space is 'the number of dimensions is settled already';
comment on constraint embedding_space_dimensions_check on exchange.embedding_space is 'an embedding has 1 to 2,000 numbers';
comment on constraint embedding_space_singleton_check on exchange.embedding_space is 'the only row of this table has the key true';

CREATE OR REPLACE FUNCTION exchange.claim_dimensions(dimensions bigint)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  settled bigint;
begin
  loop
    select space.dimensions into settled from exchange.embedding_space as space for key share;
    exit when found;
    insert into exchange.embedding_space (dimensions) values (claim_dimensions.dimensions) on conflict do nothing;
  end loop;
  if settled <> dimensions then
    perform exchange.refuse(format('an embedding here has %s numbers, not %s', settled, dimensions));
  end if;
  return settled;
end;
$function$;
comment on function exchange.claim_dimensions(bigint) is 'settles how many numbers every embedding has, or refuses another number of them than is settled';

CREATE OR REPLACE FUNCTION exchange.known_dimensions(numbers real[])
 RETURNS real[]
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  settled bigint := (select space.dimensions from exchange.embedding_space as space);
begin
  if settled <> cardinality(numbers) then
    perform exchange.refuse(format('an embedding here has %s numbers, not %s', settled, cardinality(numbers)));
  end if;
  return numbers;
end;
$function$;
comment on function exchange.known_dimensions(real[]) is 'the same numbers, if they are as many as those of the embeddings here, or if there are none yet; refuses others';

create table exchange.subjects (
  id bigint not null generated always as identity,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint subjects_pkey PRIMARY KEY (id),
  constraint subjects_name_check CHECK (char_length(name) <= 100 AND exchange.visible(name) <> ''::text)
);
comment on table exchange.subjects is 'what questions are about: mathematics, biology';
comment on column exchange.subjects.name is 'as typed; unique without regard to case';
comment on constraint subjects_pkey on exchange.subjects is 'a subject with this id already exists';
comment on constraint subjects_name_check on exchange.subjects is 'the name of a subject is not blank and has at most 100 characters';
CREATE UNIQUE INDEX subjects_name_key ON exchange.subjects USING btree (exchange.fold_case(name));
comment on index exchange.subjects_name_key is 'there is a subject of this name already';

create table exchange.questions (
  id bigint not null generated always as identity,
  subject_id bigint not null,
  year integer not null,
  paper text not null default ''::text,
  body text not null,
  choices jsonb,
  answer text not null,
  explanation text,
  difficulty integer not null default 3,
  tags text[] not null default '{}'::text[],
  search tsvector not null generated always as (exchange.question_document(body, choices, explanation, tags)) stored,
  embedding real[],
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint questions_pkey PRIMARY KEY (id),
  constraint questions_subject_id_id_key UNIQUE (subject_id, id),
  constraint questions_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES exchange.subjects(id),
  constraint questions_answer_check CHECK (char_length(answer) <= 2000 AND exchange.visible(answer) <> ''::text AND exchange.is_choice(answer, choices) IS NOT FALSE),
  constraint questions_body_check CHECK (char_length(body) <= 20000 AND exchange.visible(body) <> ''::text),
  constraint questions_choices_check CHECK (exchange.are_choices(choices)),
  constraint questions_difficulty_check CHECK (difficulty >= 1 AND difficulty <= 5),
  constraint questions_embedding_check CHECK (array_ndims(embedding) = 1 AND cardinality(embedding) >= 1 AND cardinality(embedding) <= 2000 AND array_position(embedding, NULL::real) IS NULL AND abs(exchange.vector_length(embedding) - 1::double precision) < 0.001::double precision),
  constraint questions_explanation_check CHECK (char_length(explanation) <= 20000),
  constraint questions_paper_check CHECK (char_length(paper) <= 100),
  constraint questions_tags_check CHECK (exchange.are_tags(tags)),
  constraint questions_year_check CHECK (year >= 1800 AND year <= 2200)
);
comment on table exchange.questions is 'past exam questions with their right answers';
comment on column exchange.questions.paper is 'which paper of the year; empty: there was only one';
comment on column exchange.questions.choices is 'the texts to choose from, in their order; null: an open question';
comment on column exchange.questions.answer is 'the right answer; of a question with choices, one of them';
comment on column exchange.questions.explanation is 'why it is right, to be shown afterwards';
comment on column exchange.questions.difficulty is '1 (easy) to 5 (hard)';
comment on column exchange.questions.tags is 'in their one spelling: lower case, each once';
comment on column exchange.questions.search is 'the words by which it is found; computed from the other columns';
comment on column exchange.questions.embedding is 'what the text means, as a vector of length 1 of the host''s model; null: not computed yet';
comment on column exchange.questions.updated_at is 'moves by itself on every update of the row';
comment on constraint questions_pkey on exchange.questions is 'a question with this id already exists';
comment on constraint questions_subject_id_id_key on exchange.questions is 'a question has one subject';
comment on constraint questions_subject_id_fkey on exchange.questions is 'the subject does not exist; when it is deleted: a subject with questions cannot be deleted';
comment on constraint questions_answer_check on exchange.questions is 'an answer is not blank, has at most 2,000 characters, and is one of the choices where there are choices';
comment on constraint questions_body_check on exchange.questions is 'a question is not blank and has at most 20,000 characters';
comment on constraint questions_choices_check on exchange.questions is 'choices are 2 to 26 different texts, none blank or longer than 2,000 characters';
comment on constraint questions_difficulty_check on exchange.questions is 'a difficulty is from 1 (easy) to 5 (hard)';
comment on constraint questions_embedding_check on exchange.questions is 'a stored embedding has 1 to 2,000 finite numbers and length 1';
comment on constraint questions_explanation_check on exchange.questions is 'an explanation has at most 20,000 characters';
comment on constraint questions_paper_check on exchange.questions is 'the name of a paper has at most 100 characters';
comment on constraint questions_tags_check on exchange.questions is 'a question has at most 20 tags, none blank or longer than 50 characters';
comment on constraint questions_year_check on exchange.questions is 'a year is from 1800 to 2200';
CREATE INDEX questions_search_idx ON exchange.questions USING gin (search);
comment on index exchange.questions_search_idx is 'search_questions: the words';
CREATE INDEX questions_subject_id_year_idx ON exchange.questions USING btree (subject_id, year, id);
comment on index exchange.questions_subject_id_year_idx is 'list_questions of a subject and year, in the order of id';
CREATE UNIQUE INDEX questions_subject_id_year_paper_body_key ON exchange.questions USING btree (subject_id, year, paper, exchange.question_key(body));
comment on index exchange.questions_subject_id_year_paper_body_key is 'this paper has this question already';
CREATE INDEX questions_tags_idx ON exchange.questions USING gin (tags);
comment on index exchange.questions_tags_idx is 'list_questions, search_questions: rare tags';
CREATE INDEX questions_without_embedding_idx ON exchange.questions USING btree (id) WHERE (embedding IS NULL);
comment on index exchange.questions_without_embedding_idx is 'list_questions_without_embedding';
CREATE TRIGGER questions_touch_updated_at BEFORE UPDATE ON exchange.questions FOR EACH ROW EXECUTE FUNCTION exchange.touch_updated_at();

CREATE OR REPLACE FUNCTION exchange.delete_embeddings()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  forgotten bigint;
begin
  lock table exchange.embedding_space in share update exclusive mode;
  if to_regclass('exchange.questions_embedding_idx') is not null then
    begin
      perform exchange.stop_using_pgvector();
    exception
      when insufficient_privilege then
        perform exchange.refuse(
          'only the owner of the tables can forget embeddings while pgvector is in use: stop_using_pgvector comes first'
        );
    end;
  end if;
  delete from exchange.embedding_space;
  update exchange.questions set embedding = null where embedding is not null;
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$function$;
comment on function exchange.delete_embeddings() is 'forgets every embedding, how many numbers they had, and use_pgvector; returns how many there were';

create domain exchange.time_zone as text
  constraint time_zone_check CHECK (VALUE ~* '^(utc|gmt|etc/gmt[+-]?\d{1,2}|[a-z_-]+(/[a-z_-]+)+)$'::text);
comment on domain exchange.time_zone is 'the name of a time zone in the IANA database';
comment on constraint time_zone_check on domain exchange.time_zone is 'a time zone is UTC or has a name like Europe/Berlin';

create table exchange.practice_sessions (
  id bigint not null generated always as identity,
  user_id bigint not null,
  subject_id bigint not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  finished_at timestamp with time zone,
  answered_count bigint not null default 0,
  correct_count bigint not null default 0,
  constraint practice_sessions_pkey PRIMARY KEY (id),
  constraint practice_sessions_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES exchange.subjects(id) ON DELETE CASCADE,
  constraint practice_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES exchange.users(id) ON DELETE CASCADE,
  constraint practice_sessions_correct_count_check CHECK (correct_count >= 0 AND correct_count <= answered_count),
  constraint practice_sessions_finished_at_check CHECK (finished_at >= started_at)
);
comment on table exchange.practice_sessions is 'somebody practises the questions of one subject';
comment on column exchange.practice_sessions.finished_at is 'null: it goes on, and takes answers';
comment on column exchange.practice_sessions.answered_count is 'how many attempts it has; on this row, so that whoever answers and whoever finishes meet here';
comment on column exchange.practice_sessions.correct_count is 'how many of them were right';
comment on constraint practice_sessions_pkey on exchange.practice_sessions is 'a practice session with this id already exists';
comment on constraint practice_sessions_subject_id_fkey on exchange.practice_sessions is 'the subject does not exist';
comment on constraint practice_sessions_user_id_fkey on exchange.practice_sessions is 'the user does not exist';
comment on constraint practice_sessions_correct_count_check on exchange.practice_sessions is 'right answers are at most as many as answers';
comment on constraint practice_sessions_finished_at_check on exchange.practice_sessions is 'a practice session does not finish before it starts';
CREATE INDEX practice_sessions_subject_id_idx ON exchange.practice_sessions USING btree (subject_id);
comment on index exchange.practice_sessions_subject_id_idx is 'delete_subject: the foreign key''s look-up';
CREATE INDEX practice_sessions_user_id_idx ON exchange.practice_sessions USING btree (user_id, id);
comment on index exchange.practice_sessions_user_id_idx is 'list_practice_sessions, newest first; delete_user: the foreign key''s look-up';

create table exchange.attempts (
  session_id bigint not null,
  question_id bigint not null,
  user_id bigint not null,
  subject_id bigint not null,
  answer text not null,
  is_correct boolean not null,
  answered_at timestamp with time zone not null default clock_timestamp(),
  constraint attempts_pkey PRIMARY KEY (session_id, question_id),
  constraint attempts_session_id_fkey FOREIGN KEY (session_id) REFERENCES exchange.practice_sessions(id) ON DELETE CASCADE,
  constraint attempts_subject_id_question_id_fkey FOREIGN KEY (subject_id, question_id) REFERENCES exchange.questions(subject_id, id),
  constraint attempts_answer_check CHECK (char_length(answer) <= 2000)
);
comment on table exchange.attempts is 'answers given in practice; one for each question of a session';
comment on column exchange.attempts.user_id is 'of the session; here so that a person''s history is one index range';
comment on column exchange.attempts.subject_id is 'of the session; here so that the question must be of it';
comment on column exchange.attempts.answer is 'as given; may be empty';
comment on column exchange.attempts.is_correct is 'by exchange.is_same_answer when it was given; a later change of the question does not change it';
comment on constraint attempts_pkey on exchange.attempts is 'this question is already answered in this practice session';
comment on constraint attempts_session_id_fkey on exchange.attempts is 'the practice session does not exist';
comment on constraint attempts_subject_id_question_id_fkey on exchange.attempts is 'this subject has no such question; when it is deleted: a question that somebody has answered cannot be deleted';
comment on constraint attempts_answer_check on exchange.attempts is 'an answer has at most 2,000 characters';
CREATE INDEX attempts_question_id_idx ON exchange.attempts USING btree (question_id, subject_id);
comment on index exchange.attempts_question_id_idx is 'delete_question: the foreign key''s look-up';
CREATE INDEX attempts_subject_id_idx ON exchange.attempts USING btree (subject_id, answered_at) INCLUDE (user_id, is_correct);
comment on index exchange.attempts_subject_id_idx is 'list_leaderboard: the attempts at a subject since a moment';
CREATE INDEX attempts_user_id_idx ON exchange.attempts USING btree (user_id, subject_id, question_id) INCLUDE (is_correct, answered_at);
comment on index exchange.attempts_user_id_idx is 'list_next_questions, list_progress, list_daily_accuracy, get_streak: what a person has answered';

CREATE OR REPLACE FUNCTION exchange.stop_using_pgvector()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  drop index if exists exchange.questions_embedding_idx;
  create or replace function exchange.nearest_questions(
    origin real[], of_subject_id bigint, except_id bigint, wanted bigint
  )
  returns table (question_id bigint, distance double precision)
  language sql
  stable
  parallel safe
  as $$
  select q.id, exchange.cosine_distance(q.embedding, $1)
  from exchange.questions as q
  where
    q.embedding is not null
    and cardinality(q.embedding) = cardinality($1)
    and q.subject_id = coalesce($2, q.subject_id)
    and q.id <> coalesce($3, 0)
  order by 2, 1
  limit $4
$$;
end;
$function$;
comment on function exchange.stop_using_pgvector() is 'for an administrator: similarity without pgvector again, as before use_pgvector';

CREATE OR REPLACE FUNCTION exchange.nearest_questions(origin real[], of_subject_id bigint, except_id bigint, wanted bigint)
 RETURNS TABLE(question_id bigint, distance double precision)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select q.id, exchange.cosine_distance(q.embedding, $1)
  from exchange.questions as q
  where
    q.embedding is not null
    and cardinality(q.embedding) = cardinality($1)
    and q.subject_id = coalesce($2, q.subject_id)
    and q.id <> coalesce($3, 0)
  order by 2, 1
  limit $4
$function$;
comment on function exchange.nearest_questions(real[],bigint,bigint,bigint) is 'the questions nearest in meaning to a unit vector, perhaps a few more; made by stop_using_pgvector or use_pgvector';

CREATE OR REPLACE FUNCTION exchange.use_pgvector(dimensions bigint, approximate boolean DEFAULT false)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  home text;
begin
  select quote_ident(n.nspname)
  into home
  from pg_catalog.pg_extension as e
  inner join pg_catalog.pg_namespace as n on e.extnamespace = n.oid
  where e.extname = 'vector';
  if home is null then
    perform exchange.refuse('this database has no pgvector: an administrator runs "create extension vector" first');
  end if;
  lock table exchange.embedding_space in share update exclusive mode;
  perform exchange.claim_dimensions(dimensions);
  drop index if exists exchange.questions_embedding_idx;
  execute format(
    'create index questions_embedding_idx on exchange.questions using %2$s '
    '((embedding::%1$s.vector(%3$s)) %1$s.vector_cosine_ops) with (%4$s)',
    home,
    case when approximate then 'hnsw' else 'ivfflat' end,
    dimensions,
    case when approximate then 'm = 24, ef_construction = 200' else 'lists = 1' end
  );
  comment on index exchange.questions_embedding_idx
  is 'list_similar_questions, list_questions_near_embedding: pgvector';
  execute format(
    $replacement$
      create or replace function exchange.nearest_questions(
        origin real[], of_subject_id bigint, except_id bigint, wanted bigint
      )
      returns table (question_id bigint, distance double precision)
      language plpgsql
      stable
      parallel safe
      set enable_seqscan = off
      set enable_sort = off
      %4$s
      as $$
      declare
        seen bigint := 0;
        bound double precision := -1;
      begin
        if cardinality(origin) <> %2$s then
          return;
        end if;
        for question_id, distance in
          select q.id, exchange.cosine_distance(q.embedding, origin)
          from exchange.questions as q
          where
            q.embedding is not null
            and q.subject_id = coalesce(of_subject_id, q.subject_id)
            and q.id <> coalesce(except_id, 0)
          order by q.embedding::%1$s.vector(%2$s) operator(%1$s.<=>) origin::%1$s.vector(%2$s)
        loop
          seen := seen + 1;
          if seen <= wanted then
            bound := greatest(bound, distance);
          elsif distance > bound + %3$s then
            exit;
          end if;
          return next;
        end loop;
      end;
      $$
    $replacement$,
    home,
    dimensions,
    -- Twice the most that single precision can err in a sum of so many products of numbers up to one.
    dimensions * 4e-7 + 1e-6,
    case
      when approximate
        then 'set hnsw.ef_search = 400 set hnsw.iterative_scan = strict_order set hnsw.max_scan_tuples = 1000000'
      else ''
    end
  );
end;
$function$;
comment on function exchange.use_pgvector(bigint,boolean) is 'for an administrator, after "create extension vector" (0.8 or later): similarity rides its index';

create domain exchange.price as numeric
  constraint price_check CHECK (VALUE >= 0::numeric AND VALUE <= 9999999999.99 AND VALUE = trunc(VALUE, 2));
comment on domain exchange.price is 'an amount of money for one piece, in the one currency of the database';
comment on constraint price_check on domain exchange.price is 'a price is zero or more, at most 9999999999.99, and has at most two decimals';

create domain exchange.quantity as bigint
  constraint quantity_check CHECK (VALUE > 0);
comment on domain exchange.quantity is 'a number of pieces';
comment on constraint quantity_check on domain exchange.quantity is 'a quantity is above zero';

create table exchange.products (
  id bigint not null generated always as identity,
  name text not null,
  category text,
  variation text,
  price numeric(12,2) not null,
  stock bigint not null default 0,
  sku text not null,
  created_at timestamp with time zone not null default now(),
  constraint products_pkey PRIMARY KEY (id),
  constraint products_sku_key UNIQUE (sku),
  constraint products_category_check CHECK (char_length(category) <= 100 AND exchange.visible(category) <> ''::text),
  constraint products_name_check CHECK (char_length(name) <= 255 AND exchange.visible(name) <> ''::text),
  constraint products_price_check CHECK (price >= 0::numeric AND price <= 9999999999.99),
  constraint products_sku_check CHECK (char_length(sku) <= 100 AND exchange.visible(sku) <> ''::text),
  constraint products_stock_check CHECK (stock >= 0),
  constraint products_variation_check CHECK (char_length(variation) <= 100 AND exchange.visible(variation) <> ''::text)
);
comment on table exchange.products is 'what is sold; the arbiter of its own stock';
comment on column exchange.products.category is 'null: in no category';
comment on column exchange.products.variation is 'size, colour or the like; null: there is only one';
comment on column exchange.products.price is 'what one piece costs today; a sale keeps the price of its own day';
comment on column exchange.products.stock is 'pieces in stock; no index has it, so that a sale updates no index';
comment on column exchange.products.sku is 'stock-keeping unit: the code of the product in the shop''s own books';
comment on constraint products_pkey on exchange.products is 'a product with this id already exists';
comment on constraint products_sku_key on exchange.products is 'a product with this SKU already exists';
comment on constraint products_category_check on exchange.products is 'a category is not blank and has at most 100 characters';
comment on constraint products_name_check on exchange.products is 'the name of a product is not blank and has at most 255 characters';
comment on constraint products_price_check on exchange.products is 'a price is zero or more and at most 9999999999.99';
comment on constraint products_sku_check on exchange.products is 'an SKU is not blank and has at most 100 characters';
comment on constraint products_stock_check on exchange.products is 'not enough stock';
comment on constraint products_variation_check on exchange.products is 'a variation is not blank and has at most 100 characters';
CREATE INDEX products_category_idx ON exchange.products USING btree (category, id);
comment on index exchange.products_category_idx is 'list_products, count_products: those of one category, newest first';

create table exchange.sales (
  product_id bigint not null,
  id bigint not null generated always as identity,
  quantity bigint not null,
  unit_price numeric(12,2) not null,
  is_promo boolean not null default false,
  sold_at timestamp with time zone not null default now(),
  from_stock boolean not null default true,
  idempotency_key text,
  line bigint not null default 1,
  constraint sales_pkey PRIMARY KEY (product_id, id),
  constraint sales_product_id_fkey FOREIGN KEY (product_id) REFERENCES exchange.products(id) ON DELETE RESTRICT,
  constraint sales_idempotency_key_check CHECK (char_length(idempotency_key) <= 255 AND exchange.visible(idempotency_key) <> ''::text),
  constraint sales_line_check CHECK (line > 0),
  constraint sales_quantity_check CHECK (quantity > 0),
  constraint sales_unit_price_check CHECK (unit_price >= 0::numeric AND unit_price <= 9999999999.99)
);
comment on table exchange.sales is 'one product sold at one moment: a line of a receipt';
comment on column exchange.sales.quantity is 'pieces';
comment on column exchange.sales.unit_price is 'what one piece cost in this sale';
comment on column exchange.sales.is_promo is 'whether it was sold in a promotion';
comment on column exchange.sales.from_stock is 'whether the sale took the product''s stock down; false for imported history';
comment on column exchange.sales.idempotency_key is 'the caller''s name for the sale or basket, or that of an imported line; null: it gave none';
comment on column exchange.sales.line is 'which line of the basket it is, from 1';
comment on constraint sales_pkey on exchange.sales is 'a sale of this product with this id already exists';
comment on constraint sales_product_id_fkey on exchange.sales is 'the product does not exist; when it is deleted: a product with sales cannot be deleted';
comment on constraint sales_idempotency_key_check on exchange.sales is 'an idempotency key is not blank and has at most 255 characters';
comment on constraint sales_line_check on exchange.sales is 'the lines of a basket are counted from 1';
comment on constraint sales_quantity_check on exchange.sales is 'the quantity of a sale is above zero';
comment on constraint sales_unit_price_check on exchange.sales is 'a price is zero or more and at most 9999999999.99';
CREATE UNIQUE INDEX sales_product_id_idempotency_key_line_key ON exchange.sales USING btree (product_id, idempotency_key, line) WHERE (idempotency_key IS NOT NULL);
comment on index exchange.sales_product_id_idempotency_key_line_key is 'a sale of this product was already recorded under this idempotency key';
CREATE INDEX sales_product_id_sold_at_idx ON exchange.sales USING btree (product_id, sold_at, id);
comment on index exchange.sales_product_id_sold_at_idx is 'list_sales, list_daily_demand, get_promotion_uplift, list_low_stock: one product in a range of time';
CREATE INDEX sales_sold_at_idx ON exchange.sales USING btree (sold_at, id);
comment on index exchange.sales_sold_at_idx is 'list_sales without a product; list_revenue_by_day and the other reports about all products: a range of time';

create table exchange.sale_requests (
  idempotency_key text not null,
  fingerprint bytea not null,
  sales jsonb not null,
  recorded_at timestamp with time zone not null default now(),
  constraint sale_requests_pkey PRIMARY KEY (idempotency_key),
  constraint sale_requests_idempotency_key_fingerprint_key UNIQUE (idempotency_key, fingerprint),
  constraint sale_requests_idempotency_key_check CHECK (char_length(idempotency_key) <= 255 AND exchange.visible(idempotency_key) <> ''::text)
);
comment on table exchange.sale_requests is 'what was answered to each idempotency key, for who asks again: the arbiter of retries';
comment on column exchange.sale_requests.idempotency_key is 'made up by the caller, one for each sale or basket';
comment on column exchange.sale_requests.fingerprint is 'SHA-256 of what was asked for';
comment on column exchange.sale_requests.sales is 'the sales as they were recorded, in the order of the lines';
comment on constraint sale_requests_pkey on exchange.sale_requests is 'the idempotency key was already used for another sale';
comment on constraint sale_requests_idempotency_key_fingerprint_key on exchange.sale_requests is 'the sale was already recorded under this idempotency key';
comment on constraint sale_requests_idempotency_key_check on exchange.sale_requests is 'an idempotency key is not blank and has at most 255 characters';
CREATE INDEX sale_requests_recorded_at_idx ON exchange.sale_requests USING btree (recorded_at);
comment on index exchange.sale_requests_recorded_at_idx is 'delete_sale_requests: those that are old enough';

create table exchange.events (
  id bigint not null generated always as identity,
  name text not null,
  event_date date not null,
  kind text not null,
  description text,
  include_in_prediction boolean not null default true,
  constraint events_pkey PRIMARY KEY (id),
  constraint events_event_date_name_key UNIQUE (event_date, name),
  constraint events_kind_check CHECK (kind = ANY (ARRAY['holiday'::text, 'promotion'::text, 'seasonal'::text, 'custom'::text])),
  constraint events_name_check CHECK (char_length(name) <= 255 AND exchange.visible(name) <> ''::text)
);
comment on table exchange.events is 'days on which people buy more or less than on others';
comment on column exchange.events.kind is 'holiday, promotion, seasonal or custom';
comment on column exchange.events.include_in_prediction is 'whether a forecast of demand should know of it';
comment on constraint events_pkey on exchange.events is 'an event with this id already exists';
comment on constraint events_event_date_name_key on exchange.events is 'an event of this name already exists on this day';
comment on constraint events_kind_check on exchange.events is 'an event is a holiday, promotion, seasonal or custom';
comment on constraint events_name_check on exchange.events is 'the name of an event is not blank and has at most 255 characters';

create table exchange.areas (
  id bigint not null,
  area geography(Point,4326) not null,
  constraint areas_pkey PRIMARY KEY (id),
  constraint areas_id_check CHECK (id = exchange.area_id(area))
);
comment on table exchange.areas is 'the cells that somebody has ever been in; a cell that everybody has left keeps its row, which costs a look';
comment on column exchange.areas.area is 'the middle of the cell, as in profiles.area';
comment on constraint areas_pkey on exchange.areas is 'the cell is known already';
comment on constraint areas_id_check on exchange.areas is 'the number of a cell follows from its middle';
CREATE INDEX areas_area_idx ON exchange.areas USING gist (area);
comment on index exchange.areas_area_idx is 'discover_profiles: the cells within a distance, nearest first';
