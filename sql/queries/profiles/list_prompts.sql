-- The prompts of a profile in their order, positions counted from 1; none when there is no such profile.
-- One key look-up for the order, then one for each prompt.
select
  prompts.id as prompt_id,
  prompts.user_id,
  prompts.question,
  prompts.answer,
  place.position
from exchange.profiles
cross join unnest(profiles.prompt_order) with ordinality as place (prompt_id, position)
inner join exchange.prompts on place.prompt_id = prompts.id
where profiles.user_id = :user_id
order by place.position;
