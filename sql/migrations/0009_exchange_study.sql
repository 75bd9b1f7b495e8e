-- Past exam questions: finding them by words and by meaning, practising them, and what practice tells.
-- Two rules hold by keys and not by code: an attempt is at a question of its session's own subject, and a question
-- is there once however often its file is imported.

-- --- texts -----------------------------------------------------------------------------------------------

-- Not NFKC, which turns x² into x2.
create function exchange.tidy_text(value text)
returns text
language sql
immutable
strict
parallel safe
return btrim(regexp_replace(normalize(value, nfc) collate "und-x-icu", '[[:space:]]+', ' ', 'g'));

comment on function exchange.tidy_text(text)
is 'a text as it is compared: composed characters, every run of white space one blank, none at the ends';

create function exchange.is_same_answer(given text, expected text)
returns boolean
language sql
immutable
strict
parallel safe
return exchange.fold_case(exchange.tidy_text(given)) = exchange.fold_case(exchange.tidy_text(expected));

comment on function exchange.is_same_answer(text, text)
is 'the rule by which an answer is right: the same text without regard to case and to the amount of white space';

-- convert_to is not immutable because of encodings other than this one.
create function exchange.question_key(body text)
returns bytea
language sql
immutable
strict
parallel safe
return sha256(convert_to(exchange.tidy_text(body), 'UTF8'));

comment on function exchange.question_key(text)
is 'what tells the questions of one paper apart: a hash of the tidy text; case counts (mW is not MW)';

create function exchange.tidy_tags(tags text[])
returns text[]
language sql
immutable
strict
parallel safe
return (
  select coalesce(array_agg(spelling.tag order by spelling.place), '{}')
  from (
    select
      lower(exchange.tidy_text(given.tag) collate "und-x-icu") as tag,
      min(given.place) as place
    from unnest(tags) with ordinality as given (tag, place)
    group by 1
  ) as spelling
);

comment on function exchange.tidy_tags(text[])
is 'tags in their one spelling: lower case, tidy, each once, in the order given';

create function exchange.are_tags(tags text[])
returns boolean
language sql
immutable
strict
parallel safe
return (
  select count(*) <= 20 and coalesce(bool_and(char_length(tag) <= 50 and exchange.visible(tag) <> ''), true)
  from unnest(tags) as tag
) and array_position(tags, null) is null and exchange.tidy_tags(tags) = tags;

comment on function exchange.are_tags(text[])
is 'whether these are at most 20 tags in their one spelling, none blank or longer than 50 characters';

