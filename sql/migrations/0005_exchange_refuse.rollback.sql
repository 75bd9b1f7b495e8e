-- Removes the refusal of what no constraint can refuse.

drop function exchange.refuse(text);
