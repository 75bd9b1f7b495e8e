-- The answer with the database's verdict, the right answer and why it is right. No row without the session.
-- The session's row is the arbiter: its update waits for whoever finishes it, and is computed from the row as it is
-- once it is locked, so that no answer comes after the end and no count is lost. A second answer to the question is
-- refused by the attempt's key, a question of another subject by its foreign key; either undoes the count too. The
-- foreign key also knows a question that is younger than this statement, which has waited; one that could not be
-- compared with the answer goes by 0, which no question is.
with question as materialized (
  select
    questions.id,
    questions.answer as right_answer,
    questions.explanation,
    exchange.is_same_answer(:answer::text, questions.answer) as is_correct
  from exchange.questions
  where questions.id = :question_id::bigint
),

session as (
  update exchange.practice_sessions
  set
    answered_count = practice_sessions.answered_count + case
      when practice_sessions.finished_at is null then 1
      else exchange.refuse('the practice session is finished')
    end,
    correct_count = practice_sessions.correct_count
    + coalesce((select question.is_correct::integer from question), 0)
  where practice_sessions.id = :session_id::bigint
  returning
    practice_sessions.id,
    practice_sessions.user_id,
    practice_sessions.subject_id
),

attempt as (
  insert into exchange.attempts (session_id, question_id, user_id, subject_id, answer, is_correct)
  select
    session.id,
    coalesce((select question.id from question), 0) as question_id,
    session.user_id,
    session.subject_id,
    :answer::text as answer,
    coalesce((select question.is_correct from question), false) as is_correct
  from session
  returning
    attempts.session_id,
    attempts.question_id,
    attempts.answer,
    attempts.is_correct,
    attempts.answered_at
)

select
  attempt.session_id,
  attempt.question_id,
  attempt.answer,
  attempt.is_correct,
  attempt.answered_at,
  question.right_answer,
  question.explanation
from attempt
cross join question;
