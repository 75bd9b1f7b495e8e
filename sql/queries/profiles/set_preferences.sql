-- The preferences as they now are, with this content in the fields that are given. Every profile has preferences from
-- the start; inserting with an update on conflict also serves one whose preferences were removed by hand, and gives the
-- table's defaults to what is left out then.
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
  case when :min_age_given then :min_age else 0 end,
  case when :max_age_given then :max_age else 20 end,
  case when :max_distance_m_given then :max_distance_m else 40233.6::double precision end,
  case when :distance_unit_given then :distance_unit else 'miles' end,
  case when :activity_level_given then :activity_level else 'medium' end
)
on conflict (user_id) do update
  set
    min_age = case when :min_age_given then excluded.min_age else preferences.min_age end,
    max_age = case when :max_age_given then excluded.max_age else preferences.max_age end,
    max_distance_m = case when :max_distance_m_given then excluded.max_distance_m else preferences.max_distance_m end,
    distance_unit = case when :distance_unit_given then excluded.distance_unit else preferences.distance_unit end,
    activity_level = case when :activity_level_given then excluded.activity_level else preferences.activity_level end
returning
  preferences.user_id,
  preferences.min_age,
  preferences.max_age,
  preferences.max_distance_m,
  preferences.distance_unit,
  preferences.activity_level;
