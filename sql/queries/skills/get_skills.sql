-- The user's skill set with their name and the average of their ratings, through primary keys alone: the ratings
-- themselves are not read.
select
  skill_sets.user_id,
  profiles.name,
  skill_sets.availability,
  skill_sets.learning_style,
  skill_sets.skills_to_offer,
  skill_sets.skills_to_learn,
  reputations.average as average_rating,
  coalesce(reputations.rating_count, 0) as rating_count,
  skill_sets.updated_at
from exchange.skill_sets
left outer join exchange.profiles on skill_sets.user_id = profiles.user_id
left outer join exchange.reputations on skill_sets.user_id = reputations.user_id
where skill_sets.user_id = :user_id;
