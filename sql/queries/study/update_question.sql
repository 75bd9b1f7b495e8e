-- The question with the content that the caller gives; the subject stays, as the attempts at it share it.
-- An embedding of another text would tell lies: it is dropped when the body changes, and the question is listed by
-- list_questions_without_embedding again. Attempts keep the verdict they were given.
update exchange.questions
set
  year = case when :year_given then :year else questions.year end,
  paper = case when :paper_given then :paper else questions.paper end,
  body = case when :body_given then :body else questions.body end,
  choices = case when :choices_given then to_jsonb(:choices::text[]) else questions.choices end,
  answer = case when :answer_given then :answer else questions.answer end,
  explanation = case when :explanation_given then :explanation else questions.explanation end,
  difficulty = case when :difficulty_given then :difficulty else questions.difficulty end,
  tags = case when :tags_given then exchange.tidy_tags(:tags) else questions.tags end,
  embedding = case when :body_given and questions.body <> :body then null else questions.embedding end
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
