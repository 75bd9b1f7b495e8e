# ruff: noqa: E501  a line for each statement
"""What ``check`` says of writes that always fail, of guards that guard nothing, of orders within, of foreign keys."""

import importlib
import sys
from collections.abc import Generator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from exchange_db.check import Report, check
from exchange_db.cli import app

_numbers = count()

SCHEMA = """
create schema forum;
create table forum.people (id bigint primary key, name text not null, nick text, tags text[] not null);
create table forum.posts (id bigint primary key, person_id bigint references forum.people, title text not null);
create table forum.notes (id bigint primary key, body text not null);
create function forum.fill() returns trigger language plpgsql as $$
begin new.body := coalesce(new.body, ''); return new; end $$;
create trigger fill before insert on forum.notes for each row execute function forum.fill();
create type forum.direction as enum ('up', 'down');
create table forum.pets (
  id bigint primary key, kind text not null check (kind in ('cat', 'dog')), free text, moods forum.direction[] not null
);
create domain forum.mood as text default 'calm';
create table forum.drafts (
  id bigint generated always as identity primary key, at timestamptz not null default now(), mood forum.mood not null,
  size int not null generated always as (1) stored, kind text not null
);
create table forum.rooms (id bigint primary key);
create table forum.seats (id bigint primary key, room_id bigint references forum.rooms on delete cascade);
create index seats_room_id_idx on forum.seats (room_id) where room_id is not null;
"""

MODULE = """
from typing import *
from exchange_db import sql_folder
from exchange_db.types import *
query = sql_folder("{folder}")
@query
def f({signature}: ...
query.complete()
"""

INSERT = "insert into forum.people (id, name, tags)"
OPTIONAL = "*, a: int, s: str | None) -> None"

WRITES = [
    (f"{INSERT} values (:a, :s, '{{}}');", OPTIONAL, "parameter-null"),
    (f"{INSERT} values (:a, :s, '{{}}'), (2, 'x', '{{}}');", OPTIONAL, "parameter-null"),
    (f"{INSERT} values (:a, coalesce(:s, ''), '{{}}');", OPTIONAL, ""),
    (f"{INSERT} select :a, :s, '{{}}' where :s::text is not null;", OPTIONAL, ""),
    (f"{INSERT} select :a, :s, '{{}}';", OPTIONAL, "parameter-null"),
    (f"{INSERT} select 1, p.name, '{{}}' from forum.people as p where p.id = :a and (p.nick = :s or :s::text is null);", OPTIONAL, ""),
    (f"{INSERT} values (:a, 'x', '{{}}') on conflict (id) do update set name = :s;", OPTIONAL, "parameter-null"),
    (f"{INSERT} values (:a, 'x', '{{}}') on conflict (id) do update set nick = :s;", OPTIONAL, ""),
    (f"{INSERT} values (:a, :s, '{{}}') on conflict (nick) do nothing;", "*, a: int, s: str) -> None", "statement"),
    ("update forum.people set name = :s::varchar where id = :a;", OPTIONAL, "parameter-null"),
    ("update forum.people set nick = :s where id = :a;", OPTIONAL, ""),
    ("update forum.people set name = lower(:s) where id = :a;", OPTIONAL, ""),
    ("update forum.people set name = case when :s_given then :s else name end where id = :a;", "*, a: int, s: str | Unset | None = UNSET) -> None", "parameter-null"),
    ("update forum.people set\n-- if :s\nname = :s,\n-- end if\nnick = 'x' where id = :a;", "*, a: int, s: str | None = None) -> None", ""),
    ("insert into forum.notes (id, body) values (:a, :s);", OPTIONAL, ""),
    (f"with w as ({INSERT} values (:a, :s, '{{}}') returning id) select w.id from w where :s::text is not null;", "*, a: int, s: str | None) -> int | None", "parameter-null"),
    ("merge into forum.people using (select :a::bigint as id) as s on s.id = people.id when matched then update set name = :s "
     "when not matched then insert (id, name, tags) values (s.id, 'x', '{}');", OPTIONAL, "parameter-null"),
    ("select p.name from forum.people as p where p.id = :a;", "*, a: int | None) -> str", "parameter-null?"),
    ("select p.name from forum.people as p where p.id = :a or (:a::bigint is null and p.id = 1);", "*, a: int | None) -> list[str]", ""),
]  # fmt: skip

