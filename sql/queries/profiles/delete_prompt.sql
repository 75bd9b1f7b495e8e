-- The prompt as it was, with the position that it had; the prompts after it move up.
-- The profile's row is locked first, as every change of the order does, so that two callers cannot lock each
-- other out; of two that delete the same prompt the second then finds none.
-- Not null: position
with locked as (
  select
    profiles.user_id,
    prompts.id as prompt_id,
    array_position(profiles.prompt_order, prompts.id) as position
  from exchange.prompts
  inner join exchange.profiles on prompts.user_id = profiles.user_id
  where prompts.id = :prompt_id
  for no key update of profiles
),

deleted as (
  delete from exchange.prompts
  using locked
  where prompts.id = locked.prompt_id
  returning
    prompts.id as prompt_id,
    prompts.user_id,
    prompts.question,
    prompts.answer,
    locked.position
),

closed_up as (
  update exchange.profiles
  set prompt_order = array_remove(profiles.prompt_order, deleted.prompt_id)
  from deleted
  where profiles.user_id = deleted.user_id
)

select
  deleted.prompt_id,
  deleted.user_id,
  deleted.question,
  deleted.answer,
  deleted.position
from deleted;
