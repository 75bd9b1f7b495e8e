-- The conversation of two users, if they have one, as the first of them sees it.
select
  conversations.id as conversation_id,
  :other_id::bigint as other_id,
  conversations.created_at,
  conversations.last_message_id,
  conversations.last_message_at,
  not exists (
    select
    from exchange.pairs
    where
      pairs.low_id = conversations.low_id
      and pairs.high_id = conversations.high_id
      and (pairs.low_blocks or pairs.high_blocks or pairs.unmatched_at is not null)
  ) as is_open
from exchange.conversations
where
  conversations.low_id = least(:user_id::bigint, :other_id::bigint)
  and conversations.high_id = greatest(:user_id::bigint, :other_id::bigint);
