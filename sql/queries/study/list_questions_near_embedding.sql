-- The questions whose embeddings are nearest to a given one, that of a text which is no question here; at the same
-- distance by id. As list_similar_questions. One with another number of dimensions than ours is refused.
-- Not null: distance
-- Reads only.
with nearest as (
  select
    candidate.question_id,
    candidate.distance
  from
    exchange.nearest_questions(
      exchange.unit_vector(exchange.known_dimensions(:embedding::exchange.embedding)),
      :subject_id::bigint,
      null,
      :limit::bigint
    ) as candidate
  order by candidate.distance, candidate.question_id
  limit :limit::bigint
)

select
  question.question_id,
  question.subject_id,
  question.year,
  question.paper,
  question.body,
  question.choices,
  question.answer,
  question.explanation,
  question.difficulty,
  question.tags,
  question.created_at,
  question.updated_at,
  nearest.distance
from nearest
cross join
  lateral (
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
    where questions.id = nearest.question_id
    -- A fence: the few of the page are looked up by their key, and not joined with all.
    order by questions.id
    limit 1
  ) as question
order by nearest.distance, question.question_id;
