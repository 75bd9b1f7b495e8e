"""The list of functions that never return NULL of themselves, called with whatever may make them."""

from itertools import islice, product
from random import Random
from typing import Any

import psycopg

from exchange_db.proof.catalog import Catalog
from exchange_db.proof.catalog_records import Function
from exchange_db.proof.total import ARRAYS, ROWS, TOTAL_OF_EXTENSIONS, is_total, is_total_operator

Conn = psycopg.Connection[Any]

HOSTILE = {
    "boolean": ["true", "false"],
    "smallint": ["0", "-1", "32767", "5"],
    "integer": ["0", "1", "-1", "4326", "5"],
    "bigint": ["0", "-1", "9223372036854775807", "5"],
    "real": ["0", "NaN", "Infinity", "-0.5"],
    "double precision": ["0", "NaN", "Infinity", "-Infinity", "-0.5", "1"],
    "numeric": ["0", "NaN", "Infinity", "-0.5", "1"],
    "text": [
        "",
        "a",
        "%",
        "[b-",
        "(x)|b",
        "{}",
        "UTC",
        "day",
        "epoch",
        "english",
        "1",
        "POINT EMPTY",
        "POINT(1 2)",
        "utf8",
    ],
    "character": ["", "a"],
    "character varying": ["", "a"],
    '"char"': ["", "a"],
    "name": ["", "a", "utf8"],
    "bytea": ["", "\\x00"],
    "date": ["infinity", "-infinity", "2024-02-29", "4713-01-01 BC"],
    "time without time zone": ["00:00", "24:00"],
    "time with time zone": ["00:00+00", "24:00-12"],
    "timestamp without time zone": ["infinity", "-infinity", "2024-02-29", "4713-01-01 BC"],
    "timestamp with time zone": ["infinity", "-infinity", "2024-02-29", "epoch"],
    "interval": ["0", "-1 month", "100000 years"],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
    "json": ["{}", "[]", "null", '""', '{"a":null}'],
    "jsonb": ["{}", "[]", "null", '""', '{"a":null}'],
    "jsonpath": ["$", "$.a", "strict $.b", "$ == 1"],
    "text[]": ["{}", "{a}", "{NULL}", "{{a,b},{c,d}}"],
    "bigint[]": ["{}", "{1}"],
    "int4range": ["empty", "(,)", "[1,5)"],
    "int4multirange": ["{}", "{(,)}"],
    "inet": ["10.0.0.1/8", "::/0"],
    "cidr": ["0.0.0.0/0"],
    "bit": ["1"],
    "bit varying": ["", "101"],
    "tsvector": ["", "a:1A b:2"],
    "tsquery": ["", "a & b", "!a"],
    "point": ["0,0", "NaN,Infinity"],
    "box": ["0,0,1,1", "2,2,3,3"],
    "circle": ["<(0,0),0>"],
    "lseg": ["[(0,0),(1,1)]", "[(2,2),(2,2)]"],
    "line": ["{1,0,0}", "{0,1,0}"],
    "path": ["[(0,0),(1,1)]", "((0,0),(1,1))"],
    "polygon": ["((0,0))"],
    "oid": ["0", "23"],
    "regconfig": ["english"],
    "geometry": [
        "POINT EMPTY",
        "POINT(1 2)",
        "POLYGON EMPTY",
        "GEOMETRYCOLLECTION(POINT EMPTY)",
        "LINESTRING(0 0,1 1)",
    ],
    "geography": ["POINT EMPTY", "POINT(1 2)", "GEOMETRYCOLLECTION EMPTY", "LINESTRING(0 0,1 1)"],
    "geometry[]": ["{}"],
}
POLYMORPHIC = {
    "anyelement": "integer",
    "anyarray": "text[]",
    "anycompatible": "text",
    "anycompatiblearray": "text[]",
    "anyrange": "int4range",
    "anymultirange": "int4multirange",
    "any": "text",
    "VARIADIC": "text",
}
SLOW_OR_LOCKING = {"pg_sleep", "set_config"}
SET_OR_STATE = {"setval", "nextval", "currval", "lastval", "pg_notify"}
MOST_CALLS = 30

