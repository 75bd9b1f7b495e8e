-- Everything of ours lives in one schema, so that it shares a database with a host application without a clash
-- of names. Later migrations and queries build on the pieces made here: PostGIS, one rule for "the same without
-- regard to case", one for "blank", and one trigger function that keeps updated_at true.

create schema exchange;

comment on schema exchange is 'people and what they exchange: accounts, profiles, places';

-- Only a superuser may install PostGIS. Where it is installed already this does nothing and needs no such
-- right.
create extension if not exists postgis with schema public;

-- lower() alone tells apart what people take for one word: straße and STRASSE, ς and σ, ı and I. Lower, then
-- upper, gives one result for a text, its lower, its upper and its case-folded form, for every letter of
-- Unicode.
-- The collation is named so that the result does not depend on the locale of the database.
create function exchange.fold_case(value text)
returns text
language sql
immutable
strict
parallel safe
return upper(lower(value collate "und-x-icu"));

comment on function exchange.fold_case(text)
is 'the form in which texts are compared without regard to case; for comparing, not for showing';

-- The classes know white space and control characters of all scripts, but not what has no width: soft hyphen,
-- zero-width space and joiners, marks of direction, byte-order mark.
create function exchange.visible(value text)
returns text
language sql
immutable
strict
parallel safe
return regexp_replace(
  value collate "und-x-icu",
  '[[:space:][:cntrl:]\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]',
  '',
  'g'
);

comment on function exchange.visible(text)
is 'what a text shows: the text without white space, control characters and characters of no width';

-- clock_timestamp() and not now(): two updates in one transaction move the time twice, and a transaction that
-- began early but waited for the row does not turn the time back.
create function exchange.touch_updated_at()
returns trigger
language plpgsql
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function exchange.touch_updated_at()
is 'for a "before update" trigger: sets updated_at of the new row to the present moment';
