-- The teachers of a skill, best-rated first, those with the same score newest account first, after a given one: active
-- users, not the viewer, nobody whom the viewer blocks or who blocks the viewer. Without a viewer nobody is left out.
-- The distance is that between the middles of both users' cells (profiles.area), on the sphere; null where one of them
-- has no location.
-- Two ways, because a skill has one teacher or every tenth user. First a walk along reputations_score_idx, fifty users
-- for each row of the page: where it fills the page, these are the best, however many more there are. Where it does
-- not, the skill is rare, and its teachers come from skill_sets_offer_keys_idx, all of them, to be sorted. The planner
-- need not know which it is: each "limit 1" makes it look a row up by its key instead of reading the whole table.
-- Rides: reputations_score_idx, skill_sets_offer_keys_idx
-- Reads only.
with search as materialized (
  select
    exchange.skill_key(:skill) as key,
    :viewer_id::bigint as viewer_id,
    -- Everybody's is greater. A range makes the planner expect few rows; for a third of all users it would take the
    -- time to compile the statement.
    0::double precision as least_score,
    coalesce(:after_score::double precision, 'infinity') as after_score,
    coalesce(:after_user_id::bigint, 9223372036854775807) as after_user_id
),

along_scores as materialized (
  select
    best.user_id,
    best.score
  from search
  cross join
    lateral (
      select
        reputations.user_id,
        reputations.score
      from exchange.reputations
      where
        (reputations.score, reputations.user_id) < (search.after_score, search.after_user_id)
        and reputations.score between search.least_score and search.after_score
      order by reputations.score desc, reputations.user_id desc
      limit (select 50 * least(:limit::bigint, 1000000))
    ) as best
  cross join
    lateral (
      select skill_sets.offer_keys
      from exchange.skill_sets
      where skill_sets.user_id = best.user_id
      order by skill_sets.user_id
      limit 1
    ) as offered
  cross join
    lateral (
      select
        users.id,
        users.is_active
      from exchange.users
      where users.id = best.user_id
      order by users.id
      limit 1
    ) as users
  where
    offered.offer_keys @> array[search.key]
    and users.id is distinct from search.viewer_id
    and users.is_active
    and not coalesce(
      (
        select pairs.low_blocks or pairs.high_blocks
        from exchange.pairs
        where
          pairs.low_id = least(users.id, search.viewer_id)
          and pairs.high_id = greatest(users.id, search.viewer_id)
      ),
      false
    )
  order by best.score desc, best.user_id desc
  limit :limit::bigint
),

teachers as materialized (
  select skill_sets.user_id
  from search
  inner join exchange.skill_sets on skill_sets.offer_keys @> array[search.key]
  where (select count(*) from along_scores) < :limit::bigint
),

along_skill as materialized (
  select
    teachers.user_id,
    rated.score
  from search
  cross join teachers
  cross join
    lateral (
      select reputations.score
      from exchange.reputations
      where reputations.user_id = teachers.user_id
      order by reputations.user_id
      limit 1
    ) as rated
  cross join
    lateral (
      select
        users.id,
        users.is_active
      from exchange.users
      where users.id = teachers.user_id
      order by users.id
      limit 1
    ) as users
  where
    (rated.score, teachers.user_id) < (search.after_score, search.after_user_id)
    and users.id is distinct from search.viewer_id
    and users.is_active
    and not coalesce(
      (
        select pairs.low_blocks or pairs.high_blocks
        from exchange.pairs
        where
          pairs.low_id = least(users.id, search.viewer_id)
          and pairs.high_id = greatest(users.id, search.viewer_id)
      ),
      false
    )
  order by rated.score desc, teachers.user_id desc
  limit :limit::bigint
)

select
  skill_sets.user_id,
  profiles.name,
  profiles.image_url,
  profiles.location_name,
  skill_sets.availability,
  skill_sets.learning_style,
  skill_sets.skills_to_offer,
  skill_sets.skills_to_learn,
  reputations.average as average_rating,
  reputations.rating_count,
  page.score,
  profiles.area <-> viewer.area as distance_m
from (
  select
    along_scores.user_id,
    along_scores.score
  from along_scores
  where (select count(walked.user_id) from along_scores as walked) >= :limit::bigint
  union all
  select
    along_skill.user_id,
    along_skill.score
  from along_skill
) as page
inner join exchange.skill_sets on page.user_id = skill_sets.user_id
inner join exchange.reputations on page.user_id = reputations.user_id
left outer join exchange.profiles on page.user_id = profiles.user_id
left outer join exchange.profiles as viewer on viewer.user_id = (select search.viewer_id from search)
order by page.score desc, page.user_id desc;
