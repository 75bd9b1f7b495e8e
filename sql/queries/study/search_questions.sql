-- The questions that a search finds, best first, those of the same rank by id, page by page. The text is as people type
-- it into a search box: words, "a phrase", or, -without. Any text is a search; one without a word finds nothing, and of
-- a very long one the first 1,000 characters count.
-- The filters are tried on what the index found, and are no parts of their own for that reason. The rank prefers body
-- to tags to choices to explanation, exact forms to others, and (1) short texts to long ones.
-- Rides: questions_search_idx
-- Reads only.
with search as materialized (
  select exchange.question_search(:words) as words
),

found as (
  select
    questions.id,
    ts_rank(questions.search, search.words, 1) as rank
  from search
  inner join exchange.questions on search.words @@ questions.search
  where
    numnode(search.words) > 0
    and (:subject_id::bigint is null or questions.subject_id = :subject_id::bigint)
    and (:year::integer is null or questions.year = :year::integer)
    and (:difficulty::integer is null or questions.difficulty = :difficulty::integer)
    and (:tags::text[] is null or questions.tags @> exchange.tidy_tags(:tags::text[]))
),

page as (
  select
    found.id,
    found.rank
  from found
  where
    true
    -- page
    and (found.rank < :page_rank or (found.rank = :page_rank and found.id > :page_question_id))
    -- end page
  order by found.rank desc, found.id asc
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
  page.rank
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
order by page.rank desc, page.id asc;
