-- The first superuser, or no row when there is a superuser already, deactivated ones included.
-- Several servers that start at once may all see a database without one. The single row of first_superuser
-- settles it: the others wait there for the winner's commit and then insert nothing, neither there nor in
-- users. The id is drawn beforehand because that row must be won before the account exists; its foreign key is
-- checked at the statement's end.
-- Rides: users_is_superuser_idx, first_superuser_pkey
with candidate as (
  select nextval('exchange.users_id_seq') as user_id
  where not exists (
    select 1
    from exchange.users
    where users.is_superuser
  )
),

winner as (
  insert into exchange.first_superuser (user_id)
  select candidate.user_id
  from candidate
  on conflict (singleton) do nothing
  returning first_superuser.user_id
)

insert into exchange.users (id, email, username, full_name, password_hash, is_superuser)
overriding system value
select
  winner.user_id,
  :email::text,
  :username::text,
  :full_name::text,
  :password_hash::text,
  true as is_superuser
from winner
returning
  users.id as user_id,
  users.email,
  users.username,
  users.full_name,
  users.is_active,
  users.is_superuser,
  users.created_at,
  users.updated_at;
