-- nnnmnn
select id, email, name, phone, created_at, created_at::date as day from shop.customer where deleted_at is null order
by created_at desc limit 20;

-- nnm
select c.name, count(p.id) as purchases, max(p.ordered_at) as last from shop.customer c left join shop.purchase p on
p.customer_id = c.id group by c.id;

-- nnnm
select c.name, count(*) as purchases, max(p.ordered_at) as last, min(p.shipped_at) from shop.customer c join
shop.purchase p on p.customer_id = c.id group by c.id, c.name;

-- nnm
select p.id, c.name, c.phone from shop.purchase p left join shop.customer c on c.id = p.customer_id;

-- nmm
select p.id, a.city, a.zip from shop.purchase p left join shop.address a on a.id = p.address_id;

-- nnm
select p.id, a.city, a.zip from shop.purchase p left join shop.address a on a.id = p.address_id where p.address_id is
not null;

-- nnnnm
select i.line, pr.name, pr.sku, i.quantity * i.unit_price as total, i.comment from shop.item i join shop.product pr on
pr.id = i.product_id where i.purchase_id = 1 order by i.line;

-- nnn
select i.line, pr.name, cat.name as category from shop.item i left join shop.product pr on pr.id = i.product_id left
join shop.category cat on cat.id = pr.category_id;

-- nnm
select pr.name, cat.name as category, parent.name as parent from shop.product pr join shop.category cat on cat.id =
pr.category_id left join shop.category parent on parent.id = cat.parent_id;

-- nn
select p.id, sum(i.quantity * i.unit_price) as total from shop.purchase p join shop.item i on i.purchase_id = p.id
group by p.id;

-- nn
select p.id, coalesce(sum(i.quantity * i.unit_price), 0) as total from shop.purchase p left join shop.item i on
i.purchase_id = p.id group by p.id;

-- nm
select p.id, sum(i.quantity) as pieces from shop.purchase p left join shop.item i on i.purchase_id = p.id group by
p.id;

-- nm
select p.id, sum(i.quantity) as pieces from shop.purchase p left join shop.item i on i.purchase_id = p.id group by
p.id having count(i.line) > 0;

-- nmn
select p.id, (select sum(i.quantity) from shop.item i where i.purchase_id = p.id) as pieces, coalesce((select
sum(i.quantity) from shop.item i where i.purchase_id = p.id), 0) from shop.purchase p;

-- nn
select p.id, (select c.name from shop.customer c where c.id = p.customer_id) as customer from shop.purchase p;

-- nm
select p.id, (select a.city from shop.address a where a.id = p.address_id) as city from shop.purchase p;

-- nnn
select p.id, (select count(*) from shop.item i where i.purchase_id = p.id) as items, exists (select 1 from
shop.payment pay where pay.purchase_id = p.id) as paid from shop.purchase p;

-- nmmm, one row
select count(*), sum(amount), avg(amount), min(paid_at) from shop.payment;

-- nnn, one row
select count(*), sum(amount), avg(amount) from shop.payment having count(*) > 0;

-- nnn, one row
select case when count(*) > 0 then avg(amount) else 0 end, case when count(amount) > 0 then sum(amount) else 0 end,
case when count(*) = 0 then 0 else sum(amount) end from shop.payment;

-- m, one row
select case when count(*) > 0 then avg(amount) end from shop.payment;

-- nn, one row
select coalesce(sum(amount), 0), coalesce(max(paid_at), now()) from shop.payment where paid_at > now() - interval '1
day';

-- nnm
select sum(amount) filter (where true), count(*) filter (where refunded_at is null), sum(amount) filter (where
refunded_at is null) from shop.payment group by purchase_id;

-- nnnn
select date_trunc('month', ordered_at) as month, status, count(*), count(distinct customer_id) from shop.purchase
group by 1, 2 order by 1;

