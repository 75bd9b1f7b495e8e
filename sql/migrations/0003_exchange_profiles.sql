-- The public face of a person or a pup: profile, photos, prompts, and what they look for.
-- The order of photos and of prompts is an array on the profile's row and not a position on each photo: every
-- change of an order then locks that one row, and positions, being counted when they are read, have no gap or
-- duplicate however many callers race.

create function exchange.age_in_years(birth_date date)
returns integer
language sql
stable
strict
parallel safe
return extract(year from age(now() at time zone 'UTC', birth_date::timestamp))::integer;

comment on function exchange.age_in_years(date)
is 'full years from a birth date to today in UTC; a birthday on 29 February is on 1 March in other years';

create table exchange.profiles (
  user_id bigint not null,
  name text not null,
  birth_date date,
  bio text,
  pronouns text,
  image_url text,
  location_name text,
  location geography (point, 4326),
  activity_level text,
  photo_order bigint[] not null default '{}',
  prompt_order bigint[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_pkey primary key (user_id),
  constraint profiles_user_id_fkey
  foreign key (user_id) references exchange.users (id) on delete cascade,
  constraint profiles_name_check check (char_length(name) <= 100 and exchange.visible(name) <> ''),
  -- A check must not depend on today's date; the row's own updated_at stands for it.
  constraint profiles_birth_date_check check (
    birth_date between date '1900-01-01' and (updated_at at time zone 'UTC')::date
  ),
  constraint profiles_pronouns_check check (char_length(pronouns) <= 100),
  constraint profiles_image_url_check check (char_length(image_url) <= 255),
  constraint profiles_location_name_check check (char_length(location_name) <= 255),
  -- "between" is false for NaN; an empty point has no coordinates to compare.
  constraint profiles_location_check check (
    not st_isempty(location::geometry)
    and st_x(location::geometry) between -180 and 180
    and st_y(location::geometry) between -90 and 90
  ),
  constraint profiles_activity_level_check check (activity_level in ('low', 'medium', 'high')),
  constraint profiles_photo_order_check check (array_position(photo_order, null) is null),
  constraint profiles_prompt_order_check check (array_position(prompt_order, null) is null)
);

comment on table exchange.profiles is 'the public face of a user, a person or a pup; at most one for each user';
comment on column exchange.profiles.birth_date is 'null: not told; the age is computed, never stored';
comment on column exchange.profiles.location_name is 'for people: city, state, country';
comment on column exchange.profiles.location
is 'the exact position on WGS 84, for its owner; others see coarsened distances';
comment on column exchange.profiles.activity_level is 'low, medium or high; null: not told';
comment on column exchange.profiles.photo_order
is 'the ids of all photos of the profile, first to last; kept by the functions that add, delete and reorder photos';
comment on column exchange.profiles.prompt_order
is 'the ids of all prompts of the profile, first to last; kept by the functions that add, delete and reorder prompts';
comment on column exchange.profiles.updated_at
is 'moves by itself on every update of the row, also when photos or prompts come, go or change places';

comment on constraint profiles_pkey on exchange.profiles is 'the user already has a profile';
comment on constraint profiles_user_id_fkey on exchange.profiles is 'the user does not exist';
comment on constraint profiles_name_check on exchange.profiles is 'a name is not blank and has at most 100 characters';
comment on constraint profiles_birth_date_check on exchange.profiles
is 'a birth date is in 1900 or later and not in the future';
comment on constraint profiles_pronouns_check on exchange.profiles is 'pronouns have at most 100 characters';
comment on constraint profiles_image_url_check on exchange.profiles is 'an image URL has at most 255 characters';
comment on constraint profiles_location_name_check on exchange.profiles
is 'the name of a location has at most 255 characters';
comment on constraint profiles_location_check on exchange.profiles
is 'a location has a longitude from -180 to 180 and a latitude from -90 to 90 degrees';
comment on constraint profiles_activity_level_check on exchange.profiles
is 'an activity level is low, medium or high';
-- reorder_photos and reorder_prompts write a null into the array when the ids they are given are not the right
-- ones.
comment on constraint profiles_photo_order_check on exchange.profiles
is 'a new order names every photo of the profile exactly once';
comment on constraint profiles_prompt_order_check on exchange.profiles
is 'a new order names every prompt of the profile exactly once';

create trigger profiles_touch_updated_at
before update on exchange.profiles
for each row
execute function exchange.touch_updated_at();

create table exchange.photos (
  id bigint generated always as identity,
  user_id bigint not null,
  url text not null,
  created_at timestamptz not null default now(),
  constraint photos_pkey primary key (id),
  constraint photos_user_id_fkey
  foreign key (user_id) references exchange.profiles (user_id) on delete cascade,
  constraint photos_url_check check (char_length(url) <= 500 and exchange.visible(url) <> '')
);

comment on table exchange.photos is 'photos of a profile; their order is profiles.photo_order';
comment on column exchange.photos.user_id is 'whose profile shows the photo';
comment on column exchange.photos.url is 'where the picture is kept; the database holds no pictures';

comment on constraint photos_pkey on exchange.photos is 'a photo with this id already exists';
comment on constraint photos_user_id_fkey on exchange.photos is 'the profile does not exist';
comment on constraint photos_url_check on exchange.photos
is 'the URL of a photo is not blank and has at most 500 characters';

create index photos_user_id_idx on exchange.photos (user_id);

comment on index exchange.photos_user_id_idx is 'delete_profile, delete_user: the foreign key''s look-up';

create table exchange.prompts (
  id bigint generated always as identity,
  user_id bigint not null,
  question text not null,
  answer text not null,
  constraint prompts_pkey primary key (id),
  constraint prompts_user_id_fkey
  foreign key (user_id) references exchange.profiles (user_id) on delete cascade,
  constraint prompts_question_check check (char_length(question) <= 500 and exchange.visible(question) <> '')
);

comment on table exchange.prompts
is 'questions that a profile answers to start a conversation; their order is profiles.prompt_order';
comment on column exchange.prompts.user_id is 'whose profile shows the prompt';

comment on constraint prompts_pkey on exchange.prompts is 'a prompt with this id already exists';
comment on constraint prompts_user_id_fkey on exchange.prompts is 'the profile does not exist';
comment on constraint prompts_question_check on exchange.prompts
is 'a question is not blank and has at most 500 characters';

create index prompts_user_id_idx on exchange.prompts (user_id);

comment on index exchange.prompts_user_id_idx is 'delete_profile, delete_user: the foreign key''s look-up';

create table exchange.preferences (
  user_id bigint not null,
  -- squawk-ignore prefer-bigint-over-int -- years of age: 150 at most
  min_age integer not null default 0,
  -- squawk-ignore prefer-bigint-over-int -- years of age: 150 at most
  max_age integer not null default 20,
  max_distance_m double precision not null default 40233.6,
  distance_unit text not null default 'miles',
  activity_level text not null default 'medium',
  constraint preferences_pkey primary key (user_id),
  constraint preferences_user_id_fkey
  foreign key (user_id) references exchange.profiles (user_id) on delete cascade,
  constraint preferences_min_age_check check (min_age >= 0),
  constraint preferences_max_age_check check (max_age between min_age and 150),
  -- NaN is greater than infinity, so the upper bound refuses it too.
  constraint preferences_max_distance_m_check check (max_distance_m > 0 and max_distance_m < 'infinity'),
  constraint preferences_distance_unit_check check (distance_unit in ('miles', 'kilometers')),
  constraint preferences_activity_level_check check (activity_level in ('low', 'medium', 'high'))
);

comment on table exchange.preferences is 'whom a profile looks for; every profile has one row from the start';
comment on column exchange.preferences.min_age is 'youngest age looked for, in full years';
comment on column exchange.preferences.max_age is 'oldest age looked for, in full years, included';
comment on column exchange.preferences.max_distance_m is 'how far away at most, in metres; 40233.6 is 25 miles';
comment on column exchange.preferences.distance_unit
is 'the unit in which the user reads distances; stored distances are in metres whatever it is';
comment on column exchange.preferences.activity_level is 'the activity level looked for: low, medium or high';

comment on constraint preferences_pkey on exchange.preferences is 'the profile already has preferences';
comment on constraint preferences_user_id_fkey on exchange.preferences is 'the profile does not exist';
comment on constraint preferences_min_age_check on exchange.preferences is 'the youngest age is zero or more';
comment on constraint preferences_max_age_check on exchange.preferences
is 'the oldest age is not below the youngest and at most 150';
comment on constraint preferences_max_distance_m_check on exchange.preferences
is 'the maximum distance is more than zero and finite';
comment on constraint preferences_distance_unit_check on exchange.preferences
is 'a distance unit is miles or kilometers';
comment on constraint preferences_activity_level_check on exchange.preferences
is 'an activity level is low, medium or high';
