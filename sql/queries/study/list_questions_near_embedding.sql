-- The questions whose embeddings are nearest to a given one, that of a text which is no question here; at the same
-- distance by id. As list_similar_questions. One with another number of dimensions than ours is refused.
-- Reads only.
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
  questions.updated_at,
  near.distance
from
  exchange.nearest_questions(
    exchange.unit_vector(exchange.known_dimensions(:embedding::exchange.embedding)),
    :subject_id::bigint,
    null,
    :limit::bigint
  ) as near
inner join exchange.questions on near.question_id = questions.id
order by near.distance, questions.id
limit :limit::bigint;
