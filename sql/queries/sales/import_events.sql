-- Many events in one call; the rows are those that are new. An event whose name its day has already is left as it is,
-- and so is a second one of the list: the same calendar can be loaded again, by several callers at once. In the order
-- of the key, so that such callers do not wait for each other in a circle.
insert into exchange.events (name, event_date, kind, description, include_in_prediction)
select
  item.event ->> 'name' as name,
  (item.event ->> 'event_date')::date as event_date,
  item.event ->> 'kind' as kind,
  item.event ->> 'description' as description,
  (item.event ->> 'include_in_prediction')::boolean as include_in_prediction
from jsonb_array_elements(:events::jsonb) with ordinality as item (event, position)
order by event_date, item.event ->> 'name', item.position
on conflict (event_date, name) do nothing;
