-- The playground with its new content; the caller gives every field, and a null clears the description.
update exchange.playgrounds
set
  name = :name,
  description = :description,
  location = :location::geography
where playgrounds.id = :playground_id
returning
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at;
