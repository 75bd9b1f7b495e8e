-- The sale as it was; what it had taken from the stock goes back there, which is nothing for imported history.
-- The product's row is locked first, as by every sale; of two callers the second then finds none. With the sale deleted
-- first, it would wait for the product while who has that waits to see whether the sale's key comes free. The key stays
-- used: a late retry of what has been undone does not sell it again.
with locked as materialized (
  select products.id as product_id
  from exchange.products
  where products.id = :product_id
  for no key update
),

deleted as (
  delete from exchange.sales
  using locked
  where
    sales.product_id = locked.product_id
    and sales.id = :sale_id
  returning
    sales.product_id,
    sales.id as sale_id,
    sales.quantity,
    sales.unit_price,
    sales.is_promo,
    sales.sold_at,
    sales.idempotency_key,
    sales.from_stock
),

put_back as (
  update exchange.products
  set stock = products.stock + deleted.quantity
  from deleted
  where
    products.id = deleted.product_id
    and deleted.from_stock
)

select
  deleted.product_id,
  deleted.sale_id,
  deleted.quantity,
  deleted.unit_price,
  deleted.is_promo,
  deleted.sold_at,
  deleted.idempotency_key
from deleted;
