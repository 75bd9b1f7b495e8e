-- The profile with the content that the caller gives; a null clears a field.
update exchange.profiles
set
  name = case when :name_given then :name else profiles.name end,
  birth_date = case when :birth_date_given then :birth_date else profiles.birth_date end,
  bio = case when :bio_given then :bio else profiles.bio end,
  pronouns = case when :pronouns_given then :pronouns else profiles.pronouns end,
  image_url = case when :image_url_given then :image_url else profiles.image_url end,
  location_name = case when :location_name_given then :location_name else profiles.location_name end,
  location = case when :location_given then :location::geography else profiles.location end,
  activity_level = case when :activity_level_given then :activity_level else profiles.activity_level end
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
