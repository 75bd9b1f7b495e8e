-- A user's profile as another user may see it, with photos and prompts in their order and the distance between the
-- cells that the two are in (area; null when one of them is nowhere). No row when there is no such profile, when its
-- account is deactivated, and when one of the two blocks the other: these cannot be told apart. The distance is the
-- one that discover_profiles shows, and nothing here is computed from a location itself.
-- Reads only.
-- Not null: photos.created_at
select
  profiles.user_id,
  profiles.name,
  exchange.age_in_years(profiles.birth_date) as age,
  profiles.bio,
  profiles.pronouns,
  profiles.image_url,
  profiles.location_name,
  profiles.activity_level,
  profiles.area <-> viewer.area as distance_m,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'photo_id', photos.id,
            'user_id', photos.user_id,
            'url', photos.url,
            'position', place.position,
            'created_at', to_char(photos.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
          )
          order by place.position
        ),
        '[]'
      )
    from unnest(profiles.photo_order) with ordinality as place (photo_id, position)
    inner join exchange.photos on place.photo_id = photos.id
  ) as photos,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'prompt_id', prompts.id,
            'user_id', prompts.user_id,
            'question', prompts.question,
            'answer', prompts.answer,
            'position', place.position
          )
          order by place.position
        ),
        '[]'
      )
    from unnest(profiles.prompt_order) with ordinality as place (prompt_id, position)
    inner join exchange.prompts on place.prompt_id = prompts.id
  ) as prompts
from exchange.profiles
inner join exchange.users on profiles.user_id = users.id
left outer join exchange.profiles as viewer on viewer.user_id = :viewer_id
where
  profiles.user_id = :user_id
  and users.is_active
  and not exists (
    select 1
    from exchange.pairs
    where
      pairs.low_id = least(:user_id::bigint, :viewer_id::bigint)
      and pairs.high_id = greatest(:user_id::bigint, :viewer_id::bigint)
      and (pairs.low_blocks or pairs.high_blocks)
  );
