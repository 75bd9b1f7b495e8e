-- One identity for every part of the system: who may sign in, with which e-mail address and password hash.
-- What others see of a person is the profile, not this table.

create table exchange.users (
  id bigint generated always as identity,
  email text not null,
  username text,
  full_name text,
  password_hash text not null,
  is_active boolean not null default true,
  is_superuser boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_email_check check (
    char_length(email) <= 255
    and email ~ '^[^@]+@[^@]+$'
    and exchange.visible(email) = email
  ),
  constraint users_username_check check (char_length(username) <= 50 and exchange.visible(username) <> ''),
  constraint users_full_name_check check (char_length(full_name) <= 255),
  constraint users_password_hash_check check (
    char_length(password_hash) <= 255 and exchange.visible(password_hash) <> ''
  )
);

comment on table exchange.users is 'accounts: everybody who may sign in';
comment on column exchange.users.email is 'as typed; unique without regard to case';
comment on column exchange.users.username is 'as typed; unique without regard to case; optional';
comment on column exchange.users.full_name
is 'the name for invoices and administrators; the public name is on the profile';
comment on column exchange.users.password_hash
is 'a salted hash in the modular crypt or Werkzeug form, which names its algorithm and parameters; never a password';
comment on column exchange.users.is_active is 'false: the account is kept but cannot sign in';
comment on column exchange.users.is_superuser is 'true: may administer everything';
comment on column exchange.users.updated_at is 'moves by itself on every update of the row';

comment on constraint users_pkey on exchange.users is 'a user with this id already exists';
comment on constraint users_email_check on exchange.users
is 'an e-mail address has one @ with something on both sides, no white space, and at most 255 characters';
comment on constraint users_username_check on exchange.users
is 'a username is not blank and has at most 50 characters';
comment on constraint users_full_name_check on exchange.users is 'a full name has at most 255 characters';
comment on constraint users_password_hash_check on exchange.users
is 'a password hash is not blank and has at most 255 characters';

create unique index users_email_key on exchange.users (exchange.fold_case(email));

-- The comment of a unique index is the sentence that a caller reads when it refuses a row.
comment on index exchange.users_email_key is 'e-mail is already taken';

create unique index users_username_key on exchange.users (exchange.fold_case(username));

comment on index exchange.users_username_key is 'username is already taken';

create index users_is_active_idx on exchange.users (is_active, id);

comment on index exchange.users_is_active_idx
is 'list_users, count_users: the accounts in one state, newest first, however rare the state is';

create index users_is_superuser_idx on exchange.users (id) where is_superuser;

comment on index exchange.users_is_superuser_idx
is 'create_first_superuser: whether there is any superuser, without reading everybody else';

create trigger users_touch_updated_at
before update on exchange.users
for each row
execute function exchange.touch_updated_at();

create table exchange.first_superuser (
  singleton boolean not null default true,
  user_id bigint not null,
  constraint first_superuser_pkey primary key (singleton),
  constraint first_superuser_singleton_check check (singleton),
  constraint first_superuser_user_id_fkey
  foreign key (user_id) references exchange.users (id) on delete cascade
);

comment on table exchange.first_superuser
is 'the arbiter of the first superuser: one row at most, so that of several servers that start at once one wins';
comment on column exchange.first_superuser.singleton is 'always true; as the primary key it admits a single row';

comment on constraint first_superuser_pkey on exchange.first_superuser is 'there is a superuser already';
comment on constraint first_superuser_singleton_check on exchange.first_superuser
is 'the only row of this table has the key true';
comment on constraint first_superuser_user_id_fkey on exchange.first_superuser is 'the user does not exist';

create index first_superuser_user_id_idx on exchange.first_superuser (user_id);

comment on index exchange.first_superuser_user_id_idx is 'delete_user: the foreign key''s look-up';
