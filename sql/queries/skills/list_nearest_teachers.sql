-- The teachers of a skill whose location is known, nearest to the viewer first, those at the same distance by id, after
-- a given one: active users, not the viewer, nobody whom the viewer blocks or who blocks the viewer. A viewer without a
-- location is refused.
-- Distances are those between the middles of cells (profiles.area), on the sphere: order, cursor and what is shown use
-- this one number, so that no other one can be found out.
-- Two ways, as in list_teachers: a walk along profiles_area_idx from the viewer outwards, fifty profiles for each row
-- of the page; where it does not fill the page, all teachers of the skill from skill_sets_offer_keys_idx. A bound that
-- everything on Earth is within makes the planner expect few rows, and walk that index instead of sorting the table; so
-- does an order without the id, and "with ties" makes up for that.
-- Rides: profiles_area_idx, skill_sets_offer_keys_idx
-- Reads only.
with search as materialized (
  select
    exchange.skill_key(:skill) as key,
    viewer.user_id as viewer_id,
    coalesce(
      profiles.area, exchange.refuse('teachers near you need a location in your profile')::text::geography
    ) as area,
    coalesce(:after_distance_m::double precision, -1) as after_distance_m,
    coalesce(:after_user_id::bigint, 0) as after_user_id
  from (select :viewer_id::bigint as user_id) as viewer
  left outer join exchange.profiles on viewer.user_id = profiles.user_id
),

outwards as materialized (
  select
    near.user_id,
    near.distance_m
  from search
  cross join
    lateral (
      select
        profiles.user_id,
        profiles.area <-> search.area as distance_m
      from exchange.profiles
      where
        st_dwithin(profiles.area, search.area, 20100000, false)
        and (profiles.area <-> search.area, profiles.user_id) > (search.after_distance_m, search.after_user_id)
      order by profiles.area <-> search.area
      fetch first (50 * least(:limit::bigint, 1000000)) rows with ties
    ) as near
  cross join
    lateral (
      select skill_sets.offer_keys
      from exchange.skill_sets
      where skill_sets.user_id = near.user_id
      order by skill_sets.user_id
      limit 1
    ) as offered
  cross join
    lateral (
      select
        users.id,
        users.is_active
      from exchange.users
      where users.id = near.user_id
      order by users.id
      limit 1
    ) as users
  where
    offered.offer_keys @> array[search.key]
    and users.id <> search.viewer_id
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
  order by near.distance_m, near.user_id
  limit :limit::bigint
),

teachers as materialized (
  select skill_sets.user_id
  from search
  inner join exchange.skill_sets on skill_sets.offer_keys @> array[search.key]
  where (select count(*) from outwards) < :limit::bigint
),

along_skill as materialized (
  select
    teachers.user_id,
    placed.area <-> search.area as distance_m
  from search
  cross join teachers
  cross join
    lateral (
      select profiles.area
      from exchange.profiles
      where profiles.user_id = teachers.user_id
      order by profiles.user_id
      limit 1
    ) as placed
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
    (placed.area <-> search.area, teachers.user_id) > (search.after_distance_m, search.after_user_id)
    and users.id <> search.viewer_id
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
  order by placed.area <-> search.area, teachers.user_id
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
  reputations.score,
  page.distance_m
from (
  select
    outwards.user_id,
    outwards.distance_m
  from outwards
  where (select count(walked.user_id) from outwards as walked) >= :limit::bigint
  union all
  select
    along_skill.user_id,
    along_skill.distance_m
  from along_skill
) as page
inner join exchange.skill_sets on page.user_id = skill_sets.user_id
inner join exchange.reputations on page.user_id = reputations.user_id
inner join exchange.profiles on page.user_id = profiles.user_id
-- Evaluated before anything is joined, so that a viewer is refused also where there is nobody to be found.
where (select search.area is not null from search)
order by page.distance_m, page.user_id;
