-- The ids of all prompts in their new order. The ids given are compared with the row as it is once it is
-- locked, so a prompt that another caller adds or deletes meanwhile is never lost or brought back: the null
-- then written violates profiles_prompt_order_check, whose sentence is the error. As the stored ids are
-- distinct, containing them all in the same number means naming each exactly once.
update exchange.profiles
set
  prompt_order = case
    when
      profiles.prompt_order <@ :prompt_ids::bigint[]
      and cardinality(profiles.prompt_order) = cardinality(:prompt_ids::bigint[])
      then :prompt_ids::bigint[]
    else array[null]::bigint[]
  end
where profiles.user_id = :user_id
returning
  profiles.user_id,
  profiles.prompt_order as prompt_ids;