ONE = "*, a: int) -> None"

LEFT_OUT = [
    ("insert into forum.people (id, name) values (:a, 'x');", ONE, "left-out"),
    ("insert into forum.people (id, name, tags) values (:a, 'x', '{}');", ONE, ""),
    ("insert into forum.posts default values;", ") -> None", "left-out"),
    ("insert into forum.drafts (kind) values ('x');", ") -> None", ""),
    ("insert into forum.notes (id) values (:a);", ONE, ""),
    ("delete from forum.pets where id = :a returning kind;", ONE, "unread-columns?"),
    ("with w as (insert into forum.drafts default values returning id) select w.id from w;", ") -> int", "left-out"),
    ("merge into forum.people using (select :a::bigint as id) as s on s.id = people.id when not matched then insert (id) values (s.id);", ONE, "left-out"),
]  # fmt: skip

REFERENCES = [
    ("delete from forum.people where id = :a;", ONE, "unindexed-reference?"),
    ("-- Allow: unindexed-reference, because posts are few\ndelete from forum.people where id = :a;", ONE, ""),
    ("-- Rides: posts_pkey\ndelete from forum.people where id = :a;", ONE, "index unindexed-reference?"),
    ("-- Rides: seats_room_id_idx\ndelete from forum.rooms where id = :a;", ONE, ""),
    ("merge into forum.people using (select :a::bigint as id) as s on s.id = people.id when matched then delete;", ONE, "unindexed-reference?"),
    ("-- Rides: people_pkey or posts_pkey\nselect p.name from forum.people as p where p.id = :a;", "*, a: int) -> str", ""),
    ("-- Rides: posts_pkey or seats_pkey\nselect p.name from forum.people as p where p.id = :a;", "*, a: int) -> str", "index"),
    ("-- Rides: people_pkey or people_idx\nselect p.name from forum.people as p where p.id = :a;", "*, a: int) -> str", "index"),
]  # fmt: skip

ROWS = [
    ("select p.id from forum.people as p where p.id = :a;", "*, a: int) -> list[int]", "rows?"),
    ("select p.id from forum.people as p where p.id > :a;", "*, a: int) -> list[int]", ""),
    ("select count(*) from forum.people as p where p.id > :a;", "*, a: int) -> int | None", "rows?"),
    ("select max(p.id) from forum.people as p where p.id > :a;", "*, a: int) -> int | None", ""),
    ("select p.id from forum.people as p where p.id = :a;", "*, a: int) -> int | None", ""),
    ("select p.id from forum.people as p where p.id > :a;", "*, a: int) -> list[int | None]", "needless-optional?"),
    ("select p.nick from forum.people as p where p.id > :a;", "*, a: int) -> list[str | None]", ""),
    ("select p.id from forum.people as p where p.id > :a;", "*, a: int) -> list[Any]", ""),
]  # fmt: skip

MANY = "*, a: int) -> list[int]"
SOME = "select p.id from forum.people as p where p.id > :a and p.id in"

ORDERS = [
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title limit 3);", MANY, "partial-order"),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title limit 1);", MANY, "partial-order?"),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title, q.id limit 3);", MANY, ""),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.person_id limit 3);", MANY, ""),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title fetch first 3 rows with ties);", MANY, ""),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title offset 0);", MANY, ""),
    (f"{SOME} (select q.person_id from forum.posts as q order by q.title offset 2);", MANY, "partial-order"),
    (f"{SOME} (select q.person_id from forum.posts as q limit 3);", MANY, "partial-order?"),
    (f"{SOME} (select q.person_id from forum.posts as q where q.id = 1 limit 1);", MANY, ""),
    ("select p.id from forum.people as p where p.id > :a and exists (select 1 from forum.posts as q where q.person_id = p.id limit 1);", MANY, ""),
    ("select p.id from forum.people as p where p.id > :a limit 1;", "*, a: int) -> int | None", "partial-order?"),
    ("with q as (select o.title, o.person_id from forum.posts as o order by o.title limit 3) select p.id from forum.people as p inner join q on p.id = q.person_id where p.id > :a;",
     MANY, "partial-order"),
]  # fmt: skip

