-- The subject with its new name.
update exchange.subjects
set name = :name
where subjects.id = :subject_id
returning
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at;
