-- What the user said about the other one of a conversation, if anything: one probe of the unique key.
select
  ratings.id as rating_id,
  ratings.rater_id,
  ratings.rated_id,
  ratings.conversation_id,
  ratings.stars,
  ratings.comment,
  ratings.created_at,
  ratings.updated_at
from exchange.ratings
where
  ratings.conversation_id = :conversation_id
  and ratings.rater_id = :rater_id;
