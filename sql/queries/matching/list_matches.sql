-- The matches of a user that stand, newest first, page by page, each with the other user's profile (null for
-- somebody who has none) and the conversation. Deactivated accounts are left out. One arm for the matches in which
-- the user has the smaller id, one for the others: each rides its index backwards
-- and stops after a page, however deep.
-- Allow: partial-order, because a pair is in the arm of its smaller id or in that of its greater, never in both
-- Rides: pairs_low_id_idx, pairs_high_id_idx
-- Reads only.
select
  page.user_id,
  page.matched_at,
  conversations.id as conversation_id,
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
      pairs.low_id,
      pairs.high_id,
      pairs.high_id as user_id,
      pairs.matched_at
    from exchange.pairs
    inner join exchange.users on pairs.high_id = users.id
    where
      pairs.low_id = :user_id
      and pairs.matched_at is not null
      -- page
      and (pairs.matched_at, pairs.high_id) < (:page_matched_at, :page_user_id)
      -- end page
      and users.is_active
    order by pairs.matched_at desc, pairs.high_id desc
    limit :limit::bigint
  )
  union all
  (
    select
      pairs.low_id,
      pairs.high_id,
      pairs.low_id as user_id,
      pairs.matched_at
    from exchange.pairs
    inner join exchange.users on pairs.low_id = users.id
    where
      pairs.high_id = :user_id
      and pairs.matched_at is not null
      -- page
      and (pairs.matched_at, pairs.low_id) < (:page_matched_at, :page_user_id)
      -- end page
      and users.is_active
    order by pairs.matched_at desc, pairs.low_id desc
    limit :limit::bigint
  )
) as page
inner join exchange.conversations
  on
    page.low_id = conversations.low_id
    and page.high_id = conversations.high_id
left outer join exchange.profiles on page.user_id = profiles.user_id
order by page.matched_at desc, page.user_id desc
limit :limit::bigint;
