# ruff: noqa: E501  a line for each statement
"""What ``check`` says of statements that are rare: one function each, in a folder of its own."""

import importlib
import sys
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.types.composite import CompositeInfo, register_composite

from exchange_db.check import Report, check
from exchange_db.check.examination import examine
from exchange_db.check.source import Source
from exchange_db.check.subject import Database
from exchange_db.places import get_playground
from tests.database.test_check_mutations import found

_numbers = count()

MODULE = """
import ipaddress
from collections.abc import Set
from datetime import *
from decimal import Decimal
from typing import *
from pydantic import *
from exchange_db import sql_folder
from exchange_db.types import *
from exchange_db.errors import Conflict
query = sql_folder("{folder}")
class Inner(Record):
    a: int
    b: str | None
class Outer(Record):
    x: Inner | None
    y: Inner
class Doc(Record):
    a: list[int]
    b: Any
class OfDoc(Record):
    d: Doc
class OfDocs(Record):
    d: list[Doc]
class OfInner(Record):
    d: Inner | None
class OfOuter(Record):
    d: Outer
class Paged(Record):
    a: int
    b: str
class OfValues(Record):
    a: JsonValue
    b: JsonValue
class OfOfValues(Record):
    d: OfValues
Made = create_model("Made", __base__=Record, a=(int, ...))
class Taken(Conflict): ...
{decorator}
def f({signature}: ...
query.complete()
"""


def one(conn: psycopg.Connection, folder: Path, sql: str, signature: str, decorator: str = "@query") -> Report:
    """The report on one statement under one signature."""
    name = f"corner_{next(_numbers)}"
    (folder / f"{name}_sql").mkdir()
    (folder / f"{name}_sql" / "f.sql").write_text(sql, encoding="utf-8")
    module = MODULE.format(folder=f"{name}_sql", signature=signature, decorator=decorator)
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return check(importlib.import_module(name), db=conn)
    finally:
        sys.path.remove(str(folder))


COLUMNS = [
    ("select now()::date as d;", ") -> Annotated[str, BeforeValidator(str)]", ""),
    ("select 1::bigint as d;", ") -> SecretStr", ""),
    ("select now() as d;", ") -> AwareDatetime", ""),
    ("select now() as d;", ") -> NaiveDatetime", "column-type"),
    ("select now() at time zone 'UTC' as d;", ") -> AwareDatetime", "column-type"),
    ("select array[1] as d;", ") -> frozenset[int]", ""),
    ("select array[1] as d;", ") -> list[Any]", ""),
    ("select array[1] as d;", ") -> list", ""),
    ("select array[1] as d;", ") -> tuple[int, ...]", ""),
    ("select row(1, 2) as d;", ") -> Any", "column-type"),
    ("select '192.168.0.1'::inet as d;", ") -> ipaddress.IPv4Address", ""),
    ("select lower('A') as d;", ') -> Literal["a"]', "values"),
    ("-- Allow: values, because it is lower case\nselect lower('A') as d;", ') -> Literal["a"]', ""),
    ("select 1 as d;", ") -> Literal[1, 2]", ""),
    ("select coalesce(null, 'a') as d;", ') -> Literal["a"]', ""),
    ("select 'srid=4326;point(0 0)'::geometry as d;", ") -> Point", "column-type?"),
    ("select st_buffer('point(0 0)'::geography, 10) as d;", ") -> Point | None", "column-type?"),
    ("select st_buffer('point(0 0)'::geography, 10) as d;", ") -> str | None", "column-type"),
    ("select st_setsrid(st_point(0, 0), 4326)::geography(point, 4326) as d;", ") -> Point | None", ""),
    ("select count(t.*) as d from exchange.users as t;", ") -> int", ""),
    ("select 1 as d where exists (select * from exchange.users);", ") -> int", ""),
    ("select null::bigint as d;", ") -> int", "nullable"),
    ('select 1 as "x.a", null::text as "x.b", 1 as "y.a", null::text as "y.b";', ") -> Outer", ""),
    ('select u.id as "x.a", u.email as "x.b", 1 as "y.a", null::text as "y.b" from (select 1) as o '
     "left join exchange.users as u on u.id = 1;", ") -> Outer", ""),
    ('select nullif(1, 2) as "x.a", null::text as "x.b", 1 as "y.a", null::text as "y.b";', ") -> Outer", "nullable"),
    ("values (1), (2);", ") -> list[int]", ""),
    ("(select 1 as d);", ") -> int", ""),
    ("select timestamp(3) '2026-01-01' at time zone 'UTC' as d;", ") -> datetime", ""),
    ("select '2026-01-01'::timestamp(3) at time zone 'UTC' as d;", ") -> datetime", ""),
    ("select timestamp(3) '2026-01-01' as d;", ") -> datetime", "timestamp-without-zone"),
    ("select '2026-01-01'::timestamp(3) as d;", ") -> datetime", "timestamp-without-zone"),
    ("with a as (select 1 as b) select a.b from a;", ") -> int", ""),
    ("with a (b) as (select 1) select a.b from a;", ") -> int", ""),
    ("select a.id from exchange.users as a, exchange.users as b where a.id = 1 and b.id = 1;", ") -> int", ""),
    ("select u.id from exchange.users as u where u.id in (select 1 union select 2) limit 1;", ") -> int | None", ""),
]  # fmt: skip

