-- Whom a user may like next, nearest first, those at the same distance by id, after a given one: active users within
-- both sides' maximum distances and both sides' age ranges, of the activity level looked for, about whom the user has
-- not decided yet and of whom neither blocks the other. An age or level that is not told fits every wish.
-- Distances are those between the middles of cells (profiles.area), on the sphere: bound, order, cursor and what is
-- shown use this one number, so that no other one can be found out. PostGIS's index, which rounds coordinates, can put
-- places a few centimetres apart in the wrong order; two cells are the same place or 550 m apart.
-- Walks profiles_area_idx from the viewer outwards and stops after a page. Each part of this shape is needed: "with
-- ties" orders by distance alone, as the index does (with the id behind it, all within the bound would be sorted);
-- st_dwithin beside the order ends the walk where it leaves few or nobody, and becomes a condition of the index because
-- its radius does not come from the candidate's row; swipes and pairs are counted, and so looked up by key for each
-- candidate ("not exists" becomes a join, which may read all swipes of the viewer for each). The metre more makes up
-- for st_dwithin's own rounding; no place is further away than 20,100 km, and a much greater radius overflows.
-- Rides: profiles_area_idx
-- Reads only.
with me as materialized (
  select
    viewer.user_id,
    case
      when profiles.user_id is null then exchange.refuse('discovery needs a profile')::text::geography
      else coalesce(profiles.area, exchange.refuse('discovery needs a location in the profile')::text::geography)
    end as area,
    exchange.age_in_years(profiles.birth_date) as age,
    preferences.min_age,
    preferences.max_age,
    least(preferences.max_distance_m, 20100000) as max_distance_m,
    preferences.activity_level
  from (select :viewer_id::bigint as user_id) as viewer
  left outer join exchange.profiles on viewer.user_id = profiles.user_id
  left outer join exchange.preferences on viewer.user_id = preferences.user_id
)

select
  candidate.user_id,
  candidate.name,
  candidate.age,
  candidate.bio,
  candidate.pronouns,
  candidate.image_url,
  candidate.location_name,
  candidate.activity_level,
  candidate.distance_m
from me
cross join
  lateral (
    select
      profiles.user_id,
      profiles.name,
      exchange.age_in_years(profiles.birth_date) as age,
      profiles.bio,
      profiles.pronouns,
      profiles.image_url,
      profiles.location_name,
      profiles.activity_level,
      profiles.area <-> me.area as distance_m
    from exchange.profiles
    inner join exchange.preferences on profiles.user_id = preferences.user_id
    inner join exchange.users on profiles.user_id = users.id
    where
      st_dwithin(profiles.area, me.area, me.max_distance_m + 1, false)
      and profiles.area <-> me.area <= least(me.max_distance_m, preferences.max_distance_m)
      and (profiles.area <-> me.area, profiles.user_id) > (
        coalesce(:after_distance_m::double precision, -1), coalesce(:after_user_id::bigint, 0)
      )
      and profiles.user_id <> me.user_id
      and coalesce(exchange.age_in_years(profiles.birth_date) between me.min_age and me.max_age, true)
      and coalesce(me.age between preferences.min_age and preferences.max_age, true)
      and coalesce(profiles.activity_level = me.activity_level, true)
      and users.is_active
      and 0 = (
        select count(*) as hits
        from exchange.swipes
        where
          swipes.actor_id = me.user_id
          and swipes.target_id = profiles.user_id
      )
      and 0 = (
        select count(*) as hits
        from exchange.pairs
        where
          pairs.low_id = least(profiles.user_id, me.user_id)
          and pairs.high_id = greatest(profiles.user_id, me.user_id)
          and (pairs.low_blocks or pairs.high_blocks)
      )
    order by profiles.area <-> me.area
    fetch first (:limit::bigint) rows with ties
  ) as candidate
order by candidate.distance_m, candidate.user_id
limit :limit::bigint;
