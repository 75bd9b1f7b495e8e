-- The product with this id.
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
where products.id = :product_id;
