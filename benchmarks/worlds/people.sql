-- :rows people with profiles, twice as many swipes, and the pairs that these make; skewed as people are: three in ten
-- live in one city, some on the 180th meridian, around the north pole and at 0, 0, the rest in cities of any size.
-- No trigger runs and no foreign key is checked: what is made here is known to be right.
set session_replication_role = replica;
select setseed(0.5);
drop index exchange.profiles_area_idx;
create temp table city as
select n, random() * 360 - 180 as x, degrees(asin(random() * 1.9 - 0.95)) as y from generate_series(1, 1000) as n;
insert into city values (1001, 13.405, 52.52), (1002, 180, -17), (1003, 0, 90), (1004, 0, 0);
insert into exchange.users (email, username, full_name, password_hash, is_active)
select n || '@example.org', 'user' || n, 'Person ' || n, 'hash', n % 50 > 0 from generate_series(1, :rows) as n;
insert into exchange.profiles (user_id, name, birth_date, bio, location, activity_level)
select
  place.n,
  'Profile ' || place.n,
  case when place.n % 21 > 0 then current_date - (random() * random() * 40 * 365)::integer end,
  repeat('Likes long walks. ', place.n % 5),
  case when place.n % 101 > 0 then st_setsrid(st_makepoint(
    mod((x + (random() + random() - 1) * 0.3 / greatest(cosd(y), 0.001) + 900)::numeric, 360)::float8 - 180,
    -- Over a pole it goes down again on the other side.
    degrees(asin(sind(y + (random() + random() - 1) * 0.2)))
  ), 4326) end,
  (array['low', 'medium', 'high', null])[1 + place.n / 7 % 4]
from (
  select
    n,
    case n % 10 when 0 then 1002 + n / 10 % 3 when 1 then 1001 when 2 then 1001 when 3 then 1001
      else 1 + (999 * random() * random())::integer end as city
  from generate_series(1, :rows) as n
) as place
inner join city on place.city = city.n;
insert into exchange.preferences (user_id, min_age, max_age, max_distance_m, activity_level)
select
  user_id,
  case when user_id % 3 = 0 then 5 else 0 end,
  case when user_id % 4 = 0 then 10 else 100 end,
  5000 + random() * random() * 200000,
  (array['low', 'medium', 'high'])[1 + user_id % 3]
from exchange.profiles;
-- What people have decided: two swipes each, and more about the first users than about the others.
insert into exchange.swipes (actor_id, target_id, action, created_at)
select actor, target, case when (actor + target) % 3 = 0 then 'pass' else 'like' end, now() - target * interval '1 s'
from (
  select distinct 1 + n % :rows as actor, 1 + (random() * random() * (:rows - 1))::bigint as target
  from generate_series(1, :rows * 2) as n
) as swipe
where actor <> target
order by actor, target;
insert into exchange.pairs (
  low_id, high_id, low_likes, high_likes, low_swiped_at, high_swiped_at, low_blocks, matched_at
)
select
  low, high, low_likes, high_likes,
  case when low_likes then coalesce(low_at, now()) else low_at end,
  case when high_likes then coalesce(high_at, now()) else high_at end,
  not low_likes and (low + high) % 20 = 0,
  case when low_likes and high_likes then now() - high * interval '1 s' end
from (
  select
    least(actor_id, target_id) as low,
    greatest(actor_id, target_id) as high,
    bool_or(actor_id < target_id and action = 'like') or least(actor_id, target_id) % 10 = 7 as low_likes,
    bool_or(actor_id > target_id and action = 'like') or least(actor_id, target_id) % 10 = 7 as high_likes,
    max(created_at) filter (where actor_id < target_id) as low_at,
    max(created_at) filter (where actor_id > target_id) as high_at
  from exchange.swipes
  group by 1, 2
) as pair
order by low, high;
insert into exchange.conversations (low_id, high_id)
select low_id, high_id from exchange.pairs where matched_at is not null order by low_id, high_id;
insert into exchange.participants (conversation_id, user_id, last_message_at)
select c.id, u.id, now() - c.id * interval '1 s'
from exchange.conversations as c
cross join lateral (values (c.low_id), (c.high_id)) as u (id);
create index profiles_area_idx on exchange.profiles using gist (area);
drop table city;
reset session_replication_role;
