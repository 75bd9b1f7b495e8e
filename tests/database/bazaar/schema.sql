create schema bazaar;
create type bazaar.order_state as enum ('open', 'paid', 'shipped');
create domain bazaar.money as numeric(12, 2) check (value >= 0);
create domain bazaar.currency as text check (value in ('EUR', 'USD'));
create type bazaar.address as (street text, town text);

create table bazaar.customers (
  id bigint generated always as identity primary key,
  email text not null unique,
  nickname text,
  kind varchar(20) not null check (kind in ('person', 'company')),
  address bazaar.address,
  home geography (point, 4326) not null,
  spot geometry (point, 4326),
  tags text[] not null default '{}',
  settings jsonb not null default '{}',
  born date,
  reference uuid not null
);

create table bazaar.orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references bazaar.customers (id),
  state bazaar.order_state not null default 'open',
  currency bazaar.currency not null,
  total bazaar.money not null,
  note text,
  placed_at timestamptz not null default now(),
  duration interval,
  weight float8 not null,
  quantity int not null,
  is_paid boolean not null default false,
  photo bytea,
  address inet,
  wanted_at time,
  season daterange
);

create index orders_customer_id_placed_at_idx on bazaar.orders (customer_id, placed_at desc, id desc);

create function bazaar.discounted(total numeric) returns numeric
language sql immutable strict
return total * 0.9;
