-- Accounts newest first, before a given one; all, or only the active or the deactivated ones.
-- One arm for each state: written as "is null or equal" the planner could not use users_is_active_idx, and the
-- few deactivated accounts would be sought through the whole table. Each arm stops after a page, the arm not
-- asked for at once.
-- Ids grow with every insert, so their order is that of sign-up, and a page costs the same however deep it is.
-- Allow: partial-order, because a user is in one state, and so in one arm
-- Rides: users_is_active_idx
select
  page.user_id,
  page.email,
  page.username,
  page.full_name,
  page.is_active,
  page.is_superuser,
  page.created_at,
  page.updated_at
from (
  (
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
      users.is_active
      and coalesce(:is_active::boolean, true)
      and users.id < coalesce(:before_user_id::bigint, 9223372036854775807)
    order by users.id desc
    limit :limit::bigint
  )
  union all
  (
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
      not users.is_active
      and not coalesce(:is_active::boolean, false)
      and users.id < coalesce(:before_user_id::bigint, 9223372036854775807)
    order by users.id desc
    limit :limit::bigint
  )
) as page
order by page.user_id desc
limit :limit::bigint;
