-- The questions that have no embedding yet, in the order of id, after a given one: what the host's model has to do.
-- Rides: questions_without_embedding_idx
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
where
  questions.embedding is null
  and questions.id > coalesce(:after_question_id::bigint, 0)
order by questions.id
limit :limit::bigint;
