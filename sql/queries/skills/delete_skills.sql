-- The skill set as it was; the user's ratings stay. Of two callers the second one finds none.
with deleted as (
  delete from exchange.skill_sets
  where skill_sets.user_id = :user_id
  returning
    skill_sets.user_id,
    skill_sets.availability,
    skill_sets.learning_style,
    skill_sets.skills_to_offer,
    skill_sets.skills_to_learn,
    skill_sets.updated_at
)

select
  deleted.user_id,
  profiles.name,
  deleted.availability,
  deleted.learning_style,
  deleted.skills_to_offer,
  deleted.skills_to_learn,
  reputations.average as average_rating,
  coalesce(reputations.rating_count, 0) as rating_count,
  deleted.updated_at
from deleted
left outer join exchange.profiles on deleted.user_id = profiles.user_id
left outer join exchange.reputations on deleted.user_id = reputations.user_id;
