update bazaar.customers
set
  settings = :settings,
  born = :born,
  reference = :reference
where
  customers.id = :customer_id
  and now() + :wanted > now();
