-- Conversations of two users, those of a match and all others alike, and their messages.
-- Who sends locks the conversation's row before the message gets its id: in one conversation the order of ids is the
-- order in which messages become visible, so that "after the last one I have seen" never passes over one. What a
-- user has read is one id for each conversation; there is no counter of unread messages that could drift. Beside it
-- stands the id of the newest message that they got: a conversation where the first is not below the second has
-- nothing unread, and the index of the others is all that counting a user's unread messages has to look through.

create table exchange.conversations (
  id bigint generated always as identity,
  low_id bigint not null,
  high_id bigint not null,
  created_at timestamptz not null default now(),
  last_message_id bigint,
  last_message_at timestamptz,
  constraint conversations_pkey primary key (id),
  constraint conversations_low_id_high_id_key unique (low_id, high_id),
  constraint conversations_low_id_fkey foreign key (low_id) references exchange.users (id) on delete cascade,
  constraint conversations_high_id_fkey foreign key (high_id) references exchange.users (id) on delete cascade,
  constraint conversations_high_id_check check (low_id < high_id)
);

comment on table exchange.conversations is 'conversations of two users; two users have one at most';
comment on column exchange.conversations.low_id is 'the participant with the smaller id';
comment on column exchange.conversations.high_id is 'the participant with the greater id';
comment on column exchange.conversations.last_message_id
is 'the newest message that was ever sent, also when it was deleted since; null: none';
comment on column exchange.conversations.last_message_at is 'when that message was sent';

comment on constraint conversations_pkey on exchange.conversations is 'a conversation with this id already exists';
comment on constraint conversations_low_id_high_id_key on exchange.conversations
is 'the two users have a conversation already';
comment on constraint conversations_low_id_fkey on exchange.conversations is 'the user does not exist';
comment on constraint conversations_high_id_fkey on exchange.conversations is 'the user does not exist';
comment on constraint conversations_high_id_check on exchange.conversations
is 'a conversation is between two different users';

create index conversations_high_id_idx on exchange.conversations (high_id);

comment on index exchange.conversations_high_id_idx is 'delete_user: the foreign key''s look-up';

create table exchange.participants (
  conversation_id bigint not null,
  user_id bigint not null,
  last_read_message_id bigint not null default 0,
  last_received_message_id bigint not null default 0,
  last_message_at timestamptz not null default clock_timestamp(),
  constraint participants_pkey primary key (conversation_id, user_id),
  constraint participants_conversation_id_fkey
  foreign key (conversation_id) references exchange.conversations (id) on delete cascade,
  constraint participants_user_id_fkey foreign key (user_id) references exchange.users (id) on delete cascade,
  constraint participants_last_read_message_id_check check (last_read_message_id >= 0),
  constraint participants_last_received_message_id_check check (last_received_message_id >= 0)
);

comment on table exchange.participants is 'a conversation as one of its two users sees it';
comment on column exchange.participants.last_read_message_id
is 'everything up to this message is read, whether it is still there or not; 0: nothing; never moves back';
comment on column exchange.participants.last_received_message_id
is 'the newest message that the other user ever sent here, whether it is still there or not; 0: none';
comment on column exchange.participants.last_message_at
is 'the conversation''s place in the inbox: when the last message was sent, at first when it was opened';

comment on constraint participants_pkey on exchange.participants is 'the user is in the conversation already';
comment on constraint participants_conversation_id_fkey on exchange.participants is 'the conversation does not exist';
comment on constraint participants_user_id_fkey on exchange.participants is 'the user does not exist';
comment on constraint participants_last_read_message_id_check on exchange.participants
is 'the last message read is a message''s id, or 0 for none';
comment on constraint participants_last_received_message_id_check on exchange.participants
is 'the last message received is a message''s id, or 0 for none';

create index participants_user_id_idx
on exchange.participants (user_id, last_message_at desc, conversation_id desc);

comment on index exchange.participants_user_id_idx
is 'list_inbox, newest first; delete_user: the foreign key''s look-up';

create index participants_unread_idx on exchange.participants (user_id, conversation_id)
where last_received_message_id > last_read_message_id;

comment on index exchange.participants_unread_idx is 'count_unread: only conversations that may have something unread';

create table exchange.messages (
  conversation_id bigint not null,
  id bigint generated always as identity,
  sender_id bigint not null,
  body text not null,
  sent_at timestamptz not null default clock_timestamp(),
  client_key text,
  -- With the sender, so that the unread messages are counted without a look at the table.
  constraint messages_pkey primary key (conversation_id, id) include (sender_id),
  constraint messages_conversation_id_sender_id_client_key_key
  unique (conversation_id, sender_id, client_key),
  constraint messages_conversation_id_sender_id_fkey
  foreign key (conversation_id, sender_id)
  references exchange.participants (conversation_id, user_id) on delete cascade,
  constraint messages_body_check check (char_length(body) <= 10000 and exchange.visible(body) <> ''),
  constraint messages_client_key_check check (char_length(client_key) <= 100 and exchange.visible(client_key) <> '')
);

comment on table exchange.messages is 'the messages of all conversations; in each, the order of ids is the order of time';
comment on column exchange.messages.client_key
is 'the sender''s own name for the message, so that sending it again after a lost answer does not double it; optional';

comment on constraint messages_pkey on exchange.messages is 'a message with this id already exists';
comment on constraint messages_conversation_id_sender_id_client_key_key on exchange.messages
is 'the sender has used this client key in the conversation already';
comment on constraint messages_conversation_id_sender_id_fkey on exchange.messages
is 'there is no such conversation, or the user is not in it';
comment on constraint messages_body_check on exchange.messages
is 'a message is not blank and has at most 10000 characters';
comment on constraint messages_client_key_check on exchange.messages
is 'a client key is not blank and has at most 100 characters';