DOCUMENTS = [
    ("select jsonb_build_object('doc', 1) as d;", ") -> dict[str, Any]", ""),
    ("select jsonb_build_object('a', array[1], 'b', 1) as d;", ") -> OfDoc", ""),
    ("select nullif(1, 2) as a;", ") -> Made", "nullable"),
    ("select d from (select jsonb_build_object('a', 1, 'c', 1) as d) as a full join (select '{}'::jsonb as d where false) as b "
     "using (d) limit 1;", ") -> OfInner | None", "json"),
    ("select v.d from (values (jsonb_build_object('a', 1, 'c', 1)), ('{}')) as v (d) limit 1;", ") -> OfInner | None", "json"),
    ("select jsonb_object_agg('a', 1) as d;", ") -> OfDoc", ""),
    ("select to_jsonb(row(true, 1)::exchange.embedding_space) as d;", ") -> OfDoc", ""),
    ("select coalesce(to_jsonb(t), '{}') as d from jsonb_each('{}') as t limit 1;", ") -> OfDoc | None", ""),
    ("select coalesce('{}'::json -> 'a', '{}') as d;", ") -> OfDoc", ""),
    ("select jsonb_build_object('c', 1) #- '{c}' as d;", ") -> OfDoc", ""),
    ("select jsonb_strip_nulls(jsonb_build_object('a', 1, 'b', nullif('x', 'x'))) as d;", ") -> OfInner", "nullable"),
    ("select jsonb_set('{}', '{a}', '1') as d;", ") -> OfOuter", ""),
    ("select jsonb_build_object('a', 1 is null, 'b', 'x') as d;", ") -> OfInner", "json"),
    ("select jsonb_set('{}', '{a}', '1') as d;", ") -> OfDoc", ""),
    ("select (select s.d) as d from (select jsonb_build_object('a', 1, 'b', 'x') as d) as s;", ") -> OfInner | None", ""),
    ("select jsonb_build_object('a', 1, 'b', exists (select 1)) as d;", ") -> OfDoc", "json"),
    ("select jsonb_build_object('a', (select 1), 'b', 1) as d;", ") -> OfDoc", "json"),
    ("select jsonb_build_object('a', array(select 1), 'b', 1) as d;", ") -> OfDoc", ""),
    ("select jsonb_build_object('a', 1) as d;", ") -> OfDocs", "json"),
    ("select jsonb_build_object(lower('A'), 1) as d;", ") -> OfDoc", ""),
    ("select to_jsonb(jsonb_build_object('a', 1, 'c', 1)) as d;", ") -> OfInner", "json"),
    ("select jsonb_build_array() as d;", ") -> OfDocs", ""),
    ("select jsonb_build_array() as d;", ") -> dict[str, int]", ""),
    ("select to_jsonb(1) as d;", ") -> int", ""),
    ("select s.d from (select jsonb_build_object('a', 1, 'c', 1) as d union all select '{}') as s limit 1;", ") -> OfInner | None", "json"),
    ("with s as (select jsonb_build_object('a', true, 'b', 'x') as d) select s.d from s;", ") -> OfInner", "json"),
    ("select jsonb_build_object('a', i.id, 'b', i.d) as d from (select 1 as id, 'x' as d) as i;", ") -> OfInner", ""),
]  # fmt: skip

