-- What came into a conversation after a given message, in the order of sending: to ask again and again with the id of
-- the last message seen. As ids are given out in the order of commits (send_message), a message that becomes visible
-- later always has a greater id, and none is passed over. Otherwise as list_messages.
-- Not null: is_read
-- Rides: messages_pkey
-- Reads only.
with reader as materialized (
  select
    mine.last_read_message_id as read_by_me,
    other.last_read_message_id as read_by_other
  from exchange.participants as mine
  inner join exchange.participants as other
    on mine.conversation_id = other.conversation_id and mine.user_id <> other.user_id
  where mine.conversation_id = :conversation_id and mine.user_id = :user_id
)

select
  messages.id as message_id,
  messages.conversation_id,
  messages.sender_id,
  messages.body,
  messages.sent_at,
  messages.client_key,
  messages.id <= case messages.sender_id
    when :user_id then (select reader.read_by_other from reader)
    else (select reader.read_by_me from reader)
  end as is_read
from exchange.messages
where
  messages.conversation_id = :conversation_id
  and messages.id > :after_message_id::bigint
order by messages.id
limit coalesce(
  (select :limit::bigint from reader),
  exchange.refuse('there is no such conversation, or the user is not in it')
);
