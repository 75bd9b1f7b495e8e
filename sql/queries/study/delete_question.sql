-- The question as it was. The foreign key of the attempts refuses while somebody has answered it.
-- Rides: attempts_question_id_idx
delete from exchange.questions
where questions.id = :question_id
returning
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
  questions.updated_at;
