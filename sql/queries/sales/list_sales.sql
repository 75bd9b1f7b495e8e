-- Sales newest first, those of one moment by id, from one moment and before another; of all products or of one.
-- The upper bound is the pair of moment and id, by which the rows are ordered, so a page goes on where the last one
-- ended and costs the same however deep it is. Ids begin at 1: without one the bound is the moment alone. An id without
-- its moment is no place in this order, and refused before anything is read.
-- One arm for all products (sales_sold_at_idx), one for a single one (sales_product_id_sold_at_idx); the arm that is
-- not asked for stops at once. The product comes from a materialized CTE and its limit from a subquery: knowing that
-- many sales are of this product, the planner would walk through those of all products, and far if it was not sold
-- lately; knowing the limit and not the product, it would sort all its sales.
-- Allow: partial-order, because ids come from one sequence, and only one of the arms is asked for
-- Rides: sales_sold_at_idx, sales_product_id_sold_at_idx
-- Reads only.
with wanted as materialized (
  select :product_id::bigint as product_id
)

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
      sale.product_id,
      sale.sale_id,
      sale.quantity,
      sale.unit_price,
      sale.is_promo,
      sale.sold_at,
      sale.idempotency_key
    from wanted
    cross join
      lateral (
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
          sales.product_id = wanted.product_id
          and sales.sold_at >= coalesce(:sold_from::timestamptz, '-infinity')
          and (sales.sold_at, sales.id)
          < (coalesce(:sold_before::timestamptz, 'infinity'), coalesce(:before_sale_id::bigint, 0))
        order by sales.sold_at desc, sales.id desc
        limit (select :limit::bigint)
      ) as sale
  )
) as page
where (
  select
    case
      when :sold_before::timestamptz is null and :before_sale_id::bigint is not null
        then exchange.refuse('before_sale_id goes with the sold_before of the same sale')
      else 0
    end
) = 0
order by page.sold_at desc, page.sale_id desc
limit :limit::bigint;
