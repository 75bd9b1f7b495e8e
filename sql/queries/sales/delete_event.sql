-- The event as it was.
delete from exchange.events
where events.id = :event_id
returning
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction;
