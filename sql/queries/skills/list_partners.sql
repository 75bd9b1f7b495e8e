-- Who can teach what the user wants to learn and wants to learn what the user can teach: most skills in common first,
-- both ways counted, then best-rated, then nearest, those without a known distance after the others, then newest.
-- Active users, not the user, and nobody whom the user blocks or who blocks the user. A user without offers or without
-- wishes has no partners. The distance is that between the middles of both users' cells (profiles.area), on the sphere.
-- skill_sets_offer_keys_idx finds those who meet both conditions at once, which can be every tenth user. Only the
-- skills in common are counted for all of them. The others are looked at in that order, until the page is full and
-- nobody ties with its last row; of those, the ratings; of those that still tie, the distances.
-- Rides: skill_sets_offer_keys_idx
-- Reads only.
-- Not null: can_teach[], wants_to_learn[]
with me as materialized (
  select
    skill_sets.user_id,
    skill_sets.offer_keys,
    skill_sets.learn_keys,
    profiles.area
  from exchange.skill_sets
  left outer join exchange.profiles on skill_sets.user_id = profiles.user_id
  where skill_sets.user_id = :user_id::bigint
),

candidates as (
  select
    me.user_id as my_id,
    skill_sets.user_id,
    (
      select count(*)
      from unnest(skill_sets.offer_keys) as their (key)
      where their.key = any(me.learn_keys)
    ) + (
      select count(*)
      from unnest(skill_sets.learn_keys) as their (key)
      where their.key = any(me.offer_keys)
    ) as overlap
  from me
  inner join exchange.skill_sets
    on me.learn_keys && skill_sets.offer_keys and me.offer_keys && skill_sets.learn_keys
  where skill_sets.user_id <> me.user_id
  order by overlap desc
  offset 0
),

most_in_common as materialized (
  select
    candidates.user_id,
    candidates.overlap
  from candidates
  cross join
    lateral (
      select users.is_active
      from exchange.users
      where users.id = candidates.user_id
      order by users.id
      limit 1
    ) as users
  where
    users.is_active
    and not coalesce(
      (
        select pairs.low_blocks or pairs.high_blocks
        from exchange.pairs
        where
          pairs.low_id = least(candidates.user_id, candidates.my_id)
          and pairs.high_id = greatest(candidates.user_id, candidates.my_id)
      ),
      false
    )
  order by candidates.overlap desc
  fetch first (:limit::bigint) rows with ties
),

best_rated as materialized (
  select
    most_in_common.user_id,
    most_in_common.overlap,
    rated.average,
    rated.rating_count,
    rated.score
  from most_in_common
  cross join
    lateral (
      select
        reputations.average,
        reputations.rating_count,
        reputations.score
      from exchange.reputations
      where reputations.user_id = most_in_common.user_id
      order by reputations.user_id
      limit 1
    ) as rated
  order by most_in_common.overlap desc, rated.score desc
  fetch first (:limit::bigint) rows with ties
),

page as materialized (
  select
    best_rated.user_id,
    best_rated.overlap,
    best_rated.average,
    best_rated.rating_count,
    best_rated.score,
    placed.area <-> me.area as distance_m
  from me
  cross join best_rated
  left outer join
    lateral (
      select profiles.area
      from exchange.profiles
      where profiles.user_id = best_rated.user_id
      order by profiles.user_id
      limit 1
    ) as placed
    on true
  order by best_rated.overlap desc, best_rated.score desc, distance_m asc nulls last, best_rated.user_id desc
  limit :limit::bigint
)

select
  skill_sets.user_id,
  profiles.name,
  profiles.image_url,
  profiles.location_name,
  skill_sets.availability,
  skill_sets.learning_style,
  array(
    select skill_sets.skills_to_offer[their.place]
    from unnest(skill_sets.offer_keys) with ordinality as their (key, place)
    where their.key = any(me.learn_keys)
    order by their.place
  ) as can_teach,
  array(
    select skill_sets.skills_to_learn[their.place]
    from unnest(skill_sets.learn_keys) with ordinality as their (key, place)
    where their.key = any(me.offer_keys)
    order by their.place
  ) as wants_to_learn,
  page.overlap,
  page.average as average_rating,
  page.rating_count,
  page.score,
  page.distance_m
from me
cross join page
inner join exchange.skill_sets on page.user_id = skill_sets.user_id
left outer join exchange.profiles on page.user_id = profiles.user_id
order by page.overlap desc, page.score desc, page.distance_m asc nulls last, page.user_id desc;
