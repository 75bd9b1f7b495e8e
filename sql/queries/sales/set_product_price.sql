-- The product with its new price; what was sold before keeps the price of its own day.
update exchange.products
set price = :price::exchange.price
where products.id = :product_id
returning
  products.id as product_id,
  products.name,
  products.category,
  products.variation,
  products.price,
  products.stock,
  products.sku,
  products.created_at;
