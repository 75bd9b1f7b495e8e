-- The subject with this name, without regard to case. The condition is the expression of the index.
-- Rides: subjects_name_key
-- Reads only.
select
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at
from exchange.subjects
where exchange.fold_case(subjects.name) = exchange.fold_case(:name);
