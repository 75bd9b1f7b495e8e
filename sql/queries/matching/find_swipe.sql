-- What one user decided about another: their like or pass; no row when neither.
select
  swipes.actor_id,
  swipes.target_id,
  swipes.action,
  swipes.created_at
from exchange.swipes
where
  swipes.actor_id = :actor_id
  and swipes.target_id = :target_id;