-- nnn
select date_trunc('day', p.ordered_at)::date as day, sum(i.quantity * i.unit_price) as revenue,
round(avg(i.unit_price), 2) as mean from shop.purchase p join shop.item i on i.purchase_id = p.id group by 1;

-- nnn
select d::date as day, count(p.id), coalesce(sum(i.quantity), 0) from generate_series(current_date - 7, current_date,
interval '1 day') d left join shop.purchase p on p.ordered_at::date = d::date left join shop.item i on i.purchase_id =
p.id group by d order by d;

-- nm
select d::date as day, max(p.id) from generate_series(current_date - 7, current_date, interval '1 day') d left join
shop.purchase p on p.ordered_at::date = d::date group by d;

-- nm
select (array_agg(p.id order by p.ordered_at desc))[1] as last_id, (array_agg(p.note order by p.ordered_at desc))[1]
as last_note from shop.purchase p group by p.customer_id;

-- nnn
select string_agg(name, ', ' order by name), array_agg(sku), array_agg(distinct category_id) from shop.product group
by category_id;

-- m, one row
select string_agg(name, ', ') from shop.product where category_id = 3;

-- nmn
select c.id, l.total, l.number from shop.customer c left join lateral (select sum(i.quantity) as total, count(*) as
number from shop.purchase p join shop.item i on i.purchase_id = p.id where p.customer_id = c.id) l on true;

-- nmm
select c.id, l.ordered_at, l.status from shop.customer c left join lateral (select p.ordered_at, p.status from
shop.purchase p where p.customer_id = c.id order by p.ordered_at desc limit 1) l on true;

-- nnn
select c.id, l.ordered_at, l.status from shop.customer c cross join lateral (select p.ordered_at, p.status from
shop.purchase p where p.customer_id = c.id order by p.ordered_at desc limit 1) l;

-- nnnnn
select id, name, coalesce(sale_price, price) as price, price - coalesce(sale_price, price) as saved, sale_price is not
null as on_sale from shop.product;

-- nnnmn
select id, least(price, sale_price), greatest(price, sale_price), nullif(name, ''), name || ' ' ||
coalesce(description, '') from shop.product;

-- nmmnn
select id, attributes ->> 'color', attributes -> 'size', attributes ? 'color', jsonb_typeof(attributes) from
shop.product;

-- nn
select id, attributes ->> 'color' as color from shop.product where attributes ->> 'color' = 'red';

-- nm
select id, attributes ->> 'color' as color from shop.product where attributes ? 'color';

-- nmmnnm
select id, tags[1], array_length(tags, 1), cardinality(tags), array_to_string(tags, ','), 'a' = any (tags) from
shop.product;

-- nm
select p.id, t.tag from shop.product p cross join lateral unnest(p.tags) as t (tag);

-- nmm
select p.id, t.tag, t.n from shop.product p left join lateral unnest(p.tags) with ordinality as t (tag, n) on true;

-- nnnnnnmn
select id, sku, row_number() over (partition by category_id order by price), rank() over (order by price), sum(price)
over (partition by category_id), avg(price) over (), lag(price) over (order by id), first_value(name) over (order by
id) from shop.product;

-- nmn
select id, price - lag(price) over (order by id) as change, coalesce(lag(price) over (order by id), price) from
shop.product;

-- nnn
select * from (select id, name, row_number() over (partition by category_id order by price) as place from
shop.product) s where place = 1;

-- nnnn
select id, status, case status when 'new' then 'open' when 'paid' then 'open' else 'done' end as state, case when
shipped_at is not null then shipped_at else ordered_at end from shop.purchase;

-- nn
select id, shipped_at from shop.purchase where status = 'shipped';

-- nn
select id, shipped_at - ordered_at as took from shop.purchase where shipped_at is not null;

-- nnn
select id, coupon, discount from shop.purchase where coupon is not null;

-- nnn
select id, coupon, discount from shop.purchase where discount > 0;

