-- What the profile looks for; there is a row for every profile.
select
  preferences.user_id,
  preferences.min_age,
  preferences.max_age,
  preferences.max_distance_m,
  preferences.distance_unit,
  preferences.activity_level
from exchange.preferences
where preferences.user_id = :user_id;
