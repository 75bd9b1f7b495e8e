-- The event with its new content; the caller gives every field, and a null clears the description.
update exchange.events
set
  name = :name,
  event_date = :event_date,
  kind = :kind,
  description = :description,
  include_in_prediction = :include_in_prediction
where events.id = :event_id
returning
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction;
