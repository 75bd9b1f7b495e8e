-- Retail sales: what is sold, what was sold, and the days that make a difference. Stock and sales move in one statement;
-- the check on stock settles who gets the last one. A caller that lost the answer sends its sale again under the same
-- idempotency key, and sale_requests is the arbiter of that.

-- Prices and quantities also arrive as parameters that no column checks before they are used. The price is a numeric
-- without a scale: numeric(12,2) would round what has a third decimal, and an amount must never change silently.
create domain exchange.price as numeric
-- squawk-ignore ban-create-domain-with-constraint -- no column has this type: its check meets no stored row
constraint price_check check (value between 0 and 9999999999.99 and value = trunc(value, 2));

comment on domain exchange.price is 'an amount of money for one piece, in the one currency of the database';
comment on constraint price_check on domain exchange.price
is 'a price is zero or more, at most 9999999999.99, and has at most two decimals';

create domain exchange.quantity as bigint
-- squawk-ignore ban-create-domain-with-constraint -- no column has this type: its check meets no stored row
constraint quantity_check check (value > 0);

comment on domain exchange.quantity is 'a number of pieces';
comment on constraint quantity_check on domain exchange.quantity is 'a quantity is above zero';

create table exchange.products (
  id bigint generated always as identity,
  name text not null,
  category text,
  variation text,
  price numeric(12, 2) not null,
  stock bigint not null default 0,
  sku text not null,
  created_at timestamptz not null default now(),
  constraint products_pkey primary key (id),
  constraint products_name_check check (char_length(name) <= 255 and exchange.visible(name) <> ''),
  constraint products_category_check check (char_length(category) <= 100 and exchange.visible(category) <> ''),
  constraint products_variation_check check (char_length(variation) <= 100 and exchange.visible(variation) <> ''),
  -- "between" is false for NaN.
  constraint products_price_check check (price between 0 and 9999999999.99),
  constraint products_stock_check check (stock >= 0),
  -- A code and not a word: compared as it is. The codes of other systems differ by case or a space alone, and an import
  -- must not make one product of two.
  constraint products_sku_key unique (sku),
  constraint products_sku_check check (char_length(sku) <= 100 and exchange.visible(sku) <> '')
);

comment on table exchange.products is 'what is sold; the arbiter of its own stock';
comment on column exchange.products.category is 'null: in no category';
comment on column exchange.products.variation is 'size, colour or the like; null: there is only one';
comment on column exchange.products.price is 'what one piece costs today; a sale keeps the price of its own day';
comment on column exchange.products.stock is 'pieces in stock; no index has it, so that a sale updates no index';
comment on column exchange.products.sku is 'stock-keeping unit: the code of the product in the shop''s own books';

comment on constraint products_pkey on exchange.products is 'a product with this id already exists';
comment on constraint products_name_check on exchange.products
is 'the name of a product is not blank and has at most 255 characters';
comment on constraint products_category_check on exchange.products
is 'a category is not blank and has at most 100 characters';
comment on constraint products_variation_check on exchange.products
is 'a variation is not blank and has at most 100 characters';
comment on constraint products_price_check on exchange.products is 'a price is zero or more and at most 9999999999.99';
comment on constraint products_stock_check on exchange.products is 'not enough stock';
comment on constraint products_sku_key on exchange.products is 'a product with this SKU already exists';
comment on constraint products_sku_check on exchange.products
is 'an SKU is not blank and has at most 100 characters';

create index products_category_idx on exchange.products (category, id);

comment on index exchange.products_category_idx
is 'list_products, count_products: those of one category, newest first';

create table exchange.sales (
  product_id bigint not null,
  id bigint generated always as identity,
  quantity bigint not null,
  unit_price numeric(12, 2) not null,
  is_promo boolean not null default false,
  sold_at timestamptz not null default now(),
  from_stock boolean not null default true,
  idempotency_key text,
  line bigint not null default 1,
  constraint sales_pkey primary key (product_id, id),
  constraint sales_product_id_fkey
  foreign key (product_id) references exchange.products (id) on delete restrict,
  constraint sales_quantity_check check (quantity > 0),
  constraint sales_unit_price_check check (unit_price between 0 and 9999999999.99),
  constraint sales_idempotency_key_check check (
    char_length(idempotency_key) <= 255 and exchange.visible(idempotency_key) <> ''
  ),
  constraint sales_line_check check (line > 0)
);

