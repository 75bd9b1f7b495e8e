-- The subject as it was. The foreign key of its questions refuses while there are any; practice sessions of a subject
-- without questions have no answers in them, and go with it.
-- Rides: practice_sessions_subject_id_idx
delete from exchange.subjects
where subjects.id = :subject_id
returning
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at;
