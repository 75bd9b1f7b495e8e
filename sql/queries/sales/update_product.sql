-- The product with its new content; the caller gives every field, and a null clears one. The stock is not among them:
-- it moves with sales and restocking only, so that a form that was open for a while cannot undo a sale.
update exchange.products
set
  name = :name,
  category = :category,
  variation = :variation,
  price = :price::exchange.price,
  sku = :sku
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
