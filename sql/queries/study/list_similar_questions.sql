-- The questions whose embeddings are nearest to that of a given one, which is not among them; at the same distance by
-- id.
-- nearest_questions compares with all in SQL, or rides pgvector's index after use_pgvector: the same rows in the same
-- order. A question that is not there or has no embedding is refused: an empty list would say that nothing is similar.
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
    coalesce(
      (
        select origin.embedding from exchange.questions as origin
        where origin.id = :question_id::bigint
      ),
      array[exchange.refuse('the question does not exist or has no embedding')]::real[]
    ),
    :subject_id::bigint,
    :question_id::bigint,
    :limit::bigint
  ) as near
inner join exchange.questions on near.question_id = questions.id
order by near.distance, questions.id
limit :limit::bigint;
