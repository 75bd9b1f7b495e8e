-- The new subject. Names are unique without regard to case (index subjects_name_key).
insert into exchange.subjects (name)
values (:name)
returning
  subjects.id as subject_id,
  subjects.name,
  subjects.created_at;
