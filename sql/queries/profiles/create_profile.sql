-- The new profile, without photos and prompts. Its preferences are made with it, from the defaults of the
-- table, so that every profile has them from the start.
with new_profile as (
  insert into exchange.profiles (
    user_id,
    name,
    birth_date,
    bio,
    pronouns,
    image_url,
    location_name,
    location,
    activity_level
  )
  values (
    :user_id,
    :name,
    :birth_date,
    :bio,
    :pronouns,
    :image_url,
    :location_name,
    :location::geography,
    :activity_level
  )
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
    profiles.updated_at
),

new_preferences as (
  insert into exchange.preferences (user_id)
  select new_profile.user_id
  from new_profile
)

select
  new_profile.user_id,
  new_profile.name,
  new_profile.birth_date,
  new_profile.age,
  new_profile.bio,
  new_profile.pronouns,
  new_profile.image_url,
  new_profile.location_name,
  new_profile.location,
  new_profile.activity_level,
  new_profile.created_at,
  new_profile.updated_at
from new_profile;
