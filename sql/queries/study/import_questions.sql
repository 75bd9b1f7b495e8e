-- Many questions at once, all or nothing: how many were given, how many of them are new, how many changed a question
-- that was there. What makes two questions the same is the key questions_subject_id_year_paper_body_key: subject,
-- year, paper, and the text without regard to the amount of white space. The same question again replaces the other
-- content, and is not even written when nothing is different; of two in one call the last one counts.
-- Ids are drawn in the order given, so that a paper keeps its order. The rows are inserted in the order of their key,
-- so that two imports of the same file wait for each other and never in a circle. What was inserted and what was
-- there is told by xmax, which is zero in a row that nothing has locked or replaced.
-- Rides: questions_subject_id_year_paper_body_key
with given as materialized (
  select distinct on (draft.subject_id, draft.year, draft.paper, exchange.question_key(draft.body))
    draft.subject_id,
    draft.year,
    draft.paper,
    draft.body,
    draft.choices,
    draft.answer,
    draft.explanation,
    draft.difficulty,
    draft.tags,
    item.place
  from jsonb_array_elements(:questions::jsonb) with ordinality as item (fields, place)
  cross join
    lateral jsonb_to_record(item.fields)
      as draft (
        subject_id bigint,
        year integer,
        paper text,
        body text,
        choices jsonb,
        answer text,
        explanation text,
        difficulty integer,
        tags text[]
      )
  order by
    draft.subject_id asc,
    draft.year asc,
    draft.paper asc,
    exchange.question_key(draft.body),
    item.place desc
),

numbered as materialized (
  select
    nextval('exchange.questions_id_seq') as question_id,
    placed.subject_id,
    placed.year,
    placed.paper,
    placed.body,
    placed.choices,
    placed.answer,
    placed.explanation,
    placed.difficulty,
    placed.tags
  from (
    select
      given.subject_id,
      given.year,
      given.paper,
      given.body,
      given.choices,
      given.answer,
      given.explanation,
      given.difficulty,
      given.tags
    from given
    order by given.place
  ) as placed
),

written as (
  insert into exchange.questions (
    id,
    subject_id,
    year,
    paper,
    body,
    choices,
    answer,
    explanation,
    difficulty,
    tags
  )
  overriding system value
  select
    numbered.question_id,
    numbered.subject_id,
    numbered.year,
    numbered.paper,
    numbered.body,
    nullif(numbered.choices, 'null') as choices,
    numbered.answer,
    numbered.explanation,
    numbered.difficulty,
    exchange.tidy_tags(numbered.tags) as tags
  from numbered
  order by
    numbered.subject_id,
    numbered.year,
    numbered.paper,
    exchange.question_key(numbered.body)
  on conflict (subject_id, year, paper, exchange.question_key(body)) do update
    set
      body = excluded.body,
      choices = excluded.choices,
      answer = excluded.answer,
      explanation = excluded.explanation,
      difficulty = excluded.difficulty,
      tags = excluded.tags
    where
    (
      questions.body,
      questions.choices,
      questions.answer,
      questions.explanation,
      questions.difficulty,
      questions.tags
    ) is distinct from (
      excluded.body,
      excluded.choices,
      excluded.answer,
      excluded.explanation,
      excluded.difficulty,
      excluded.tags
    )
  returning questions.xmax = 0 as is_new
)

select
  jsonb_array_length(:questions::jsonb) as given_count,
  count(*) filter (where written.is_new) as added_count,
  count(*) filter (where not written.is_new) as updated_count
from written;