TEXTS = "*, a: int) -> list[str]"
JOIN = "from forum.people as p left join forum.posts as q on p.id = q.person_id where p.id > :a"
INNER = JOIN.replace("left join", "inner join")

KINDS = "from forum.pets as p"
KIND = ') -> list[Literal["cat", "dog"]]'
LISTS = ') -> list[list[Literal["cat", "dog"]]]'
ONE_KIND = ') -> Literal["cat", "dog"] | None'

HELD = [
    (f"select array_agg(distinct p.kind) as kinds {KINDS} group by p.id;", LISTS, ""),
    (f"select array_agg(p.kind) as kinds {KINDS} group by p.id;", ') -> list[list[Literal["cat"]]]', "values"),
    (f"select array(select q.kind from forum.pets as q) as kinds {KINDS};", LISTS, ""),
    (f"select array[p.kind, 'cow'] as kinds {KINDS};", LISTS, "values"),
    (f"select min(p.kind) as kind {KINDS};", ONE_KIND, ""),
    (f"select min(p.free) as kind {KINDS};", ONE_KIND, "values"),
    (f"select string_agg(p.kind, '') as kind {KINDS};", ONE_KIND, "values"),
    (f"select upper(p.kind) as kind {KINDS};", KIND, "values"),
    (f"with k as (select q.kind {KINDS.replace('as p', 'as q')}) select coalesce(k.kind, 'dog') as kind from k union all select 'cat';", KIND, "needless-guard?"),
    (f"select case when p.id > 1 then p.kind else 'cow' end as kind {KINDS};", KIND, "values"),
    (f"select p.moods::text[] as moods {KINDS};", ') -> list[list[Literal["up", "down"]]]', ""),
    (f"select p.moods::text[] as moods {KINDS};", ') -> list[list[Literal["up"]]]', "values"),
    ("select k.kind from unnest(array['cat']) as k (kind);", KIND, "values"),
    (f"select (p).kind || '' as kind {KINDS};", KIND, "values"),
]  # fmt: skip

GUARDS = [
    (f"select p.name {JOIN} and q.title > 'a';", TEXTS, "needless-outer-join?"),
    (f"select p.name {JOIN} and q.id is null;", TEXTS, ""),
    (f"select p.name {INNER} and q.id is null;", TEXTS, "needless-guard?"),
    (f"select coalesce(q.title, '') {JOIN};", TEXTS, ""),
    (f"select coalesce(q.title, '') {INNER};", TEXTS, "needless-guard?"),
    (f"select coalesce(p.nick, '') {INNER};", TEXTS, ""),
    (f"select coalesce(p.nick, p.name, '') {INNER};", TEXTS, ""),
    (f"select case when q.id is not null then q.title else '' end {JOIN};", TEXTS, ""),
    (f"select case when q.id is not null then q.title else '' end {INNER};", TEXTS, "needless-guard?"),
    (f"select case when p.nick is not null then coalesce(p.nick, '') else '' end {INNER};", TEXTS, "needless-guard?"),
    (f"select case when false then coalesce(p.name, '') else '' end {INNER};", TEXTS, ""),
    (f"select coalesce(max(coalesce(q.title, '')), '') {INNER};", "*, a: int) -> str", "needless-guard?"),
    (f"select coalesce(max(coalesce(p.nick, '')) filter (where p.nick is not null), '') {INNER};", "*, a: int) -> str", "needless-guard?"),
    (f"select coalesce(max(p.nick) filter (where p.name is not null), '') {INNER};", "*, a: int) -> str", "needless-guard?"),
    (f"select (select coalesce(max(p.name), '')) {INNER};", TEXTS, "rows?"),
    (f"select p.name {INNER} union all select coalesce(p.name, '') from forum.people as p;", TEXTS, "needless-guard?"),
    ("update forum.people set nick = coalesce(name, '') where id = :a;", ONE, "needless-guard?"),
    ("update forum.people set nick = 'x' where id = :a returning coalesce(nick, '');", "*, a: int) -> str", "needless-guard?"),
    ("select coalesce(:a::bigint, 1)::int from forum.people;", MANY, "needless-guard?"),
]  # fmt: skip


