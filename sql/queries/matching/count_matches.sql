-- How many matches of a user stand: those that list_matches gives, all pages together.
-- Each arm counts in an index (pairs_low_id_idx, pairs_high_id_idx); together they are one number.
-- Rides: pairs_low_id_idx
-- Reads only.
select count(*) as match_count
from (
  select pairs.high_id as user_id
  from exchange.pairs
  where
    pairs.low_id = :user_id
    and pairs.matched_at is not null
  union all
  select pairs.low_id as user_id
  from exchange.pairs
  where
    pairs.high_id = :user_id
    and pairs.matched_at is not null
) as matches
inner join exchange.users on matches.user_id = users.id
where users.is_active;
