create schema shop;
create schema blog;
create schema hr;
create schema film;
create type shop.status as enum ('new', 'paid', 'shipped', 'cancelled');
create table shop.customer (
  id bigint generated always as identity primary key, email text not null unique, name text not null, phone text,
  company text, created_at timestamptz not null default now(), deleted_at timestamptz,
  referrer_id bigint references shop.customer (id), country text not null default 'CH'
);
create table shop.address (
  id bigint generated always as identity primary key, customer_id bigint not null references shop.customer (id),
  street text not null, zip text, city text not null, is_default boolean not null default false
);
create unique index one_default on shop.address (customer_id) where is_default;
create table shop.category (
  id int primary key, parent_id int references shop.category (id), name text not null, unique (parent_id, name)
);
create table shop.product (
  id bigint primary key, sku text not null unique, name text not null, description text, price numeric(10, 2) not null,
  sale_price numeric(10, 2), category_id int not null references shop.category (id), tags text[] not null default '{}',
  attributes jsonb not null default '{}', weight int, discontinued_at date
);
create table shop.purchase (
  id bigint generated always as identity primary key, customer_id bigint not null references shop.customer (id),
  status shop.status not null default 'new', ordered_at timestamptz not null default now(), shipped_at timestamptz,
  address_id bigint references shop.address (id), coupon text, note text, discount numeric(10, 2),
  check ((status = 'shipped') = (shipped_at is not null)),
  check ((coupon is null) = (discount is null))
);
create table shop.item (
  purchase_id bigint not null references shop.purchase (id) on delete cascade, line int not null,
  product_id bigint not null references shop.product (id), quantity int not null check (quantity > 0),
  unit_price numeric(10, 2) not null, comment text, primary key (purchase_id, line)
);
create table shop.payment (
  id bigint primary key, purchase_id bigint not null references shop.purchase (id), amount numeric(10, 2) not null,
  card_id text, iban text, paid_at timestamptz not null default now(), refunded_at timestamptz,
  check (num_nonnulls(card_id, iban) = 1)
);
create table shop.review (
  product_id bigint not null references shop.product (id), customer_id bigint not null references shop.customer (id),
  stars int not null check (stars between 1 and 5), title text, body text, primary key (product_id, customer_id)
);
create table blog.author (id int primary key, handle text not null unique, bio text, joined date not null);
create table blog.post (
  id int primary key, author_id int not null references blog.author (id), editor_id int references blog.author (id),
  title text not null, body text not null, published_at timestamptz, slug text not null unique, views int not null default 0,
  is_draft boolean not null default true, check (is_draft or published_at is not null)
);
create table blog.comment (
  id int primary key, post_id int not null references blog.post (id), author_id int references blog.author (id),
  guest_name text, reply_to int references blog.comment (id), body text not null, made_at timestamptz not null default now(),
  check (author_id is not null or guest_name is not null)
);
create table blog.tag (id int primary key, label text not null unique);
create table blog.post_tag (
  post_id int not null references blog.post (id), tag_id int not null references blog.tag (id), primary key (post_id, tag_id)
);
create table hr.department (id int primary key, name text not null, head_id int);
create table hr.employee (
  id int primary key, name text not null, email text, department_id int references hr.department (id),
  manager_id int references hr.employee (id), hired date not null, left_on date, salary numeric not null, bonus numeric
);
alter table hr.department add constraint head foreign key (head_id) references hr.employee (id);
create table hr.absence (
  id int primary key, employee_id int not null references hr.employee (id), starts date not null, ends date, reason text
);
create table film.language (id int primary key, name text not null);
create table film.film (
  id int primary key, title text not null, year int, language_id int not null references film.language (id),
  original_language_id int references film.language (id), length int, rating text, rate numeric not null
);
create table film.actor (id int primary key, first_name text not null, last_name text not null);
create table film.film_actor (
  film_id int not null references film.film (id), actor_id int not null references film.actor (id), primary key (film_id, actor_id)
);
create table film.store (id int primary key, city text not null);
create table film.inventory (
  id int primary key, film_id int not null references film.film (id), store_id int not null references film.store (id)
);
create table film.rental (
  id int primary key, inventory_id int not null references film.inventory (id), customer text not null,
  rented_at timestamp not null, returned_at timestamp
);
create view shop.sold as
select i.product_id, sum(i.quantity) as pieces, sum(i.quantity * i.unit_price) as revenue, max(p.shipped_at) as last_shipped
from shop.item i join shop.purchase p on p.id = i.purchase_id group by i.product_id;
create view blog.published as
select p.id, p.title, p.slug, p.published_at, a.handle from blog.post p join blog.author a on a.id = p.author_id
where not p.is_draft;
insert into shop.customer (email, name, phone, company, deleted_at, referrer_id) values
  ('a@x', 'A', null, null, null, null), ('b@x', 'B', '1', 'Co', now(), 1), ('c@x', 'C', null, 'Co', null, 2);
