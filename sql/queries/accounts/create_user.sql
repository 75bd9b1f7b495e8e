-- The new account. A superuser made here also takes the place of the first superuser where that is still free:
-- create_first_superuser waits on that one row, and so learns of this one.
with new_user as (
  insert into exchange.users (email, username, full_name, password_hash, is_superuser)
  values (:email, :username, :full_name, :password_hash, :is_superuser)
  returning
    users.id as user_id,
    users.email,
    users.username,
    users.full_name,
    users.is_active,
    users.is_superuser,
    users.created_at,
    users.updated_at
),

claim as (
  insert into exchange.first_superuser (user_id)
  select new_user.user_id
  from new_user
  where new_user.is_superuser
  on conflict (singleton) do nothing
)

select
  new_user.user_id,
  new_user.email,
  new_user.username,
  new_user.full_name,
  new_user.is_active,
  new_user.is_superuser,
  new_user.created_at,
  new_user.updated_at
from new_user;