-- nn
select id, case when coupon is null then 0 else discount end as discount from shop.purchase;

-- nn
select id, coalesce(card_id, iban) as source from shop.payment;

-- nn
select id, case when card_id is not null then card_id else iban end as source from shop.payment;

-- nn
select id, iban from shop.payment where card_id is null;

-- nn
select id, coalesce(phone, company) from shop.customer where phone is not null or company is not null;

-- nn
select c.id, coalesce(a.handle, c.guest_name) as by from blog.comment c left join blog.author a on a.id = c.author_id;

-- nn
select c.id, case when c.author_id is not null then a.handle else c.guest_name end as by from blog.comment c left join
blog.author a on a.id = c.author_id;

-- nnn
select id, title, published_at from blog.post where not is_draft order by published_at desc;

-- nnnn
select id, title, published_at, handle from blog.published;

-- nnn
select p.id, p.title, p.published_at from blog.post p where p.is_draft = false;

-- nn
select p.id, p.title from blog.post p where p.published_at is not null and p.published_at <= now();

-- nnm
select p.title, a.handle as author, e.handle as editor from blog.post p join blog.author a on a.id = p.author_id left
join blog.author e on e.id = p.editor_id;

-- nn
select p.title, array_agg(t.label) as tags from blog.post p join blog.post_tag pt on pt.post_id = p.id join blog.tag t
on t.id = pt.tag_id group by p.id;

-- nmn
select p.title, array_agg(t.label) filter (where t.label is not null) as tags, coalesce(array_agg(t.label) filter
(where t.id is not null), '{}') from blog.post p left join blog.post_tag pt on pt.post_id = p.id left join blog.tag t
on t.id = pt.tag_id group by p.id;

-- nn
select p.title, array(select t.label from blog.post_tag pt join blog.tag t on t.id = pt.tag_id where pt.post_id = p.id
order by 1) as tags from blog.post p;

-- nn
select p.id, json_agg(json_build_object('id', c.id, 'body', c.body)) from blog.post p join blog.comment c on c.post_id
= p.id group by p.id;

-- nn
select p.id, coalesce(json_agg(c) filter (where c.id is not null), '[]') from blog.post p left join blog.comment c on
c.post_id = p.id group by p.id;

-- nmn
select p.id, (select jsonb_agg(to_jsonb(c)) from blog.comment c where c.post_id = p.id), (select
coalesce(jsonb_agg(c.body), '[]') from blog.comment c where c.post_id = p.id) from blog.post p;

-- nmn
select row_to_json(p), to_jsonb(p) ->> 'title', jsonb_build_object('title', p.title, 'editor', p.editor_id) from
blog.post p;

-- nn
select t.label, count(pt.post_id) from blog.tag t left join blog.post_tag pt on pt.tag_id = t.id group by t.id order
by 2 desc;

-- nnnn
select p.id, p.title, ts_rank(to_tsvector('english', p.body), q) as rank, ts_headline(p.body, q) from blog.post p,
to_tsquery('english', 'b') q where to_tsvector('english', p.body) @@ q;

-- nmnn
with recursive thread as (select id, reply_to, body, 1 as depth from blog.comment where reply_to is null union all
select c.id, c.reply_to, c.body, t.depth + 1 from blog.comment c join thread t on t.id = c.reply_to) select id,
reply_to, body, depth from thread;

-- nnmnnn
with recursive tree as (select id, name, parent_id, array[id] as path, name as label from shop.category where
parent_id is null union all select c.id, c.name, c.parent_id, t.path || c.id, t.label || ' / ' || c.name from
shop.category c join tree t on c.parent_id = t.id) select id, name, parent_id, path, label, cardinality(path) from
tree;

-- nmm
select e.name, d.name as department, m.name as manager from hr.employee e left join hr.department d on d.id =
e.department_id left join hr.employee m on m.id = e.manager_id;

