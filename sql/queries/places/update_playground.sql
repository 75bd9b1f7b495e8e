-- The playground with the content that the caller gives; a null clears the description.
update exchange.playgrounds
set
  name = case when :name_given then :name else playgrounds.name end,
  description = case when :description_given then :description else playgrounds.description end,
  location = case when :location_given then :location::geography else playgrounds.location end
where playgrounds.id = :playground_id
returning
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at;
