-- The new message; or, when the sender has used the client key in the conversation before, the message that has it,
-- and then nothing moves.
-- The conversation's row is locked first, and the message gets its id from the row that the lock returns: in one
-- conversation ids are given out in the order in which senders commit. The lock also returns the row as it is by
-- then, so that time does not run backwards where the server's clock does.
-- Who is not a participant locks nothing, nor does anybody without such a conversation: their message would belong to
-- conversation 0, which never exists, and its foreign key refuses it. (With the id that was given, one to a
-- conversation that is committed just now would get in past the lock.)
-- Whether the pair is closed is looked up as of the statement's start: a message that races with a block or an
-- unmatch counts as sent before it, and what was sent before may be sent again under its key.
-- "on conflict do update" finds a message that is newer than the statement's snapshot too: that of a retry which
-- overtook the original. As in open_conversation it locks no key, and xmax tells which it was. With another body the
-- key is not that message's, and the refusal undoes everything.
-- Not null: is_read
-- Rides: messages_conversation_id_sender_id_client_key_key
with locked as (
  select
    conversations.id,
    conversations.low_id,
    conversations.high_id,
    conversations.last_message_at
  from exchange.conversations
  where
    conversations.id = :conversation_id
    and :sender_id in (conversations.low_id, conversations.high_id)
  for no key update
),

sent as (
  insert into exchange.messages as messages (conversation_id, sender_id, body, sent_at, client_key)
  select
    coalesce(
      (
        select exchange.refuse('this conversation is closed')
        from exchange.pairs
        where
          pairs.low_id = locked.low_id
          and pairs.high_id = locked.high_id
          and (pairs.low_blocks or pairs.high_blocks or pairs.unmatched_at is not null)
          and not exists (
            select
            from exchange.messages as original
            where
              original.conversation_id = locked.id
              and original.sender_id = given.sender_id
              and original.client_key = given.client_key
          )
      ),
      locked.id,
      0
    ) as conversation_id,
    given.sender_id,
    given.body,
    greatest(clock_timestamp(), locked.last_message_at) as sent_at,
    given.client_key
  from (
    values (:sender_id::bigint, :body::text, :client_key::text)
  ) as given (sender_id, body, client_key)
  left outer join locked on true
  on conflict (conversation_id, sender_id, client_key) do update
    set body = case
      when messages.body = excluded.body then messages.body
      else exchange.refuse('this client key belongs to another message')::text
    end
  returning
    messages.conversation_id,
    messages.id,
    messages.sender_id,
    messages.body,
    messages.sent_at,
    messages.client_key,
    messages.xmax = 0 as is_new
),

last_of_conversation as (
  update exchange.conversations
  set
    last_message_id = sent.id,
    last_message_at = sent.sent_at
  from sent
  where conversations.id = sent.conversation_id and sent.is_new
),

last_of_participants as (
  update exchange.participants
  set
    last_received_message_id = case participants.user_id
      when sent.sender_id then participants.last_received_message_id
      else sent.id
    end,
    last_message_at = greatest(participants.last_message_at, sent.sent_at)
  from sent
  where participants.conversation_id = sent.conversation_id and sent.is_new
)

select
  sent.id as message_id,
  sent.conversation_id,
  sent.sender_id,
  sent.body,
  sent.sent_at,
  sent.client_key,
  (
    select bool_and(recipient.last_read_message_id >= sent.id)
    from exchange.participants as recipient
    where recipient.conversation_id = sent.conversation_id and recipient.user_id <> sent.sender_id
  ) as is_read,
  sent.is_new
from sent;
