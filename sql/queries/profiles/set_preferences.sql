-- The preferences as they now are; the caller gives every field. Inserting with an update on conflict also
-- serves a profile whose preferences were removed by hand.
insert into exchange.preferences (
  user_id,
  min_age,
  max_age,
  max_distance_m,
  distance_unit,
  activity_level
)
values (
  :user_id,
  :min_age,
  :max_age,
  :max_distance_m,
  :distance_unit,
  :activity_level
)
on conflict (user_id) do update
  set
    min_age = excluded.min_age,
    max_age = excluded.max_age,
    max_distance_m = excluded.max_distance_m,
    distance_unit = excluded.distance_unit,
    activity_level = excluded.activity_level
returning
  preferences.user_id,
  preferences.min_age,
  preferences.max_age,
  preferences.max_distance_m,
  preferences.distance_unit,
  preferences.activity_level;
