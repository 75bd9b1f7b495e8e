-- What to practise next in a session, without the answers: first what the person never answered, in the order of id,
-- then the weakest: the lowest share of right answers, where one right and one wrong answer are added to everybody's
-- so that five wrong of five are weaker than one of one; of the same share what was answered longest ago. What this
-- session has answered is left out. Empty when there is no such session, or nothing is left.
-- Unseen questions are walked in questions_subject_id_id_key, each looked up in attempts_user_id_idx, until there are
-- enough; only if there are not is the person's history in the subject read. "= any" and the order by subject keep to
-- that index: with a plain "=" the primary key could be walked, past the questions of every other subject.
-- Rides: questions_subject_id_id_key, attempts_user_id_idx
-- Reads only.
with session as materialized (
  select
    practice_sessions.id,
    practice_sessions.user_id,
    practice_sessions.subject_id
  from exchange.practice_sessions
  where practice_sessions.id = :session_id
),

unseen as materialized (
  select fresh.id
  from session
  cross join lateral (
    select questions.id
    from exchange.questions
    where
      questions.subject_id = any(array[session.subject_id])
      and not exists (
        select 1
        from exchange.attempts
        where
          attempts.user_id = session.user_id
          and attempts.subject_id = session.subject_id
          and attempts.question_id = questions.id
        -- A fence: looked up for one question after the other and not joined with all.
        order by attempts.question_id
        offset 0
      )
    order by questions.subject_id, questions.id
    limit :limit::bigint
  ) as fresh
),

weakest as (
  select
    history.question_id,
    history.answered_count,
    history.correct_count,
    history.last_answered_at
  from session
  cross join lateral (
    select
      attempts.question_id,
      count(*) as answered_count,
      count(*) filter (where attempts.is_correct) as correct_count,
      max(attempts.answered_at) as last_answered_at
    from exchange.attempts
    where
      attempts.user_id = session.user_id
      and attempts.subject_id = session.subject_id
    group by attempts.question_id
    having
      not exists (
        select 1
        from exchange.attempts as now_answered
        where
          now_answered.session_id = session.id
          and now_answered.question_id = attempts.question_id
      )
    order by
      (count(*) filter (where attempts.is_correct) + 1)::double precision / (count(*) + 2),
      max(attempts.answered_at),
      attempts.question_id
    limit greatest(:limit::bigint - (select count(*) from unseen), 0)
  ) as history
),

chosen as (
  select
    unseen.id as question_id,
    0 as answered_count,
    0 as correct_count,
    null::timestamptz as last_answered_at
  from unseen
  union all
  select
    weakest.question_id,
    weakest.answered_count,
    weakest.correct_count,
    weakest.last_answered_at
  from weakest
)

select
  question.question_id,
  question.subject_id,
  question.year,
  question.paper,
  question.body,
  question.choices,
  question.difficulty,
  question.tags,
  chosen.answered_count,
  chosen.correct_count,
  chosen.last_answered_at
from chosen
cross join
  lateral (
    select
      questions.id as question_id,
      questions.subject_id,
      questions.year,
      questions.paper,
      questions.body,
      questions.choices,
      questions.difficulty,
      questions.tags
    from exchange.questions
    where questions.id = chosen.question_id
    -- A fence: the few that are chosen are looked up by their key, and not joined with all.
    order by questions.id
    limit 1
  ) as question
order by
  chosen.answered_count > 0,
  (chosen.correct_count + 1)::double precision / (chosen.answered_count + 2),
  chosen.last_answered_at,
  question.question_id;
