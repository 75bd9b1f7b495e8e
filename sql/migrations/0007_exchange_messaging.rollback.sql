-- Removes all conversations with their messages.

drop table exchange.messages;

drop table exchange.participants;

drop table exchange.conversations;
