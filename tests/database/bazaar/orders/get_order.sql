select
  orders.season,
  orders.id as order_id,
  orders.state,
  orders.currency,
  orders.total,
  orders.note,
  orders.placed_at,
  orders.duration,
  orders.weight,
  orders.quantity,
  orders.is_paid,
  orders.photo,
  orders.address,
  orders.wanted_at
from bazaar.orders
where orders.id = :order_id;
