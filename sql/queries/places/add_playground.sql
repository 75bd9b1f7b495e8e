-- The new playground; the foreign key refuses it when there is no such user.
insert into exchange.playgrounds (added_by, name, description, location)
values (:added_by, :name, :description, :location::geography)
returning
  playgrounds.id as playground_id,
  playgrounds.added_by,
  playgrounds.name,
  playgrounds.description,
  playgrounds.location,
  playgrounds.created_at;
