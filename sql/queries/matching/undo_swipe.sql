-- The like or pass as it was before it was taken back, or no row when there is none; a match that stood ends with it.
-- The swipe is deleted first: of two callers the second waits there and finds nothing. Where the swipe can be seen, so
-- can its pair, whose row is then read as it is under its lock: a plain update is enough. A block stays.
with swipe as (
  delete from exchange.swipes
  where
    swipes.actor_id = :actor_id
    and swipes.target_id = :target_id
  returning
    swipes.actor_id,
    swipes.target_id,
    swipes.action,
    swipes.created_at
),

pair as (
  update exchange.pairs
  set
    low_likes = pairs.low_likes and swipe.actor_id <> pairs.low_id,
    high_likes = pairs.high_likes and swipe.actor_id <> pairs.high_id,
    low_swiped_at = case when swipe.actor_id <> pairs.low_id then pairs.low_swiped_at end,
    high_swiped_at = case when swipe.actor_id <> pairs.high_id then pairs.high_swiped_at end,
    matched_at = null,
    unmatched_at = case when pairs.matched_at is null then pairs.unmatched_at else clock_timestamp() end,
    is_new_match = false
  from swipe
  where
    pairs.low_id = least(swipe.actor_id, swipe.target_id)
    and pairs.high_id = greatest(swipe.actor_id, swipe.target_id)
)

select
  swipe.actor_id,
  swipe.target_id,
  swipe.action,
  swipe.created_at
from swipe;