@pytest.fixture(scope="module")
def forum(module_database_url: str) -> Generator[psycopg.Connection]:
    """A connection to a database in which the forum is, for the time of a transaction."""
    with psycopg.connect(module_database_url) as conn:
        conn.execute(SCHEMA.encode())
        yield conn
        conn.rollback()


def one(conn: psycopg.Connection, folder: Path, sql: str, signature: str) -> Report:
    """The report on one statement under one signature."""
    name = f"guard_{next(_numbers)}"
    (folder / f"{name}_sql").mkdir()
    (folder / f"{name}_sql" / "f.sql").write_text(sql, encoding="utf-8")
    (folder / f"{name}.py").write_text(MODULE.format(folder=f"{name}_sql", signature=signature), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return check(importlib.import_module(name), db=conn)
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize(
    ("sql", "signature", "expected"), [*WRITES, *LEFT_OUT, *REFERENCES, *ROWS, *ORDERS, *HELD, *GUARDS]
)
def test_codes(forum: psycopg.Connection, tmp_path: Path, sql: str, signature: str, expected: str) -> None:
    """The codes that are expected and no other; hints have a question mark."""
    report = one(forum, tmp_path, sql, signature)
    assert {each.code + "?" * (each in report.hints) for each in report.findings} == set(expected.split()), str(report)


def test_hints_count_where_that_is_asked_for(forum: psycopg.Connection, tmp_path: Path) -> None:
    """``assert_ok`` lets hints pass, ``assert_clean`` does not."""
    hinted = one(forum, tmp_path, *ROWS[0][:2])
    hinted.assert_ok()
    with pytest.raises(AssertionError, match="at most one row comes back"):
        hinted.assert_clean()
    one(forum, tmp_path, *ROWS[1][:2]).assert_clean()


def test_a_list_is_suggested(forum: psycopg.Connection, tmp_path: Path) -> None:
    """Where more than one row may come back, as one writes it."""
    (fault,) = one(forum, tmp_path, "select p.name from forum.people as p where p.id > :a;", "*, a: int) -> str").faults
    assert fault.code == "rows"
    assert "declare `list[str]`" in fault.hint


def test_strict(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--strict`` fails on a hint, which is no fault without it, shown or not."""
    name = f"strict_{next(_numbers)}"
    (tmp_path / f"{name}_sql").mkdir()
    (tmp_path / f"{name}_sql" / "f.sql").write_text("select count(*) as n where :a::int > 0;", encoding="utf-8")
    text = MODULE.format(folder=f"{name}_sql", signature="*, a: int) -> int | None")
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()

    def status(*options: str) -> int:
        return CliRunner().invoke(app, ["check", name, "--database", database_url, *options]).exit_code

    assert (status(), status("--strict"), status("--no-hints")) == (0, 1, 0)


def test_one_file(forum: psycopg.Connection, tmp_path: Path) -> None:
    """The path of one ``.sql`` file stands for its function; one that is no function's is refused."""
    one(forum, tmp_path, *ROWS[1][:2])
    (path,) = tmp_path.glob("*_sql/f.sql")
    assert check(path, db=forum).functions == 1
    assert check("sql/queries/places/get_playground.sql", db=forum).functions == 1
    with pytest.raises(ValueError, match="no function of the module"):
        check(path.with_name("g.sql"), db=forum)


def test_a_variant_that_is_none(forum: psycopg.Connection, tmp_path: Path) -> None:
    """An alternative is named with its parameter."""
    sql = (
        "-- Rides: people_pkey if newest\nselect p.id from forum.people as p order by\n-- when :o = 'newest'\np.id desc\n"
        "-- when :o = 'oldest'\np.id asc\n-- end when\n;"
    )
    report = one(forum, tmp_path, sql, '*, o: Literal["newest", "oldest"]) -> list[int]')
    assert [each.hint for each in report.findings] == ["did you mean 'o newest'?"]
