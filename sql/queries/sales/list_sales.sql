-- Sales newest first, those of one moment by id, page by page; from one moment and before another, of all products or
-- of one. A page costs the same however deep it is. The product and the limit come from subqueries: knowing that many
-- sales are of this product, the planner would walk through those of all products, and far if it was not sold lately;
-- knowing the limit and not the product, it would sort all its sales.
-- Allow: partial-order, because the ids of all products come from one sequence
-- Rides: sales_product_id_sold_at_idx if product_id
-- Rides: sales_sold_at_idx if not product_id
select
  sales.product_id,
  sales.id as sale_id,
  sales.quantity,
  sales.unit_price,
  sales.is_promo,
  sales.sold_at,
  sales.idempotency_key
from exchange.sales
where
  true
  -- if :product_id
  and sales.product_id = (select :product_id::bigint)
  -- end if
  -- if :sold_from
  and sales.sold_at >= :sold_from
  -- end if
  -- if :sold_before
  and sales.sold_at < :sold_before
  -- end if
  -- page
  and (sales.sold_at, sales.id) < (:page_sold_at, :page_sale_id)
  -- end page
order by sales.sold_at desc, sales.id desc
limit (select :limit::bigint);
