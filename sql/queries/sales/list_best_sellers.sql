-- The products that were sold most from one day to another, both included, by pieces or by revenue, the other of the
-- two and then the id deciding between equals; of all categories or of one. Products that were not sold are not there.
-- The day of a sale is that of its moment in the given zone, whatever its clocks do: where they go back over midnight,
-- a day is not even one stretch of time. So the rows are chosen by their day; the range of moments, a day wider on
-- both sides, only finds them in sales_sold_at_idx. Written with "between", the planner would expect a handful of rows
-- and sort them all for the sums. The zone is looked at once and not for each row.
-- Rides: sales_sold_at_idx
-- Reads only.
with span as materialized (
  select
    :time_zone::exchange.time_zone as zone,
    (:first_day::date::timestamp at time zone :time_zone::exchange.time_zone) - interval '25 hours' as starts,
    ((:last_day::date + 1)::timestamp at time zone :time_zone::exchange.time_zone) + interval '25 hours' as ends
),

by_product as (
  select
    sales.product_id,
    count(*) as sale_count,
    sum(sales.quantity)::bigint as quantity,
    sum(sales.quantity * sales.unit_price) as revenue
  from exchange.sales
  where
    sales.sold_at >= (select span.starts from span)
    and sales.sold_at < (select span.ends from span)
    and not (
      (sales.sold_at at time zone (select span.zone from span))::date < :first_day::date
      or (sales.sold_at at time zone (select span.zone from span))::date > :last_day::date
    )
  group by sales.product_id
)

select
  products.id as product_id,
  products.name,
  products.sku,
  products.category,
  by_product.sale_count,
  by_product.quantity,
  by_product.revenue
from by_product
inner join exchange.products on by_product.product_id = products.id
-- if :category
where products.category = :category
-- end if
order by
  -- when :by = 'quantity'
  by_product.quantity desc,
  by_product.revenue desc,
  -- when :by = 'revenue'
  by_product.revenue desc,
  by_product.quantity desc,
  -- end when
  products.id asc
limit :limit::bigint;
