-- The profile as it was. Its photos, prompts and preferences go with it; the account stays.
delete from exchange.profiles
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
