-- Who likes a user and waits for the answer, newest first, page by page: those about whom the user has not
-- decided yet, of whom neither blocks the other. Profile is null for somebody who has none; deactivated accounts are
-- left out. One arm for those with greater ids than the user's, one for the others: each rides the index of the likes
-- that wait, backwards, and stops after a page, however deep and however many have been answered.
-- Who blocks has no like, so whether the user blocks is all that is asked.
-- Allow: partial-order, because the two arms have different ids
-- Rides: pairs_low_waiting_idx, pairs_high_waiting_idx
-- Reads only.
select
  page.user_id,
  page.liked_at,
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
from (
  (
    select
      pairs.high_id as user_id,
      pairs.high_swiped_at as liked_at
    from exchange.pairs
    inner join exchange.users on pairs.high_id = users.id
    where
      pairs.low_id = :user_id
      and pairs.high_likes
      and pairs.high_swiped_at is not null
      and pairs.low_swiped_at is null
      and not pairs.low_blocks
      -- page
      and (pairs.high_swiped_at, pairs.high_id) < (:page_liked_at, :page_user_id)
      -- end page
      and users.is_active
    order by pairs.high_swiped_at desc, pairs.high_id desc
    limit :limit::bigint
  )
  union all
  (
    select
      pairs.low_id as user_id,
      pairs.low_swiped_at as liked_at
    from exchange.pairs
    inner join exchange.users on pairs.low_id = users.id
    where
      pairs.high_id = :user_id
      and pairs.low_likes
      and pairs.low_swiped_at is not null
      and pairs.high_swiped_at is null
      and not pairs.high_blocks
      -- page
      and (pairs.low_swiped_at, pairs.low_id) < (:page_liked_at, :page_user_id)
      -- end page
      and users.is_active
    order by pairs.low_swiped_at desc, pairs.low_id desc
    limit :limit::bigint
  )
) as page
left outer join exchange.profiles on page.user_id = profiles.user_id
order by page.liked_at desc, page.user_id desc
limit :limit::bigint;
