"""Queries and what their columns are: ``n`` is never NULL, ``m`` may be. One letter for each column."""

SCHEMA = """
create schema host;
create type host.state as enum ('open', 'done');
create domain host.label as text check (value <> '-');
create domain host.code as text not null;
create type host.pair as (x int, y int);
create table host.person (
  id int primary key, name text not null, nick text, age int, boss_id int, tags text[], born date,
  checked text check (checked is not null), loose text check (loose <> ''), label host.label, code host.code,
  double_age int generated always as (age * 2) stored, upper_name text generated always as (upper(name)) stored
);
create table host.task (
  id int primary key, person_id int, title text not null, state host.state not null, points int, note jsonb,
  due timestamptz, made timestamptz default now(), rank int default 0, unique (person_id, title)
);
create table host.part (id int not null, k text, v int not null) partition by list (k);
create table host.part_a partition of host.part for values in ('a');
create table host.part_rest partition of host.part default;
create table host.old (id int primary key, v int not null);
create table host.old_child () inherits (host.old);
alter table host.old_child alter column v drop not null;
create table host.watched (id int primary key, a text, b text);
create function host.touch() returns trigger language plpgsql as $$
begin if new.id = 98 then return null; end if; new.a := null; return new; end $$;
create trigger touch before insert or update on host.watched for each row execute function host.touch();
create view host.seen as select id, a from host.watched where a is not null;
create trigger touch instead of insert on host.seen for each row execute function host.touch();
create foreign data wrapper nothing;
create server nowhere foreign data wrapper nothing;
create foreign table host.far (id int not null) server nowhere;
create collation host.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table host.coin (code varchar primary key, mark text, gone date);
create unique index on host.coin (mark) where mark is not null and gone is null;
create view host.totals as select count(*) as n from host.task;
create view host.busy as
select person.id, person.name, person.nick, task.id as task_id, task.title, task.points
from host.person left join host.task on task.person_id = person.id;
create view host.doing as select * from host.busy where task_id is not null;
create materialized view host.kept as select id, name from host.person;
create function host.twice(i int) returns int language sql immutable strict begin atomic select i * 2; end;
create function host.guess(i int) returns int language plpgsql as $$ begin return null; end $$;
create function host.maybe(i int, j int default null) returns int language sql strict begin atomic select 1; end;
create function host.nothing() returns void language sql begin atomic select 1; end;
create function host.differ(a int, b int) returns int language sql begin atomic select a; end;
create function host.pairs() returns setof host.pair language sql begin atomic select row(null, 1)::host.pair; end;
create table host.gap (gone int not null, a int, b int not null);
alter table host.gap drop column gone;
create table host.ruled (id int primary key, v int);
create rule also as on update to host.ruled do also delete from host.gap;
create function host.gaps() returns setof host.gap language sql begin atomic select gap.a, gap.b from host.gap; end;
create function host.names() returns table (id int, nick text) language sql stable
begin atomic select person.id, person.nick from host.person; end;
create function host.one_pair() returns host.pair language sql begin atomic select 1, null::int; end;
create function host.same(a int, b int) returns boolean language sql
begin atomic select a is not distinct from b; end;
create operator host.=== (leftarg = int, rightarg = int, function = host.same);
create operator host.+ (leftarg = int, rightarg = int, function = generate_series);
create aggregate host.count (int) (sfunc = int4larger, stype = int);
"""

FILLINGS = (
    "truncate host.person, host.task, host.part, host.old, host.watched",
    """insert into host.person (id, name, checked, code) values (1, '', '', '');
       insert into host.task (id, title, state) values (1, '', 'open'), (2, 'x', 'done')""",
    """insert into host.person (id, name, nick, age, boss_id, tags, born, checked, loose, label, code)
       values (2, 'b', 'x', 5, 1, '{a,null}', 'infinity', 'c', 'l', 'm', (select code from host.person where false)),
              (3, 'c', null, null, 2, '{}', '2020-01-01', 'c', null, null, 'k');
       insert into host.task values (3, 2, 't', 'open', null, '{}', 'infinity', null, null),
                                    (4, 2, 'u', 'open', 1, 'null', '2020-01-01', now(), 0),
                                    (5, 9, 'v', 'done', 2, null, null, now(), 0);
       insert into host.part values (1, 'a', 1), (2, null, 2), (3, 'z', 3);
       insert into host.old values (1, 1); insert into host.old_child values (1, null);
       insert into host.watched values (1, 'a', 'b');
       insert into host.coin values ('EUR', 'x', null), ('DEM', 'x', '2001-12-31')""",
    "truncate host.task; insert into host.gap values (null, 1)",
    "insert into host.task (id, person_id, title, state, points) values (1, 1, 'a', 'open', 0), "
    "(2, 3, 'b', 'done', 1), (3, 1, 'A', 'open', 2); "
    "insert into host.person (id, name, nick, age, checked, code) "
    "values (4, 'd', null, 5, '', ''), (5, 'e', 'x', null, '', '')",
)
"""Rows that make NULL of whatever can be: applied one after the other, every query runs after each."""

