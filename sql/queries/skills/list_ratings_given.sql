-- The ratings that a user has given, newest first, page by page, each with the name of who was rated;
-- null without a profile, and where one of the two blocks the other.
-- Ids grow with every insert, so a page costs the same however deep it is; changing a rating does not move it.
-- Rides: ratings_rater_id_idx
select
  ratings.id as rating_id,
  ratings.rater_id,
  ratings.rated_id,
  ratings.conversation_id,
  ratings.stars,
  ratings.comment,
  ratings.created_at,
  ratings.updated_at,
  profiles.name as rated_name
from exchange.ratings
left outer join exchange.profiles
  on
    ratings.rated_id = profiles.user_id
    and 0 = (
      select count(*) as hits
      from exchange.pairs
      where
        pairs.low_id = least(ratings.rater_id, ratings.rated_id)
        and pairs.high_id = greatest(ratings.rater_id, ratings.rated_id)
        and (pairs.low_blocks or pairs.high_blocks)
    )
where
  ratings.rater_id = :rater_id
  -- page
  and ratings.id < :page_rating_id
  -- end page
order by ratings.id desc
limit :limit::bigint;
