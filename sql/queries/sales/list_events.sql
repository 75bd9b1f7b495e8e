-- The events from one day to another, both included, by day and name; of all kinds or of one. Rides
-- events_event_date_name_key.
-- Rides: events_event_date_name_key
select
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction
from exchange.events
where
  events.event_date between :first_day and :last_day
  -- if :kind
  and events.kind = :kind
  -- end if
order by events.event_date, events.name;
