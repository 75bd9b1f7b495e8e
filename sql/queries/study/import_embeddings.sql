-- Many embeddings at once, all or nothing: how many questions have one now. A question that does not exist refuses the
-- call, also when it is deleted at this moment. Of two for one question the last one counts.
-- The questions are locked in the order of id, so that two imports cannot wait for each other in a circle.
-- Not null: embedding_count
with given as materialized (
  select distinct on (draft.question_id)
    draft.question_id,
    draft.embedding::exchange.embedding as embedding
  from jsonb_array_elements(:embeddings::jsonb) with ordinality as item (fields, place)
  cross join lateral jsonb_to_record(item.fields) as draft (question_id bigint, embedding real[])
  order by draft.question_id asc, item.place desc
),

sizes as materialized (
  select
    exchange.claim_dimensions(min(cardinality(given.embedding))) as smallest,
    exchange.claim_dimensions(max(cardinality(given.embedding))) as largest
  from given
  having count(*) > 0
),

locked as materialized (
  select questions.id
  from exchange.questions
  cross join sizes
  where
    questions.id = any(array(select given.question_id from given))
    and sizes.smallest = sizes.largest
  order by questions.id
  for no key update of questions
),

updated as (
  update exchange.questions
  set embedding = exchange.unit_vector(given.embedding)
  from given
  inner join locked on given.question_id = locked.id
  where questions.id = locked.id
  returning questions.id
)

select
  case
    when (select count(*) from updated) = (select count(*) from given) then (select count(*) from given)
    else exchange.refuse('a question to get an embedding does not exist')
  end as embedding_count;
