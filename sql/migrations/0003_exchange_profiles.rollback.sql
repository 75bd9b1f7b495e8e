-- Removes the profiles and all that belongs to them; the accounts stay.

drop table exchange.preferences;

drop table exchange.prompts;

drop table exchange.photos;

drop table exchange.profiles;

drop function exchange.age_in_years(date);
