-- The prompt with its new text, in its old place. The profile's order is not touched, so no other caller has to
-- wait.
-- Not null: position
with updated as (
  update exchange.prompts
  set
    question = :question,
    answer = :answer
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
