-- What was sold of a product on each day from one to another, both included: a row for every day, with zeros where
-- nothing was sold, and the day's events beside it. No rows when there is no such product. More than 3,660 days are
-- refused.
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

demand as (
  select
    (sales.sold_at at time zone (select span.zone from span))::date as day,
    sum(sales.quantity)::bigint as quantity,
    sum(sales.quantity * sales.unit_price) as revenue,
    sum(sales.quantity) filter (where sales.is_promo)::bigint as promo_quantity
  from exchange.sales
  where
    sales.product_id = :product_id
    and sales.sold_at >= (select span.starts from span)
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
      else exchange.refuse('the demand of more than 3,660 days is too much at once')::integer
    end
  ) as since (days)
)

select
  calendar.day,
  coalesce(demand.quantity, 0) as quantity,
  coalesce(demand.revenue, 0.00) as revenue,
  coalesce(demand.promo_quantity, 0) as promo_quantity,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'event_id', events.id,
            'name', events.name,
            'event_date', events.event_date,
            'kind', events.kind,
            'description', events.description,
            'include_in_prediction', events.include_in_prediction
          )
          order by events.name
        ),
        '[]'
      )
    from exchange.events
    where events.event_date = calendar.day
  ) as events
from exchange.products
cross join calendar
left outer join demand on calendar.day = demand.day
where products.id = :product_id
order by calendar.day;
