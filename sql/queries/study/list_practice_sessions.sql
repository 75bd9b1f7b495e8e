-- The sessions of a person with their scores, newest first, before a given one.
-- Rides: practice_sessions_user_id_idx
select
  practice_sessions.id as session_id,
  practice_sessions.user_id,
  practice_sessions.subject_id,
  practice_sessions.started_at,
  practice_sessions.finished_at,
  practice_sessions.answered_count,
  practice_sessions.correct_count
from exchange.practice_sessions
where
  practice_sessions.user_id = :user_id
  and practice_sessions.id < coalesce(:before_session_id::bigint, 9223372036854775807)
order by practice_sessions.id desc
limit :limit::bigint;
