-- The product with exactly this SKU, or no row.
-- Rides: products_sku_key
select
  products.id as product_id,
  products.name,
  products.category,
  products.variation,
  products.price,
  products.stock,
  products.sku,
  products.created_at
from exchange.products
where products.sku = :sku;
