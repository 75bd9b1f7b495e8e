-- The match as it was and when it ended, or no row when none stands. The like of who ends it becomes a pass, the other
-- one's stays: the two match again when it becomes a like.
-- Both rows are locked, the swipe before the pair, before either is written: should the other user end the match at the
-- same time, the second of the two finds none and has changed nothing.
with own as (
  select
    swipes.actor_id,
    swipes.target_id
  from exchange.swipes
  where
    swipes.actor_id = :actor_id
    and swipes.target_id = :target_id
    and swipes.action = 'like'
  for no key update
),

standing as (
  select
    own.actor_id,
    own.target_id,
    pairs.low_id,
    pairs.high_id,
    pairs.matched_at
  from own
  inner join exchange.pairs
    on
      least(own.actor_id, own.target_id) = pairs.low_id
      and greatest(own.actor_id, own.target_id) = pairs.high_id
  where pairs.matched_at is not null
  for no key update of pairs
),

swipe as (
  update exchange.swipes
  set
    action = 'pass',
    created_at = now()
  from standing
  where
    swipes.actor_id = standing.actor_id
    and swipes.target_id = standing.target_id
)

update exchange.pairs
set
  low_likes = pairs.low_likes and standing.actor_id <> pairs.low_id,
  high_likes = pairs.high_likes and standing.actor_id <> pairs.high_id,
  low_swiped_at = case standing.actor_id when pairs.low_id then now() else pairs.low_swiped_at end,
  high_swiped_at = case standing.actor_id when pairs.high_id then now() else pairs.high_swiped_at end,
  matched_at = null,
  unmatched_at = clock_timestamp(),
  is_new_match = false
from standing
where
  pairs.low_id = standing.low_id
  and pairs.high_id = standing.high_id
returning
  standing.actor_id,
  standing.target_id,
  standing.matched_at,
  pairs.unmatched_at;
