-- :rows answers to a tenth as many questions: subjects of a thousand questions, people with two hundred answers in ten
-- sessions each, in the last two hundred days. Twenty questions more are nobody's yet, and the last subject is empty.
set session_replication_role = replica;
select setseed(0.5);
drop index exchange.questions_search_idx;
insert into exchange.subjects (name) select 'Subject ' || n from generate_series(1, greatest(:rows / 10000, 1) + 2) as n;
insert into exchange.questions (subject_id, year, paper, body, answer, difficulty, tags)
select
  1 + (n - 1) / 1000,
  2000 + n % 25,
  'paper ' || n % 4,
  'Question ' || n || ' about word' || (random() * random() * 4999)::integer || ' and word'
    || (random() * 4999)::integer || ' or word' || (random() * 4999)::integer,
  'answer ' || n % 10,
  1 + n % 5,
  array['tag ' || n % 20]
from generate_series(1, greatest(:rows / 10, 1000) + 20) as n;
create index questions_search_idx on exchange.questions using gin (search);
insert into exchange.practice_sessions (user_id, subject_id, started_at, finished_at, answered_count, correct_count)
select
  1 + (n - 1) / 10,
  1 + (n - 1) / 10 % greatest(:rows / 10000, 1),
  now() - (n % 10 * 20 + 1) * interval '1 day',
  case when n % 10 > 0 then now() - (n % 10 * 20) * interval '1 day' end,
  20,
  15
from generate_series(1, greatest(:rows / 20, 10)) as n;
insert into exchange.attempts (session_id, question_id, user_id, subject_id, answer, is_correct, answered_at)
select
  s.id,
  q.first + (s.id * 7 + k * 13) % 1000,
  s.user_id,
  s.subject_id,
  'answer',
  k % 4 > 0,
  s.started_at + k * interval '1 minute'
from exchange.practice_sessions as s
cross join lateral (select (s.subject_id - 1) * 1000 + 1 as first) as q
cross join generate_series(1, 20) as k
order by s.id, k;
reset session_replication_role;
