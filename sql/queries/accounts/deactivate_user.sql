-- The account, kept but no longer able to sign in. Repeating it changes nothing but updated_at.
update exchange.users
set is_active = false
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
