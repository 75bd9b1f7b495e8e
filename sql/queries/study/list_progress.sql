-- How far a person is in each subject that they have practised: different questions answered of how many there are, and
-- the share of right answers. Subjects by name. The person's history is read once, in attempts_user_id_idx.
-- Rides: attempts_user_id_idx
-- Reads only.
with practised as (
  select
    attempts.subject_id,
    count(distinct attempts.question_id) as seen_count,
    count(*) as answered_count,
    count(*) filter (where attempts.is_correct) as correct_count,
    max(attempts.answered_at) as last_answered_at
  from exchange.attempts
  where attempts.user_id = :user_id
  group by attempts.subject_id
)

select
  practised.subject_id,
  subjects.name as subject_name,
  (
    select count(*) from exchange.questions
    where questions.subject_id = practised.subject_id
  ) as question_count,
  practised.seen_count,
  practised.answered_count,
  practised.correct_count,
  practised.correct_count::double precision / practised.answered_count as accuracy,
  practised.last_answered_at
from practised
inner join exchange.subjects on practised.subject_id = subjects.id
order by exchange.fold_case(subjects.name), practised.subject_id;
