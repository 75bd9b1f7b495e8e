-- The questions whose embeddings are nearest to that of a given one, which is not among them; at the same distance by
-- id.
-- nearest_questions compares with all in SQL, or rides pgvector's index after use_pgvector: the same rows in the same
-- order. A question that is not there or has no embedding is refused: an empty list would say that nothing is similar.
-- Not null: distance
-- Reads only.
with nearest as (
  select
    candidate.question_id,
    candidate.distance
  from
    exchange.nearest_questions(
      coalesce(
        (
          select origin.embedding
          from exchange.questions as origin
          where origin.id = :question_id::bigint
        ),
        array[exchange.refuse('the question does not exist or has no embedding')]::real[]
      ),
      :subject_id::bigint,
      :question_id::bigint,
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