insert into shop.address (customer_id, street, zip, city, is_default) values (1, 's', null, 'Bern', true), (1, 't', '3000', 'Bern', false), (2, 'u', '1', 'X', false);
insert into shop.category values (1, null, 'all'), (2, 1, 'toys'), (3, 2, 'cars');
insert into shop.product values (1, 'S1', 'P1', null, 5, null, 2, '{}', '{}', null, null), (2, 'S2', 'P2', 'd', 7, 6, 3, '{a,b}', '{"color": "red", "size": null}', 5, '2020-01-01'), (3, 'S3', 'P3', null, 1, null, 1, '{}', '{}', 1, null);
insert into shop.purchase (customer_id, status, shipped_at, address_id, coupon, note, discount) values (1, 'new', null, null, null, null, null), (1, 'shipped', now(), 1, 'C', 'n', 1), (2, 'paid', null, 3, null, null, null);
insert into shop.item values (1, 1, 1, 2, 5, null), (1, 2, 2, 1, 7, 'c'), (2, 1, 1, 1, 4, null);
insert into shop.payment values (1, 1, 10, 'card', null, now(), null), (2, 2, 5, null, 'CH', now(), now());
insert into shop.review values (1, 1, 5, null, null), (1, 2, 3, 't', 'b');
insert into blog.author values (1, 'ann', null, '2020-01-01'), (2, 'bob', 'b', '2021-01-01'), (3, 'cyd', null, '2021-01-01');
insert into blog.post values (1, 1, null, 'T', 'b', null, 't', 0, true), (2, 1, 2, 'U', 'b', now(), 'u', 3, false), (3, 2, null, 'V', 'b', now(), 'v', 1, false);
insert into blog.comment values (1, 2, 1, null, null, 'c'), (2, 2, null, 'guest', 1, 'd'), (3, 3, 2, null, 2, 'e');
insert into blog.tag values (1, 'sql'), (2, 'x'); insert into blog.post_tag values (2, 1), (2, 2);
insert into hr.department values (1, 'dev', null), (2, 'ops', null), (3, 'empty', null);
insert into hr.employee values (1, 'Boss', 'b@x', 1, null, '2010-01-01', null, 10, null), (2, 'W', null, 1, 1, '2015-01-01', '2020-01-01', 5, 1), (3, 'V', null, null, 1, '2016-01-01', null, 6, null);
update hr.department set head_id = 1 where id = 1;
insert into hr.absence values (1, 1, '2020-01-01', null, null), (2, 2, '2020-01-01', '2020-02-01', 'ill');
insert into film.language values (1, 'en'), (2, 'de');
insert into film.film values (1, 'F', null, 1, null, null, null, 3), (2, 'G', 2000, 1, 2, 90, 'PG', 2);
insert into film.actor values (1, 'X', 'Y'), (2, 'Z', 'W'); insert into film.film_actor values (1, 1);
insert into film.store values (1, 'Bern'), (2, 'Basel'); insert into film.inventory values (1, 1, 1), (2, 1, 2);
insert into film.rental values (1, 1, 'c', '2020-01-01', null), (2, 1, 'd', '2020-01-02', '2020-01-03');
