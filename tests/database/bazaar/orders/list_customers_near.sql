select
  customers.id as customer_id,
  (customers.address).town,
  case when cardinality(customers.tags) > 3 then 'large' else 'small' end as size
from bazaar.customers
where st_dwithin(customers.home, :origin::geography, :radius_m)
order by customers.id;
