-- The question with its new content; the caller gives every field but the subject, which the attempts at it share.
-- An embedding of another text would tell lies: it is dropped when the body changes, and the question is listed by
-- list_questions_without_embedding again. Attempts keep the verdict they were given.
update exchange.questions
set
  year = :year,
  paper = :paper,
  body = :body,
  choices = to_jsonb(:choices::text[]),
  answer = :answer,
  explanation = :explanation,
  difficulty = :difficulty,
  tags = exchange.tidy_tags(:tags),
  embedding = case when questions.body = :body then questions.embedding end
where questions.id = :question_id
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
