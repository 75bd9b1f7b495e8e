-- The product as it was; the foreign key of sales refuses it once it has been sold. A sale that is recorded meanwhile
-- holds the product's row, and one that comes later finds no product.
delete from exchange.products
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