-- nnmmm
select d.name, count(e.id), avg(e.salary), max(e.bonus), sum(e.salary) from hr.department d left join hr.employee e on
e.department_id = d.id group by d.id;

-- nnnmn
select d.name, count(e.id), avg(e.salary), max(e.bonus), sum(e.salary + coalesce(e.bonus, 0)) from hr.department d
join hr.employee e on e.department_id = d.id group by d.id having count(*) > 1;

-- nnnnn
select name, age(now(), hired), extract(year from age(now(), hired::timestamptz)), extract(year from hired),
current_date - hired as days from hr.employee;

-- nnnn
select name, coalesce(left_on, current_date) - hired as days, left_on is null as active, (hired, coalesce(left_on,
'infinity')) overlaps (date '2020-01-01', date '2020-12-31') from hr.employee;

-- nnnnn
select name, salary, salary / sum(salary) over (partition by department_id) as share, percent_rank() over (order by
salary), ntile(4) over (order by salary) from hr.employee;

-- mnnnm
select department_id, percentile_cont(0.5) within group (order by salary), mode() within group (order by hired),
stddev_pop(salary), stddev(salary) from hr.employee group by department_id;

-- nn
select e.department_id, sum(e.salary) from hr.employee e where e.department_id is not null group by e.department_id;

-- nmn
select coalesce(d.name, 'all') as department, sum(e.salary), grouping(d.name) from hr.employee e join hr.department d
on d.id = e.department_id group by rollup (d.name);

-- n
select e.name from hr.employee e where e.salary > (select avg(salary) from hr.employee) and e.department_id in (select
id from hr.department where name = 'dev');

-- nn
select e.name, h.name as head from hr.employee e join hr.department d on d.id = e.department_id join hr.employee h on
h.id = d.head_id;

-- nmmnn
select e.id, max(a.ends), min(a.starts), bool_or(a.ends is null), count(a.id) > 0 from hr.employee e left join
hr.absence a on a.employee_id = e.id group by e.id;

-- nmn
with recursive chain as (select id, name, manager_id, 0 as level from hr.employee where id = 2 union all select e.id,
e.name, e.manager_id, level + 1 from hr.employee e join chain c on c.manager_id = e.id) select name, manager_id, level
from chain;

-- nnm
select f.title, l.name as language, o.name as original from film.film f join film.language l on l.id = f.language_id
left join film.language o on o.id = f.original_language_id;

-- nn
select f.title, l.name from film.film f left join film.language l on f.language_id = l.id where f.rating = 'PG';

-- nnn
select f.title, f.rating, f.length from film.film f where f.length between 60 and 120 and f.rating in ('G', 'PG');

-- nn
select f.title, string_agg(a.first_name || ' ' || a.last_name, ', ' order by a.last_name) as actors from film.film f
join film.film_actor fa on fa.film_id = f.id join film.actor a on a.id = fa.actor_id group by f.id;

-- nmn
select f.title, string_agg(a.first_name || ' ' || a.last_name, ', ') as actors, count(a.id) from film.film f left join
film.film_actor fa on fa.film_id = f.id left join film.actor a on a.id = fa.actor_id group by f.id;

-- nnnmmn
select r.id, f.title, s.city, r.returned_at, r.returned_at - r.rented_at as kept, coalesce(r.returned_at, now()) from
film.rental r join film.inventory i on i.id = r.inventory_id join film.film f on f.id = i.film_id join film.store s on
s.id = i.store_id;

-- nnn
select r.id, f.title, s.city from film.rental r left join film.inventory i on i.id = r.inventory_id left join
film.film f on f.id = i.film_id left join film.store s on s.id = i.store_id;

-- nnnm
select f.id, f.title, count(r.id) as rentals, max(r.rented_at) from film.film f left join film.inventory i on
i.film_id = f.id left join film.rental r on r.inventory_id = i.id group by f.id, f.title;

