-- Products newest first, before a given one; all, or those of one category.
-- One arm for each, because "is null or equal" would keep the planner from products_category_idx; the arm that is not
-- asked for stops at once. The category is a range with an order, so that no other index but that one has the order:
-- by an equality the planner might walk the primary key and seek the few of a rare category through all products.
-- Ids grow with every insert, so a page costs the same however deep it is.
-- Allow: partial-order, because only one of the arms is asked for
-- Rides: products_category_idx
select
  page.product_id,
  page.name,
  page.category,
  page.variation,
  page.price,
  page.stock,
  page.sku,
  page.created_at
from (
  (
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
      :category::text is null
      and products.id < coalesce(:before_product_id::bigint, 9223372036854775807)
    order by products.id desc
    limit :limit::bigint
  )
  union all
  (
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
      products.category >= :category::text
      and (products.category, products.id)
      < (:category::text, coalesce(:before_product_id::bigint, 9223372036854775807))
    order by products.category desc, products.id desc
    limit :limit::bigint
  )
) as page
order by page.product_id desc
limit :limit::bigint;
