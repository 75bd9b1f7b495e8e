-- Deliveries in the order of id: 11 columns of the usual types, two of them optional.
select
  deliveries.id,
  deliveries.customer_id,
  deliveries.courier,
  deliveries.street,
  deliveries.city,
  deliveries.note,
  deliveries.items,
  deliveries.distance_m,
  deliveries.is_paid,
  deliveries.ordered_at,
  deliveries.delivered_at
from bench.deliveries
order by deliveries.id
limit :limit;
