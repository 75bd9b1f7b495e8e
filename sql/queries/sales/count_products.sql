-- How many products there are; all, or those of one category, counted in products_category_idx alone.
-- Rides: products_category_idx
select
  (
    select count(*)
    from exchange.products
    where :category::text is null
  )
  + (
    select count(*)
    from exchange.products
    where products.category = :category::text
  ) as product_count;
