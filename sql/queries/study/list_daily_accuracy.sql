-- One row for each day of the range, also for those without practice: how many answers, how many of them right, and
-- their share, which is null where there are none. A range that ends before it begins has no days; one of more than
-- 3,660 days is refused.
-- The day of an answer is that of its moment in the given zone, whatever its clocks do: where they go back over
-- midnight, a day is not even one stretch of time. So the range of moments is a day wider on both sides, and the days
-- are chosen after they are counted. The zone is looked at once and not for each row, also for who never practised.
-- Rides: attempts_user_id_idx
-- Reads only.
with span as materialized (
  select
    :time_zone::exchange.time_zone as zone,
    (:first_day::date::timestamp at time zone :time_zone::exchange.time_zone) - interval '25 hours' as starts,
    ((:last_day::date + 1)::timestamp at time zone :time_zone::exchange.time_zone) + interval '25 hours' as ends
),

calendar as (
  select (:first_day::date + since.days) as day
  from span
  cross join generate_series(
    0,
    case
      when :last_day::date - :first_day::date < 3660 then :last_day::date - :first_day::date
      else exchange.refuse('the accuracy of more than 3,660 days is too much at once')::integer
    end
  ) as since (days)
),

answered as (
  select
    (attempts.answered_at at time zone (select span.zone from span))::date as day,
    count(*) as answered_count,
    count(*) filter (where attempts.is_correct) as correct_count
  from exchange.attempts
  where
    attempts.user_id = :user_id
    and attempts.subject_id = coalesce(:subject_id::bigint, attempts.subject_id)
    and attempts.answered_at >= (select span.starts from span)
    and attempts.answered_at < (select span.ends from span)
  group by day
)

select
  calendar.day,
  coalesce(answered.answered_count, 0) as answered_count,
  coalesce(answered.correct_count, 0) as correct_count,
  answered.correct_count::double precision / answered.answered_count as accuracy
from calendar
left outer join answered on calendar.day = answered.day
order by calendar.day;
