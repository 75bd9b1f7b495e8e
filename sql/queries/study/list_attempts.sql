-- The answers of a session in the order in which they were given, with the right ones and why they are right.
-- Rides: attempts_pkey
select
  attempts.session_id,
  attempts.question_id,
  attempts.answer,
  attempts.is_correct,
  attempts.answered_at,
  questions.answer as right_answer,
  questions.explanation
from exchange.attempts
inner join exchange.questions on attempts.question_id = questions.id
where attempts.session_id = :session_id
order by attempts.answered_at, attempts.question_id;
