-- Accounts newest first, page by page; all, or only the active or the deactivated ones.
-- With a state the rows ride users_is_active_idx, so that the few deactivated accounts are not sought through the whole
-- table; the state is a range with an order, so that no other index but that one has the order: by an equality
-- the planner might walk the primary key. Ids grow with every insert, so their order is that of sign-up, and a page
-- costs the same however deep it is.
-- Rides: users_is_active_idx if is_active
-- Rides: users_pkey if not is_active
select
  users.id as user_id,
  users.email,
  users.username,
  users.full_name,
  users.is_active,
  users.is_superuser,
  users.created_at,
  users.updated_at
from exchange.users
where
  true
  -- if :is_active
  and users.is_active >= :is_active
  and users.is_active <= :is_active
  -- page
  and (users.is_active, users.id) < (:is_active, :page_user_id)
  -- end page
  -- end if
  -- if not :is_active
  -- page
  and users.id < :page_user_id
  -- end page
  -- end if
order by
  -- if :is_active
  users.is_active desc,
  -- end if
  users.id desc
limit :limit::bigint;
