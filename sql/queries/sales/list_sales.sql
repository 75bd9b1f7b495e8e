-- Sales newest first, those of one moment by id, from one moment and before another; of all products or of one.
-- The upper bound is the pair of moment and id, by which the rows are ordered, so a page goes on where the last one
-- ended and costs the same however deep it is. Ids begin at 1: without one the bound is the moment alone.
-- One arm for all products (sales_sold_at_idx), one for a single one (sales_product_id_sold_at_idx); the arm that is
-- not asked for stops at once.
select
  page.product_id,
  page.sale_id,
  page.quantity,
  page.unit_price,
  page.is_promo,
  page.sold_at,
  page.idempotency_key
from (
  (
    select
      sales.product_id,
      sales.id as sale_id,
      sales.quantity,
      sales.unit_price,
      sales.is_promo,
      sales.sold_at,
      sales.idempotency_key
    from exchange.sales
    where
      :product_id::bigint is null
      and sales.sold_at >= coalesce(:sold_from::timestamptz, '-infinity')
      and (sales.sold_at, sales.id)
      < (coalesce(:sold_before::timestamptz, 'infinity'), coalesce(:before_sale_id::bigint, 0))
    order by sales.sold_at desc, sales.id desc
    limit :limit::bigint
  )
  union all
  (
    select
      sales.product_id,
      sales.id as sale_id,
      sales.quantity,
      sales.unit_price,
      sales.is_promo,
      sales.sold_at,
      sales.idempotency_key
    from exchange.sales
    where
      sales.product_id = :product_id::bigint
      and sales.sold_at >= coalesce(:sold_from::timestamptz, '-infinity')
      and (sales.sold_at, sales.id)
      < (coalesce(:sold_before::timestamptz, 'infinity'), coalesce(:before_sale_id::bigint, 0))
    order by sales.sold_at desc, sales.id desc
    limit :limit::bigint
  )
) as page
order by page.sold_at desc, page.sale_id desc
limit :limit::bigint;
