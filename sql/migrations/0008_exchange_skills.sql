-- What people teach and want to learn, and how they rate each other.
-- A search must not be about spelling: each skill has a key, in which case, width, accents' composition, white space and
-- characters of no width make no difference; the keys are computed by the database and searched by GIN.
-- A ranking must not count ratings: a popular skill has tens of thousands of teachers. So the counts are kept, one row
-- for each rated user. They are moved by triggers and not by the statements that rate, because ratings also go by
-- cascade, when a user or a conversation is deleted, and no statement of ours is there then. A trigger sees each row that
-- really came or went, and adds to the counts in the row that every racer locks.

create function exchange.skill_key(skill text)
returns text
language sql
immutable
strict
parallel safe
return case
  -- Most skills are plain words, for which the rest changes nothing but takes ten times as long.
  when skill collate "C" ~ '^[!-~]+( [!-~]+)*$' then upper(skill collate "C") collate "und-x-icu"
  else normalize(
    exchange.fold_case(
      btrim(
        regexp_replace(
          regexp_replace(
            normalize(skill, nfkc) collate "und-x-icu",
            '[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF]',
            '',
            'g'
          ),
          '[[:space:][:cntrl:]]+',
          ' ',
          'g'
        )
      )
    ),
    nfkc
  )
end;

comment on function exchange.skill_key(text)
is 'the form in which skills are compared: as Unicode''s compatibility caseless match, white space as single spaces';

-- In PL/pgSQL: a query over the array takes four times as long, for each row that is written.
create function exchange.skill_keys(skills text[])
returns text[]
language plpgsql
immutable
strict
parallel safe
as $$
declare
  skill text;
  key text;
  keys text[] := '{}';
begin
  foreach skill in array skills loop
    key := exchange.skill_key(skill);
    if array_position(keys, key) is null then
      keys := keys || key;
      -- More are refused by the constraints on the keys; to find them all would take time with their square.
      exit when cardinality(keys) > 100;
    end if;
  end loop;
  return keys;
end;
$$;

comment on function exchange.skill_keys(text[]) is 'the keys of skills, each once, in their order; of more than 101, which no row may have, the first 101';

create function exchange.distinct_skills(skills text[])
returns text[]
language sql
immutable
strict
parallel safe
begin atomic
  select coalesce(array_agg(first_of.skill order by first_of.place), '{}')
  from (
    select distinct on (exchange.skill_key(given.skill))
      given.place,
      -- White space and what has no width is cut off at both ends; each run of white space inside becomes a space.
      regexp_replace(
        regexp_replace(
          given.skill collate "und-x-icu",
          '^[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]+'
          '|[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]+$',
          '',
          'g'
        ),
        '[[:space:][:cntrl:]]+',
        ' ',
        'g'
      ) as skill
    from unnest(skills) with ordinality as given (skill, place)
    order by exchange.skill_key(given.skill), given.place
  ) as first_of;
end;

comment on function exchange.distinct_skills(text[])
is 'skills as they are stored: trimmed, in their order, of several with one key the first as it was typed';

create function exchange.are_skills(skills text[])
returns boolean
language plpgsql
immutable
strict
parallel safe
as $$
declare
  skill text;
begin
  if array_ndims(skills) > 1 then
    return false;
  end if;
  foreach skill in array skills loop
    if skill is null or char_length(skill) > 50 or exchange.visible(skill) = '' then
      return false;
    end if;
  end loop;
  return true;
end;
$$;

comment on function exchange.are_skills(text[]) is 'whether none of the skills is null, blank or longer than 50 characters';

