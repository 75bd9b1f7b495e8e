-- Removes skills and ratings.

drop table exchange.ratings;

drop table exchange.skill_sets;

drop table exchange.reputations;

drop function exchange.start_reputations();

drop function exchange.count_ratings();

drop function exchange.are_skills(text[]);

drop function exchange.distinct_skills(text[]);

drop function exchange.skill_keys(text[]);

drop function exchange.skill_key(text);
