-- The session with its final score; finishing it again changes nothing. An answer that is being given holds the
-- session's row until it counts, and one that comes later finds it finished.
update exchange.practice_sessions
set finished_at = coalesce(practice_sessions.finished_at, greatest(clock_timestamp(), practice_sessions.started_at))
where practice_sessions.id = :session_id
returning
  practice_sessions.id as session_id,
  practice_sessions.user_id,
  practice_sessions.subject_id,
  practice_sessions.started_at,
  practice_sessions.finished_at,
  practice_sessions.answered_count,
  practice_sessions.correct_count;
