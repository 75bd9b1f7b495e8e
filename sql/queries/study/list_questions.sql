-- The questions of a subject in the order of id, which is that of their files, after a given one; optionally of one
-- year, of one paper, with all of some tags. One arm for each index (questions_subject_id_id_key,
-- questions_subject_id_year_idx, questions_tags_idx): written as "is null or equal" a filter would be no condition of
-- any. The arms not asked for cost nothing; a paper without its year is sought through the subject.
-- "= any" and the order by subject keep to those indexes: with a plain "=" the subject would be no part of the order,
-- and the primary key could be walked, from the first question of all and past those of every other subject.
-- Rides: questions_subject_id_id_key, questions_subject_id_year_idx
-- Reads only.
with page as (
  (
    select questions.id
    from exchange.questions
    where
      :tags::text[] is null
      and :year::integer is null
      and questions.subject_id = any(array[:subject_id::bigint])
      and questions.id > coalesce(:after_question_id::bigint, 0)
      and :paper::text is null
    order by questions.subject_id, questions.id
    limit :limit::bigint
  )
  union all
  (
    select questions.id
    from exchange.questions
    where
      :tags::text[] is null
      and :year::integer is null
      and :paper::text is not null
      and questions.subject_id = any(array[:subject_id::bigint])
      and questions.id > coalesce(:after_question_id::bigint, 0)
      and questions.paper = :paper::text
    order by questions.subject_id, questions.id
    limit :limit::bigint
  )
  union all
  (
    select questions.id
    from exchange.questions
    where
      :tags::text[] is null
      and questions.subject_id = any(array[:subject_id::bigint])
      and questions.year = :year::integer
      and questions.id > coalesce(:after_question_id::bigint, 0)
      and (:paper::text is null or questions.paper = :paper::text)
    order by questions.subject_id, questions.id
    limit :limit::bigint
  )
  union all
  (
    select questions.id
    from exchange.questions
    where
      questions.subject_id = any(array[:subject_id::bigint])
      and questions.tags @> exchange.tidy_tags(:tags::text[])
      and questions.id > coalesce(:after_question_id::bigint, 0)
      and (:year::integer is null or questions.year = :year::integer)
      and (:paper::text is null or questions.paper = :paper::text)
    order by questions.subject_id, questions.id
    limit :limit::bigint
  )
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
  question.updated_at
from (
  select page.id
  from page
  order by page.id
  limit :limit::bigint
) as listed
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
    where questions.id = listed.id
    -- A fence: the few of the page are looked up by their key, and not joined with all.
    order by questions.id
    limit 1
  ) as question
order by question.question_id;
