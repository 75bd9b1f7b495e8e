-- The products of a catalogue, in the order of id: new ones are made, those whose SKU is there get the name, category,
-- variation and price of the catalogue. The stock of a product that is there stays: sales and restocking move it.
-- Of several entries with one SKU the last counts. Those that are there are locked in the order of id, as baskets lock
-- them, the new ones after them in the order of SKU.
with entry as (
  select distinct on (item.entry ->> 'sku')
    item.entry ->> 'sku' as sku,
    item.entry ->> 'name' as name,
    item.entry ->> 'category' as category,
    item.entry ->> 'variation' as variation,
    (item.entry ->> 'price')::exchange.price as price,
    (item.entry ->> 'stock')::bigint as stock
  from jsonb_array_elements(:products::jsonb) with ordinality as item (entry, position)
  order by item.entry ->> 'sku', item.position desc
),

written as (
  insert into exchange.products as product (name, category, variation, price, stock, sku)
  select
    entry.name,
    entry.category,
    entry.variation,
    entry.price,
    entry.stock,
    entry.sku
  from entry
  left outer join exchange.products on entry.sku = products.sku
  order by products.id asc nulls last, entry.sku asc
  on conflict (sku) do update
    set
      name = excluded.name,
      category = excluded.category,
      variation = excluded.variation,
      price = excluded.price
  returning
    product.id as product_id,
    product.name,
    product.category,
    product.variation,
    product.price,
    product.stock,
    product.sku,
    product.created_at
)

select
  written.product_id,
  written.name,
  written.category,
  written.variation,
  written.price,
  written.stock,
  written.sku,
  written.created_at
from written
order by written.product_id;
