-- The sale with this id.
select
  sales.product_id,
  sales.id as sale_id,
  sales.quantity,
  sales.unit_price,
  sales.is_promo,
  sales.sold_at,
  sales.idempotency_key
from exchange.sales
where
  sales.product_id = :product_id
  and sales.id = :sale_id;
