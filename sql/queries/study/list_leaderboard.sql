-- Who answers best: by the share of right answers, then by their number; equal ones share a place and stand by id. Only
-- who gave enough answers since the moment is on it, and whose account is active. Every subject, or one.
-- One arm rides attempts_subject_id_idx; the other reads everybody's attempts.
-- Rides: attempts_subject_id_idx
-- Reads only.
with counted as (
  select
    attempts.user_id,
    attempts.is_correct
  from exchange.attempts
  where
    attempts.subject_id = :subject_id::bigint
    and attempts.answered_at >= coalesce(:since::timestamptz, '-infinity')
  union all
  select
    attempts.user_id,
    attempts.is_correct
  from exchange.attempts
  where
    :subject_id::bigint is null
    and attempts.answered_at >= coalesce(:since::timestamptz, '-infinity')
),

scores as (
  select
    counted.user_id,
    count(*) as answered_count,
    count(*) filter (where counted.is_correct) as correct_count
  from counted
  group by counted.user_id
  having count(*) >= :min_answers::bigint
)

select
  rank() over (
    order by
      scores.correct_count::double precision / scores.answered_count desc,
      scores.answered_count desc
  ) as place,
  scores.user_id,
  users.username,
  scores.answered_count,
  scores.correct_count,
  scores.correct_count::double precision / scores.answered_count as accuracy
from scores
inner join exchange.users on scores.user_id = users.id
where users.is_active
order by place, scores.user_id
limit :limit::bigint;
