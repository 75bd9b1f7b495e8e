-- The rater's own rating as it was; the averages move with it. To anybody else there is no such rating. Its users are
-- locked first, as in rate_user. Of two callers the second one finds none.
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

delete from exchange.ratings
using locked
where
  ratings.id = :rating_id
  and ratings.rater_id = :rater_id
  and locked.users >= 0
returning
  ratings.id as rating_id,
  ratings.rater_id,
  ratings.rated_id,
  ratings.conversation_id,
  ratings.stars,
  ratings.comment,
  ratings.created_at,
  ratings.updated_at;
