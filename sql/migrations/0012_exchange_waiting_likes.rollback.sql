-- The index of all likes again, and no times in the pairs; the swipes have them.

drop index exchange.swipes_target_id_idx;

create index swipes_target_id_idx on exchange.swipes (target_id, action, created_at, actor_id);

comment on index exchange.swipes_target_id_idx
is 'list_likes_received, newest first; delete_user: the foreign key''s look-up';

drop index exchange.pairs_high_waiting_idx;

drop index exchange.pairs_low_waiting_idx;

alter table exchange.pairs
drop constraint pairs_high_swiped_at_check,
drop constraint pairs_low_swiped_at_check,
drop column high_swiped_at,
drop column low_swiped_at;
