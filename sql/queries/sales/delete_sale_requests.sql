-- Forgets the idempotency keys that were first used before a moment; the sales stay. A retry that comes later still is
-- refused by the key of its sales, and never sold again.
-- Rides: sale_requests_recorded_at_idx
delete from exchange.sale_requests
where sale_requests.recorded_at < :recorded_before::timestamptz;
