-- The products of which little is left, least first, with what was sold of each lately and how long the rest lasts at
-- that pace. The stock has no index, for a sale would then have to update it: this reads the products once, and of the
-- sales only those few that each row of the answer needs (sales_product_id_sold_at_idx). The pace of no days is refused
-- before that, also when there are no such products.
-- Rides: sales_product_id_sold_at_idx
-- Reads only.
select
  few.product_id,
  few.name,
  few.sku,
  few.stock,
  lately.sold_quantity,
  round(lately.sold_quantity::numeric / :recent_days::bigint, 6) as daily_quantity,
  round(few.stock::numeric * :recent_days::bigint / nullif(lately.sold_quantity, 0), 6) as days_of_cover
from (
  select
    products.id as product_id,
    products.name,
    products.sku,
    products.stock
  from exchange.products
  where products.stock <= :max_stock::bigint
  order by products.stock, products.id
  limit :limit::bigint
) as few
cross join
  lateral (
    select coalesce(sum(sales.quantity), 0)::bigint as sold_quantity
    from exchange.sales
    where
      sales.product_id = few.product_id
      and sales.sold_at >= coalesce(:as_of::timestamptz, now()) - :recent_days::bigint * interval '24 hours'
      and sales.sold_at < coalesce(:as_of::timestamptz, now())
  ) as lately
where (
  select
    case
      when :recent_days::bigint > 0 then 0
      else exchange.refuse('recent_days must be above zero')
    end
) = 0
order by few.stock, few.product_id;
