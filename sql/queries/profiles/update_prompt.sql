-- The prompt with the text that the caller gives, in its old place. The profile's order is not touched, so no other
-- caller has to wait.
-- Not null: position
with updated as (
  update exchange.prompts
  set
    question = case when :question_given then :question else prompts.question end,
    answer = case when :answer_given then :answer else prompts.answer end
  where prompts.id = :prompt_id
  returning
    prompts.id as prompt_id,
    prompts.user_id,
    prompts.question,
    prompts.answer
)

select
  updated.prompt_id,
  updated.user_id,
  updated.question,
  updated.answer,
  array_position(profiles.prompt_order, updated.prompt_id) as position
from updated
inner join exchange.profiles on updated.user_id = profiles.user_id;
