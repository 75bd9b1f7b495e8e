-- The same as import_sales for who knows products by SKU: an SKU that no product has ends the statement, which then
-- loads nothing, and is named in the error.
insert into exchange.sales (product_id, quantity, unit_price, is_promo, sold_at, from_stock, idempotency_key)
select
  case
    when products.id is not null or item.sku is null then products.id
    else exchange.refuse('no product has the SKU ' || item.sku)
  end as product_id,
  item.quantity,
  item.unit_price,
  case when :are_promo::boolean[] is null then false else item.is_promo end as is_promo,
  item.sold_at,
  false as from_stock,
  case when :idempotency_keys::text[] is not null then coalesce(item.idempotency_key, '') end as idempotency_key
from
  unnest(
    :skus::text[],
    :quantities::bigint[],
    :unit_prices::exchange.price[],
    :sold_at::timestamptz[],
    :are_promo::boolean[],
    :idempotency_keys::text[]
  ) as item (sku, quantity, unit_price, sold_at, is_promo, idempotency_key)
left outer join exchange.products on item.sku = products.sku
where
  not exists (
    select 1
    from exchange.sales
    where
      sales.product_id = products.id
      and sales.idempotency_key = item.idempotency_key
      and sales.line = 1
  )
order by date_bin('7 days', item.sold_at, 'epoch'), product_id, item.sold_at;
