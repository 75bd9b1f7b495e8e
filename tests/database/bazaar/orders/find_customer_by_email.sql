-- Rides: customers_email_key
select
  customers.id as customer_id,
  customers.email,
  customers.nickname,
  customers.kind,
  to_jsonb(customers.address) as address,
  customers.home,
  customers.spot,
  customers.tags,
  customers.settings,
  customers.born,
  customers.reference
from bazaar.customers
where customers.email = :email;
