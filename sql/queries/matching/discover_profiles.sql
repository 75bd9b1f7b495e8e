-- Whom a user may like next, nearest first, those at the same distance by id, after a given one: active users within
-- both sides' maximum distances and both sides' age ranges, of the activity level looked for, about whom the user has
-- not decided yet and of whom neither blocks the other. An age or level that is not told fits every wish.
-- Distances are those between the middles of cells (areas.area), on the sphere: bound, order, cursor and what is shown
-- use this one number, so that no other one can be found out. PostGIS's index, which rounds coordinates, can put places
-- a few centimetres apart in the wrong order; two cells are the same place or 550 m apart.
-- Walks the cells in which anybody is (areas_area_idx) from the viewer outwards, and those of each cell by id
-- (profiles_area_id_idx), and stops after a page: however crowded a cell is, no more of it is read. Each part of this
-- shape is needed. Of a cell a page is taken at most, because "with ties" orders by distance alone, as the index does.
-- A cell beyond the bound stands for a row without a user: so the page fills up and the walk ends where it leaves few
-- or nobody (st_dwithin makes the planner expect so few cells that it sorts them all). The cells are limited, and the
-- page's size is read from a row, for the planner's sake: it then expects the same of every viewer and limit, and never
-- more than is worth compiling. Whom the viewer has decided about are gathered, for they are the nearest, and mostly in
-- the way. The look-ups with an order and a limit of one row are fences: by key, one candidate after the other.
-- Allow: partial-order, because a profile is in one cell
-- Rides: areas_area_idx, profiles_area_id_idx
-- Reads only.
with me as materialized (
  select
    viewer.user_id,
    case
      when profiles.user_id is null then exchange.refuse('discovery needs a profile')::text::geography
      else coalesce(profiles.area, exchange.refuse('discovery needs a location in the profile')::text::geography)
    end as area,
    exchange.age_in_years(profiles.birth_date) as age,
    -- Those of max_age have their next birthday tomorrow or later; those of min_age had that one today or before.
    ((now() at time zone 'UTC')::date - make_interval(years => preferences.max_age + 1))::date as born_after,
    ((now() at time zone 'UTC')::date - make_interval(years => preferences.min_age))::date as born_until,
    coalesce(preferences.max_distance_m, 'infinity') as max_distance_m,
    preferences.activity_level,
    viewer.after_distance_m,
    viewer.after_user_id,
    viewer.page_size
  from (
    select
      :viewer_id::bigint as user_id,
      coalesce(:after_distance_m::double precision, -1) as after_distance_m,
      coalesce(:after_user_id::bigint, 0) as after_user_id,
      :limit::bigint as page_size
  ) as viewer
  left outer join exchange.profiles on viewer.user_id = profiles.user_id
  left outer join exchange.preferences on viewer.user_id = preferences.user_id
),

decided as materialized (
  select swipes.target_id
  from me
  inner join exchange.swipes on me.user_id = swipes.actor_id
),

page as (
  select
    found.user_id,
    found.distance_m
  from me
  cross join
    lateral (
      with near as not materialized (
        select
          areas.id,
          areas.area <-> me.area as distance_m
        from exchange.areas
        order by areas.area <-> me.area
        limit 10000
      )

      select
        here.user_id,
        near.distance_m
      from near
      cross join
        lateral (
          (
            select candidate.user_id
            from (
              select profiles.user_id
              from exchange.profiles
              where
                near.distance_m <= me.max_distance_m
                and profiles.area_id = near.id
                and profiles.user_id > case when near.distance_m > me.after_distance_m then 0 else me.after_user_id end
                and profiles.user_id <> me.user_id
                and coalesce(profiles.birth_date > me.born_after and profiles.birth_date <= me.born_until, true)
                and coalesce(profiles.activity_level = me.activity_level, true)
                and profiles.user_id not in (select decided.target_id from decided)
              order by profiles.user_id
              offset 0
            ) as candidate
            cross join
              lateral (
                select
                  preferences.min_age,
                  preferences.max_age,
                  preferences.max_distance_m
                from exchange.preferences
                where preferences.user_id = candidate.user_id
                order by preferences.user_id
                limit 1
              ) as wishes
            cross join
              lateral (
                select
                  users.id,
                  users.is_active
                from exchange.users
                where users.id = candidate.user_id
                order by users.id
                limit 1
              ) as users
            where
              wishes.max_distance_m >= near.distance_m
              and coalesce(me.age between wishes.min_age and wishes.max_age, true)
              and users.is_active
              and 0 = (
                select count(*) as hits
                from exchange.pairs
                where
                  pairs.low_id = least(users.id, me.user_id)
                  and pairs.high_id = greatest(users.id, me.user_id)
                  and (pairs.low_blocks or pairs.high_blocks)
              )
            order by candidate.user_id
            limit :limit::bigint
          )
          union all
          select null::bigint as user_id
          where near.distance_m > me.max_distance_m
        ) as here
      where near.distance_m >= me.after_distance_m
      order by near.distance_m
      fetch first (me.page_size) rows with ties
    ) as found
  where found.user_id is not null
)

select
  profile.user_id,
  profile.name,
  profile.age,
  profile.bio,
  profile.pronouns,
  profile.image_url,
  profile.location_name,
  profile.activity_level,
  page.distance_m
from page
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
      profiles.activity_level
    from exchange.profiles
    where profiles.user_id = page.user_id
    order by profiles.user_id
    limit 1
  ) as profile
order by page.distance_m, profile.user_id
limit (select me.page_size from me);
