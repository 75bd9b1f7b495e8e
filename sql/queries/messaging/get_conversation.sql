-- The conversation as one of its participants sees it; no row for anybody else.
select
  conversations.id as conversation_id,
  other.user_id as other_id,
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
cross join
  lateral (
    values (
      case :user_id::bigint
        when conversations.low_id then conversations.high_id
        when conversations.high_id then conversations.low_id
      end
    )
  ) as other (user_id)
where conversations.id = :conversation_id and other.user_id is not null;
