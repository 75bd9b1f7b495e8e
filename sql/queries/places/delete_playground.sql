-- The playground as it was.
delete from exchange.playgrounds
where playgrounds.id = :playground_id
returning
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at;
