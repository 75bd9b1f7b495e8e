-- The photos of a profile in their order, positions counted from 1; none when there is no such profile.
-- One key look-up for the order, then one for each photo.
select
  photos.id as photo_id,
  photos.user_id,
  photos.url,
  place.position,
  photos.created_at
from exchange.profiles
cross join unnest(profiles.photo_order) with ordinality as place (photo_id, position)
inner join exchange.photos on place.photo_id = photos.id
where profiles.user_id = :user_id
order by place.position;
