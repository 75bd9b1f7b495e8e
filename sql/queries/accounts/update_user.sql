-- The account with what the caller gives: e-mail address, username, full name, or any of them. A null clears one.
update exchange.users
set
  email = case when :email_given then :email else users.email end,
  username = case when :username_given then :username else users.username end,
  full_name = case when :full_name_given then :full_name else users.full_name end
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
