select customers.id as customer_id
from bazaar.customers
where customers.id not in (select orders.customer_id from bazaar.orders)
order by customers.id;
