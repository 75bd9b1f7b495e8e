-- Sales of the past, one for each place in the arrays; the rows are those that are new. The stock is left alone: it is
-- what it is after them. Arrays of different lengths leave nulls, which the columns refuse; a key that is null becomes
-- blank, which is refused too.
-- A key that a sale of the same product has already is passed over, so the same history can be loaded again; a key
-- that stands twice in one call is refused by the unique index, as one of the two sales would be lost. So is one that
-- another call writes meanwhile: "on conflict" would pass over it, but takes half as long again for a million rows.
-- Week by week, so that pages of the table and sales_sold_at_idx hold what is read together; and product by product
-- within it, so that the other indexes are walked once for a week and not once for a row: a fifth less work.
insert into exchange.sales (product_id, quantity, unit_price, is_promo, sold_at, from_stock, idempotency_key)
select
  item.product_id,
  item.quantity,
  item.unit_price,
  case when :are_promo::boolean[] is null then false else item.is_promo end as is_promo,
  item.sold_at,
  false as from_stock,
  case when :idempotency_keys::text[] is not null then coalesce(item.idempotency_key, '') end as idempotency_key
from
  unnest(
    :product_ids::bigint[],
    :quantities::bigint[],
    :unit_prices::exchange.price[],
    :sold_at::timestamptz[],
    :are_promo::boolean[],
    :idempotency_keys::text[]
  ) as item (product_id, quantity, unit_price, sold_at, is_promo, idempotency_key)
where
  not exists (
    select 1
    from exchange.sales
    where
      sales.product_id = item.product_id
      and sales.idempotency_key = item.idempotency_key
      and sales.line = 1
  )
order by date_bin('7 days', item.sold_at, 'epoch'), item.product_id, item.sold_at;
