-- The two users, of whom the first no longer blocks the other, or no row when there was no block. The pass that came
-- with the block stays until it is undone or a like takes its place.
update exchange.pairs
set
  low_blocks = pairs.low_blocks and :actor_id <> pairs.low_id,
  high_blocks = pairs.high_blocks and :actor_id <> pairs.high_id,
  is_new_match = false
where
  pairs.low_id = least(:actor_id::bigint, :target_id::bigint)
  and pairs.high_id = greatest(:actor_id::bigint, :target_id::bigint)
  and case :actor_id when pairs.low_id then pairs.low_blocks else pairs.high_blocks end
returning
  :actor_id::bigint as actor_id,
  :target_id::bigint as target_id;
