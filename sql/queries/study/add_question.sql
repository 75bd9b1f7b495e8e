-- The new question. The tags get their one spelling; the same question in the same paper of the same year is refused by
-- its key (import_questions would replace its content).
insert into exchange.questions (
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
values (
  :subject_id,
  :year,
  :paper,
  :body,
  to_jsonb(:choices::text[]),
  :answer,
  :explanation,
  :difficulty,
  exchange.tidy_tags(:tags)
)
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
