insert into bazaar.orders (customer_id, state, currency, total, weight, quantity, note)
values (:customer_id, :state, :currency, :total, :weight, 1, :note)
returning
  orders.id as order_id,
  orders.state,
  orders.placed_at;
