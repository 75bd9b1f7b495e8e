-- What each category earned on each day from one to another, both included, by day and category; only where something
-- was sold. Products in no category are one category, null, the last of its day.
-- The day of a sale is that of its moment in the given zone, whatever its clocks do: where they go back over midnight,
-- a day is not even one stretch of time. So the range of moments, a day wider on both sides, only finds the rows in
-- sales_sold_at_idx, and the days are chosen after they are summed. The zone is looked at once and not for each row.
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
    (sales.sold_at at time zone (select span.zone from span))::date as day,
    sales.product_id,
    count(*) as sale_count,
    sum(sales.quantity) as quantity,
    sum(sales.quantity * sales.unit_price) as revenue
  from exchange.sales
  where
    sales.sold_at >= (select span.starts from span)
    and sales.sold_at < (select span.ends from span)
  group by day, sales.product_id
)

select
  by_product.day,
  products.category,
  sum(by_product.sale_count)::bigint as sale_count,
  sum(by_product.quantity)::bigint as quantity,
  sum(by_product.revenue) as revenue
from by_product
inner join exchange.products on by_product.product_id = products.id
where by_product.day between :first_day::date and :last_day::date
group by by_product.day, products.category
order by by_product.day asc, products.category asc nulls last;
