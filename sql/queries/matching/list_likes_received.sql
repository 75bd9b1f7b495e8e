-- Who likes a user and waits for the answer, newest first, page by page: those about whom the user has not
-- decided yet, of whom neither blocks the other. Profile is null for somebody who has none; deactivated accounts are
-- left out. The index is walked backwards, so that a page costs the same however deep it is.
-- Swipes and pairs are counted, and so looked up by key for each like: "not exists" becomes a join, which may read all
-- swipes of the user for each.
-- Rides: swipes_target_id_idx
-- Reads only.
select
  likes.actor_id as user_id,
  likes.created_at as liked_at,
  case
    when profiles.user_id is not null
      then jsonb_build_object(
        'user_id', profiles.user_id,
        'name', profiles.name,
        'age', exchange.age_in_years(profiles.birth_date),
        'bio', profiles.bio,
        'pronouns', profiles.pronouns,
        'image_url', profiles.image_url,
        'location_name', profiles.location_name,
        'activity_level', profiles.activity_level
      )
  end as profile
from exchange.swipes as likes
inner join exchange.users on likes.actor_id = users.id
left outer join exchange.profiles on likes.actor_id = profiles.user_id
where
  likes.target_id = :user_id
  and likes.action = 'like'
  -- page
  and (likes.created_at, likes.actor_id) < (:page_liked_at, :page_user_id)
  -- end page
  and users.is_active
  and 0 = (
    select count(*) as hits
    from exchange.swipes as own
    where
      own.actor_id = :user_id
      and own.target_id = likes.actor_id
  )
  and 0 = (
    select count(*) as hits
    from exchange.pairs
    where
      pairs.low_id = least(likes.actor_id, likes.target_id)
      and pairs.high_id = greatest(likes.actor_id, likes.target_id)
      and (pairs.low_blocks or pairs.high_blocks)
  )
order by likes.created_at desc, likes.actor_id desc
limit :limit::bigint;
