-- The new sale, its quantity taken from the stock; or, when the idempotency key was used for the same sale before,
-- that sale as it was recorded then.
-- First the product's row is locked, so callers of one product go one by one. Then the key is written to
-- sale_requests.
-- Whoever waited for the lock meets the row of the first there, although it is younger than his snapshot, because an
-- upsert sees what is committed: he takes the answer from it and leaves stock and sales alone. So a retry gets its
-- sale also when that sale took the last piece. With other content the same key violates sale_requests_pkey. As equal
-- requests have the product's row in common, they never run into each other's half-written key.
-- The new stock is that of the locked row less the quantity: an update of its own would check the row of its snapshot
-- first, and refuse a sale because of the stock before another caller's restocking.
-- The id is drawn beforehand, so that the key's row holds the whole answer from the start; it also tells which
-- caller's answer it is. products_stock_check refuses what is not in stock, the foreign key a product that is not
-- there (whose price is 0 up to that point). A product that was not locked is recorded as 0, which never exists, for
-- the foreign key also sees one committed while this waited for another caller's key.
with locked as materialized (
  select
    products.id as product_id,
    products.price,
    products.stock
  from exchange.products
  where products.id = :product_id::bigint
  for no key update
),

drawn as materialized (
  select
    nextval('exchange.sales_id_seq') as sale_id,
    coalesce(:unit_price::exchange.price, locked.price, 0)::numeric(12, 2) as unit_price,
    coalesce(:sold_at::timestamptz, now()) as sold_at
  from (values (:product_id::bigint)) as asked (product_id)
  left outer join locked on asked.product_id = locked.product_id
),

request as (
  insert into exchange.sale_requests as request (idempotency_key, fingerprint, sales)
  select
    :idempotency_key::text as idempotency_key,
    sha256(
      convert_to(
        jsonb_build_array(
          :sold_at::timestamptz at time zone 'UTC',
          jsonb_build_array(
            jsonb_build_array(
              :product_id::bigint,
              :quantity::bigint,
              :unit_price::exchange.price::numeric(12, 2),
              :is_promo::boolean
            )
          )
        )::text,
        'UTF8'
      )
    ) as fingerprint,
    jsonb_build_array(
      jsonb_build_object(
        'product_id', :product_id::bigint,
        'sale_id', drawn.sale_id,
        'quantity', :quantity::bigint,
        'unit_price', drawn.unit_price::text,
        'is_promo', :is_promo::boolean,
        'sold_at', to_char(drawn.sold_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'idempotency_key', :idempotency_key::text
      )
    ) as sales
  from drawn
  where :idempotency_key::text is not null
  on conflict (idempotency_key, fingerprint) do update
    set sales = request.sales
  returning request.sales -> 0 as sale
),

answer as materialized (
  select
    coalesce((request.sale ->> 'sale_id')::bigint, drawn.sale_id) as sale_id,
    coalesce((request.sale ->> 'unit_price')::numeric, drawn.unit_price) as unit_price,
    coalesce((request.sale ->> 'sold_at')::timestamptz, drawn.sold_at) as sold_at,
    coalesce((request.sale ->> 'sale_id')::bigint = drawn.sale_id, true) as is_new
  from drawn
  left outer join request on true
),

taken as (
  update exchange.products
  set stock = locked.stock - :quantity::bigint
  from locked
  inner join answer on answer.is_new
  where products.id = locked.product_id
),

recorded as (
  insert into exchange.sales (product_id, id, quantity, unit_price, is_promo, sold_at, idempotency_key)
  overriding system value
  select
    coalesce((select locked.product_id from locked), 0) as product_id,
    answer.sale_id,
    :quantity::bigint,
    answer.unit_price,
    :is_promo::boolean,
    answer.sold_at,
    :idempotency_key::text
  from answer
  where answer.is_new
)

select
  :product_id::bigint as product_id,
  answer.sale_id,
  :quantity::bigint as quantity,
  answer.unit_price,
  :is_promo::boolean as is_promo,
  answer.sold_at,
  :idempotency_key::text as idempotency_key
from answer;
