-- :rows people who teach and learn: of a thousand skills, some are everybody's, and most are rare.
set session_replication_role = replica;
select setseed(0.5);
drop index exchange.skill_sets_offer_keys_idx;
insert into exchange.skill_sets (user_id, availability, skills_to_offer, skills_to_learn)
select
  n,
  'evenings',
  array['skill ' || (random() * random() * 999)::integer, 'trade ' || (random() * random() * 999)::integer],
  array['skill ' || (random() * random() * 999)::integer, 'art ' || (random() * random() * 999)::integer]
from generate_series(1, :rows) as n;
create index skill_sets_offer_keys_idx on exchange.skill_sets using gin (offer_keys, learn_keys)
with (fastupdate = false);
insert into exchange.reputations (user_id, stars_1, stars_2, stars_3, stars_4, stars_5)
select n, at_least + n % 2, at_least + n % 3, at_least + n % 5, at_least + n % 7, at_least + n % 11
from generate_series(1, :rows) as n
-- As many as the ratings below may turn out to be: when they go, the counts go down.
cross join lateral (select case when n <= :rows / 200 then 10 else 0 end as at_least) as ratings;
insert into exchange.ratings (rater_id, rated_id, conversation_id, stars, comment)
select c.high_id, c.low_id, c.id, 1 + c.id % 5, 'Patient.'
from exchange.conversations as c
where c.low_id <= :rows / 200 and c.high_id between c.low_id + 1 and c.low_id + 10;
reset session_replication_role;
