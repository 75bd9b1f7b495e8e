-- How far the user has read. Never back: the mark is computed from the row as it is once it is locked, so that of two
-- calls that cross the farther one stays. Never beyond the newest message of the conversation: one that is still to
-- come is not read before it is there. No row for anybody but a participant. What is unread then is counted along
-- messages_pkey, up to the limit given.
-- Rides: messages_pkey
update exchange.participants
set
  last_read_message_id = greatest(
    participants.last_read_message_id,
    least(:message_id::bigint, coalesce(conversations.last_message_id, 0))
  )
from exchange.conversations
where
  conversations.id = participants.conversation_id
  and participants.conversation_id = :conversation_id
  and participants.user_id = :user_id
returning
  participants.conversation_id,
  participants.user_id,
  nullif(participants.last_read_message_id, 0) as last_read_message_id,
  (
    select count(*)
    from (
      select
      from exchange.messages
      where
        messages.conversation_id = participants.conversation_id
        and messages.id > participants.last_read_message_id
        and messages.sender_id <> participants.user_id
      order by messages.id
      limit :unread_limit::bigint
    ) as unread
  ) as unread_count;
