-- Days in a row with practice, in a time zone: the run that goes on, and the longest. A run goes on until a whole day
-- is missed: with yesterday's practice it stands, whether or not today's is done. Zeros for who never practised.
-- Consecutive days less their running number are the same day, which is what they are grouped by.
-- The zone is looked at once and not for each row, also for who never practised.
-- Rides: attempts_user_id_idx
-- Reads only.
with place as materialized (
  select
    :time_zone::exchange.time_zone as zone,
    (now() at time zone :time_zone::exchange.time_zone)::date as this_day
),

days as (
  select distinct (attempts.answered_at at time zone (select place.zone from place))::date as day
  from exchange.attempts
  where attempts.user_id = :user_id
),

runs as (
  select
    numbered.start_mark,
    count(*) as length,
    max(numbered.day) as last_day
  from (
    select
      days.day,
      days.day - row_number() over (order by days.day)::integer as start_mark
    from days
    where days.day <= coalesce(:today::date, (select place.this_day from place))
  ) as numbered
  group by numbered.start_mark
)

select
  coalesce(
    max(runs.length) filter (where runs.last_day >= coalesce(:today::date, place.this_day) - 1),
    0
  ) as current_days,
  coalesce(max(runs.length), 0) as longest_days,
  max(runs.last_day) as last_day
from place
left outer join runs on true
group by place.this_day;