CORPUS: list[tuple[str, str]] = [
    # columns, constants, parameters
    ("select id, name, nick, age from host.person", "nnmm"),
    ("select checked, loose, label, code from host.person", "nmmm"),
    ("select double_age, upper_name from host.person", "mn"),
    ("select 1, null, 'x', null::int", "nmnm"),
    ("select ctid, tableoid, person from host.person", "nnn"),
    ("select person.* from host.person", "nnmmmmmnmmmmn"),
    ("select id, k, v from host.part", "nmn"),
    ("select id, v from host.old", "nm"),
    ("select id, v from only host.old", "nn"),
    ("select id, name from host.kept", "mm"),
    ("select id from host.far", "m"),
    ("select id from host.person tablesample system (100)", "n"),
    ("select id, name from host.person for update", "nn"),
    ("select distinct on (name) name, nick from host.person order by name, id", "nm"),
    ("select current_date, now(), current_user, localtimestamp, current_schema", "nnnnm"),
    # joins
    ("select p.id, t.id from host.person p join host.task t on t.person_id = p.id", "nn"),
    ("select p.id, t.id, t.title from host.person p left join host.task t on t.person_id = p.id", "nmm"),
    ("select p.id, t.id from host.person p right join host.task t on t.person_id = p.id", "mn"),
    ("select p.id, t.id from host.person p full join host.task t on t.person_id = p.id", "mm"),
    ("select p.id, t.id from host.person p cross join host.task t", "nn"),
    ("select coalesce(p.id, t.id) from host.person p full join host.task t on t.person_id = p.id", "n"),
    ("select coalesce(p.name, t.title) from host.person p full join host.task t on t.person_id = p.id", "n"),
    ("select coalesce(p.nick, t.title) from host.person p full join host.task t on t.person_id = p.id", "m"),
    ("select id from host.person full join host.task using (id)", "n"),
    ("select id, name, title from host.person left join host.task using (id)", "nnm"),
    ("select id, name, title from host.person right join host.task using (id)", "nmn"),
    (
        "select p.x, x from (select age as x from host.person) p left join (select id::bigint as x from host.task) t "
        "using (x) where x > 1",
        "nn",
    ),
    (
        "select j.title from host.person p left join (host.task t join host.person b on b.id = t.points) as j on false "
        "where j::text is not null",
        "m",
    ),
    (
        "select t.title from host.person p left join (host.task t join host.person b on b.id = t.points) on b.id = 1 "
        "where t::text is not null",
        "n",
    ),
    (
        "select b.boss_id from host.person p left join "
        "(host.task t left join host.person b on b.boss_id is not distinct from t.id) on true where b.id > 0",
        "n",
    ),
    ("select j from (host.person p join host.task t on true) as j", "m"),
    ("select x.id from (host.person full join host.task using (id)) as x", "n"),
    ("select t.person_id, p.id from host.task t join host.person p on p.id = t.person_id", "nn"),
    ("select t.person_id, p.id from host.task t left join host.person p on p.id = t.person_id", "mm"),
    ("select p.nick from host.person p join host.task t on t.title = p.nick", "n"),
    ("select p.nick from host.person p left join host.task t on t.title = p.nick", "m"),
    (
        "select p.id, t.id, b.id from host.person p left join host.task t on t.person_id = p.id "
        "left join host.person b on b.id = p.boss_id",
        "nmm",
    ),
    (
        "select p.id, t.id, b.id from host.person p left join (host.task t join host.person b on b.id = t.points) "
        "on t.person_id = p.id",
        "nmm",
    ),
    (
        "select p.id, t.id, b.id from host.person p left join host.task t on t.person_id = p.id "
        "join host.person b on b.id = t.points",
        "nnn",
    ),
    ("select p.id, t.id from host.person p left join host.task t on t.person_id = p.id where t.id > 0", "nn"),
    ("select p.id, t.points from host.person p left join host.task t on t.person_id = p.id where t.title = 'x'", "nm"),
    (
        "select p.id, t.person_id from host.person p left join host.task t on t.person_id = p.id where t.title = 'x'",
        "nn",
    ),
    ("select p.id, t.id from host.person p left join host.task t on t.person_id = p.id where t.id is null", "nm"),
    ("select p.id, t.id from host.person p left join host.task t on t.person_id = p.id and t.id is not null", "nm"),
    ("select p.id, t.id from host.person p full join host.task t on t.person_id = p.id where p.id > 0", "nm"),
    (
        "select p.id, t.id from host.person p full join host.task t on t.person_id = p.id where p.id > 0 and t.id > 0",
        "nn",
    ),
    (
        "select t.id, t.title from host.person p left join host.task t on t.person_id = p.id "
        "where t.id = 1 or t.title = 'x'",
        "nn",
    ),
    ("select t.id from host.person p left join host.task t on t.person_id = p.id where t.id = 1 or p.id = 1", "m"),
    ("select l.n from host.person p cross join lateral (select p.id as n) l", "n"),
    (
        "select l.c from host.person p left join lateral (select count(*) as c from host.task t "
        "where t.person_id = p.id) l on true",
        "n",
    ),
    (
        "select l.c from host.person p cross join lateral (select count(*) as c from host.task t "
        "where t.person_id = p.id) l",
        "n",
    ),
    (
        "select l.m from host.person p cross join lateral (select max(t.id) as m from host.task t "
        "where t.person_id = p.id) l",
        "m",
    ),
    (
        "select l.title from host.person p left join lateral (select t.title from host.task t "
        "where t.person_id = p.id limit 1) l on true",
        "m",
    ),
    (
        "select l.title from host.person p join lateral (select t.title from host.task t "
        "where t.person_id = p.id limit 1) l on true",
        "n",
    ),
    (
        "select a.id, b.id, c.id from host.person a left join host.person b on b.id = a.boss_id "
        "left join host.person c on c.id = b.boss_id where c.id = 1",
        "nnn",
    ),
    (
        "select a.id, b.id, b.boss_id, c.id from host.person a left join host.person b on b.id = a.boss_id "
        "left join host.person c on c.id = b.boss_id where c.name = 'x'",
        "nnnn",
    ),
    # where
    ("select nick from host.person where nick is not null", "n"),
    ("select nick from host.person where nick = 'x'", "n"),
    ("select nick, age from host.person where nick = 'x' and age > 1", "nn"),
    ("select nick, age from host.person where nick = 'x' or age > 1", "mm"),
    ("select nick from host.person where nick = 'x' or nick like 'y%'", "n"),
    ("select nick from host.person where nick in ('a', 'b')", "n"),
    ("select nick from host.person where nick not in ('a', 'b')", "n"),
    ("select nick from host.person where nick = any (array['a', null])", "n"),
    ("select nick from host.person where nick <> all ('{}'::text[])", "m"),
    ("select age from host.person where age operator(host.===) any (array[null::int])", "m"),
    ("select tags from host.person where tags[1] = 'a'", "n"),
    ("select tags from host.person where (nick = any (tags)) is not null", "n"),
    ("select age from host.person where age between 1 and 5", "n"),
    ("select age from host.person where not (age > 1)", "n"),
    ("select age from host.person where not (age is null)", "n"),
    ("select nick from host.person where not (nick is null or false)", "n"),
    ("select age from host.person where not (age > 1 and true)", "n"),
    ("select age from host.person where (not (age is not null)) is not true", "n"),
    ("select age from host.person where (not (age is null)) is not false", "n"),
    ("select age from host.person where (age is null or null) is not true", "n"),
    ("select age from host.person where (age is null and true) is not true", "n"),
    ("select age from host.person where (age is not null and id > 0) is not false", "n"),
    ("select age from host.person where not ((age > 1) is not true)", "n"),
    ("select age from host.person where not (not (age > 1))", "n"),
    ("select age from host.person where (age is null) is false", "n"),
    ("select age from host.person where case when age is null then false else true end", "n"),
    ("select age from host.person where (age is not null or false) is not false", "n"),
    ("select age from host.person where (not (age > 1)) is not null", "n"),
    ("select age from host.person where (age > 1) is true", "n"),
    ("select age from host.person where (age > 1) is not true", "m"),
    ("select age from host.person where (age > 1) is not null", "n"),
    ("select age from host.person where (age > 1) is unknown", "m"),
    ("select age from host.person where (age > 1) is not unknown", "n"),
    ("select age from host.person where age is distinct from 3", "m"),
    ("select age from host.person where age is not distinct from 3", "n"),
    ("select age from host.person where age is not distinct from boss_id", "m"),
    ("select age from host.person where coalesce(age, 0) > 1", "m"),
    ("select age from host.person where coalesce(age > 1, false)", "n"),
    ("select nick from host.person where lower(nick) = 'x'", "n"),
    ("select lower(nick) from host.person where lower(nick) = 'x'", "n"),
    ("select nullif(nick, '') from host.person where nullif(nick, '') is not null", "n"),
    ("select host.guess(id) from host.person where host.guess(id) is not null", "m"),
    ("select boss_id from host.person p where exists (select from host.person b where b.id = p.boss_id)", "n"),
    ("select boss_id from host.person p where not exists (select from host.person b where b.id = p.boss_id)", "m"),
    ("select age from host.person p where exists (select from host.task t where t.points = p.age having true)", "m"),
    ("select age from host.person p where exists (select count(*) from host.task t where t.points = p.age)", "m"),
    ("select boss_id from host.person where boss_id in (select id from host.person)", "n"),
    ("select boss_id from host.person where boss_id not in (select id from host.person where false)", "m"),
    ("select age from host.person where (select age is not null)", "m"),
    ("select age from host.person p where age = (select max(points) from host.task)", "n"),
    ("select nick, age from host.person where (nick, age) = ('a', 1)", "nn"),
    ("select nick, age from host.person where row(nick, age) is not null", "nn"),
    ("select nick, age from host.person where not (row(nick, age) is null)", "mm"),
    ("select nick, age from host.person where row(nick, age) is null", "mm"),
    ("select case when row(nick, age) is null then null else 1 end from host.person", "m"),
    ("select case when p is null then null else 1 end from host.person as p", "m"),
    ("select case when nick is null then 'x' else nick end from host.person", "n"),
    # expressions
    ("select coalesce(nick, ''), coalesce(nick, loose) from host.person", "nm"),
    ("select case when age > 1 then 'a' end, case when age > 1 then 'a' else 'b' end from host.person", "mn"),
    ("select case when nick is not null then nick else name end from host.person", "n"),
    ("select case when nick is not null and age > 1 then nick else name end from host.person", "n"),
    ("select case when nick is not null or age > 1 then nick else name end from host.person", "m"),
    ("select case nick when 'a' then nick else 'b' end from host.person", "n"),
    ("select case when false then null else 'x' end", "n"),
    ("select case id when 1 then 'a' when 2 then nick else 'c' end from host.person", "m"),
    ("select nullif(id, 1), nullif(1, 2) from host.person", "mm"),
    ("select greatest(age, 1), least(age, boss_id) from host.person", "nm"),
    ("select age is null, age is not null, age is distinct from 1, (age > 1) is true from host.person", "nnnn"),
    ("select age > 1, id > 1, not (age > 1) from host.person", "mnm"),
    ("select id > 1 and age > 1, id > 1 or age > 1 from host.person", "mm"),
    ("select age is not null and age > 1, age is null or age > 1 from host.person", "nn"),
    ("select row(age, 1), array[age], array[age, 1] from host.person", "nnn"),
    ("select tags[1], tags[1:2], (array[1, 2])[1] from host.person", "mmn"),
    ("select (row(id, age)::host.pair).x from host.person", "n"),
    ("select (s.pair).x from (select row(age, 1)::host.pair as pair from host.person) s", "m"),
    ("select old_child::host.old from host.old_child", "m"),
    ("select name::host.code from host.person", "n"),
    ("select (id, age) = (select 1, 2) from host.person", "m"),
    ("select 1 operator(host.+) 2, 1 operator(host.+) 3", "mm"),
    ("select xmlelement(name a, nick), xmlpi(name a), xmlpi(name a, nick), xmlforest(nick) from host.person", "nnmm"),
    ("select id + 1, age + 1, name || 'x', nick || 'x', -id from host.person", "nmnmn"),
    ("select id in (1, 2), age in (1, 2), id in (1, null) from host.person", "nmm"),
    ("select id = any (array[1, 2]), id = any (tags::int[]) from host.person where false", "nm"),
    ("select name like 'a%', name ~ 'x', name ilike nick from host.person", "nnm"),
    ("select id::text, age::text, name::host.label, '5'::int from host.person", "nmnn"),
    ("select born + 1, due - now() from host.person left join host.task using (id)", "mm"),
    ('select $$x$$ collate "C", 1 = 1, true and null, false or true', "nnmn"),
    # functions
    ("select lower(name), upper(nick), length(name), trim(name), md5(name) from host.person", "nmnnn"),
    ("select substring(name from 1 for 2), substring(name from 'x'), left(name, 2) from host.person", "nmn"),
    (
        "select regexp_match(name, 'x'), regexp_replace(name, 'x', 'y'), split_part(name, ',', 2) from host.person",
        "mnn",
    ),
    (
        "select concat(nick, age), concat_ws(',', nick), concat_ws(nick, 'a'), format('%s', nick) from host.person",
        "nnmn",
    ),
    ("select array_length(array[1], 1), cardinality(array[1]), array_position(array[1], 1)", "mnm"),
    ("select concat(variadic array['a', nick]), concat(variadic tags) from host.person", "nm"),
    ("select array_cat(tags, '{}'), array_cat(tags, tags) from host.person", "nm"),
    (
        "select array_append(null::int[], null), array[1] || 2, null::int[] || array[1], null::int[] || null::int[]",
        "nnnm",
    ),
    (
        "select extract(year from due), extract(month from due), date_trunc('day', due) from host.task "
        "where due is not null",
        "nmn",
    ),
    ("select to_char(due, 'YYYY'), to_char(1, '9') from host.task where due is not null", "mn"),
    ("select to_char(now(), 'YYYY'), to_char(now(), ''), extract(dow from current_date)", "nmn"),
    ("select to_char(date_trunc('day', due), 'D') from host.task where due is not null", "m"),
    (
        "select date_part('day', now()), to_char(current_date, 'D'), to_char(least(due, now()), 'D') from host.task",
        "nnm",
    ),
    (
        "select jsonb_build_object('a', nick), to_jsonb(name), to_jsonb(nick), jsonb_build_array() from host.person",
        "nnmn",
    ),
    (
        "select note -> 'a', note ->> 'a', note #> '{a}', note @> '{}', note || '{}' from host.task "
        "where note is not null",
        "mmmnn",
    ),
    ("select json_build_object('a', 1) -> 'a', jsonb_typeof('1')", "mn"),
    ("select abs(id), round(1.5), sqrt(4.0), random(), gen_random_uuid() from host.person", "nnnnn"),
    ("select current_setting('search_path'), current_setting('host.none', true), pg_typeof(null)", "nmn"),
    ("select num_nulls(nick), quote_nullable(nick), quote_literal(nick) from host.person", "nnm"),
    ("select int4range(1, null), lower(int4range(1, null)), isempty(int4range(1, 2))", "nmn"),
    ("select host.twice(id), host.twice(age), host.guess(id) from host.person", "nmm"),
    ("select age(now(), now()), make_date(2020, 1, 1), now() at time zone 'UTC'", "nnn"),
    ("select overlay('abc' placing 'x' from 1), position('a' in 'b'), 'a' similar to 'b'", "nnn"),
    # aggregates
    ("select count(*), count(nick), sum(id), max(id), array_agg(id) from host.person", "nnmmm"),
    ("select count(*), sum(id), max(nick), avg(age) from host.person group by id", "nnmm"),
    ("select nick, count(*), array_agg(nick), string_agg(name, ',') from host.person group by nick", "mnnn"),
    ("select sum(id) filter (where id > 1), count(*) filter (where id > 1) from host.person group by name", "mn"),
    ("select stddev(id), var_pop(id), bool_and(id > 1), every(age > 1) from host.person group by name", "mnnm"),
    ("select jsonb_agg(nick), json_agg(id), jsonb_object_agg(name, nick) from host.person group by name", "nnn"),
    ("select jsonb_agg(nick), coalesce(jsonb_agg(id), '[]') from host.person", "mn"),
    ("select max(nick) from host.person where nick is not null group by name", "n"),
    ("select max(nick) from host.person where nick is not null", "m"),
    ("select name, count(*) from host.person group by rollup (name)", "mn"),
    ("select name, id, grouping(name) from host.person group by grouping sets ((name), (name, id))", "nmn"),
    ("select name, nick, sum(id) from host.person group by cube (name, nick)", "mmm"),
    ("select name, sum(id) from host.person group by rollup (name) having name is not null", "nm"),
    ("select upper(name), sum(id) from host.person group by rollup (name)", "mm"),
    ("select name, coalesce(name, 'all') from host.person group by rollup (name)", "mn"),
    ("select nick from host.person group by nick having nick > 'a'", "n"),
    ("select max(nick) from host.person group by name having max(nick) is not null", "n"),
    ("select sum(id) from host.person having count(*) > 0", "n"),
    (
        "select percentile_cont(0.5) within group (order by id), mode() within group (order by nick) "
        "from host.person group by name",
        "nm",
    ),
    ("select max(x) from (values (1), (2)) v (x)", "n"),
    ("select host.count(age) from host.person group by name", "m"),
    ("select sum(c) from (select count(*) as c from host.person) s", "n"),
    (
        "select p.id, count(t.id), max(t.id), array_agg(t.id) from host.person p "
        "left join host.task t on t.person_id = p.id group by p.id",
        "nnmn",
    ),
    ("select p.id, p.name, p.nick from host.person p group by p.id", "nnm"),
    # windows
    (
        "select row_number() over (), rank() over (order by id), ntile(2) over (), count(*) over () from host.person",
        "nnnn",
    ),
    (
        "select lag(id) over (order by id), lag(id, 1, 0) over (order by id), lead(nick, 1, '') over () "
        "from host.person",
        "mnm",
    ),
    (
        "select first_value(id) over (order by id), last_value(due) over (), nth_value(id, 1) over () from host.task",
        "nmm",
    ),
    (
        "select sum(id) over (order by id), sum(id) over (order by id rows between 1 preceding and 1 preceding), "
        "max(id) over (rows between unbounded preceding and current row exclude current row) from host.person",
        "nmm",
    ),
    (
        "select sum(id) over (order by id rows between 1 preceding and 1 following), sum(age) over () from host.person",
        "nm",
    ),
    ("select sum(count(*)) over (), avg(id) filter (where id > 1) over () from host.person group by id", "nm"),
    ("select stddev(id) over (), host.count(age) over () from host.person", "mm"),
    ("select sum(id) over (order by id range between 1 preceding and current row) from host.person", "n"),
    (
        "select sum(1) over (order by d range between '1 month -29 days' preceding and current row) "
        "from (values (timestamp '2021-03-01')) v (d)",
        "m",
    ),
    (
        "select array_agg(nick) over (order by id), first_value(id) over (order by id groups current row) "
        "from host.person",
        "nn",
    ),
    # subqueries
    ("select (select 1), (select id from host.person limit 1), (select count(*) from host.person)", "nmn"),
    ("select (select max(id) from host.person), (select coalesce(max(id), 0) from host.person)", "mn"),
    ("select (select count(*) from host.task t where t.person_id = p.id) from host.person p", "n"),
    ("select (select count(*) from host.task t limit 0), (select 1 offset 1)", "mm"),
    (
        "select (select generate_series(1, 0)), (select d from current_date d), (select 1 from generate_series(1, 0))",
        "mnm",
    ),
    (
        "select (select 1 union all select id from host.person where false), (select 1 intersect select 2), "
        "(select id from host.person where false union select 1)",
        "nmn",
    ),
    (
        "select (select 1 from (select 1) a left join host.task on true limit 1), "
        "(select 1 from host.task right join (select 1) a on true limit 1), "
        "(select 1 from host.task full join (select 1) a on true limit 1), (select n from host.totals), "
        "(select 1 from (select 1) a join (select 2) b on true), "
        "(select 1 from (select 1) a join (select 2) b on false)",
        "nnnnnm",
    ),
    ("select (select count(*) from host.task group by id limit 1), (select count(*) having false)", "mm"),
    ("select exists (select from host.person), array(select nick from host.person)", "nn"),
    ("select id in (select id from host.task), id in (select person_id from host.task) from host.person", "nm"),
    ("select id = all (select id from host.task), age > any (select id from host.task) from host.person", "nm"),
    ("select s.id, s.nick, s.one from (select id, nick, 1 as one from host.person) s", "nmn"),
    ("select s.nick from (select nick from host.person where nick is not null) s", "n"),
    (
        "select s.title from (select p.id, t.id as t, t.title from host.person p "
        "left join host.task t on t.person_id = p.id) s where s.t is not null",
        "n",
    ),
    ("select s from (select 1) s", "n"),
    # set operations, values, with
    ("select id from host.person union select id from host.task", "n"),
    ("select id from host.person union all select points from host.task", "m"),
    ("select age from host.person intersect select id from host.task", "n"),
    ("select age from host.person except select id from host.task", "m"),
    ("select id from host.person except select age from host.person", "n"),
    ("(select id from host.person union select 1) union all select null", "m"),
    ("values (1, 'a'), (2, null)", "nm"),
    ("select v.a, v.b from (values (1, null), (2, 'x')) v (a, b)", "nm"),
    ("with q as (select id, nick from host.person) select a.id, b.nick from q a left join q b on b.id = a.id", "nm"),
    ("with q as (select id, nick from host.person) select id, nick from q where nick = 'a'", "nn"),
    ("with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r", "n"),
    (
        "with recursive r as (select id, boss_id from host.person union select p.id, p.boss_id from r "
        "join host.person p on p.id = r.boss_id) select id, boss_id from r",
        "nm",
    ),
    (
        "with recursive r as (select 1 as a, 2 as b, null::int as c union select b, c, 1 from r) select a, b, c from r",
        "mmm",
    ),
    (
        "with recursive r (n) as (select id from host.person union all select nullif(n, 1) from r where n is null) "
        "select n from r",
        "m",
    ),
    (
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) "
        "search depth first by n set o cycle n set c using p select n, o, c, p from r",
        "nnnn",
    ),
    (
        "with recursive r as (select 1 as n, null::int as m union all select n + 1, m from r where n < 3) "
        "search depth first by n set o select n, m, o from r",
        "nmn",
    ),
    (
        "with recursive r as (select 1 as n, null::int as m union all select n + 1, m from r where n < 3) "
        "cycle n set c to 'x' default null using p select n, m, c, p from r",
        "nmmn",
    ),
    (
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) "
        "search depth first by n set o cycle n set c to 'x' default null using p select n, o, c, p from r",
        "nnmn",
    ),
    ("with q as (select 1) select q from q", "n"),
    # a name is not enough: parts of a subquery, of a grouping set, of an expression written in another way
    ("select id in (select points from host.task) from host.person where id in (select id from host.task)", "m"),
    ("select age from host.person where age <> all (array['{}'::int[]])", "m"),
    ("select upper(name), name from host.person group by rollup (upper(name), name) having upper(name) >= ''", "nm"),
    ("select int8(id), id::int8 + 1 from host.person group by rollup (int8(id))", "mm"),
    ("select (select max(p.nick)), (select count(p.nick)) from host.person p group by name", "mn"),
    ("select '[(0,0)]'::path <-> '[(1,1)]', '[(0,0)]'::path <-> '(1,1)'::point", "mn"),
    ("select id from host.person full join host.task using (id) full join host.part using (id)", "n"),
    # functions in SQL
    ("select host.maybe(1), host.maybe(1, 2), host.nothing(), host.maybe(null, 1)", "mnmm"),
    ("select host.differ(b => 1, a => null), host.differ(b => null, a => 1), make_interval(days => 1)", "mnn"),
    ("select x, y from host.pairs()", "mm"),
    ("select y from host.one_pair()", "m"),
    ("select a, b from host.gaps()", "mn"),
    # functions in from
    ("select g, o from generate_series(1, 2) with ordinality as t (g, o)", "nn"),
    ("select a, b from unnest(array[1, 2], array[1]) as t (a, b)", "mm"),
    ("select a from unnest(array[1, null]) as t (a)", "m"),
    ("select a from unnest(array[1, 2]) as t (a)", "n"),
    ("select a from unnest(array(select name::varchar from host.person)::text[]) as a", "n"),
    ("select a from unnest(array['a'] collate \"C\") as a", "n"),
    ("select a from unnest(array(select due::timestamp from host.task where due is not null)::time[]) as a", "m"),
    ("select a, b from unnest(string_to_array('a', ',')) as a, unnest(string_to_array('a', ',', 'a')) as b", "nm"),
    ("select t.key, t.value from jsonb_each('{\"a\": null}') t", "nn"),
    ("select t.key, t.value from jsonb_each_text('{\"a\": null}') t", "nm"),
    ("select a from jsonb_array_elements_text('[null]') a", "m"),
    ("select x.a from jsonb_to_recordset('[{}]') as x (a int)", "m"),
    (
        "select a, b, o from rows from (generate_series(1, 2), generate_series(1, 3)) with ordinality as t (a, b, o)",
        "mmn",
    ),
    ("select id, nick from host.names()", "nm"),
    ("select p.id, g from host.person p left join generate_series(1, p.age) g on true", "nm"),
    ("select generate_series(1, 2), id from host.person", "nn"),
    ("select generate_series(1, 2), generate_series(1, 3)", "mm"),
    ("select generate_series(1, 2), exists (select generate_series(1, 3))", "nn"),
    ("select unnest(tags) from host.person", "m"),
    ("select d from current_date as d", "n"),
    ("select x.a, x.b from xmltable('/r' passing '<r><a/></r>' columns a for ordinality, b text) x", "nm"),
    ("select x.b from xmltable('/r' passing '<r/>' columns b text default 'a' not null) x", "n"),
    # views
    ("select id, name, nick, task_id, title, points from host.busy", "nnmmmm"),
    ("select id, task_id, title, points from host.busy where task_id = 1", "nnnm"),
    ("select id, task_id, title, points from host.doing", "nnnm"),
    ("select b.id, d.title from host.busy b left join host.doing d on d.id = b.id", "nm"),
]

