-- The new prompt, last in order. Of two callers the second waits for the profile's row and appends to what the
-- first one left there. Without a profile nothing is appended, and the prompt's foreign key refuses the
-- statement.
with new_prompt as (
  insert into exchange.prompts (user_id, question, answer)
  values (:user_id, :question, :answer)
  returning
    prompts.id as prompt_id,
    prompts.user_id,
    prompts.question,
    prompts.answer
),

appended as (
  update exchange.profiles
  set prompt_order = profiles.prompt_order || new_prompt.prompt_id
  from new_prompt
  where profiles.user_id = new_prompt.user_id
  returning cardinality(profiles.prompt_order) as position
)

select
  new_prompt.prompt_id,
  new_prompt.user_id,
  new_prompt.question,
  new_prompt.answer,
  appended.position
from new_prompt
cross join appended;