create function exchange.are_choices(choices jsonb)
returns boolean
language sql
immutable
strict
parallel safe
return case
  when jsonb_typeof(choices) <> 'array' or jsonb_array_length(choices) not between 2 and 26 then false
  else (
    select
      bool_and(jsonb_typeof(choice) = 'string')
      and bool_and(char_length(choice #>> '{}') <= 2000 and exchange.visible(choice #>> '{}') <> '')
      and count(distinct exchange.fold_case(exchange.tidy_text(choice #>> '{}'))) = count(*)
    from jsonb_array_elements(choices) as choice
  )
end;

comment on function exchange.are_choices(jsonb)
is 'whether this is a list of 2 to 26 texts, none blank, longer than 2,000 characters or the same answer as another';

create function exchange.is_choice(answer text, choices jsonb)
returns boolean
language sql
immutable
strict
parallel safe
return case
  when exchange.are_choices(choices)
    then exists (
      select 1
      from jsonb_array_elements_text(choices) as choice
      where exchange.is_same_answer(answer, choice)
    )
end;

comment on function exchange.is_choice(text, jsonb)
is 'whether the answer is one of the choices; null where these are no choices, about which another check complains';

-- 'english' finds "derivatives" by "derivative", and treats words of other languages as they are written, near enough.
-- It throws away "to be or not to be"; 'simple' keeps every word, so the words of the body are there in both forms:
-- a search for nothing but such words asks for the plain ones, and an exact form ranks above another form of the word.
-- A stored column is computed before the checks; cut short, a body of megabytes meets its check and not tsvector's
-- limit.
create function exchange.question_document(body text, choices jsonb, explanation text, tags text[])
returns tsvector
language sql
immutable
parallel safe
return setweight(to_tsvector('pg_catalog.english', left(body, 20000)), 'A')
|| setweight(to_tsvector('pg_catalog.english', left(array_to_string(tags, ' '), 2000)), 'B')
|| setweight(
  to_tsvector('pg_catalog.english', case when char_length(choices::text) <= 400000 then choices else '[]' end), 'C'
)
|| setweight(to_tsvector('pg_catalog.simple', left(body, 20000)), 'D')
|| setweight(to_tsvector('pg_catalog.english', left(coalesce(explanation, ''), 20000)), 'D');

comment on function exchange.question_document(text, jsonb, text, text[])
is 'the words by which a question is found: body (A), tags (B), choices (C), explanation and plain words (D)';

-- websearch_to_tsquery takes any text but one with more than 32 signs of negation in a row, so two or more without a
-- word between them are none. Its length alone could be too much.
create function exchange.question_search(words text)
returns tsquery
language sql
immutable
strict
parallel safe
return (
  select
    case
      when numnode(websearch_to_tsquery('pg_catalog.english', search.words)) > 0
        then websearch_to_tsquery('pg_catalog.english', search.words)
      else websearch_to_tsquery('pg_catalog.simple', search.words)
    end
  from (
    select
      regexp_replace(
        left(question_search.words, 1000) collate "und-x-icu", '-[^[:alnum:]"]*-', ' ', 'g'
      ) as words
  ) as search
);

comment on function exchange.question_search(text)
is 'what a search asks for: forms of words, or the plain words when there are none but "the", "not" and the like';

-- --- embeddings: what a text means, as a direction in a space of many dimensions -------------------------

create function exchange.vector_length(numbers real[])
returns double precision
language sql
immutable
strict
parallel safe
return (select sqrt(sum(x::double precision * x::double precision)) from unnest(numbers) as x);

comment on function exchange.vector_length(real[]) is 'the length of a vector: the root of the sum of squares';

-- Only the direction counts, so a length of one loses nothing, and makes the distance one sum of products.
create function exchange.unit_vector(numbers real[])
returns real[]
language sql
immutable
strict
parallel safe
return (
  -- What is too small for single precision would be an error (underflow), and adds nothing to the length.
  select array_agg(case when abs(scaled.x) < 1e-37 then 0 else scaled.x end::real order by scaled.place)
  from (
    select
      given.place,
      -- A subquery, so that the length is computed once and not for each number.
      given.x / (select nullif(exchange.vector_length(numbers), 0)) as x
    from unnest(numbers) with ordinality as given (x, place)
    offset 0
  ) as scaled
);

comment on function exchange.unit_vector(real[]) is 'the vector of the same direction whose length is 1';

-- The sum goes from the first number to the last: the same two vectors have the same distance to the last bit, on
-- every path that a statement may take.
create function exchange.cosine_distance(first real[], second real[])
returns double precision
language sql
immutable
strict
parallel safe
return (
  select 1 - sum(pair.x::double precision * pair.y::double precision)
  from unnest(first, second) as pair (x, y)
);

comment on function exchange.cosine_distance(real[], real[])
is 'the cosine distance of two unit vectors: 0 the same direction, 1 nothing in common, 2 opposite';

create domain exchange.embedding as real[]
-- squawk-ignore ban-create-domain-with-constraint -- no column has this type: its check meets no stored row
constraint embedding_check check (
  array_ndims(value) = 1
  and cardinality(value) between 1 and 2000
  and array_position(value, null) is null
  -- NaN is greater than infinity.
  and exchange.vector_length(value) > 0
  and exchange.vector_length(value) < 'infinity'
);

comment on domain exchange.embedding is 'a vector that a model made of a text';
comment on constraint embedding_check on domain exchange.embedding
is 'an embedding has 1 to 2,000 finite numbers, not all of them zero';

create table exchange.embedding_space (
  singleton boolean not null default true,
  -- squawk-ignore prefer-bigint-over-int -- 2000 at most
  dimensions integer not null,
  constraint embedding_space_pkey primary key (singleton),
  constraint embedding_space_singleton_check check (singleton),
  constraint embedding_space_dimensions_check check (dimensions between 1 and 2000)
);

comment on table exchange.embedding_space
is 'the arbiter of how many numbers every embedding has: one row, made with the first embedding';
comment on column exchange.embedding_space.singleton is 'always true; as the primary key it admits a single row';
comment on constraint embedding_space_pkey on exchange.embedding_space is 'the number of dimensions is settled already';
comment on constraint embedding_space_singleton_check on exchange.embedding_space
is 'the only row of this table has the key true';
comment on constraint embedding_space_dimensions_check on exchange.embedding_space
is 'an embedding has 1 to 2,000 numbers';

-- Each statement of a function has a snapshot of its own: whoever came second reads what the first one settled. The
-- lock on the row keeps it until the embedding is stored.
create function exchange.claim_dimensions(dimensions bigint)
returns bigint
language plpgsql
as $$
declare
  settled bigint;
begin
  loop
    select space.dimensions into settled from exchange.embedding_space as space for key share;
    exit when found;
    insert into exchange.embedding_space (dimensions) values (claim_dimensions.dimensions) on conflict do nothing;
  end loop;
  if settled <> dimensions then
    perform exchange.refuse(format('an embedding here has %s numbers, not %s', settled, dimensions));
  end if;
  return settled;
end;
$$;

comment on function exchange.claim_dimensions(bigint)
is 'settles how many numbers every embedding has, or refuses another number of them than is settled';

create function exchange.known_dimensions(numbers real[])
returns real[]
language plpgsql
stable
as $$
declare
  settled bigint := (select space.dimensions from exchange.embedding_space as space);
begin
  if settled <> cardinality(numbers) then
    perform exchange.refuse(format('an embedding here has %s numbers, not %s', settled, cardinality(numbers)));
  end if;
  return numbers;
end;
$$;

comment on function exchange.known_dimensions(real[])
is 'the same numbers, if they are as many as those of the embeddings here, or if there are none yet; refuses others';

-- --- subjects and questions ------------------------------------------------------------------------------

create table exchange.subjects (
  id bigint generated always as identity,
  name text not null,
  created_at timestamptz not null default now(),
  constraint subjects_pkey primary key (id),
  constraint subjects_name_check check (char_length(name) <= 100 and exchange.visible(name) <> '')
);

comment on table exchange.subjects is 'what questions are about: mathematics, biology';
comment on column exchange.subjects.name is 'as typed; unique without regard to case';
comment on constraint subjects_pkey on exchange.subjects is 'a subject with this id already exists';
comment on constraint subjects_name_check on exchange.subjects
is 'the name of a subject is not blank and has at most 100 characters';

create unique index subjects_name_key on exchange.subjects (exchange.fold_case(name));

comment on index exchange.subjects_name_key is 'there is a subject of this name already';

create table exchange.questions (
  id bigint generated always as identity,
  subject_id bigint not null,
  -- squawk-ignore prefer-bigint-over-int -- a year of the calendar
  year integer not null,
  paper text not null default '',
  body text not null,
  choices jsonb,
  answer text not null,
  explanation text,
  -- squawk-ignore prefer-bigint-over-int -- 5 at most
  difficulty integer not null default 3,
  tags text[] not null default '{}',
  search tsvector not null
  generated always as (exchange.question_document(body, choices, explanation, tags)) stored,
  embedding real[],
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint questions_pkey primary key (id),
  constraint questions_subject_id_id_key unique (subject_id, id),
  constraint questions_subject_id_fkey foreign key (subject_id) references exchange.subjects (id),
  constraint questions_year_check check (year between 1800 and 2200),
  constraint questions_paper_check check (char_length(paper) <= 100),
  constraint questions_body_check check (char_length(body) <= 20000 and exchange.visible(body) <> ''),
  constraint questions_choices_check check (exchange.are_choices(choices)),
  constraint questions_answer_check check (
    char_length(answer) <= 2000 and exchange.visible(answer) <> '' and exchange.is_choice(answer, choices) is not false
  ),
  constraint questions_explanation_check check (char_length(explanation) <= 20000),
  constraint questions_difficulty_check check (difficulty between 1 and 5),
  constraint questions_tags_check check (exchange.are_tags(tags)),
  constraint questions_embedding_check check (
    array_ndims(embedding) = 1
    and cardinality(embedding) between 1 and 2000
    and array_position(embedding, null) is null
    and abs(exchange.vector_length(embedding) - 1) < 0.001
  )
);

comment on table exchange.questions is 'past exam questions with their right answers';
comment on column exchange.questions.paper is 'which paper of the year; empty: there was only one';
comment on column exchange.questions.choices is 'the texts to choose from, in their order; null: an open question';
comment on column exchange.questions.answer is 'the right answer; of a question with choices, one of them';
comment on column exchange.questions.explanation is 'why it is right, to be shown afterwards';
comment on column exchange.questions.difficulty is '1 (easy) to 5 (hard)';
comment on column exchange.questions.tags is 'in their one spelling: lower case, each once';
comment on column exchange.questions.search is 'the words by which it is found; computed from the other columns';
comment on column exchange.questions.embedding
is 'what the text means, as a vector of length 1 of the host''s model; null: not computed yet';
comment on column exchange.questions.updated_at is 'moves by itself on every update of the row';

comment on constraint questions_pkey on exchange.questions is 'a question with this id already exists';
-- What attempts refer to; its index is also that of list_questions, list_next_questions and list_progress.
comment on constraint questions_subject_id_id_key on exchange.questions is 'a question has one subject';
comment on constraint questions_subject_id_fkey on exchange.questions
is 'the subject does not exist; when it is deleted: a subject with questions cannot be deleted';
comment on constraint questions_year_check on exchange.questions is 'a year is from 1800 to 2200';
comment on constraint questions_paper_check on exchange.questions is 'the name of a paper has at most 100 characters';
comment on constraint questions_body_check on exchange.questions
is 'a question is not blank and has at most 20,000 characters';
comment on constraint questions_choices_check on exchange.questions
is 'choices are 2 to 26 different texts, none blank or longer than 2,000 characters';
comment on constraint questions_answer_check on exchange.questions
is 'an answer is not blank, has at most 2,000 characters, and is one of the choices where there are choices';
comment on constraint questions_explanation_check on exchange.questions
is 'an explanation has at most 20,000 characters';
comment on constraint questions_difficulty_check on exchange.questions is 'a difficulty is from 1 (easy) to 5 (hard)';
comment on constraint questions_tags_check on exchange.questions
is 'a question has at most 20 tags, none blank or longer than 50 characters';
comment on constraint questions_embedding_check on exchange.questions
is 'a stored embedding has 1 to 2,000 finite numbers and length 1';

create unique index questions_subject_id_year_paper_body_key
on exchange.questions (subject_id, year, paper, exchange.question_key(body));

comment on index exchange.questions_subject_id_year_paper_body_key is 'this paper has this question already';

create index questions_subject_id_year_idx on exchange.questions (subject_id, year, id);

comment on index exchange.questions_subject_id_year_idx is 'list_questions of a subject and year, in the order of id';

create index questions_search_idx on exchange.questions using gin (search);

comment on index exchange.questions_search_idx is 'search_questions: the words';

create index questions_tags_idx on exchange.questions using gin (tags);

comment on index exchange.questions_tags_idx is 'list_questions, search_questions: rare tags';

create index questions_without_embedding_idx on exchange.questions (id) where embedding is null;

comment on index exchange.questions_without_embedding_idx is 'list_questions_without_embedding';

create trigger questions_touch_updated_at
before update on exchange.questions
for each row
execute function exchange.touch_updated_at();

-- Whoever stores an embedding holds the row of the space until then. So this waits for them, and its second statement,
-- with a snapshot of its own, sees what they stored. An index of pgvector's takes vectors of one size only, so it goes
-- too: before the row of the space, as who stores holds the table before that row. The lock keeps use_pgvector, which
-- needs both in the other order, out of the way.
create function exchange.delete_embeddings()
returns bigint
language plpgsql
as $$
declare
  forgotten bigint;
begin
  lock table exchange.embedding_space in share update exclusive mode;
  if to_regclass('exchange.questions_embedding_idx') is not null then
    begin
      perform exchange.stop_using_pgvector();
    exception
      when insufficient_privilege then
        perform exchange.refuse(
          'only the owner of the tables can forget embeddings while pgvector is in use: stop_using_pgvector comes first'
        );
    end;
  end if;
  delete from exchange.embedding_space;
  update exchange.questions set embedding = null where embedding is not null;
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$$;

comment on function exchange.delete_embeddings()
is 'forgets every embedding, how many numbers they had, and use_pgvector; returns how many there were';

-- --- practice --------------------------------------------------------------------------------------------

-- PostgreSQL takes more for a time zone than the names of zones: for CET it finds the abbreviation, which knows no
-- summer time, and +02:00 is two hours west of Greenwich, as POSIX has it. Only what cannot be misread passes; whether
-- there is a zone of that name, the server itself says.
create domain exchange.time_zone as text
-- squawk-ignore ban-create-domain-with-constraint -- no column has this type: its check meets no stored row
constraint time_zone_check check (value ~* '^(utc|gmt|etc/gmt[+-]?\d{1,2}|[a-z_-]+(/[a-z_-]+)+)$');

comment on domain exchange.time_zone is 'the name of a time zone in the IANA database';
comment on constraint time_zone_check on domain exchange.time_zone
is 'a time zone is UTC or has a name like Europe/Berlin';

create table exchange.practice_sessions (
  id bigint generated always as identity,
  user_id bigint not null,
  subject_id bigint not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  answered_count bigint not null default 0,
  correct_count bigint not null default 0,
  constraint practice_sessions_pkey primary key (id),
  constraint practice_sessions_user_id_fkey
  foreign key (user_id) references exchange.users (id) on delete cascade,
  constraint practice_sessions_subject_id_fkey
  foreign key (subject_id) references exchange.subjects (id) on delete cascade,
  constraint practice_sessions_finished_at_check check (finished_at >= started_at),
  constraint practice_sessions_correct_count_check check (correct_count between 0 and answered_count)
);

comment on table exchange.practice_sessions is 'somebody practises the questions of one subject';
comment on column exchange.practice_sessions.finished_at is 'null: it goes on, and takes answers';
comment on column exchange.practice_sessions.answered_count
is 'how many attempts it has; on this row, so that whoever answers and whoever finishes meet here';
comment on column exchange.practice_sessions.correct_count is 'how many of them were right';

comment on constraint practice_sessions_pkey on exchange.practice_sessions
is 'a practice session with this id already exists';
comment on constraint practice_sessions_user_id_fkey on exchange.practice_sessions is 'the user does not exist';
comment on constraint practice_sessions_subject_id_fkey on exchange.practice_sessions is 'the subject does not exist';
comment on constraint practice_sessions_finished_at_check on exchange.practice_sessions
is 'a practice session does not finish before it starts';
comment on constraint practice_sessions_correct_count_check on exchange.practice_sessions
is 'right answers are at most as many as answers';

create index practice_sessions_user_id_idx on exchange.practice_sessions (user_id, id);

comment on index exchange.practice_sessions_user_id_idx
is 'list_practice_sessions, newest first; delete_user: the foreign key''s look-up';

create index practice_sessions_subject_id_idx on exchange.practice_sessions (subject_id);

comment on index exchange.practice_sessions_subject_id_idx is 'delete_subject: the foreign key''s look-up';

create table exchange.attempts (
  session_id bigint not null,
  question_id bigint not null,
  user_id bigint not null,
  subject_id bigint not null,
  answer text not null,
  is_correct boolean not null,
  answered_at timestamptz not null default clock_timestamp(),
  constraint attempts_pkey primary key (session_id, question_id),
  constraint attempts_session_id_fkey
  foreign key (session_id) references exchange.practice_sessions (id) on delete cascade,
  constraint attempts_subject_id_question_id_fkey
  foreign key (subject_id, question_id) references exchange.questions (subject_id, id),
  constraint attempts_answer_check check (char_length(answer) <= 2000)
);

comment on table exchange.attempts is 'answers given in practice; one for each question of a session';
comment on column exchange.attempts.user_id is 'of the session; here so that a person''s history is one index range';
comment on column exchange.attempts.subject_id is 'of the session; here so that the question must be of it';
comment on column exchange.attempts.answer is 'as given; may be empty';
comment on column exchange.attempts.is_correct
is 'by exchange.is_same_answer when it was given; a later change of the question does not change it';

comment on constraint attempts_pkey on exchange.attempts
is 'this question is already answered in this practice session';
comment on constraint attempts_session_id_fkey on exchange.attempts is 'the practice session does not exist';
comment on constraint attempts_subject_id_question_id_fkey on exchange.attempts
is 'this subject has no such question; when it is deleted: a question that somebody has answered cannot be deleted';
comment on constraint attempts_answer_check on exchange.attempts is 'an answer has at most 2,000 characters';

create index attempts_user_id_idx on exchange.attempts (user_id, subject_id, question_id)
include (is_correct, answered_at);

comment on index exchange.attempts_user_id_idx
is 'list_next_questions, list_progress, list_daily_accuracy, get_streak: what a person has answered';

create index attempts_question_id_idx on exchange.attempts (question_id, subject_id);

comment on index exchange.attempts_question_id_idx is 'delete_question: the foreign key''s look-up';

create index attempts_subject_id_idx on exchange.attempts (subject_id, answered_at) include (user_id, is_correct);

comment on index exchange.attempts_subject_id_idx is 'list_leaderboard: the attempts at a subject since a moment';

-- --- questions of similar meaning, with and without pgvector ----------------------------------------------

-- nearest_questions is the one function that the queries ask. It may give more rows than wanted, never fewer of the
-- nearest: the caller orders by distance and id and cuts. This makes it as it is without an extension.
create function exchange.stop_using_pgvector()
returns void
language plpgsql
as $procedure$
begin
  drop index if exists exchange.questions_embedding_idx;
  create or replace function exchange.nearest_questions(
    origin real[], of_subject_id bigint, except_id bigint, wanted bigint
  )
  returns table (question_id bigint, distance double precision)
  language sql
  stable
  parallel safe
  as $$
  select q.id, exchange.cosine_distance(q.embedding, $1)
  from exchange.questions as q
  where
    q.embedding is not null
    and cardinality(q.embedding) = cardinality($1)
    and q.subject_id = coalesce($2, q.subject_id)
    and q.id <> coalesce($3, 0)
  order by 2, 1
  limit $4
$$;
end;
$procedure$;

comment on function exchange.stop_using_pgvector()
is 'for an administrator: similarity without pgvector again, as before use_pgvector';

do $$
begin
  perform exchange.stop_using_pgvector();
end;
$$;

comment on function exchange.nearest_questions(real[], bigint, bigint, bigint)
is 'the questions nearest in meaning to a unit vector, perhaps a few more; made by stop_using_pgvector or use_pgvector';

-- An index of one list (ivfflat, lists = 1) holds all vectors side by side and is read whole: it misses nothing, and is
-- many times faster than the sum in SQL. A graph (hnsw) is faster still, and may miss a neighbour; it is for whoever
-- asks for it. Either gives candidates in an order that single precision has blurred; the exact distance decides, and
-- candidates are taken until that is beyond the last one wanted by more than the blur, so that ties fall as without
-- the extension. The planner may find the table's own index of the subject cheaper, which changes no row.
create function exchange.use_pgvector(dimensions bigint, approximate boolean default false)
returns void
language plpgsql
as $procedure$
declare
  home text;
begin
  select quote_ident(n.nspname)
  into home
  from pg_catalog.pg_extension as e
  inner join pg_catalog.pg_namespace as n on e.extnamespace = n.oid
  where e.extname = 'vector';
  if home is null then
    perform exchange.refuse('this database has no pgvector: an administrator runs "create extension vector" first');
  end if;
  lock table exchange.embedding_space in share update exclusive mode;
  perform exchange.claim_dimensions(dimensions);
  drop index if exists exchange.questions_embedding_idx;
  execute format(
    'create index questions_embedding_idx on exchange.questions using %2$s '
    '((embedding::%1$s.vector(%3$s)) %1$s.vector_cosine_ops) with (%4$s)',
    home,
    case when approximate then 'hnsw' else 'ivfflat' end,
    dimensions,
    case when approximate then 'm = 24, ef_construction = 200' else 'lists = 1' end
  );
  comment on index exchange.questions_embedding_idx
  is 'list_similar_questions, list_questions_near_embedding: pgvector';
  execute format(
    $replacement$
      create or replace function exchange.nearest_questions(
        origin real[], of_subject_id bigint, except_id bigint, wanted bigint
      )
      returns table (question_id bigint, distance double precision)
      language plpgsql
      stable
      parallel safe
      set enable_seqscan = off
      set enable_sort = off
      %4$s
      as $$
      declare
        seen bigint := 0;
        bound double precision := -1;
      begin
        if cardinality(origin) <> %2$s then
          return;
        end if;
        for question_id, distance in
          select q.id, exchange.cosine_distance(q.embedding, origin)
          from exchange.questions as q
          where
            q.embedding is not null
            and q.subject_id = coalesce(of_subject_id, q.subject_id)
            and q.id <> coalesce(except_id, 0)
          order by q.embedding::%1$s.vector(%2$s) operator(%1$s.<=>) origin::%1$s.vector(%2$s)
        loop
          seen := seen + 1;
          if seen <= wanted then
            bound := greatest(bound, distance);
          elsif distance > bound + %3$s then
            exit;
          end if;
          return next;
        end loop;
      end;
      $$
    $replacement$,
    home,
    dimensions,
    -- Twice the most that single precision can err in a sum of so many products of numbers up to one.
    dimensions * 4e-7 + 1e-6,
    case
      when approximate
        then 'set hnsw.ef_search = 400 set hnsw.iterative_scan = strict_order set hnsw.max_scan_tuples = 1000000'
      else ''
    end
  );
end;
$procedure$;

comment on function exchange.use_pgvector(bigint, boolean)
is 'for an administrator, after "create extension vector" (0.8 or later): similarity rides its index';