-- nmnmn
select s.city, to_char(r.rented_at, 'YYYY-MM') as month, count(*), extract(month from r.rented_at), extract(epoch from
r.rented_at) from film.rental r join film.inventory i on i.id = r.inventory_id join film.store s on s.id = i.store_id
group by s.city, r.rented_at;

-- n
select i.id from film.inventory i where not exists (select 1 from film.rental r where r.inventory_id = i.id and
r.returned_at is null);

-- mnmnn
select rating, count(*), avg(length), sum(rate), min(title) from film.film group by rating;

-- nnn
select coalesce(rating, 'none') as rating, count(*) filter (where length > 60) as long, round(100.0 * count(*) /
sum(count(*)) over (), 1) as share from film.film group by 1;

-- nnnnnn
select a.first_name, a.last_name, upper(left(a.first_name, 1)) || '.' as initial, format('%s %s', a.first_name,
a.last_name), concat_ws(' ', a.first_name, null, a.last_name), concat(a.first_name, null) from film.actor a;

-- n
select f.title from film.film f where f.language_id = (select id from film.language where name = 'en');

-- nnnm
select p.product_id, p.pieces, p.revenue, p.last_shipped from shop.sold p where p.revenue > 5;

-- nnmn
select pr.id, pr.name, s.pieces, coalesce(s.revenue, 0) from shop.product pr left join shop.sold s on s.product_id =
pr.id;

-- nnnmnm, one row
insert into shop.customer (email, name) values ('z@x', 'Z') returning id, email, name, phone, created_at, deleted_at;

-- nnnm, one row
insert into shop.customer (email, name, phone) values ('a@x', 'Z', '5') on conflict (email) do update set name =
excluded.name, phone = excluded.phone returning id, name, phone, company;

-- n, one row
insert into shop.customer (email, name) values ('a@x', 'Z') on conflict (email) do nothing returning id;

-- nnn
insert into shop.category (id, parent_id, name) select 10 + id, id, 'sub ' || name from shop.category returning id,
parent_id, name;

-- nnnm, one row
update shop.purchase set status = 'shipped', shipped_at = now() where id = 1 returning id, status, shipped_at, note;

-- nnnm
update shop.product set sale_price = round(price * 0.9, 2) where discontinued_at is not null returning id, sale_price,
discontinued_at, weight;

-- nnmm, one row
update shop.customer set deleted_at = now(), phone = null where id = 2 returning id, deleted_at, phone, referrer_id;

-- nnnn
update shop.product p set price = p.price + 1, description = coalesce(p.description, c.name) from shop.category c
where c.id = p.category_id returning p.id, p.price, p.description, c.name;

-- nnm
delete from shop.review where customer_id = 1 returning product_id, stars, title;

-- nmm, one row
with gone as (delete from shop.payment where refunded_at is not null returning *) select count(*), sum(amount),
max(refunded_at) from gone;

-- nnnm
with gone as (delete from shop.payment where refunded_at is not null returning *) select id, amount, refunded_at,
coalesce(card_id, iban) from gone;

-- nnn, one row
with new as (insert into blog.tag (id, label) values (9, 'new') returning id, label) select new.id, new.label,
count(pt.post_id) from new left join blog.post_tag pt on pt.tag_id = new.id group by 1, 2;

-- nnmm
select c.id, c.name, r.name as referrer, r2.name as their_referrer from shop.customer c left join shop.customer r on
r.id = c.referrer_id left join shop.customer r2 on r2.id = r.referrer_id;

-- nnn
select c.id, c.referrer_id, r.name from shop.customer c join shop.customer r on r.id = c.referrer_id;

-- nm
select c.id, a.street from shop.customer c left join shop.address a on a.customer_id = c.id and a.is_default;

-- nnm
select c.id, coalesce(a.city, 'none') as city, a.zip from shop.customer c left join shop.address a on a.customer_id =
c.id and a.is_default where a.id is not null;

-- n, one row
select id from shop.customer where email = 'a@x';

