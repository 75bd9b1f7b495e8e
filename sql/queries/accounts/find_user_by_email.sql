-- The account with this e-mail address, without regard to case. The condition is the expression of the
-- index.
-- Rides: users_email_key
-- Reads only.
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
where exchange.fold_case(users.email) = exchange.fold_case(:email);
