-- The new event; one name stands once on a day.
insert into exchange.events (name, event_date, kind, description, include_in_prediction)
values (:name, :event_date, :kind, :description, :include_in_prediction)
returning
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction;
