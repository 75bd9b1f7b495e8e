# ruff: noqa: E501  a line for each statement
"""What ``check`` proves of the keys and items of a document that a statement builds: which of them can be NULL."""

import importlib
import sys
from collections.abc import Generator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from exchange_db.check import Report, check

_numbers = count()

SCHEMA = """
create schema forum;
create table forum.people (id bigint primary key, name text not null, nick text, tags text[] not null);
create table forum.posts (
  id bigint primary key, person_id bigint references forum.people, title text not null, body text, marks jsonb
);
create view forum.cards as
  select people.id, jsonb_build_object('id', people.id, 'name', people.nick) as card from forum.people;
create view forum.names as select people.id, people.name from forum.people;
"""

MODULE = """
from typing import *
from pydantic import *
from exchange_db import sql_folder
from exchange_db.types import *
query = sql_folder("{folder}")
class P(Record):
    id: int
    name: str
class Gap(Record):
    id: int
    name: str | None
class Late(Record):
    id: int
    name: str = ""
class Gentle(Record):
    id: int
    name: str = ""
    @field_validator("name", mode="before")
    @classmethod
    def of_none(cls, value: object) -> object:
        return value or ""
class Deep(Record):
    id: int
    by: P
class Open(Record):
    id: int
    by: P | None
class Tagged(Record):
    id: int
    tags: list[str]
class Either(Record):
    id: int
    by: P | Gap
class Result(Record):
    d: {result}
@query
def f(*, a: int = 1, s: str | None = None, t: str = "") -> list[Result]: ...
query.complete()
"""

PEOPLE = "from forum.people as p where p.id = :a and (:s::text = :t::text or true)"
ID = "where people.id = :a and (:s::text = :t::text or true)"


def obj(name: str) -> str:
    return f"jsonb_build_object('id', people.id, 'name', {name})"