PARAMETERS = [
    ("select 1 as d where :a::jsonb is not null;", ", *, a: Inner) -> int | None", ""),
    ("select 1 as d where :a::bigint is not null;", ", *, a: Inner) -> int | None", "parameter-type"),
    ("select 1 as d where :a::bigint is not null;", ", *, a: Any) -> int | None", ""),
    ("select 1 as d where :a::inet is not null;", ", *, a: ipaddress.IPv4Address) -> int | None", ""),
    ("select 1 as d where :a::inet is not null;", ", *, a: str) -> int | None", ""),
    ("select 1 as d where :a::bigint is not null;", ", *, a: SecretStr) -> int | None", ""),
    ("select 1 as d where :a::timestamptz is not null;", ", *, a: NaiveDatetime) -> int | None", "parameter-type"),
    ("select 1 as d where :a is null;", ", *, a: str) -> int | None", "statement"),
    ("select 1 as d where :a::text in ('a', 'b');", ', *, a: Literal["a"]) -> int | None', ""),
    ("select 1 as d where :a::text[] = '{}';", ", *, a: list[str]) -> int | None", ""),
    ("select 1 as d from exchange.users where st_distance('point(0 0)'::geography, 'point(0 1)'::geography) > :a limit 1;",
     ", *, a: float) -> int | None", ""),
    ("update exchange.subjects set name = s::text from (select :a::text as b) as s where id = 1 returning id;",
     ", *, a: str | None) -> int | None", ""),
    ("update exchange.users set (full_name, email) = (select 'a', 'b') where id = :a returning id;", ", *, a: int) -> int | None", ""),
    ("merge into exchange.subjects as u using (select :a::text as b) as s on u.id = 1 when matched then update set name = s.b;",
     ", *, a: str | None) -> RowCount", "parameter-null"),
    ("-- Rides: users_pkey if b\nselect id from exchange.users where id = :a;", ", *, a: int) -> int | None", "assertion"),
    ("-- Not null:\nselect id from exchange.users where id = :a;", ", *, a: int) -> int | None", "assertion"),
    ("-- At most one row: a key\nselect id from exchange.users where id = :a;", ", *, a: int) -> int | None", "assertion?"),
    ("-- At most one row:\nselect id from exchange.users where full_name = :a;", ", *, a: str) -> int | None", "assertion rows"),
    ("-- At most one row: nobody shares it\nselect id from exchange.users where full_name = :a;", ", *, a: str) -> int | None", ""),
    ("-- Not null: i\nselect nullif(id, 1) as i from exchange.users where id = :a;", ", *, a: int) -> int", ""),
]  # fmt: skip


UNASKED = {"needless-optional?", "needless-guard?", "rows?", "partial-order?"}  # hints of what the corners leave open


@pytest.mark.parametrize(("sql", "signature", "expected"), [*COLUMNS, *DOCUMENTS, *PARAMETERS])
def test_corners(conn: psycopg.Connection, tmp_path: Path, sql: str, signature: str, expected: str) -> None:
    """Findings of the codes that are expected, or none; hints have a question mark."""
    report = one(conn, tmp_path, sql, signature.removeprefix(", "))
    codes = {each.partition(" ")[2] for each in found(report)} - UNASKED
    assert codes == set(expected.split()), str(report)


def test_an_error_of_one_variant(conn: psycopg.Connection, tmp_path: Path) -> None:
    """It is enough that one of the statements that a function may send can end in it."""
    conn.execute(
        "create table public.people (id bigint primary key, name text, nick text, "
        "email text constraint people_email_key unique)"
    )
    part = "-- if :email\nemail = :email,\n-- end if\n"
    sql = f"update public.people set\n{part}name = :name where id = :user_id returning id;"
    signature = "*, user_id: int, name: str, email: str | None = None) -> int | None"
    decorator = "@query.raises(people_email_key=Taken)"
    assert one(conn, tmp_path, sql, signature, decorator).ok
    report = one(conn, tmp_path, sql.replace("email = :email", "nick = :email"), signature, decorator)
    assert [fault.code for fault in report.faults] == ["raises"], str(report)


def test_a_required_record_of_an_outer_join(conn: psycopg.Connection, tmp_path: Path) -> None:
    """Where nothing is found the record is None: one fault on its field, and none on what is in it."""
    sql = (
        'select u.id as "x.a", u.email as "x.b", v.id as "y.a", v.email as "y.b" from exchange.users as u '
        "left join exchange.users as v on v.id = u.id + 1 where u.id = :id;"
    )
    (fault,) = one(conn, tmp_path, sql, "*, id: int) -> Outer | None").faults
    assert fault.problem == "all columns of field 'y' of Outer may be NULL, and it takes no None"
    assert fault.patch.startswith("y: Inner | None    # ")
    assert not one(conn, tmp_path, "-- Not null: y.a\n" + sql, "*, id: int) -> Outer | None").faults


