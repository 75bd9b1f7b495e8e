-- :rows sales, one a minute: growth is a longer history. One in fifty is of the first product; the catalogue grows too.
set session_replication_role = replica;
select setseed(0.5);
insert into exchange.products (name, category, price, stock, sku)
select
  'Product ' || n, case when n % 41 > 0 then 'Category ' || n % 40 end, 1 + n % 5000 / 100.0, n % 3000 + 5, 'SKU-' || n
from generate_series(1, 1000 + :rows / 100) as n;
insert into exchange.sales (product_id, quantity, unit_price, is_promo, sold_at)
select
  case when n % 50 = 0 then 1 else 2 + (random() * random() * (998 + :rows / 100))::bigint end,
  1 + (random() * 5)::bigint,
  1 + n % 5000 / 100.0,
  n / 1440 % 20 = 0 and n % 7 = 0,
  date_trunc('minute', now()) - n * interval '1 minute'
from generate_series(1, :rows) as n
order by n desc;
insert into exchange.events (name, event_date, kind)
select 'Event ' || n, current_date - n * 7, (array['holiday', 'promotion', 'seasonal', 'custom'])[1 + n % 4]
from generate_series(1, least(1 + :rows / 10000, 2000)) as n;
insert into exchange.sale_requests (idempotency_key, fingerprint, sales, recorded_at)
select 'key ' || n, sha256(n::text::bytea), '[]', now() - n * interval '10 minutes'
from generate_series(1, greatest(:rows / 10, 1)) as n;
reset session_replication_role;
