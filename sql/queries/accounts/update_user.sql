-- The account with its new e-mail address, username and full name; the caller gives all three.
update exchange.users
set
  email = :email,
  username = :username,
  full_name = :full_name
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