-- nn, one row
select street, city from shop.address where customer_id = 1 and is_default;

-- nn, one row
select id, name from shop.customer where id = 1 for update;

-- nnn, one row
select p.id, p.status, c.name from shop.purchase p join shop.customer c on c.id = p.customer_id where p.id = 2;

-- nm, one row
select p.id, c.name from shop.purchase p left join shop.customer c on c.id = p.customer_id where p.id = 2 for update
of p;

-- nn
select name, 'customer' as kind from shop.customer union all select name, 'employee' from hr.employee order by 1;

-- n
select phone as contact from shop.customer where phone is not null union select email from shop.customer;

-- n
select phone from shop.customer intersect select email from shop.customer;

-- nn
select id, email from shop.customer except select id, email from shop.customer where deleted_at is not null;

-- mnm, one row
select avg(stars), count(*), round(avg(stars), 1) from shop.review where product_id = 1;

-- nmnn
select pr.id, avg(r.stars) as stars, count(r.stars), coalesce(round(avg(r.stars), 1), 0) from shop.product pr left
join shop.review r on r.product_id = pr.id group by pr.id;

-- nm
select pr.id, r.stars from shop.product pr left join (select product_id, avg(stars) as stars from shop.review group by
product_id) r on r.product_id = pr.id;

-- nn
select pr.id, r.stars from shop.product pr join (select product_id, avg(stars) as stars from shop.review group by
product_id) r on r.product_id = pr.id;

-- nnn
with totals as (select customer_id, sum(i.quantity * i.unit_price) as total from shop.purchase p join shop.item i on
i.purchase_id = p.id group by customer_id) select c.name, t.total, rank() over (order by t.total desc) from totals t
join shop.customer c on c.id = t.customer_id;

-- nnm
with totals as (select customer_id, count(*) as n from shop.purchase group by customer_id) select c.name,
coalesce(t.n, 0) as n, t.n as raw from shop.customer c left join totals t on t.customer_id = c.id;

-- nnm, one row
select count(*) as total, count(*) filter (where deleted_at is not null) as deleted, (select max(created_at) from
shop.customer) as newest from shop.customer;

-- nnnnnnnn
select to_char(price, 'FM999.00'), price::text, price::int, round(price), ceil(price), abs(price), price % 2, price ^
2 from shop.product;

-- nnnnnnmnnn
select lower(email), upper(name), length(name), trim(name), split_part(email, '@', 2), substring(email from 1 for 3),
substring(email from '@(.*)$'), position('@' in email), replace(email, '@', ' at '), md5(email) from shop.customer;

-- nmnnn
select regexp_replace(email, '@.*', ''), (regexp_match(email, '(.*)@'))[1], email ~ 'x', email like '%x', email
similar to '%x' from shop.customer;

-- nnmmmnm
select created_at at time zone 'UTC', extract(year from created_at), extract(dow from created_at), date_part('hour',
created_at), to_char(created_at, 'YYYY-MM-DD'), created_at + interval '1 day', created_at::time from shop.customer;

-- nnnn
select now() - created_at as since, age(created_at), created_at > now() - interval '7 days' as recent, extract(epoch
from now() - created_at) from shop.customer;

-- nnnnn
select status::text, status = 'new' as is_new, status in ('paid', 'shipped'), 'new'::shop.status,
enum_range(null::shop.status) from shop.purchase;

-- n
select x from unnest(array['a', 'b']) as x;

-- nn
select n, chr(64 + n) from generate_series(1, 5) as n;

-- nm
select v.id, c.name from (values (1), (2)) as v (id) left join shop.customer c on c.id = v.id;

-- nn
select c.id, c.name from shop.customer c where c.id = any (array[1, 2]);

-- nnm
select p.id, p.name, c.path from shop.product p join lateral (select string_agg(t, ',') as path from unnest(p.tags) t)
c on true;

