-- The question with its right answer.
select
  questions.id as question_id,
  questions.subject_id,
  questions.year,
  questions.paper,
  questions.body,
  questions.choices,
  questions.answer,
  questions.explanation,
  questions.difficulty,
  questions.tags,
  questions.created_at,
  questions.updated_at
from exchange.questions
where questions.id = :question_id;
