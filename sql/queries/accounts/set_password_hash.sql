-- One row affected, or none when the hash has changed meanwhile: a hash renewed at sign-in then never
-- overwrites a password that the user changed in the same moment.
update exchange.users
set password_hash = :new_hash
where
  users.id = :user_id
  and users.password_hash = :current_hash;
