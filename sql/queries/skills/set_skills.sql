-- The user's skill set with this content, made or replaced as a whole, with the average of their ratings; the caller
-- gives every field. Skills are stored trimmed, of several that differ only in case the first. Two callers who make
-- the same one at once: the second waits for the first and replaces it. The rating is that from before the statement,
-- which does not change it.
with stored as (
  insert into exchange.skill_sets (
    user_id,
    availability,
    learning_style,
    skills_to_offer,
    skills_to_learn
  )
  values (
    :user_id,
    :availability,
    :learning_style,
    exchange.distinct_skills(:skills_to_offer),
    exchange.distinct_skills(:skills_to_learn)
  )
  on conflict (user_id) do update
    set
      availability = excluded.availability,
      learning_style = excluded.learning_style,
      skills_to_offer = excluded.skills_to_offer,
      skills_to_learn = excluded.skills_to_learn
  returning
    skill_sets.user_id,
    skill_sets.availability,
    skill_sets.learning_style,
    skill_sets.skills_to_offer,
    skill_sets.skills_to_learn,
    skill_sets.updated_at
)

select
  stored.user_id,
  profiles.name,
  stored.availability,
  stored.learning_style,
  stored.skills_to_offer,
  stored.skills_to_learn,
  reputations.average as average_rating,
  coalesce(reputations.rating_count, 0) as rating_count,
  stored.updated_at
from stored
left outer join exchange.profiles on stored.user_id = profiles.user_id
left outer join exchange.reputations on stored.user_id = reputations.user_id;
