-- The profile itself, without what belongs to it. The age is that of today in UTC.
-- Reads only.
select
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
from exchange.profiles
where profiles.user_id = :user_id;
