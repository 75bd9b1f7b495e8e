select
  customers.id as customer_id,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object('order_id', orders.id, 'state', orders.state, 'note', orders.note)
          order by orders.id
        ),
        '[]'
      )
    from bazaar.orders
    where orders.customer_id = customers.id
  ) as orders,
  newest.document as newest
from bazaar.customers
left join lateral (
  select jsonb_build_object('order_id', orders.id, 'state', orders.state, 'note', orders.note) as document
  from bazaar.orders
  where orders.customer_id = customers.id
  order by orders.placed_at desc, orders.id desc
  limit 1
) as newest on true
where customers.id = :customer_id;
