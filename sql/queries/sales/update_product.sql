-- The product with the content that the caller gives; a null clears a field, and sales of the past keep their price.
-- The stock is not among the fields: it moves with sales and restocking only, so that a form that was open for a
-- while cannot undo a sale.
update exchange.products
set
  name = case when :name_given then :name else products.name end,
  category = case when :category_given then :category else products.category end,
  variation = case when :variation_given then :variation else products.variation end,
  price = case when :price_given then :price::exchange.price else products.price end,
  sku = case when :sku_given then :sku else products.sku end
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
