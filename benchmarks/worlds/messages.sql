-- :rows messages: twenty in each conversation, some twenty conversations for each who writes.
set session_replication_role = replica;
insert into exchange.conversations (low_id, high_id)
select writer.n, 1 + (writer.n + friend.n) % :rows
from generate_series(1, greatest(:rows / 200, 1)) as writer (n)
cross join generate_series(0, 9) as friend (n)
where writer.n < 1 + (writer.n + friend.n) % :rows
on conflict (low_id, high_id) do nothing;
create temp table talk as
select c.id, c.low_id, c.high_id from exchange.conversations as c
where c.low_id <= :rows / 200 and c.high_id between c.low_id + 1 and c.low_id + 10;
insert into exchange.messages (conversation_id, sender_id, body, sent_at)
select
  talk.id,
  case when k % 3 = 0 then talk.low_id else talk.high_id end,
  'Message ' || k || ' of many, neither short nor long',
  now() - interval '20 days' + k * interval '1 day' - talk.id * interval '1 s'
from talk
cross join generate_series(1, 20) as k
order by k, talk.id;
insert into exchange.participants (conversation_id, user_id, last_read_message_id, last_received_message_id, last_message_at)
select talk.id, u.id, case when talk.id % 5 = 0 then newest.id - 5 else newest.id end, newest.id, newest.sent_at
from talk
cross join lateral (values (talk.low_id), (talk.high_id)) as u (id)
cross join lateral (
  select m.id, m.sent_at from exchange.messages as m where m.conversation_id = talk.id order by m.id desc limit 1
) as newest
on conflict (conversation_id, user_id) do update set
  last_read_message_id = excluded.last_read_message_id,
  last_received_message_id = excluded.last_received_message_id,
  last_message_at = excluded.last_message_at;
update exchange.conversations as c
set (last_message_id, last_message_at) = (
  select m.id, m.sent_at from exchange.messages as m where m.conversation_id = c.id order by m.id desc limit 1
)
from talk
where c.id = talk.id;
drop table talk;
reset session_replication_role;
