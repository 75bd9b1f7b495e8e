-- The history of a conversation, newest first, page by page. Ids only grow, so a page costs the same however
-- deep it is, and what others send meanwhile never shifts the pages that follow. Backwards along messages_pkey.
-- A message is read once the one of the two who did not send it has read up to it.
-- For anybody but a participant the limit is a refusal: it is computed before the first row, also where there is none.
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
  -- page
  and messages.id < :page_message_id
  -- end page
order by messages.id desc
limit coalesce(
  (select :limit::bigint from reader),
  exchange.refuse('there is no such conversation, or the user is not in it')
);
