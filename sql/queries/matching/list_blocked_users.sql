-- Whom a user blocks, in the order of id, page by page; profile is null for somebody who has none.
-- One arm for the blocked users with the greater ids, one for the others: each rides its index (pairs_low_blocks_idx,
-- pairs_high_blocks_idx). The two do not overlap, so the page is cut from one after the other.
-- Allow: partial-order, because the two arms have different ids
-- Rides: pairs_low_blocks_idx, pairs_high_blocks_idx
-- Reads only.
select
  page.user_id,
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
    select pairs.low_id as user_id
    from exchange.pairs
    where
      pairs.high_id = :user_id
      and pairs.high_blocks
      -- page
      and pairs.low_id > :page_user_id
      -- end page
    order by pairs.low_id
    limit :limit::bigint
  )
  union all
  (
    select pairs.high_id as user_id
    from exchange.pairs
    where
      pairs.low_id = :user_id
      and pairs.low_blocks
      -- page
      and pairs.high_id > :page_user_id
      -- end page
    order by pairs.high_id
    limit :limit::bigint
  )
) as page
left outer join exchange.profiles on page.user_id = profiles.user_id
order by page.user_id
limit :limit::bigint;
