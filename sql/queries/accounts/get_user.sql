-- The account with this id.
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
where users.id = :user_id;
