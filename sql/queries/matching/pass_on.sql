-- The pass. It takes the place of a like, and ends a match that stands; the conversation is closed then.
-- The pair is written by "on conflict do update" although it is there in most cases: a like of the same user on another
-- connection may have made it after this statement's snapshot, and a plain update would not find it.
-- The users' rows are locked first, as like does, whose comment says why.
with people as (
  select users.id
  from exchange.users
  where users.id in (:actor_id, :target_id)
  order by users.id
  for key share
),

swipe as (
  insert into exchange.swipes (actor_id, target_id, action)
  select
    :actor_id::bigint,
    :target_id::bigint,
    'pass' as action
  from (select count(*) as people_count from people) as locked
  on conflict (actor_id, target_id) do update
    set
      action = excluded.action,
      created_at = case swipes.action when excluded.action then swipes.created_at else excluded.created_at end
  returning
    swipes.actor_id,
    swipes.target_id,
    swipes.action,
    swipes.created_at
),

pair as (
  insert into exchange.pairs (low_id, high_id, low_swiped_at, high_swiped_at)
  select
    least(swipe.actor_id, swipe.target_id) as low_id,
    greatest(swipe.actor_id, swipe.target_id) as high_id,
    case when swipe.actor_id < swipe.target_id then swipe.created_at end as low_swiped_at,
    case when swipe.actor_id > swipe.target_id then swipe.created_at end as high_swiped_at
  from swipe
  on conflict (low_id, high_id) do update
    set
      low_likes = pairs.low_likes and :actor_id <> pairs.low_id,
      high_likes = pairs.high_likes and :actor_id <> pairs.high_id,
      low_swiped_at = coalesce(excluded.low_swiped_at, pairs.low_swiped_at),
      high_swiped_at = coalesce(excluded.high_swiped_at, pairs.high_swiped_at),
      matched_at = null,
      unmatched_at = case when pairs.matched_at is null then pairs.unmatched_at else clock_timestamp() end,
      is_new_match = false
)

select
  swipe.actor_id,
  swipe.target_id,
  swipe.action,
  swipe.created_at
from swipe;
