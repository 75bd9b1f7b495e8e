-- What was recorded under an idempotency key, by record_basket or record_sale; no row when nothing was.
select
  sale_requests.idempotency_key,
  (
    select coalesce(sum((item.sale ->> 'quantity')::bigint * (item.sale ->> 'unit_price')::numeric), 0)
    from jsonb_array_elements(sale_requests.sales) as item (sale)
  ) as total,
  sale_requests.sales
from exchange.sale_requests
where sale_requests.idempotency_key = :idempotency_key;
