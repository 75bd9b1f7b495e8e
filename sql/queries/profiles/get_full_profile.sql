-- The profile with its photos and prompts, each in their order, and its preferences: one row, one round trip.
-- The lists are built in subqueries of their own: joined side by side, every photo would be repeated for every
-- prompt.
-- JSON has no time with a zone; created_at is written in UTC so that it reads the same in every session.
-- Reads only.
-- Not null: photos.created_at
select
  profiles.user_id,
  profiles.name,
  profiles.birth_date,
  exchange.age_in_years(profiles.birth_date) as age,
  profiles.bio,
  profiles.pronouns,
  profiles.image_url,
  profiles.location_name,
  profiles.location,
  profiles.activity_level,
  profiles.created_at,
  profiles.updated_at,
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
  ) as prompts,
  jsonb_build_object(
    'user_id', preferences.user_id,
    'min_age', preferences.min_age,
    'max_age', preferences.max_age,
    'max_distance_m', preferences.max_distance_m,
    'distance_unit', preferences.distance_unit,
    'activity_level', preferences.activity_level
  ) as preferences
from exchange.profiles
inner join exchange.preferences on profiles.user_id = preferences.user_id
where profiles.user_id = :user_id;