-- nm
select k.key, k.value from shop.product p, jsonb_each_text(p.attributes) k;

-- nmm
select p.id, j.color, j.size from shop.product p, jsonb_to_record(p.attributes) as j (color text, size int);

-- nnn
select bool_and(is_default), bool_or(is_default), every(city > 'A') from shop.address group by customer_id;

-- nm
select distinct city, zip from shop.address;

-- nnm
select distinct on (customer_id) customer_id, city, zip from shop.address order by customer_id, id;

-- nnm
select c.country, count(*) as n, count(*) * 100.0 / nullif(sum(count(*)) over (), 0) as share from shop.customer c
group by c.country;

-- nn, one row
select sum(quantity) as pieces, sum(quantity) / count(*) as mean from shop.item where purchase_id = 1 group by
purchase_id;

-- nnnnmnm
select purchase_id, line, quantity, sum(quantity) over (partition by purchase_id order by line) as running, lead(line)
over (partition by purchase_id order by line), count(*) over (partition by purchase_id), max(comment) over (partition
by purchase_id) from shop.item;

-- nn
select coalesce(nullif(trim(phone), ''), email) as contact, nullif(company, '') is null as private from shop.customer;

-- n
select case when phone is null and company is null then 'none' when phone is null then company else phone end as
contact from shop.customer;

-- nn
select p.id, case when a.id is null then 'pickup' else a.city end as city from shop.purchase p left join shop.address
a on a.id = p.address_id;

-- nmn
select p.id, case when p.status in ('new', 'paid') then 'open' when p.status = 'shipped' then 'done' end as state,
(p.status = 'shipped')::int from shop.purchase p;

-- nn
select c1.email, c2.email as same from shop.customer c1 join shop.customer c2 on c2.company = c1.company and c2.id >
c1.id;

-- nn
select c1.company, c2.email from shop.customer c1 join shop.customer c2 using (company);

-- nmm
select coalesce(o.customer_id, r.customer_id) as customer_id, o.n, r.n from (select customer_id, count(*) as n from
shop.purchase group by 1) o full join (select customer_id, count(*) as n from shop.review group by 1) r on
r.customer_id = o.customer_id;

-- nnn
select customer_id, coalesce(o.n, 0), coalesce(r.n, 0) from (select customer_id, count(*) as n from shop.purchase
group by 1) o full join (select customer_id, count(*) as n from shop.review group by 1) r using (customer_id);

-- nnn
select p.id, count(*) over () as total, p.title from blog.post p order by p.id limit 10 offset 0;

-- nn
select a.handle, p.title from blog.author a left join lateral (select p.title from blog.post p where p.author_id =
a.id order by p.views desc limit 1) p on true where p.title is not null;

-- nnm
select a.handle, coalesce(s.posts, 0), s.views from blog.author a left join (select author_id, count(*) as posts,
sum(views) as views from blog.post group by author_id) s on s.author_id = a.id;

-- nnm, one row
select exists (select 1 from blog.post where slug = 'x') as taken, (select count(*) from blog.post) as posts, (select
title from blog.post where id = 1) as title;

-- nn
select max(views) - min(views), sum(views)::float / count(*) from blog.post group by author_id;

-- mm, one row
select max(views), sum(views) from blog.post where author_id = 1;

-- nnnm
select p.id, p.views, round(p.views * 100.0 / greatest(1, (select sum(views) from blog.post)), 1), p.views::numeric /
nullif((select sum(views) from blog.post), 0) from blog.post p;

-- nnmm
select c.id, c.body, r.body as parent, ra.handle as parent_author from blog.comment c left join blog.comment r on r.id
= c.reply_to left join blog.author ra on ra.id = r.author_id;

-- nnn
select c.post_id, p.title, a.handle from blog.comment c left join blog.post p on p.id = c.post_id left join
blog.author a on a.id = p.author_id;

