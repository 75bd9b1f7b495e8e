-- Average, count and distribution of the ratings that a user has received, in one row that is there already: however
-- many ratings there are, none is read. Without any, the count is zero and the average null.
select
  users.id as user_id,
  reputations.average as average_rating,
  coalesce(reputations.rating_count, 0) as rating_count,
  coalesce(reputations.score, 3) as score,
  array[
    coalesce(reputations.stars_1, 0),
    coalesce(reputations.stars_2, 0),
    coalesce(reputations.stars_3, 0),
    coalesce(reputations.stars_4, 0),
    coalesce(reputations.stars_5, 0)
  ] as distribution
from exchange.users
left outer join exchange.reputations on users.id = reputations.user_id
where users.id = :user_id;
