-- The question with its embedding, scaled to length 1. The first embedding of all settles how many numbers every one
-- has; claim_dimensions makes whoever comes at the same moment with another number wait and be refused.
update exchange.questions
set
  embedding = exchange.unit_vector(:embedding::exchange.embedding)
where
  questions.id = :question_id
  and exchange.claim_dimensions(cardinality(:embedding::exchange.embedding)) > 0
returning
  questions.id as question_id,
  cardinality(:embedding::exchange.embedding) as dimensions;
