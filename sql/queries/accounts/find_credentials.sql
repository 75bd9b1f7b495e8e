-- What signing in needs, by e-mail address without regard to case.
-- The only statement that reads a password hash: every other record can be logged or sent to a browser.
-- Deactivated accounts are found too; whether they may sign in is decided after the password is verified, so
-- that the answer takes the same time.
-- Rides: users_email_key
-- Reads only.
select
  users.id as user_id,
  users.password_hash,
  users.is_active
from exchange.users
where exchange.fold_case(users.email) = exchange.fold_case(:email);
