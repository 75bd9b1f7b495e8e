-- The new photo, last in order. Of two callers the second waits for the profile's row and appends to what the
-- first one left there. Without a profile nothing is appended, and the photo's foreign key refuses the
-- statement.
with new_photo as (
  insert into exchange.photos (user_id, url)
  values (:user_id, :url)
  returning
    photos.id as photo_id,
    photos.user_id,
    photos.url,
    photos.created_at
),

appended as (
  update exchange.profiles
  set photo_order = profiles.photo_order || new_photo.photo_id
  from new_photo
  where profiles.user_id = new_photo.user_id
  returning cardinality(profiles.photo_order) as position
)

select
  new_photo.photo_id,
  new_photo.user_id,
  new_photo.url,
  appended.position,
  new_photo.created_at
from new_photo
cross join appended;
