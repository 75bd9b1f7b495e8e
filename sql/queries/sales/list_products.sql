-- Products newest first, page by page; all, or those of one category. A category is a range with an order, so that no
-- other index but products_category_idx has the order: by an equality the planner might walk the primary key and seek
-- the few of a rare category through all products; the limit comes from a subquery, or it would sort a category that
-- it takes to be small. Ids grow with every insert, so a page costs the same however deep it is.
-- Rides: products_category_idx if category
-- Rides: products_pkey if not category
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
where
  true
  -- if :category
  and products.category >= :category
  and products.category <= :category
  -- page
  and (products.category, products.id) < (:category, :page_product_id)
  -- end page
  -- end if
  -- if not :category
  -- page
  and products.id < :page_product_id
  -- end page
  -- end if
order by
  -- if :category
  products.category desc,
  -- end if
  products.id desc
limit (select :limit::bigint);
