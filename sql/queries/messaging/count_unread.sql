-- How many messages of all conversations the user has not read; with a limit, no more than that are counted.
-- participants_unread_idx has only the conversations whose newest message from the other one is not read; in each
-- the messages after the mark are counted along messages_pkey, without a look at the table. The limit inside
-- keeps the planner from joining the tables as wholes.
-- Rides: participants_unread_idx, messages_pkey
select count(*)
from (
  select
  from exchange.participants
  cross join
    lateral (
      select
      from exchange.messages
      where
        messages.conversation_id = participants.conversation_id
        and messages.id > participants.last_read_message_id
        and messages.sender_id <> participants.user_id
      order by messages.id
      limit :unread_limit::bigint
    ) as message
  where
    participants.user_id = :user_id
    and participants.last_received_message_id > participants.last_read_message_id
  order by participants.conversation_id
  limit :unread_limit::bigint
) as unread;
