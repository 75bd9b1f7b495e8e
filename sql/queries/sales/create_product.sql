-- The new product; the unique SKU refuses a second one.
insert into exchange.products (name, category, variation, price, stock, sku)
values (:name, :category, :variation, :price::exchange.price, :stock, :sku)
returning
  products.id as product_id,
  products.name,
  products.category,
  products.variation,
  products.price,
  products.stock,
  products.sku,
  products.created_at;
