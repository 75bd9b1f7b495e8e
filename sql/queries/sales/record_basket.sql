-- The sales of a new basket, one for each line and all at one moment, their quantities taken from the stock; or, when
-- the idempotency key was used for the same basket before, its sales as they were recorded then. All lines or none.
-- The products are locked in the order of id, so that two baskets never wait for each other in a circle. What then
-- happens, and why a retry takes nothing twice, is explained in record_sale: baskets of equal content lock the same
-- products. Lines of the same product are summed for the stock.
-- A product that the locked ones do not hold is recorded as 0, which never exists, and so refused by the foreign key:
-- that one also sees a product committed while this waited, which was not locked and would be sold at no price.
-- Not null: sales
-- Not null: sales.quantity, sales.is_promo, sales.sold_at
with line as materialized (
  select
    item.line,
    (item.content ->> 'product_id')::bigint as product_id,
    (item.content ->> 'quantity')::bigint as quantity,
    (item.content ->> 'unit_price')::exchange.price::numeric(12, 2) as unit_price,
    (item.content ->> 'is_promo')::boolean as is_promo
  from jsonb_array_elements(:lines::jsonb) with ordinality as item (content, line)
),

locked as materialized (
  select
    products.id as product_id,
    products.price,
    products.stock
  from exchange.products
  where products.id = any(array(select line.product_id from line))
  order by products.id
  for no key update
),

drawn as materialized (
  select
    line.line,
    coalesce(locked.product_id, 0) as product_id,
    nextval('exchange.sales_id_seq') as sale_id,
    line.quantity,
    coalesce(line.unit_price, locked.price, 0) as unit_price,
    line.is_promo,
    coalesce(:sold_at::timestamptz, now()) as sold_at
  from line
  left outer join locked on line.product_id = locked.product_id
  order by line.line
),

made as materialized (
  select
    jsonb_agg(
      jsonb_build_object(
        'product_id', drawn.product_id,
        'sale_id', drawn.sale_id,
        'quantity', drawn.quantity,
        'unit_price', drawn.unit_price::text,
        'is_promo', drawn.is_promo,
        'sold_at', to_char(drawn.sold_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'idempotency_key', :idempotency_key::text
      )
      order by drawn.line
    ) as sales
  from drawn
),

request as (
  insert into exchange.sale_requests as request (idempotency_key, fingerprint, sales)
  select
    :idempotency_key::text as idempotency_key,
    sha256(
      convert_to(
        (
          select
            jsonb_build_array(
              :sold_at::timestamptz at time zone 'UTC',
              jsonb_agg(
                jsonb_build_array(line.product_id, line.quantity, line.unit_price, line.is_promo)
                order by line.line
              )
            )
          from line
        )::text,
        'UTF8'
      )
    ) as fingerprint,
    made.sales
  from made
  where :idempotency_key::text is not null
  on conflict (idempotency_key, fingerprint) do update
    set sales = request.sales
  returning request.sales
),

answer as materialized (
  select
    coalesce(request.sales, made.sales) as sales,
    coalesce(request.sales = made.sales, true) as is_new
  from made
  left outer join request on true
),

taken as (
  update exchange.products
  set stock = left_over.stock
  from (
    select
      locked.product_id,
      locked.stock - sum(drawn.quantity) as stock
    from locked
    inner join drawn on locked.product_id = drawn.product_id
    inner join answer on answer.is_new
    group by locked.product_id, locked.stock
  ) as left_over
  where
    products.id = left_over.product_id
    and products.id = any(array(select locked.product_id from locked))
),

recorded as (
  insert into exchange.sales (product_id, id, quantity, unit_price, is_promo, sold_at, idempotency_key, line)
  overriding system value
  select
    drawn.product_id,
    drawn.sale_id,
    drawn.quantity,
    drawn.unit_price,
    drawn.is_promo,
    drawn.sold_at,
    :idempotency_key::text,
    drawn.line
  from drawn
  inner join answer on answer.is_new
  order by drawn.line
)

select
  :idempotency_key::text as idempotency_key,
  (
    select coalesce(sum((item.sale ->> 'quantity')::bigint * (item.sale ->> 'unit_price')::numeric), 0)
    from jsonb_array_elements(answer.sales) as item (sale)
  ) as total,
  answer.sales
from answer;