CHANGES: list[tuple[str, str]] = [
    (
        "insert into host.task (id, title, state) values (99, 'x', 'open') returning id, title, points, made, rank",
        "nnmnn",
    ),
    (
        "insert into host.task (id, title, state, points, made) values (99, 'x', 'open', 1, null) "
        "returning points, made, person_id",
        "nmm",
    ),
    (
        "insert into host.task (id, title, state, points) select 99, 'x', 'open', age from host.person limit 1 "
        "returning points",
        "m",
    ),
    (
        "insert into host.task (id, title, state, points) values (1, 'x', 'open', 1) "
        "on conflict (id) do update set points = excluded.points returning points, due",
        "nm",
    ),
    (
        "insert into host.task (id, title, state, points) values (1, 'x', 'open', 1) "
        "on conflict (id) do update set title = 'y' returning points",
        "m",
    ),
    ("insert into host.watched values (99, 'a', 'b') returning id, a, b", "nmm"),
    ("insert into host.seen values (99, 'a') returning a", "m"),
    ("with i as (insert into host.watched values (98, 'a', 'b') returning id) select (select id from i)", "m"),
    (
        "with i as (insert into host.task (id, title, state) values (98, 'x', 'open') returning id) "
        "select (select id from i)",
        "n",
    ),
    (
        "with i as (insert into host.task (id, title, state) values (1, 'x', 'open') on conflict do nothing "
        "returning id) select (select id from i)",
        "m",
    ),
    ("update host.task set points = 1 returning id, points, due", "nnm"),
    ("update host.task set (points, rank) = (select 1, 2) returning points", "m"),
    ("update host.task set points = null where points = 1 returning points", "m"),
    ("update host.task set rank = 1 where points = 1 returning points", "n"),
    (
        "update host.task t set rank = 1 from host.person p left join host.person b on b.id = p.boss_id "
        "where p.id = t.person_id returning t.person_id, p.id, b.id",
        "nnm",
    ),
    ("update host.watched set b = 'x' where a is not null returning a, b", "mm"),
    ("delete from host.task where points is not null returning id, points, due", "nnm"),
    ("delete from host.task t using host.person p where p.id = t.person_id returning p.nick, t.person_id", "mn"),
    ("with d as (delete from host.task returning id, points) select id, points from d", "nm"),
    (
        "with i as (insert into host.task (id, title, state) values (99, 'x', 'open') returning id, title) "
        "select i.id, p.name from i left join host.person p on p.id = i.id",
        "nm",
    ),
    ("with u as (update host.task set points = 2 returning *) select max(points), count(*) from u", "mn"),
]

