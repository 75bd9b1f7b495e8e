-- All subjects by name; there are as many as a school teaches, so no pages.
-- Reads only.
select
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at
from exchange.subjects
order by exchange.fold_case(subjects.name), subjects.id;
