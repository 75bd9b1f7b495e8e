-- The teachers of a skill, best-rated first, those with the same score newest account first, page by page: active
-- users, not the viewer, nobody whom the viewer blocks or who blocks the viewer. Without a viewer nobody is left out.
-- The distance is that between the middles of both users' cells (profiles.area), on the sphere; null where one of them
-- has no location.
-- Two ways, because a skill has one teacher or every tenth user. First a walk along reputations_score_idx, fifty users
-- for each row of the page: where it fills the page, or comes to the end, these are the best, however many more there
-- are. Where it does not, the skill is rare, and its teachers come from skill_sets_offer_keys_idx, all of them, to be
-- sorted. The planner need not know which it is: each "limit 1" makes it look a row up by its key instead of reading
-- the whole table.
-- Allow: partial-order, because a page comes from one of the two ways, and each has a user once
-- Rides: reputations_score_idx, skill_sets_offer_keys_idx
-- Reads only.
with search as materialized (
  select
    exchange.skill_key(:skill) as key,
    :viewer_id::bigint as viewer_id,
    -- Everybody's is between. A range makes the planner expect few rows; for a third of all users it would take the
    -- time to compile the statement.
    0::double precision as least_score,
    5::double precision as greatest_score
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
        reputations.score between search.least_score and search.greatest_score
        -- page
        and (reputations.score, reputations.user_id) < (:page_score, :page_user_id)
        -- end page
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

-- Where the walk would go on, unless it has come to the end.
beyond as materialized (
  select further.user_id
  from search
  cross join
    lateral (
      select reputations.user_id
      from exchange.reputations
      where
        reputations.score between search.least_score and search.greatest_score
        -- page
        and (reputations.score, reputations.user_id) < (:page_score, :page_user_id)
        -- end page
      order by reputations.score desc, reputations.user_id desc
      limit 1 offset (select 50 * least(:limit::bigint, 1000000))
    ) as further
),

teachers as materialized (
  select skill_sets.user_id
  from search
  inner join exchange.skill_sets on skill_sets.offer_keys @> array[search.key]
  where
    (select count(*) from along_scores) < :limit::bigint
    and exists (select 1 from beyond)
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
    users.id is distinct from search.viewer_id
    -- page
    and (rated.score, teachers.user_id) < (:page_score, :page_user_id)
    -- end page
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
  known.name,
  known.image_url,
  known.location_name,
  skill_sets.availability,
  skill_sets.learning_style,
  skill_sets.skills_to_offer,
  skill_sets.skills_to_learn,
  rated.average as average_rating,
  rated.rating_count,
  page.score,
  known.area <-> viewer.area as distance_m
from (
  select
    along_scores.user_id,
    along_scores.score
  from along_scores
  where
    (select count(walked.user_id) from along_scores as walked) >= :limit::bigint
    or not exists (select 1 from beyond)
  union all
  select
    along_skill.user_id,
    along_skill.score
  from along_skill
) as page
inner join exchange.skill_sets on page.user_id = skill_sets.user_id
cross join
  lateral (
    select
      reputations.average,
      reputations.rating_count
    from exchange.reputations
    where reputations.user_id = page.user_id
    order by reputations.user_id
    limit 1
  ) as rated
left outer join
  lateral (
    select
      profiles.name,
      profiles.image_url,
      profiles.location_name,
      profiles.area
    from exchange.profiles
    where profiles.user_id = page.user_id
    order by profiles.user_id
    limit 1
  ) as known
  on true
left outer join exchange.profiles as viewer on viewer.user_id = (select search.viewer_id from search)
order by page.score desc, page.user_id desc;