-- nnn
select c.post_id, (select p.title from blog.post p where p.id = c.post_id), (select a.handle from blog.post p join
blog.author a on a.id = p.author_id where p.id = c.post_id) from blog.comment c;

-- mmn
select author_id, guest_name, coalesce(author_id::text, guest_name) from blog.comment where author_id is not null or
guest_name is not null;

-- nnnnmn
select date_part('year', joined), make_date(2020, 1, 1), joined + 30, joined::timestamp, to_char(joined, 'Mon'),
joined > '2020-01-01' from blog.author;

-- nn
select l.name, f.n from film.language l left join lateral (select count(*) as n from film.film f where f.language_id =
l.id) f on true;

-- nmm
select l.name, f.n, f.longest from film.language l left join lateral (select count(*) as n, max(f.length) as longest
from film.film f where f.language_id = l.id) f on f.n > 0;

-- nn
select g.n, coalesce(c.n, 0) from generate_series(1, 3) g (n) left join (select stars, count(*) as n from shop.review
group by stars) c on c.stars = g.n;

-- nnmn
select m.month, m.n, m.n - lag(m.n) over (order by m.month) as change, sum(m.n) over (order by m.month) as running
from (select date_trunc('month', ordered_at) as month, count(*) as n from shop.purchase group by 1) m;

-- nnn
select e.id, e.manager_id, (select m.name from hr.employee m where m.id = e.manager_id) as manager from hr.employee e
where e.manager_id is not null;

-- nn
select id, bonus from hr.employee where bonus is not null and bonus > 0 or salary > 100 and bonus > 1;

-- nnnnnn
select id, jsonb_build_object('name', name, 'phone', phone), jsonb_set('{}', '{a}', to_jsonb(name)),
json_build_array(id, phone), to_json(name), jsonb_strip_nulls(jsonb_build_object('p', phone)) from shop.customer;

-- nnn
select jsonb_object_agg(sku, price), json_agg(name order by name), array_agg(weight) from shop.product group by
category_id;

-- nnn, one row
select count(*) > 0 as any, coalesce(bool_or(refunded_at is not null), false), max(amount) is null from shop.payment;

-- nnn
select i.purchase_id, i.line, p.name from shop.item i, shop.product p where p.id = i.product_id and p.sale_price < 5;

-- nn
select p.sale_price, p.weight from shop.product p where p.sale_price < p.price and not (p.weight is null);

-- mmm
select min(price), max(price), percentile_disc(0.5) within group (order by price) from shop.product where category_id
= 2 group by ();

-- mn
select unnest(tags) as tag, count(*) from shop.product group by 1;

-- nmnnnn
select id, (select array_agg(t order by t) from unnest(tags) t), array(select upper(t) from unnest(tags) t), tags ||
array['x'], array_append(tags, 'y'), array_remove(tags, 'a') from shop.product;

-- nnnnnn
select p.id, width_bucket(p.price, 0, 100, 10), random() < 0.5, gen_random_uuid(), current_user, current_date from
shop.product p;

-- nnm
select p.id, it.n, pay.paid from shop.purchase p left join (select purchase_id, count(*) as n from shop.item group by
1) it on it.purchase_id = p.id left join (select purchase_id, sum(amount) as paid from shop.payment group by 1) pay on
pay.purchase_id = p.id where it.n > 1;

-- nn
select s.id, s.n from (select p.id, (select count(*) from shop.item i where i.purchase_id = p.id) as n from
shop.purchase p) s where s.n > 0;

-- nn
select p.id, c.email from shop.customer c right join shop.purchase p on p.customer_id = c.id;

-- nn
select pay.id, c.name from shop.payment pay left join shop.purchase p on p.id = pay.purchase_id left join
shop.customer c on c.id = p.customer_id;

-- nnn
select pay.id, p.status, c.name from shop.payment pay left join (shop.purchase p join shop.customer c on c.id =
p.customer_id) on p.id = pay.purchase_id;
