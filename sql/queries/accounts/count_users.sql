-- How many accounts there are; all, or only the active or the deactivated ones.
-- One count for each state, so that the few deactivated accounts are counted in users_is_active_idx alone.
-- Rides: users_is_active_idx
select
  (
    select count(*)
    from exchange.users
    where
      users.is_active
      and coalesce(:is_active::boolean, true)
  )
  + (
    select count(*)
    from exchange.users
    where
      not users.is_active
      and not coalesce(:is_active::boolean, false)
  ) as user_count;
