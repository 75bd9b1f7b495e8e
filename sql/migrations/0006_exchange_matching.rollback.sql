-- Removes likes, passes, blocks and matches.

drop table exchange.pairs;

drop table exchange.swipes;
