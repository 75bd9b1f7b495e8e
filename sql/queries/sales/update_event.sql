-- The event with the content that the caller gives; a null clears the description.
update exchange.events
set
  name = case when :name_given then :name else events.name end,
  event_date = case when :event_date_given then :event_date else events.event_date end,
  kind = case when :kind_given then :kind else events.kind end,
  description = case when :description_given then :description else events.description end,
  include_in_prediction = case
    when :include_in_prediction_given then :include_in_prediction
    else events.include_in_prediction
  end
where events.id = :event_id
returning
  events.id as event_id,
  events.name,
  events.event_date,
  events.kind,
  events.description,
  events.include_in_prediction;
