select
  customers.id as customer_id,
  last_order.id as order_id,
  last_order.total
from bazaar.customers
left join bazaar.orders as last_order on customers.id = last_order.customer_id
where customers.id = any(:customer_ids)
order by customers.id, last_order.id;
