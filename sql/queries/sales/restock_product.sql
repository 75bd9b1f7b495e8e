-- The product with so many pieces more. Relative to the row as it is once it is locked, so no sale that runs meanwhile
-- is lost; beyond what a bigint holds the server refuses the sum.
update exchange.products
set stock = products.stock + :quantity::exchange.quantity
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
