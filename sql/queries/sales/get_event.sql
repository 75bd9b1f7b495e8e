-- The event with this id.
select
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction
from exchange.events
where events.id = :event_id;