-- After the statement, so that many ratings at once cost one look at each user, in the order of their ids: two callers
-- do not wait for each other in a circle.
create function exchange.count_ratings()
returns trigger
language plpgsql
as $$
begin
  if tg_op <> 'DELETE' then
    insert into exchange.reputations (user_id, stars_1, stars_2, stars_3, stars_4, stars_5)
    select
      came.rated_id,
      count(*) filter (where came.stars = 1),
      count(*) filter (where came.stars = 2),
      count(*) filter (where came.stars = 3),
      count(*) filter (where came.stars = 4),
      count(*) filter (where came.stars = 5)
    from came
    group by came.rated_id
    order by came.rated_id
    on conflict (user_id) do update
      set
        stars_1 = reputations.stars_1 + excluded.stars_1,
        stars_2 = reputations.stars_2 + excluded.stars_2,
        stars_3 = reputations.stars_3 + excluded.stars_3,
        stars_4 = reputations.stars_4 + excluded.stars_4,
        stars_5 = reputations.stars_5 + excluded.stars_5;
  end if;
  if tg_op <> 'INSERT' then
    perform
    from exchange.reputations
    where reputations.user_id in (select went.rated_id from went)
    order by reputations.user_id
    for no key update;
    -- No insert here: a user who is being deleted may have no row any more.
    update exchange.reputations
    set
      stars_1 = reputations.stars_1 - counted.stars_1,
      stars_2 = reputations.stars_2 - counted.stars_2,
      stars_3 = reputations.stars_3 - counted.stars_3,
      stars_4 = reputations.stars_4 - counted.stars_4,
      stars_5 = reputations.stars_5 - counted.stars_5
    from (
      select
        went.rated_id,
        count(*) filter (where went.stars = 1) as stars_1,
        count(*) filter (where went.stars = 2) as stars_2,
        count(*) filter (where went.stars = 3) as stars_3,
        count(*) filter (where went.stars = 4) as stars_4,
        count(*) filter (where went.stars = 5) as stars_5
      from went
      group by went.rated_id
    ) as counted
    where reputations.user_id = counted.rated_id;
  end if;
  return null;
end;
$$;

comment on function exchange.count_ratings()
is 'for "after" triggers on ratings: moves the counts of those whose ratings came or went';

-- list_teachers walks along the scores, and must meet everybody who teaches there.
create function exchange.start_reputations()
returns trigger
language plpgsql
as $$
begin
  insert into exchange.reputations (user_id)
  select came.user_id
  from came
  order by came.user_id
  on conflict (user_id) do nothing;
  return null;
end;
$$;

comment on function exchange.start_reputations()
is 'for an "after insert" trigger on skill_sets: everybody with a skill set has a reputation, at first without ratings';

create table exchange.skill_sets (
  user_id bigint not null,
  availability text,
  learning_style text,
  skills_to_offer text[] not null default '{}',
  skills_to_learn text[] not null default '{}',
  offer_keys text[] not null generated always as (exchange.skill_keys(skills_to_offer)) stored,
  learn_keys text[] not null generated always as (exchange.skill_keys(skills_to_learn)) stored,
  updated_at timestamptz not null default now(),
  constraint skill_sets_pkey primary key (user_id),
  constraint skill_sets_user_id_fkey foreign key (user_id) references exchange.users (id) on delete cascade,
  constraint skill_sets_availability_check check (char_length(availability) <= 255),
  constraint skill_sets_learning_style_check check (char_length(learning_style) <= 255),
  constraint skill_sets_skills_to_offer_check check (exchange.are_skills(skills_to_offer)),
  constraint skill_sets_skills_to_learn_check check (exchange.are_skills(skills_to_learn)),
  constraint skill_sets_offer_keys_check check (
    cardinality(offer_keys) = cardinality(skills_to_offer) and cardinality(offer_keys) <= 100
  ),
  constraint skill_sets_learn_keys_check check (
    cardinality(learn_keys) = cardinality(skills_to_learn) and cardinality(learn_keys) <= 100
  )
);

