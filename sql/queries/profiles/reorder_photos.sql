-- The ids of all photos in their new order. The ids given are compared with the row as it is once it is locked,
-- so a photo that another caller adds or deletes meanwhile is never lost or brought back: the null then written
-- violates profiles_photo_order_check, whose sentence is the error. As the stored ids are distinct, containing
-- them all in the same number means naming each exactly once.
update exchange.profiles
set
  photo_order = case
    when
      profiles.photo_order <@ :photo_ids::bigint[]
      and cardinality(profiles.photo_order) = cardinality(:photo_ids::bigint[])
      then :photo_ids::bigint[]
    else array[null]::bigint[]
  end
where profiles.user_id = :user_id
returning
  profiles.user_id,
  profiles.photo_order as photo_ids;
