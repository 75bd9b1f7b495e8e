-- The preferences as they now are, with this content in the fields that are given. Every profile has preferences from
-- the start; inserting with an update on conflict also serves one whose preferences were removed by hand, and gives the
-- table's defaults to what is left out then. The row that is offered for insertion has to meet the table's checks even
-- where it becomes an update, so it is made of what is stored: beside a default, an age that is given may be wrong.
insert into exchange.preferences (
  user_id,
  min_age,
  max_age,
  max_distance_m,
  distance_unit,
  activity_level
)
select
  whose.user_id,
  case
    when :min_age_given then :min_age
    else coalesce(stored.min_age, 0)
  end as min_age,
  case
    when :max_age_given then :max_age
    else coalesce(stored.max_age, 20)
  end as max_age,
  case
    when :max_distance_m_given then :max_distance_m
    else coalesce(stored.max_distance_m, 40233.6)
  end as max_distance_m,
  case
    when :distance_unit_given then :distance_unit
    else coalesce(stored.distance_unit, 'miles')
  end as distance_unit,
  case
    when :activity_level_given then :activity_level
    else coalesce(stored.activity_level, 'medium')
  end as activity_level
from (values (:user_id::bigint)) as whose (user_id)
left outer join exchange.preferences as stored on whose.user_id = stored.user_id
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
