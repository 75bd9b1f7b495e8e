-- The subject with this id.
select
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at
from exchange.subjects
where subjects.id = :subject_id;
