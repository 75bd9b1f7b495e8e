-- What all products earned on each day from one to another, both included: a row for every day, with zeros where
-- nothing was sold. More than 3,660 days are refused.
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

earned as (
  select
    (sales.sold_at at time zone (select span.zone from span))::date as day,
    count(*) as sale_count,
    sum(sales.quantity)::bigint as quantity,
    sum(sales.quantity * sales.unit_price) as revenue
  from exchange.sales
  where
    sales.sold_at >= (select span.starts from span)
    and sales.sold_at < (select span.ends from span)
  group by day
),

calendar as (
  select :first_day::date + since.days as day
  from span
  cross join generate_series(
    0,
    case
      when :last_day::date - :first_day::date < 3660 then :last_day::date - :first_day::date
      else exchange.refuse('the revenue of more than 3,660 days is too much at once')::integer
    end
  ) as since (days)
)

select
  calendar.day,
  coalesce(earned.sale_count, 0) as sale_count,
  coalesce(earned.quantity, 0) as quantity,
  coalesce(earned.revenue, 0.00) as revenue
from calendar
left outer join earned on calendar.day = earned.day
order by calendar.day;
