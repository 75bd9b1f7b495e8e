update bazaar.customers
set kind = :kind
where customers.id = :customer_id;
