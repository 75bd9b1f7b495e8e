-- One row for each day of the range, also for those without practice: how many answers, how many of them right, and
-- their share, which is null where there are none. A day is that of the given time zone, 23 or 25 hours long when the
-- clocks change. A range that ends before it begins has no days; one of more than 3,660 days is refused.
-- Rides attempts_user_id_idx.
-- Reads only.
with days as (
  select (:first_day::date + number.day) as day
  from generate_series(
    0,
    case
      when :last_day::date - :first_day::date < 3660 then :last_day::date - :first_day::date
      else exchange.refuse('the accuracy of more than 3,660 days is too much at once')::integer
    end
  ) as number (day)
),

answered as (
  select
    (attempts.answered_at at time zone :time_zone::text)::date as day,
    count(*) as answered_count,
    count(*) filter (where attempts.is_correct) as correct_count
  from exchange.attempts
  where
    attempts.user_id = :user_id
    and attempts.subject_id = coalesce(:subject_id::bigint, attempts.subject_id)
    and attempts.answered_at >= :first_day::date::timestamp at time zone :time_zone::text
    and attempts.answered_at < (:last_day::date + 1)::timestamp at time zone :time_zone::text
  group by (attempts.answered_at at time zone :time_zone::text)::date
)

select
  days.day,
  coalesce(answered.answered_count, 0) as answered_count,
  coalesce(answered.correct_count, 0) as correct_count,
  answered.correct_count::double precision / answered.answered_count as accuracy
from days
left outer join answered on days.day = answered.day
order by days.day;
