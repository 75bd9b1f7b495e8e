-- The rater's own rating with the stars and the comment that are given; to anybody else there is no such rating. Its
-- users are locked first and a block refuses it, as in rate_user. One "case" decides, because the planner chooses the
-- order of conditions beside each other.
with locked as (
  select count(*) as users
  from (
    select users.id
    from exchange.ratings as rating
    cross join lateral unnest(array[rating.rater_id, rating.rated_id]) as party (user_id)
    inner join exchange.users on party.user_id = users.id
    where
      rating.id = :rating_id
      and rating.rater_id = :rater_id
    order by users.id
    for key share of users
  ) as present
)

update exchange.ratings
set
  stars = case when :stars_given then :stars else ratings.stars end,
  comment = case when :comment_given then :comment else ratings.comment end
from locked
where
  ratings.id = :rating_id
  and locked.users >= 0
  and case
    when ratings.rater_id <> :rater_id then false
    when
      exists (
        select
        from exchange.pairs
        where
          pairs.low_id = least(ratings.rater_id, ratings.rated_id)
          and pairs.high_id = greatest(ratings.rater_id, ratings.rated_id)
          and (pairs.low_blocks or pairs.high_blocks)
      )
      then exchange.refuse('one of the two blocks the other') is not null
    else true
  end
returning
  ratings.id as rating_id,
  ratings.rater_id,
  ratings.rated_id,
  ratings.conversation_id,
  ratings.stars,
  ratings.comment,
  ratings.created_at,
  ratings.updated_at;
