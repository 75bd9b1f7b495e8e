-- The likes that wait for an answer, in indexes of their own. A list that walks all likes of a user and passes over
-- those that are answered costs as much as all answers ever given. Whether both have decided is what two swipes that
-- cross race for, so the pair, the row that both of them lock, keeps when each of them did: as the swipe itself says.

alter table exchange.pairs
add column low_swiped_at timestamptz,
add column high_swiped_at timestamptz;

comment on column exchange.pairs.low_swiped_at
is 'when the user with the smaller id decided about the other, as their swipe says; null: not decided';
comment on column exchange.pairs.high_swiped_at
is 'when the user with the greater id decided about the other, as their swipe says; null: not decided';

update exchange.pairs
set
  low_swiped_at = (
    select swipes.created_at
    from exchange.swipes
    where
      swipes.actor_id = pairs.low_id
      and swipes.target_id = pairs.high_id
  ),
  high_swiped_at = (
    select swipes.created_at
    from exchange.swipes
    where
      swipes.actor_id = pairs.high_id
      and swipes.target_id = pairs.low_id
  );

-- The table was rewritten row by row under the lock of the columns that came: there is no one to be kept waiting.
alter table exchange.pairs
-- squawk-ignore constraint-missing-not-valid -- as said above
add constraint pairs_low_swiped_at_check check (low_swiped_at is not null or not low_likes),
-- squawk-ignore constraint-missing-not-valid -- as said above
add constraint pairs_high_swiped_at_check check (high_swiped_at is not null or not high_likes);

comment on constraint pairs_low_swiped_at_check on exchange.pairs is 'a like has its time';
comment on constraint pairs_high_swiped_at_check on exchange.pairs is 'a like has its time';

-- squawk-ignore require-concurrent-index-creation -- as said above
create index pairs_low_waiting_idx on exchange.pairs (low_id, high_swiped_at, high_id)
where high_likes and low_swiped_at is null and not low_blocks;

comment on index exchange.pairs_low_waiting_idx
is 'list_likes_received, newest first: those of greater ids that wait for the smaller one''s answer';

-- squawk-ignore require-concurrent-index-creation -- as said above
create index pairs_high_waiting_idx on exchange.pairs (high_id, low_swiped_at, low_id)
where low_likes and high_swiped_at is null and not high_blocks;

comment on index exchange.pairs_high_waiting_idx
is 'list_likes_received, newest first: those of smaller ids that wait for the greater one''s answer';

-- squawk-ignore require-concurrent-index-deletion -- no statement of this version reads it
drop index exchange.swipes_target_id_idx;

-- squawk-ignore require-concurrent-index-creation -- likes wait while it is made, as for the rest of this file
create index swipes_target_id_idx on exchange.swipes (target_id);

comment on index exchange.swipes_target_id_idx is 'delete_user: the foreign key''s look-up';