KEYS = [
    # a column under a key
    (f"select {obj('people.name')} as d from forum.people {ID};", "P", ""),
    (f"select {obj('people.nick')} as d from forum.people {ID};", "P", "d.name"),
    (f"select {obj('people.nick')} as d from forum.people {ID};", "Gap", ""),
    (f"select {obj('people.nick')} as d from forum.people {ID};", "Late", "d.name"),
    (f"select {obj('people.nick')} as d from forum.people {ID};", "Gentle", ""),
    (f"select {obj('people.name')} as d from forum.people {ID};", "Gap", "d.name?"),
    (f"select {obj('people.nick')} as d from forum.people {ID} and people.nick is not null;", "P", ""),
    (f"select {obj('people.nick')} as d from forum.people {ID} and people.nick > 'a';", "P", ""),
    (f"select {obj('lower(people.nick)')} as d from forum.people {ID};", "P", "d.name"),
    (f"select {obj(':s::text')} as d from forum.people {ID};", "P", "d.name"),
    (f"select {obj(':t::text')} as d from forum.people {ID};", "P", ""),
    (f"select json_build_object('id', people.id, 'name', people.nick) as d from forum.people {ID};", "P", "d.name"),
    (f"select jsonb_build_object('id', people.id, 'name', people.nick) as d from forum.people {ID};", "dict[str, int | str]", "d.name"),
    (f"select jsonb_build_object('id', people.id, 'name', people.nick) as d from forum.people {ID};", "dict[str, Any]", ""),
    (f"select jsonb_strip_nulls(jsonb_build_object('name', people.nick)) as d from forum.people {ID};", "dict[str, str]", ""),
    # choices
    (f"select coalesce({obj('people.name')}, {obj('people.nick')}) as d from forum.people {ID};", "P", "d.name"),
    (f"select case when people.nick is null then {obj('people.name')} else {obj('people.nick')} end as d from forum.people {ID};", "P", ""),
    (f"select case when people.nick is null then {obj('people.nick')} else {obj('people.nick')} end as d from forum.people {ID};", "P", "d.name"),
    (f"select case when false then {obj('people.nick')} else {obj('people.name')} end as d from forum.people {ID};", "P", ""),
    # rows
    (f"select to_jsonb(r) as d from (select people.id, people.name from forum.people {ID}) as r;", "P", ""),
    (f"select to_jsonb(r) as d from (select people.id, people.nick as name from forum.people {ID}) as r;", "P", "d.name"),
    (f"select row_to_json(r) as d from (select people.id, people.nick as name from forum.people {ID}) as r;", "P", "d.name"),
    (f"select row_to_json(r) as d from (select people.id, people.name from forum.people {ID}) as r (id, label);", "P", "json"),
    (f"select to_jsonb(people) as d from forum.people {ID};", "Tagged", "json"),
    (f"select to_jsonb(people) - 'tags' - 'nick' as d from forum.people {ID};", "P", ""),
    (f"select to_jsonb(people) - 'name' as d from forum.people {ID};", "P", "json"),
    (f"select to_jsonb(people) - array['tags', 'nick'] || jsonb_build_object('name', people.nick) as d from forum.people {ID};", "P", "d.name"),
    (f"select to_jsonb(people) || people.nick::jsonb as d from forum.people {ID};", "P", "column"),
    ("select to_jsonb(n) as d from forum.names as n where n.id = :a and (:s::text = :t::text or true);", "P", ""),
    (f"select to_jsonb(row(people.id, people.nick)) as d from forum.people {ID};", "P", "json"),
    (f"with r as (select people.id, people.nick as name from forum.people {ID}) select to_jsonb(r) as d from r;", "P", "d.name"),
    # nested
    (f"select jsonb_build_object('id', 1, 'by', {obj('people.nick')}) as d from forum.people {ID};", "Deep", "d.by.name"),
    (f"select jsonb_build_object('id', 1, 'by', {obj('people.name')}) as d from forum.people {ID};", "Deep", ""),
    (f"select jsonb_build_object('id', posts.id, 'by', (select {obj('people.name')} from forum.people where people.id = posts.person_id)) as d "
     "from forum.posts where posts.id = :a and (:s::text = :t::text or true);", "Deep", "d.by"),
    (f"select jsonb_build_object('id', posts.id, 'by', (select {obj('people.name')} from forum.people where people.id = posts.person_id)) as d "
     "from forum.posts where posts.id = :a and (:s::text = :t::text or true);", "Open", ""),
    (f"select jsonb_build_object('id', posts.id, 'by', (select {obj('people.nick')} from forum.people where people.id = posts.person_id)) as d "
     "from forum.posts where posts.id = :a and (:s::text = :t::text or true);", "Open", "d.by.name"),
    (f"select jsonb_build_object('id', 1, 'by', {obj('people.nick')}) as d from forum.people {ID};", "Either", ""),
    # views, common table expressions, unions
    ("select cards.card as d from forum.cards where cards.id = :a and (:s::text = :t::text or true);", "P", "d.name"),
    (f"with r as (select {obj('people.nick')} as d from forum.people {ID}) select r.d from r;", "P", "d.name"),
    (f"select r.d from (select {obj('people.name')} as d from forum.people {ID} union all select {obj('people.nick')} from forum.people) as r;",
     "P", "d.name"),
    (f"select {obj('people.name')} as d from forum.people {ID} union all select {obj('people.nick')} from forum.people;", "P", "d.name"),
    (f"select r.d from (select {obj('people.name')} as d from forum.people {ID} except select {obj('people.nick')} from forum.people) as r;",
     "P", ""),
    (f"with recursive r (d, n) as (select {obj('people.nick')}, 1 from forum.people {ID} union all select r.d, r.n + 1 from r where r.n < 3) "
     "select r.d from r;", "P", "d.name"),
    ("insert into forum.people (id, name, tags) values (:a, :t, '{}') returning jsonb_build_object('id', id, 'name', coalesce(:s::text, nick)) as d;", "P", "d.name"),
    # outer joins
    (f"select jsonb_build_object('id', p.id, 'name', posts.title) as d {PEOPLE.replace('where', 'left join forum.posts on posts.id = p.id where')};", "P", "d.name"),
    (f"select jsonb_build_object('id', p.id, 'name', posts.title) as d {PEOPLE.replace('where', 'join forum.posts on posts.id = p.id where')};", "P", ""),
    (f"select jsonb_build_object('id', p.id, 'name', posts.title) as d {PEOPLE.replace('where', 'join forum.posts on posts.id = p.id where')};", "Gap", "d.name?"),
    (f"select jsonb_build_object('id', p.id, 'by', case when posts.id is not null then jsonb_build_object('id', posts.id, 'name', posts.title) end) as d "
     f"{PEOPLE.replace('where', 'left join forum.posts on posts.id = p.id where')};", "Open", ""),
    (f"select jsonb_build_object('id', p.id, 'by', jsonb_build_object('id', posts.id, 'name', posts.title)) as d "
     f"{PEOPLE.replace('where', 'left join forum.posts on posts.id = p.id where')};", "Open", "d.by? d.by.id d.by.name"),
    (f"select jsonb_build_object('id', p.id, 'by', to_jsonb(x)) as d {PEOPLE.replace('where', 'left join lateral (select posts.id, posts.title as name from forum.posts where posts.person_id = p.id limit 1) as x on true where')};",
     "Open", ""),
    (f"select jsonb_build_object('id', p.id, 'by', x.doc) as d {PEOPLE.replace('where', 'left join lateral (select to_jsonb(q) as doc from (select posts.id, posts.body as name from forum.posts) as q limit 1) as x on true where')};",
     "Open", "d.by.name"),
    ("select jsonb_build_object('id', p.id, 'name', x.name) as d from (forum.people as p full join forum.names as x on x.id = p.id) where (:a::int, :s::text, :t::text) is not null;",
     "P", "d.id d.name"),
    # assertions
    (f"-- Not null: d.name\nselect {obj('people.nick')} as d from forum.people {ID};", "P", ""),
    (f"-- Not null: d.name\nselect {obj('people.name')} as d from forum.people {ID};", "P", "assertion?"),
    (f"-- Not null: d.nome\nselect {obj('people.name')} as d from forum.people {ID};", "P", "assertion"),
]  # fmt: skip

