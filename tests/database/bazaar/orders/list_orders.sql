-- Rides: bazaar.orders_customer_id_placed_at_idx
select
  orders.id as order_id,
  orders.state,
  orders.placed_at
from bazaar.orders
where
  orders.customer_id = :customer_id
  and orders.placed_at < :before
order by orders.placed_at desc, orders.id desc
limit :limit;
