-- What became of the like: whether the two match, and whether this call made the match. Liking again changes nothing.
-- The pair's row settles the race of two likes that cross: "on conflict do update" waits for its lock and reads the row
-- as it then is, so of the two exactly one finds the other's flag set and no match yet. A match has one conversation,
-- made with it or, when the two matched or wrote to each other before, opened again with all that is in it.
-- The users' rows are locked before anything is written, so that a deletion of one of them waits for this statement or
-- this statement for it, and neither for each other. Who is blocked by the other one learns nothing of it here: it is a
-- like without a match. Who blocks the other one violates a check of the pair.
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
    'like' as action
  from (select count(*) as people_count from people) as locked
  on conflict (actor_id, target_id) do update
    set
      action = excluded.action,
      created_at = case swipes.action when excluded.action then swipes.created_at else excluded.created_at end
  returning
    swipes.actor_id,
    swipes.target_id,
    swipes.created_at
),

pair as (
  insert into exchange.pairs (low_id, high_id, low_likes, high_likes, low_swiped_at, high_swiped_at)
  select
    least(swipe.actor_id, swipe.target_id) as low_id,
    greatest(swipe.actor_id, swipe.target_id) as high_id,
    swipe.actor_id < swipe.target_id as low_likes,
    swipe.actor_id > swipe.target_id as high_likes,
    case when swipe.actor_id < swipe.target_id then swipe.created_at end as low_swiped_at,
    case when swipe.actor_id > swipe.target_id then swipe.created_at end as high_swiped_at
  from swipe
  on conflict (low_id, high_id) do update
    set
      low_likes = pairs.low_likes or excluded.low_likes,
      high_likes = pairs.high_likes or excluded.high_likes,
      low_swiped_at = coalesce(excluded.low_swiped_at, pairs.low_swiped_at),
      high_swiped_at = coalesce(excluded.high_swiped_at, pairs.high_swiped_at),
      matched_at = case
        when (pairs.low_likes or excluded.low_likes) and (pairs.high_likes or excluded.high_likes)
          then coalesce(pairs.matched_at, clock_timestamp())
      end,
      unmatched_at = case
        when (pairs.low_likes or excluded.low_likes) and (pairs.high_likes or excluded.high_likes) then null
        else pairs.unmatched_at
      end,
      is_new_match = pairs.matched_at is null
      and (pairs.low_likes or excluded.low_likes)
      and (pairs.high_likes or excluded.high_likes)
  returning
    pairs.low_id,
    pairs.high_id,
    pairs.matched_at,
    pairs.is_new_match
),

conversation as (
  insert into exchange.conversations as conversations (low_id, high_id)
  select
    pair.low_id,
    pair.high_id
  from pair
  where pair.matched_at is not null
  on conflict (low_id, high_id) do update
    -- Writes what is there: only so does the row come back. It is no key, which would lock out who refers to the row.
    set created_at = conversations.created_at
  returning
    conversations.id,
    conversations.low_id,
    conversations.high_id
),

participants as (
  insert into exchange.participants (conversation_id, user_id)
  select
    conversation.id,
    member.user_id
  from conversation
  cross join unnest(array[conversation.low_id, conversation.high_id]) as member (user_id)
  on conflict (conversation_id, user_id) do nothing
)

select
  swipe.actor_id,
  swipe.target_id,
  pair.matched_at is not null as is_match,
  pair.is_new_match,
  pair.matched_at,
  conversation.id as conversation_id
from swipe
cross join pair
left outer join conversation on pair.low_id = conversation.low_id;
