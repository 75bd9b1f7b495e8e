-- Removes the accounts with everything in them.

drop table exchange.first_superuser;

drop table exchange.users;
