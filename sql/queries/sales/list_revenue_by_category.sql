-- What each category earned from one day to another, both included, most first; products in no category are one row
-- with a null. Summed by product before the products are read, so that each is read once.
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
    sum(sales.quantity) as quantity,
    sum(sales.quantity * sales.unit_price) as revenue
  from exchange.sales
  where
    sales.sold_at >= (select span.starts from span)
    and sales.sold_at < (select span.ends from span)
    and (sales.sold_at at time zone (select span.zone from span))::date between :first_day::date and :last_day::date
  group by sales.product_id
)

select
  products.category,
  sum(by_product.sale_count)::bigint as sale_count,
  sum(by_product.quantity)::bigint as quantity,
  sum(by_product.revenue) as revenue
from by_product
inner join exchange.products on by_product.product_id = products.id
group by products.category
order by revenue desc, products.category asc nulls last;
