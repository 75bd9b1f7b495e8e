-- The session as it was; its answers go with it.
delete from exchange.practice_sessions
where practice_sessions.id = :session_id
returning
  practice_sessions.id as session_id,
  practice_sessions.user_id,
  practice_sessions.subject_id,
  practice_sessions.started_at,
  practice_sessions.finished_at,
  practice_sessions.answered_count,
  practice_sessions.correct_count;
