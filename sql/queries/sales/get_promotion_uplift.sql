-- How much more of a product is sold on a day of promotion than on another, from one day to another, both included. A
-- day of promotion is one with a promotional sale of the product; the other days are all the rest, those without a
-- sale included. The quotient is formed from whole numbers and rounded once.
-- The day of a sale is that of its moment in the given zone, whatever its clocks do: where they go back over midnight,
-- a day is not even one stretch of time. So the range of moments, a day wider on both sides, only finds the rows in
-- sales_product_id_sold_at_idx, and the days are chosen after they are summed. The zone is looked at once and not for
-- each row.
-- Rides: sales_product_id_sold_at_idx
-- Reads only.
with span as materialized (
  select
    :time_zone::exchange.time_zone as zone,
    (:first_day::date::timestamp at time zone :time_zone::exchange.time_zone) - interval '25 hours' as starts,
    ((:last_day::date + 1)::timestamp at time zone :time_zone::exchange.time_zone) + interval '25 hours' as ends
),

by_day as (
  select
    (sales.sold_at at time zone (select span.zone from span))::date as day,
    sum(sales.quantity) as quantity,
    bool_or(sales.is_promo) as is_promo
  from exchange.sales
  where
    sales.product_id = :product_id
    and sales.sold_at >= (select span.starts from span)
    and sales.sold_at < (select span.ends from span)
  group by day
),

total as (
  select
    count(*) filter (where by_day.is_promo) as promo_days,
    coalesce(sum(by_day.quantity) filter (where by_day.is_promo), 0)::bigint as promo_quantity,
    greatest(:last_day::date - :first_day::date + 1, 0) - count(*) filter (where by_day.is_promo) as other_days,
    coalesce(sum(by_day.quantity) filter (where not by_day.is_promo), 0)::bigint as other_quantity
  from by_day
  where by_day.day between :first_day::date and :last_day::date
)

select
  products.id as product_id,
  total.promo_days,
  total.promo_quantity,
  round(total.promo_quantity::numeric / nullif(total.promo_days, 0), 6) as promo_daily_quantity,
  total.other_days,
  total.other_quantity,
  round(total.other_quantity::numeric / nullif(total.other_days, 0), 6) as other_daily_quantity,
  round(
    total.promo_quantity::numeric * total.other_days
    / nullif(total.promo_days::numeric * total.other_quantity, 0)
    - 1,
    6
  ) as uplift
from exchange.products
cross join total
where products.id = :product_id;