MOODS = ') -> list[Literal["glad", "sad"]] | None'
ARRAYS = [
    ("select array_agg(p.mood order by p.id) from public.people as p;", MOODS, ""),
    ("select p.moods from public.people as p where p.id = 1;", MOODS, ""),
    ("select array_agg(p.mood) from public.people as p;", ') -> list[Literal["glad"]] | None', "values"),
    ("select array_agg(p.mood) from public.people as p;", ") -> frozenset[str] | None", "column-type"),
    ("select array_agg(p.mood) from public.people as p;", ") -> str | None", "column-type"),
    ("select array_agg(p.pair) from public.people as p;", ") -> list[str] | None", "column-type"),
]


def test_a_page_key_that_may_be_null(conn: psycopg.Connection, tmp_path: Path) -> None:
    """Making the field optional would be no way out: there is no patch."""
    sql = (
        "select u.id as a, nullif(u.full_name, '') as b from exchange.users as u where true\n"
        "-- page\nand (nullif(u.full_name, ''), u.id) > (:page_b, :page_a)\n-- end page\n"
        "order by nullif(u.full_name, ''), u.id limit :limit::bigint;"
    )
    report = one(conn, tmp_path, sql, "*, limit: int = 9, cursor: str | None = None) -> Page[Paged]")
    (fault,) = (each for each in report.faults if each.code == "nullable")
    assert not fault.patch
    assert fault.hint == "rows whose key is NULL would be on no page: order by what is never NULL"


def test_a_value_that_the_column_never_is(conn: psycopg.Connection, tmp_path: Path) -> None:
    """The nearest that it can be is named; a comparison with another finds nothing."""
    conn.execute(
        "create type public.mood as enum ('glad', 'sad'); create table public.moods (mood public.mood not null)"
    )
    sql = "select count(*) from public.moods as m where m.mood::text = :mood;"
    (fault,) = one(conn, tmp_path, sql, '*, mood: Literal["sadd"]) -> int').faults
    assert fault.problem == "parameter 'mood' can be 'sadd', which is none of the values there"
    assert fault.hint == "did you mean 'sad'?"
    (fault,) = one(conn, tmp_path, sql, '*, mood: Literal["sold out"]) -> int').faults
    assert fault.hint == "take it out: nothing is found by it, and a write of it is refused"


def test_a_json_value_takes_null_as_it_is(conn: psycopg.Connection, tmp_path: Path) -> None:
    """There is nothing to leave out of ``JsonValue``: no hint that it is optional without need."""
    assert not one(conn, tmp_path, "select '{}'::jsonb as a, '{}'::jsonb as b;", ") -> OfValues").findings
    sql = "select jsonb_build_object('a', 1, 'b', '{}'::jsonb) as d;"
    assert not one(conn, tmp_path, sql, ") -> OfOfValues").findings


@pytest.mark.parametrize(("sql", "signature", "expected"), ARRAYS)
def test_arrays_of_enums(conn: psycopg.Connection, tmp_path: Path, sql: str, signature: str, expected: str) -> None:
    """The engine reads them into a list; of composites there is no form that it reads."""
    conn.execute(
        "create type public.mood as enum ('glad', 'sad'); create type public.pair as (a int, b int);"
        "create table public.people (id bigint primary key, mood public.mood not null, moods public.mood[],"
        " pair public.pair not null)"
    )
    report = one(conn, tmp_path, sql, signature)
    assert {each.partition(" ")[2] for each in found(report)} - UNASKED == set(expected.split()), str(report)


def test_a_type_that_the_connection_reads(conn: psycopg.Connection, tmp_path: Path) -> None:
    """What a host has taught its connection is the host's to know; another type of the kind cannot be read."""
    conn.execute("create type public.span as (low int, high int)")
    sql = "select row(1, 2)::public.span as d;"
    assert {fault.code for fault in one(conn, tmp_path, sql, ") -> str").faults} == {"column-type"}
    info = CompositeInfo.fetch(conn, "public.span")
    assert info is not None
    register_composite(info, conn)
    assert not one(conn, tmp_path, sql, ") -> str").findings


def test_a_server_that_goes_away(database_url: str) -> None:
    """Nothing is wrong with the statement then: it is the driver's own error."""
    with psycopg.connect(database_url) as conn:
        database = Database(conn)
        conn.close()
        with pytest.raises(psycopg.OperationalError):
            examine(database, get_playground)


def test_files_that_have_changed(tmp_path: Path) -> None:
    """A file that has gone, or that is no SQL any more, has no tokens and its first line."""
    path = tmp_path / "a.sql"
    assert Source.read(path).parameter("a") == (1, 1)
    path.write_text("select 'open", encoding="utf-8")
    assert Source.read(path).tokens == ()
    path.write_text("vacuum;", encoding="utf-8")
    assert Source.read(path).output(0, 1) == (1, 1)
