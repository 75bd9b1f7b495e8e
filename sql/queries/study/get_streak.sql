-- Days in a row with practice, in a time zone: the run that goes on, and the longest. A run goes on until a whole day
-- is missed: with yesterday's practice it stands, whether or not today's is done. Zeros for who never practised.
-- Consecutive days less their running number are the same day, which is what they are grouped by.
-- Rides attempts_user_id_idx.
-- Reads only.
with days as (
  select distinct (attempts.answered_at at time zone :time_zone::text)::date as day
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
    where days.day <= coalesce(:today::date, (now() at time zone :time_zone::text)::date)
  ) as numbered
  group by numbered.start_mark
)

select
  coalesce(
    max(runs.length) filter (
      where runs.last_day >= coalesce(:today::date, (now() at time zone :time_zone::text)::date) - 1
    ),
    0
  ) as current_days,
  coalesce(max(runs.length), 0) as longest_days,
  max(runs.last_day) as last_day
from runs;
