-- The rater's rating of the other user in a conversation, made or changed. Two calls of the same rater at once make one
-- row: ratings_conversation_id_rater_id_key settles it, and the later call's stars stand. rated_id is written on
-- conflict too, so that its foreign key refuses somebody who is not in the conversation also the second time.
-- Both users are locked first, against their deletion only and in the order of their ids: everything else that the
-- foreign keys and counts lock comes after the users in the deletion of a user as well, so neither waits for the other
-- in a circle. Where there is no such user nothing is locked, and the foreign keys refuse the row.
-- Whether one of the two blocks the other is looked up as of the statement's start: a rating that races with a block
-- counts as given before it.
-- Rides: ratings_conversation_id_rater_id_key
with locked as (
  select count(*) as users
  from (
    select users.id
    from exchange.users
    where users.id in (:rater_id::bigint, :rated_id::bigint)
    order by users.id
    for key share
  ) as present
)

insert into exchange.ratings (rater_id, rated_id, conversation_id, stars, comment)
select
  :rater_id::bigint,
  :rated_id::bigint,
  coalesce(
    (
      select exchange.refuse('one of the two blocks the other')
      from exchange.pairs
      where
        pairs.low_id = least(:rater_id::bigint, :rated_id::bigint)
        and pairs.high_id = greatest(:rater_id::bigint, :rated_id::bigint)
        and (pairs.low_blocks or pairs.high_blocks)
    ),
    :conversation_id::bigint
  ) as conversation_id,
  :stars::integer,
  :comment::text
from locked
on conflict (conversation_id, rater_id) do update
  set
    rated_id = excluded.rated_id,
    stars = excluded.stars,
    comment = excluded.comment
returning
  ratings.id as rating_id,
  ratings.rater_id,
  ratings.rated_id,
  ratings.conversation_id,
  ratings.stars,
  ratings.comment,
  ratings.created_at,
  ratings.updated_at;
