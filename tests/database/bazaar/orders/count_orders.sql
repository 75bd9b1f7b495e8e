select count(*) as order_count
from bazaar.orders
where orders.customer_id = :customer_id;
