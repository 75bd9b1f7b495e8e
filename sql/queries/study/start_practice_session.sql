-- The new session; the foreign keys refuse one of nobody or about nothing. A person may have several that go on.
insert into exchange.practice_sessions (user_id, subject_id)
values (:user_id, :subject_id)
returning
  practice_sessions.id as session_id,
  practice_sessions.user_id,
  practice_sessions.subject_id,
  practice_sessions.started_at,
  practice_sessions.finished_at,
  practice_sessions.answered_count,
  practice_sessions.correct_count;