comment on table exchange.skill_sets is 'what a user can teach and wants to learn; at most one for each user';
comment on column exchange.skill_sets.availability is 'when the user has time to learn or to teach, in their own words';
comment on column exchange.skill_sets.learning_style is 'how the user likes to learn, in their own words';
comment on column exchange.skill_sets.skills_to_offer is 'what the user can teach, as typed, in the user''s order';
comment on column exchange.skill_sets.skills_to_learn is 'what the user wants to learn, as typed, in the user''s order';
comment on column exchange.skill_sets.offer_keys is 'what skills_to_offer is found by: the key of each, in the same order';
comment on column exchange.skill_sets.learn_keys is 'what skills_to_learn is found by: the key of each, in the same order';
comment on column exchange.skill_sets.updated_at is 'moves by itself on every update of the row';

comment on constraint skill_sets_pkey on exchange.skill_sets is 'the user already has a skill set';
comment on constraint skill_sets_user_id_fkey on exchange.skill_sets is 'the user does not exist';
comment on constraint skill_sets_availability_check on exchange.skill_sets is 'an availability has at most 255 characters';
comment on constraint skill_sets_learning_style_check on exchange.skill_sets
is 'a learning style has at most 255 characters';
comment on constraint skill_sets_skills_to_offer_check on exchange.skill_sets
is 'a skill to offer is not blank and has at most 50 characters';
comment on constraint skill_sets_skills_to_learn_check on exchange.skill_sets
is 'a skill to learn is not blank and has at most 50 characters';
comment on constraint skill_sets_offer_keys_check on exchange.skill_sets
is 'at most 100 skills are offered, each of them once';
comment on constraint skill_sets_learn_keys_check on exchange.skill_sets
is 'at most 100 skills are to be learnt, each of them once';

-- One index for both: partners are those who meet a condition on each, and GIN then skips through the longer of two
-- lists. Without the pending list, which would make searches slower from time to time instead of writes always a little.
create index skill_sets_offer_keys_idx on exchange.skill_sets using gin (offer_keys, learn_keys)
with (fastupdate = false);

comment on index exchange.skill_sets_offer_keys_idx
is 'list_partners; list_teachers, list_nearest_teachers: the teachers of a skill that few offer';

create trigger skill_sets_touch_updated_at
before update on exchange.skill_sets
for each row
execute function exchange.touch_updated_at();

create table exchange.ratings (
  id bigint generated always as identity,
  rater_id bigint not null,
  rated_id bigint not null,
  conversation_id bigint not null,
  -- squawk-ignore prefer-bigint-over-int -- 5 at most
  stars integer not null,
  comment text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ratings_pkey primary key (id),
  constraint ratings_conversation_id_rater_id_key unique (conversation_id, rater_id),
  constraint ratings_conversation_id_rater_id_fkey
  foreign key (conversation_id, rater_id)
  references exchange.participants (conversation_id, user_id) on delete cascade,
  constraint ratings_conversation_id_rated_id_fkey
  foreign key (conversation_id, rated_id)
  references exchange.participants (conversation_id, user_id) on delete cascade,
  constraint ratings_rated_id_check check (rated_id <> rater_id),
  constraint ratings_stars_check check (stars between 1 and 5)
);

comment on table exchange.ratings
is 'how users rate those with whom they are in a conversation, once for each conversation';
comment on column exchange.ratings.rater_id is 'who rates';
comment on column exchange.ratings.rated_id is 'who is rated: the other user of the conversation';
comment on column exchange.ratings.stars is '1, the worst, to 5, the best';
comment on column exchange.ratings.updated_at is 'moves by itself on every update of the row';

comment on constraint ratings_pkey on exchange.ratings is 'a rating with this id already exists';
comment on constraint ratings_conversation_id_rater_id_key on exchange.ratings
is 'the user has rated the other one of this conversation already';
comment on constraint ratings_conversation_id_rater_id_fkey on exchange.ratings
is 'there is no such conversation, or the user who rates is not in it';
comment on constraint ratings_conversation_id_rated_id_fkey on exchange.ratings
is 'there is no such conversation, or the user who is rated is not in it';
comment on constraint ratings_rated_id_check on exchange.ratings is 'nobody rates themselves';
comment on constraint ratings_stars_check on exchange.ratings is 'a rating has 1 to 5 stars';