ITEMS = [
    (f"select coalesce(jsonb_agg({obj('people.name')}), '[]') as d from forum.people {ID};", "list[P]", ""),
    (f"select coalesce(jsonb_agg({obj('people.nick')}), '[]') as d from forum.people {ID};", "list[P]", "d.name"),
    (f"select coalesce(jsonb_agg({obj('people.nick')}) filter (where people.nick is not null), '[]') as d from forum.people {ID};", "list[P]", ""),
    (f"select coalesce(jsonb_agg({obj('people.nick')}) filter (where people.tags <> '{{}}'), '[]') as d from forum.people {ID};", "list[P]", "d.name"),
    (f"select coalesce(jsonb_agg(x.doc), '[]') as d {PEOPLE.replace('where', 'left join lateral (select jsonb_build_object($$id$$, posts.id, $$name$$, posts.title) as doc from forum.posts) as x on true where')};",
     "list[P]", "d[]"),
    (f"select coalesce(jsonb_agg(x.doc) filter (where x.doc is not null), '[]') as d {PEOPLE.replace('where', 'left join lateral (select jsonb_build_object($$id$$, posts.id, $$name$$, posts.title) as doc from forum.posts) as x on true where')};",
     "list[P]", ""),
    (f"select coalesce(jsonb_agg(r), '[]') as d from (select people.id, people.name from forum.people {ID}) as r;", "list[P]", ""),
    (f"select coalesce(json_agg(r), '[]') as d from (select people.id, people.nick as name from forum.people {ID}) as r;", "list[P]", "d.name"),
    (f"select jsonb_build_array({obj('people.name')}, {obj('people.nick')}) as d from forum.people {ID};", "list[P]", "d.name"),
    (f"select jsonb_build_array({obj('people.name')}) || jsonb_build_array({obj('people.nick')}) as d from forum.people {ID};", "list[P]", "d.name"),
    (f"select jsonb_build_array(people.name, people.nick) as d from forum.people {ID};", "list[str]", "d[]"),
    (f"select to_jsonb(array(select {obj('people.nick')} from forum.people)) as d {PEOPLE};", "list[P]", "d.name"),
    (f"select to_jsonb(array_agg({obj('people.nick')})) as d from forum.people {ID} group by people.id;", "list[P]", "d.name"),
    (f"select array(select people.nick from forum.people {ID}) as d;", "list[str]", "d[]"),
    (f"select array(select people.nick from forum.people {ID}) as d;", "list[str | None]", ""),
    (f"select array(select people.name from forum.people {ID}) as d;", "list[str]", ""),
    (f"select coalesce(array_agg(people.nick), '{{}}') as d from forum.people {ID};", "list[str]", ""),
    (f"select array_agg(people.nick) as d from forum.people {ID} group by people.id;", "list[str]", "d[]"),
    (f"select array_agg(people.nick) filter (where people.nick is not null) as d from forum.people {ID} group by people.id;", "list[str] | None", ""),
    (f"select array_remove(array_agg(people.nick), null) as d from forum.people {ID} group by people.id;", "list[str]", ""),
    (f"select array[people.name, people.nick] as d from forum.people {ID};", "list[str]", "d[]"),
    (f"select people.tags as d from forum.people {ID};", "list[str]", ""),
    (f"-- Not null: d[]\nselect array[people.name, people.nick] as d from forum.people {ID};", "list[str]", ""),
    (f"select jsonb_build_object('id', people.id, 'tags', people.tags) as d from forum.people {ID};", "Tagged", ""),
    (f"select jsonb_build_object('id', people.id, 'tags', array[people.nick]) as d from forum.people {ID};", "Tagged", "d.tags[]"),
]  # fmt: skip


