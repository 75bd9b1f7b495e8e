-- The photo as it was, with the position that it had; the photos after it move up.
-- The profile's row is locked first, as every change of the order does, so that two callers cannot lock each
-- other out; of two that delete the same photo the second then finds none.
-- Not null: position
with locked as (
  select
    profiles.user_id,
    photos.id as photo_id,
    array_position(profiles.photo_order, photos.id) as position
  from exchange.photos
  inner join exchange.profiles on photos.user_id = profiles.user_id
  where photos.id = :photo_id
  for no key update of profiles
),

deleted as (
  delete from exchange.photos
  using locked
  where photos.id = locked.photo_id
  returning
    photos.id as photo_id,
    photos.user_id,
    photos.url,
    locked.position,
    photos.created_at
),

closed_up as (
  update exchange.profiles
  set photo_order = array_remove(profiles.photo_order, deleted.photo_id)
  from deleted
  where profiles.user_id = deleted.user_id
)

select
  deleted.photo_id,
  deleted.user_id,
  deleted.url,
  deleted.position,
  deleted.created_at
from deleted;
