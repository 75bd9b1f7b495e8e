-- The products that were sold most from one day to another, both included, by pieces or by revenue, the other of the
-- two and then the id deciding between equals; of all categories or of one. Products that were not sold are not there.
-- The day of a sale is that of its moment in the given zone, whatever its clocks do: a day has 23 hours or 25 there,
-- begins at one o'clock, begins twice, or is left out. So the rows are chosen by their day; the range of moments, a
-- day wider on both sides, only finds them in sales_sold_at_idx. The zone is looked at once and not for each row.
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
    and (sales.sold_at at time zone (select span.zone from span))::date between :first_day::date and :last_day::date
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
where :category::text is null or products.category = :category::text
order by
  case when :by::text = 'revenue' then by_product.revenue else by_product.quantity end desc,
  by_product.revenue desc,
  by_product.quantity desc,
  product_id asc
limit :limit::bigint;