@pytest.fixture(scope="module")
def forum(module_database_url: str) -> Generator[psycopg.Connection]:
    """A connection to a database in which the forum is, for the time of a transaction."""
    with psycopg.connect(module_database_url) as conn:
        conn.execute(SCHEMA.encode())
        yield conn
        conn.rollback()


def one(conn: psycopg.Connection, folder: Path, sql: str, result: str) -> Report:
    """The report on one statement with one result."""
    name = f"document_{next(_numbers)}"
    (folder / f"{name}_sql").mkdir()
    (folder / f"{name}_sql" / "f.sql").write_text(sql, encoding="utf-8")
    (folder / f"{name}.py").write_text(MODULE.format(folder=f"{name}_sql", result=result), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return check(importlib.import_module(name), db=conn)
    finally:
        sys.path.remove(str(folder))


def found(report: Report) -> set[str]:
    """The paths that may be NULL, hints with a question mark; of other findings the codes."""
    names: set[str] = set()
    for each in report.findings:
        if each.code in ("rows", "needless-guard", "partial-order"):
            continue
        path = (
            each.problem.partition(" in '")[2].partition("'")[0]
            if each.code in ("nullable", "needless-optional")
            else ""
        )
        column = "column" if each.code == "nullable" else each.code
        names.add((path or column) + ("?" if each in report.hints else ""))
    return names


@pytest.mark.parametrize(("sql", "result", "expected"), [*KEYS, *ITEMS])
def test_what_can_be_null_in_a_document(
    forum: psycopg.Connection, tmp_path: Path, sql: str, result: str, expected: str
) -> None:
    """A key that can be NULL under a field that takes no None is a fault; one that never is, under one that does, a hint."""
    report = one(forum, tmp_path, sql, result)
    assert found(report) == set(expected.split()), str(report)
