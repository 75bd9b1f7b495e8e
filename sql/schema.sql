-- Written by `make schema` from the migrations; do not edit.
-- For reading; databases are made by the migrations.

create schema exchange;
comment on schema exchange is 'people and what they exchange: accounts, profiles, places';

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

create domain exchange.price as numeric
  constraint price_check CHECK (VALUE >= 0::numeric AND VALUE <= 9999999999.99 AND VALUE = trunc(VALUE, 2));
comment on domain exchange.price is 'an amount of money for one piece, in the one currency of the database';
comment on constraint price_check on domain exchange.price is 'a price is zero or more, at most 9999999999.99, and has at most two decimals';

create domain exchange.quantity as bigint
  constraint quantity_check CHECK (VALUE > 0);
comment on domain exchange.quantity is 'a number of pieces';
comment on constraint quantity_check on domain exchange.quantity is 'a quantity is above zero';

create domain exchange.time_zone as text
  constraint time_zone_check CHECK (VALUE ~* '^(utc|gmt|etc/gmt[+-]?\d{1,2}|[a-z_-]+(/[a-z_-]+)+)$'::text);
comment on domain exchange.time_zone is 'the name of a time zone in the IANA database';
comment on constraint time_zone_check on domain exchange.time_zone is 'a time zone is UTC or has a name like Europe/Berlin';

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