TRY = """
create function tried(call text) returns boolean language plpgsql as $$
declare is_null boolean;
begin execute call into is_null; return is_null; exception when others then return null; end $$
"""


def hostile(types: list[str], random: Random) -> list[tuple[str, ...]]:
    """Arguments of these types: all ways to combine the values, or as many as there is time for."""
    values = [
        [f"'{value}'::{kind}" for value in HOSTILE.get(kind, [])]
        for kind in (POLYMORPHIC.get(one, one) for one in types)
    ]
    every = product(*(random.sample(one, len(one)) for one in values))
    return list(islice(every, MOST_CALLS))


def functions(conn: Conn) -> list[tuple[int, str, list[str]]]:
    return conn.execute(
        """
        select p.oid::bigint, format('%I.%I', n.nspname, p.proname),
          array(select format_type(t, null) from unnest(p.proargtypes) with ordinality as a (t, k) order by k)
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where p.prokind = 'f' and not p.proretset and n.nspname in ('pg_catalog', 'public')
        order by 2, 1
        """
    ).fetchall()


def is_listed(function: Function) -> bool:
    return is_total(function) and function.name not in SLOW_OR_LOCKING | SET_OR_STATE


def test_no_function_of_the_list_returns_null_for_values(conn: Conn) -> None:
    """Empty texts, arrays and geometries, infinities, NaN, the first and last of times: a listed function refuses them
    or returns something."""
    catalog, random = Catalog(conn), Random(1)
    conn.execute(TRY)
    conn.execute("set client_min_messages = error")
    count, found = 0, list[tuple[str]]()
    for oid, name, types in functions(conn):
        if is_listed(catalog.function(oid)) and "internal" not in types and "cstring" not in types:
            count += 1
            calls = [f"select {name}({', '.join(arguments)}) is null" for arguments in hostile(types, random)]
            found += nulls(conn, calls)
    assert found == []
    assert count > 400


def nulls(conn: Conn, calls: list[str]) -> list[tuple[str]]:
    """Those of the calls that give NULL; an error is no NULL."""
    return conn.execute("select call from unnest(%s::text[]) as call where tried(call)", (calls,)).fetchall()


def test_no_operator_of_the_list_returns_null_for_values(conn: Conn) -> None:
    """The same of operators."""
    catalog, random = Catalog(conn), Random(2)
    conn.execute(TRY)
    operators = conn.execute(
        """
        select o.oid::bigint, format('operator(%I.%s)', n.nspname, o.oprname),
          case when o.oprleft = 0 then null else format_type(o.oprleft, null) end, format_type(o.oprright, null)
        from pg_operator as o join pg_namespace as n on n.oid = o.oprnamespace where o.oprcode <> 0
        """
    ).fetchall()
    tried: list[str] = []
    for oid, written, left, right in operators:
        operator = catalog.operator(oid)
        if is_total_operator(operator, catalog.function(operator.function)):
            types = [left, right] if left else [right]
            for arguments in hostile(types, random):
                operands = [*arguments[:-1], written, arguments[-1]]
                tried.append(f"select ({' '.join(operands)}) is null")
    assert nulls(conn, tried) == []
    assert len(tried) > 3000


def test_each_listed_source_of_rows_is_a_function(conn: Conn) -> None:
    """A signature that is misspelt would be dead; one is of later servers."""
    missing = {name for name in [*ROWS, *ARRAYS] if not exists(conn, name)}
    assert missing <= {"generate_series(timestamp with time zone, timestamp with time zone, interval, text)"}


def exists(conn: Conn, signature: str) -> bool:
    return conn.execute("select to_regprocedure(%s) is not null", (f"pg_catalog.{signature}",)).fetchone() == (True,)


def test_each_listed_name_of_postgis_is_a_function(conn: Conn) -> None:
    """A name that is misspelt would be dead."""
    known = {row[0] for row in conn.execute("select proname::text from pg_proc").fetchall()}
    assert {name.partition("(")[0] for name in TOTAL_OF_EXTENSIONS["postgis"]} <= known
