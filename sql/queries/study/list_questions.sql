-- The questions of a subject in the order of id, which is that of their files, page by page; optionally of one year, of
-- one paper, with all of some tags. A paper without its year is sought through the subject; rare tags are found in
-- questions_tags_idx.
-- "= any" and the order by subject keep to those indexes: with a plain "=" the subject would be no part of the order,
-- and the primary key could be walked, from the first question of all and past those of every other subject.
-- Rides: questions_subject_id_year_idx if year
-- Rides: questions_subject_id_id_key if not year
-- Rides: questions_tags_idx or questions_subject_id_year_idx if tags, year
-- Rides: questions_tags_idx or questions_subject_id_id_key if tags, not year
-- Reads only.
with page as (
  select questions.id
  from exchange.questions
  where
    questions.subject_id = any(array[:subject_id::bigint])
    -- if :year
    and questions.year = :year
    -- end if
    -- if :paper
    and questions.paper = :paper
    -- end if
    -- if :tags
    and questions.tags @> exchange.tidy_tags(:tags)
    -- end if
    -- page
    and questions.id > :page_question_id
    -- end page
  order by questions.subject_id, questions.id
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
  question.updated_at
from page
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
    where questions.id = page.id
    -- A fence: the few of the page are looked up by their key, and not joined with all.
    order by questions.id
    limit 1
  ) as question
order by page.id;