comment on table exchange.sales is 'one product sold at one moment: a line of a receipt';
comment on column exchange.sales.quantity is 'pieces';
comment on column exchange.sales.unit_price is 'what one piece cost in this sale';
comment on column exchange.sales.is_promo is 'whether it was sold in a promotion';
comment on column exchange.sales.from_stock
is 'whether the sale took the product''s stock down; false for imported history';
comment on column exchange.sales.idempotency_key
is 'the caller''s name for the sale or basket, or that of an imported line; null: it gave none';
comment on column exchange.sales.line is 'which line of the basket it is, from 1';

comment on constraint sales_pkey on exchange.sales is 'a sale of this product with this id already exists';
comment on constraint sales_product_id_fkey on exchange.sales
is 'the product does not exist; when it is deleted: a product with sales cannot be deleted';
comment on constraint sales_quantity_check on exchange.sales is 'the quantity of a sale is above zero';
comment on constraint sales_unit_price_check on exchange.sales
is 'a price is zero or more and at most 9999999999.99';
comment on constraint sales_idempotency_key_check on exchange.sales
is 'an idempotency key is not blank and has at most 255 characters';
comment on constraint sales_line_check on exchange.sales is 'the lines of a basket are counted from 1';

-- With the product in front, as every unique index of a table that may be distributed by product has to be.
create unique index sales_product_id_idempotency_key_line_key
on exchange.sales (product_id, idempotency_key, line) where idempotency_key is not null;

comment on index exchange.sales_product_id_idempotency_key_line_key
is 'a sale of this product was already recorded under this idempotency key';

create index sales_sold_at_idx on exchange.sales (sold_at, id);

comment on index exchange.sales_sold_at_idx
is 'list_sales without a product; list_revenue_by_day and the other reports about all products: a range of time';

create index sales_product_id_sold_at_idx on exchange.sales (product_id, sold_at, id);

comment on index exchange.sales_product_id_sold_at_idx
is 'list_sales, list_daily_demand, get_promotion_uplift, list_low_stock: one product in a range of time';

create table exchange.sale_requests (
  idempotency_key text not null,
  fingerprint bytea not null,
  sales jsonb not null,
  recorded_at timestamptz not null default now(),
  constraint sale_requests_pkey primary key (idempotency_key),
  -- record_sale and record_basket meet a repeated request by this key, so only one with other content runs into the
  -- primary key.
  constraint sale_requests_idempotency_key_fingerprint_key unique (idempotency_key, fingerprint),
  constraint sale_requests_idempotency_key_check check (
    char_length(idempotency_key) <= 255 and exchange.visible(idempotency_key) <> ''
  )
);

comment on table exchange.sale_requests
is 'what was answered to each idempotency key, for who asks again: the arbiter of retries';
comment on column exchange.sale_requests.idempotency_key is 'made up by the caller, one for each sale or basket';
comment on column exchange.sale_requests.fingerprint is 'SHA-256 of what was asked for';
comment on column exchange.sale_requests.sales is 'the sales as they were recorded, in the order of the lines';

comment on constraint sale_requests_pkey on exchange.sale_requests
is 'the idempotency key was already used for another sale';
comment on constraint sale_requests_idempotency_key_fingerprint_key on exchange.sale_requests
is 'the sale was already recorded under this idempotency key';
comment on constraint sale_requests_idempotency_key_check on exchange.sale_requests
is 'an idempotency key is not blank and has at most 255 characters';

create index sale_requests_recorded_at_idx on exchange.sale_requests (recorded_at);

comment on index exchange.sale_requests_recorded_at_idx is 'delete_sale_requests: those that are old enough';

create table exchange.events (
  id bigint generated always as identity,
  name text not null,
  event_date date not null,
  kind text not null,
  description text,
  include_in_prediction boolean not null default true,
  constraint events_pkey primary key (id),
  -- The date in front, so that the constraint's index also serves the days.
  constraint events_event_date_name_key unique (event_date, name),
  constraint events_name_check check (char_length(name) <= 255 and exchange.visible(name) <> ''),
  constraint events_kind_check check (kind in ('holiday', 'promotion', 'seasonal', 'custom'))
);

comment on table exchange.events is 'days on which people buy more or less than on others';
comment on column exchange.events.kind is 'holiday, promotion, seasonal or custom';
comment on column exchange.events.include_in_prediction is 'whether a forecast of demand should know of it';

comment on constraint events_pkey on exchange.events is 'an event with this id already exists';
comment on constraint events_event_date_name_key on exchange.events
is 'an event of this name already exists on this day';
comment on constraint events_name_check on exchange.events
is 'the name of an event is not blank and has at most 255 characters';
comment on constraint events_kind_check on exchange.events
is 'an event is a holiday, promotion, seasonal or custom';

comment on schema exchange is 'people and what they do: accounts, profiles, places, skills, matching, messaging, study, sales';