create index ratings_conversation_id_rated_id_idx on exchange.ratings (conversation_id, rated_id);

comment on index exchange.ratings_conversation_id_rated_id_idx is 'delete_user: the foreign key''s look-up';

create index ratings_rated_id_idx on exchange.ratings (rated_id, id);

comment on index exchange.ratings_rated_id_idx is 'list_ratings_received, newest first';

create index ratings_rater_id_idx on exchange.ratings (rater_id, id);

comment on index exchange.ratings_rater_id_idx is 'list_ratings_given, newest first';

create trigger ratings_touch_updated_at
before update on exchange.ratings
for each row
execute function exchange.touch_updated_at();

-- The score is the mean of a user's stars with one more rating of each number of stars, 1 to 5, added: the expected
-- rating under a uniform prior (J. Kun, "Bayesian Ranking for Rated Items", jeremykun.com, 2017).
-- So one rating of five stars does not beat twenty that are nearly as good, and newcomers stand in the middle.
create table exchange.reputations (
  user_id bigint not null,
  stars_1 bigint not null default 0,
  stars_2 bigint not null default 0,
  stars_3 bigint not null default 0,
  stars_4 bigint not null default 0,
  stars_5 bigint not null default 0,
  rating_count bigint not null generated always as (stars_1 + stars_2 + stars_3 + stars_4 + stars_5) stored,
  average double precision generated always as (
    (stars_1 + 2 * stars_2 + 3 * stars_3 + 4 * stars_4 + 5 * stars_5)::double precision
    / nullif(stars_1 + stars_2 + stars_3 + stars_4 + stars_5, 0)
  ) stored,
  score double precision not null generated always as (
    (15 + stars_1 + 2 * stars_2 + 3 * stars_3 + 4 * stars_4 + 5 * stars_5)::double precision
    / (5 + stars_1 + stars_2 + stars_3 + stars_4 + stars_5)
  ) stored,
  constraint reputations_pkey primary key (user_id),
  constraint reputations_user_id_fkey foreign key (user_id) references exchange.users (id) on delete cascade,
  constraint reputations_rating_count_check check (least(stars_1, stars_2, stars_3, stars_4, stars_5) >= 0)
);

comment on table exchange.reputations
is 'how many ratings of each number of stars a user has; for everybody with a rating or a skill set, kept by triggers';
comment on column exchange.reputations.rating_count is 'how many ratings in all';
comment on column exchange.reputations.average is 'the mean of the stars; null: no ratings';
comment on column exchange.reputations.score
is 'what users are ranked by: the mean of the stars with one rating of each number of stars added; 3 without ratings';

comment on constraint reputations_pkey on exchange.reputations is 'the user has a reputation already';
comment on constraint reputations_user_id_fkey on exchange.reputations is 'the user does not exist';
comment on constraint reputations_rating_count_check on exchange.reputations is 'nobody has less than no ratings';

create index reputations_score_idx on exchange.reputations (score desc, user_id desc);

comment on index exchange.reputations_score_idx is 'list_teachers: the best-rated of a skill that many offer';

create trigger ratings_count_inserted
after insert on exchange.ratings
referencing new table as came
for each statement
execute function exchange.count_ratings();

create trigger ratings_count_updated
after update on exchange.ratings
referencing old table as went new table as came
for each statement
execute function exchange.count_ratings();

create trigger ratings_count_deleted
after delete on exchange.ratings
referencing old table as went
for each statement
execute function exchange.count_ratings();

create trigger skill_sets_start_reputations
after insert on exchange.skill_sets
referencing new table as came
for each statement
execute function exchange.start_reputations();
