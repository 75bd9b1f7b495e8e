-- The account, able to sign in again. Repeating it changes nothing but updated_at.
update exchange.users
set is_active = true
where users.id = :user_id
returning
  users.id as user_id,
  users.email,
  users.username,
  users.full_name,
  users.is_active,
  users.is_superuser,
  users.created_at,
  users.updated_at;
