-- The message as it was. Only its sender deletes it: the other participant is refused, and to anybody else there is no
-- such message. What is read, and the conversation's place in the inbox, stay as they are.
-- One "case" decides, because the planner chooses the order of conditions beside each other.
-- Not null: is_read
delete from exchange.messages
where
  messages.conversation_id = :conversation_id
  and messages.id = :message_id
  and case
    when messages.sender_id = :user_id then true
    when
      exists (
        select
        from exchange.participants
        where participants.conversation_id = messages.conversation_id and participants.user_id = :user_id
      )
      then exchange.refuse('only its sender can delete a message') is not null
    else false
  end
returning
  messages.id as message_id,
  messages.conversation_id,
  messages.sender_id,
  messages.body,
  messages.sent_at,
  messages.client_key,
  (
    select bool_and(recipient.last_read_message_id >= messages.id)
    from exchange.participants as recipient
    where recipient.conversation_id = messages.conversation_id and recipient.user_id <> messages.sender_id
  ) as is_read;
