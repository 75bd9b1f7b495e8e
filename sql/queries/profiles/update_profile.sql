-- The profile with its new content; the caller gives every field, and a null clears one.
update exchange.profiles
set
  name = :name,
  birth_date = :birth_date,
  bio = :bio,
  pronouns = :pronouns,
  image_url = :image_url,
  location_name = :location_name,
  location = :location::geography,
  activity_level = :activity_level
where profiles.user_id = :user_id
returning
  profiles.user_id,
  profiles.name,
  profiles.birth_date,
  exchange.age_in_years(profiles.birth_date) as age,
  profiles.bio,
  profiles.pronouns,
  profiles.image_url,
  profiles.location_name,
  profiles.location,
  profiles.activity_level,
  profiles.created_at,
  profiles.updated_at;