ONE_ROW: list[tuple[str, bool]] = [
    ("select name from host.person where id = 1", True),
    ("select name from host.person where id = 1 and nick = 'a'", True),
    ("select name from host.person where id > 1", False),
    ("select name from host.person where 1 = id", True),
    ("select name from host.person where id in (1)", True),
    ("select name from host.person where id in (1, 2)", False),
    ("select name from host.person where id = 1 or id = 2", False),
    ("select name from host.person where name = 'a'", False),
    ("select name from host.person where id = (select max(id) from host.task)", True),
    ("select name from host.person where id = (random() * 5)::int", False),
    ("select title from host.task where person_id = 1 and title = 'a'", True),
    ("select title from host.task where person_id = 1 and title = 'a' collate \"C\"", True),
    ("select title from host.task where person_id = 1 and title = 'a' collate host.blind", False),
    ("select code from host.coin where code = 'EUR'", True),
    ("select code from host.coin where mark = 'x' and gone is null", True),
    ("select code from host.coin where mark = 'x'", False),
    ("select id from host.old where id = 1", False),
    ("select id from only host.old where id = 1", True),
    ("select title from host.task where person_id = 1", False),
    ("select title from host.task where person_id is not distinct from 1 and title = 'a'", False),
    ("select p.id from host.person p left join host.person b on b.id = p.boss_id where p.id = 1", True),
    ("select p.id from host.person p join host.person b on b.id = p.boss_id where p.id = 1", True),
    ("select p.id from host.person p left join host.task t on t.person_id = p.id where p.id = 1", False),
    (
        "select p.id from host.person p left join host.person b on b.id = p.boss_id "
        "left join host.person c on c.id = b.boss_id where p.id = 1",
        True,
    ),
    ("select t.id from host.task t join host.person p on p.id = t.person_id where t.id = 1", True),
    ("select t.id from host.task t join host.person p on p.id = t.person_id where p.id = 1", False),
    ("select p.id from host.person p full join host.task t on t.id = p.id where p.id = 1", False),
    (
        "select a.id from host.person a left join host.person b on b.id = 5 and a.age = 1 "
        "where a.id = coalesce(b.boss_id, 7)",
        False,
    ),
    ("select p.id from host.person p left join host.person b on b.id = 1 and p.id = 1", False),
    ("select count(*) from host.person", True),
    ("select count(*) from host.person group by name", False),
    ("select count(*) from host.person where name = 'a' group by name", True),
    (
        "select count(*) from (select id as x from host.person) p "
        "left join (select id::bigint as x from host.task) t using (x) where x = 1 group by x",
        True,
    ),
    ("select count(*) from host.task where title = 'a' collate host.blind group by title", False),
    ("select distinct title from host.task where title = 'a' collate host.blind", False),
    ("select distinct title from host.task where title = 'a' collate \"C\"", True),
    ("select s.title from (select distinct title from host.task) s where s.title = 'a'", True),
    ("select s.title from (select distinct title from host.task) s where s.title = 'a' collate host.blind", False),
    ("select id from host.person limit 1", True),
    ("select id from host.person fetch first 1 row only", True),
    ("select id from host.person order by age fetch first 1 row with ties", False),
    ("select id from host.person limit 2", False),
    ("select 1", True),
    ("select generate_series(1, 2)", False),
    ("values (1)", True),
    ("values (1), (2)", False),
    ("select 1 union select 2", False),
    ("select id from host.person where id = 1 intersect select id from host.task", True),
    ("select id from host.person where id = 1 except select id from host.task", True),
    ("select s.name from (select id, name from host.person) s where s.id = 1", True),
    ("select s.name from (select id, name from host.person limit 1) s", True),
    ("with q as (select * from host.person) select name from q where id = 1", True),
    ("select name from host.busy where id = 1", False),
    ("select g from generate_series(1, 2) g", False),
    ("select d from current_date d", True),
    ("select 1 from xmltable('/r/b' passing '<r><b/><b/></r>' columns b text path '.') x", False),
    ("select s.name from (select name from host.person group by name) s where s = row('a'::text)", False),
    ("select p.id from host.person p, generate_series(1, 2) where p.id = 1", False),
    (
        "select p.id, l.c from host.person p cross join lateral (select count(*) as c from host.task t "
        "where t.person_id = p.id) l where p.id = 1",
        True,
    ),
    ("select p.id from host.person p, abs(p.boss_id) f (x) where p.id = f.x", False),
    ("select p.id from host.person p, lateral (values (p.boss_id)) f (x) where p.id = f.x", False),
    (
        "select p.id from host.person p cross join lateral (select b.* from host.person b where b.id = p.boss_id) l "
        "where p.id = l.boss_id",
        False,
    ),
    ("select distinct 1 from host.person", True),
    ("select distinct name from host.person", False),
    ("select id from host.part where id = 1", False),
]

CHANGED_ROWS: list[tuple[str, bool]] = [
    ("insert into host.task (id, title, state) values (99, 'x', 'open') returning id", True),
    ("insert into host.task (id, title, state) values (98, 'x', 'open'), (99, 'x', 'open') returning id", False),
    ("insert into host.task (id, title, state) select id + 50, name, 'open' from host.person returning id", False),
    ("update host.task set rank = 1 where id = 1 returning id", True),
    ("update host.task set rank = 1 where rank = 0 returning id", False),
    ("update host.task t set rank = 1 from host.person p where t.id = 1 returning t.id", True),
    ("update host.task t set rank = 1 from host.person p where p.id = 1 and t.person_id = p.id returning t.id", False),
    ("update host.ruled set v = 1 where id = 1 returning 1", False),
    ("delete from host.task where id = 1 returning id", True),
    ("delete from host.task returning id", False),
    (
        "merge into host.task t using (select 1 as id) p on t.id > p.id when matched then update set points = 1",
        False,
    ),
    (
        "with d as (delete from host.task where id = 1 returning *) select d.id, p.name from d "
        "left join host.person p on p.id = d.person_id",
        True,
    ),
]
