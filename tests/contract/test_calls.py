"""Every function with what works, with each error that it can raise, and with what nobody should give it.

The table is in ``tests/contract/calls``, one file for each domain.
"""

import importlib
import importlib.util
import inspect
import re
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql
from psycopg.pq import TransactionStatus

from exchange_db import errors
from exchange_db.engine import Query, StreamQuery
from exchange_db.engine.annotations import Annotation
from exchange_db.errors import ExchangeError, InvalidCursor, InvalidValue
from exchange_db.resources import QUERIES
from exchange_db.testing.databases import Server
from exchange_db.types import Page
from tests.contract.calls.bad_input import odd_values, wrong_values
from tests.contract.calls.table import Call, World
from tests.contract.test_queries import DOMAINS, READING, functions

Conn = psycopg.Connection[Any]
Function = Query[..., Any] | StreamQuery[..., Any]

FROM_ONE_CALL = {
    "Conflict",
    "Forbidden",
    "InvalidCursor",
    "InvalidValue",
    "MissingReference",
    "NotFound",
    "Refused",
    "TooManyRows",
}
"""The errors that depend on nothing but the arguments and the rows; the others need a server in trouble."""
GOOD_ANSWERS_TO_ODD_VALUES = FROM_ONE_CALL - {"Forbidden", "TooManyRows"} | {"TimedOut"}
LIMIT_S = 2.0
"""For a call with an odd value: it may ask for much."""


class Row(NamedTuple):
    domain: str
    name: str
    function: Function
    call: Call | None
    """``None``: the table has no row for the function."""

    def __str__(self) -> str:
        return f"{self.domain}.{self.name}"


def calls(domain: str) -> dict[str, Call]:
    """The rows of one domain; none where it has no file."""
    name = f"tests.contract.calls.{domain}"
    return importlib.import_module(name).CALLS if importlib.util.find_spec(name) else {}


ROWS = [
    Row(domain, name, function, calls(domain).get(name))
    for domain in DOMAINS
    for name, function in sorted(functions(domain).items())
]
each_function = pytest.mark.parametrize(
    ("world", "row"), [pytest.param(row.domain, row, id=str(row)) for row in ROWS], indirect=["world"], scope="module"
)


class Prepared(NamedTuple):
    conn: Conn
    it: Mapping[str, Any]
    contents: sql.Composed


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, server: Server, template: str) -> Generator[Prepared]:
    """A database of the domain's own, prepared once: every call is undone."""
    with server.database(template) as name, Conn.connect(server.url(name), autocommit=True) as conn:
        it = importlib.import_module(f"tests.contract.calls.{request.param}").prepare(World(conn))
        yield Prepared(conn, it, _contents(conn))


def _contents(conn: Conn) -> sql.Composed:
    """The query for what is in every table."""
    tables = conn.execute(
        "select relname from pg_class where relnamespace = 'exchange'::regnamespace and relkind = 'r' order by relname"
    ).fetchall()
    one = sql.SQL("(select md5(string_agg(t::text, '|' order by t::text)) from exchange.{} as t) as {}")
    names = [sql.Identifier(table) for (table,) in tables]
    return sql.SQL("select {}").format(sql.SQL(", ").join(one.format(name, name) for name in names))


def contents(world: Prepared) -> Any:
    return world.conn.execute(world.contents).fetchone()


def run(world: Prepared, function: Function, arguments: Mapping[str, Any]) -> Any:
    """What the function returns; all the rows, of a stream."""
    if isinstance(function, StreamQuery):
        with function(world.conn, **arguments) as rows:
            return list(rows)
    return function(world.conn, **arguments)


def refusal(world: Prepared, function: Function, arguments: Mapping[str, Any]) -> Exception | None:
    """What the function raises, if anything. What the server itself has refused is undone, as it would be outside of a
    transaction; any other effect stays, to be seen."""
    world.conn.execute("savepoint before")
    try:
        run(world, function, arguments)
    except Exception as error:
        if world.conn.info.transaction_status is TransactionStatus.INERROR:
            world.conn.execute("rollback to savepoint before")
        return error
    world.conn.execute("rollback to savepoint before")
    return None


# --- the table is complete -------------------------------------------------------------------------------


def test_every_domain_has_a_table_and_every_row_a_function() -> None:
    """Each folder of queries has its file of calls, and no row is left of a function that is no more."""
    assert {domain: bool(calls(domain)) for domain in DOMAINS} == dict.fromkeys(DOMAINS, True)
    stale = {f"{domain}.{name}" for domain in DOMAINS for name in calls(domain)} - {str(row) for row in ROWS}
    assert stale == set()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_promised_error_is_in_the_table(row: Row) -> None:
    """A function has a row, and in it each error that its docstring names, or that it declares for a constraint, which
    the docstring then names as well (or says that the errors are those of another function)."""
    assert row.call is not None, f"add a row to tests/contract/calls/{row.domain}.py"
    declared = {kind.__name__ for kind in row.function.declaration.errors.values()}
    text = row.function.__doc__ or ""
    named = set(re.findall(r"``(\w+)``", text)) & (set(errors.__all__) | declared)
    assert named & FROM_ONE_CALL | declared <= {kind.__name__ for kind, each in row.call.errors.items() if each}
    assert declared <= named or "errors are those of" in text


# --- what it says is so ----------------------------------------------------------------------------------


@each_function
def test_it_works(world: Prepared, row: Row) -> None:
    """The function finds or does something; one that reads changes nothing, and one that writes does."""
    assert row.call is not None
    with world.conn.transaction(force_rollback=True):
        before = contents(world)
        result = run(world, row.function, row.call.works(world.it))
        if inspect.signature(row.function).return_annotation is not None:
            found = result.items if isinstance(result, Page) else result
            assert found not in (None, [], 0), "the call that works finds nothing"
        assert (contents(world) == before) == (row.name.split("_")[0] in READING)


@each_function
def test_each_error(world: Prepared, row: Row) -> None:
    """Each bad call raises exactly the error of its row, with a sentence, and changes nothing."""
    assert row.call is not None
    for kind, bad_calls in row.call.errors.items():
        for number, bad in enumerate(bad_calls):
            with world.conn.transaction(force_rollback=True):
                before = contents(world)
                error = refusal(world, row.function, bad(world.it))
                where = f"{kind.__name__} {number}: {error!r}"
                assert isinstance(error, ExchangeError), where
                assert type(error) is kind, where
                assert (error.query, error.path) == (str(row), QUERIES / row.domain / f"{row.name}.sql"), where
                assert error.sentence, where
                assert contents(world) == before, where


# --- what nobody should give it --------------------------------------------------------------------------


@each_function
def test_wrong_values_are_refused(world: Prepared, row: Row) -> None:
    """NUL, half a surrogate pair, another type, NULL, a number beyond every integer: ``InvalidValue``, no change."""
    assert row.call is not None
    good = row.call.works(world.it)
    with world.conn.transaction(force_rollback=True):
        before = contents(world)
        for name, annotation in parameters(row.function).items():
            for value in wrong_values(annotation, good.get(name)):
                error = refusal(world, row.function, good | {name: value})
                assert type(error) in (InvalidValue, InvalidCursor), f"{name}={value!r:.200}: {error!r}"
        assert contents(world) == before


@each_function
def test_odd_values_are_taken_or_refused(world: Prepared, row: Row) -> None:
    """The edges of every type are an answer or one of the errors that a caller expects; nothing is half done."""
    assert row.call is not None
    good = row.call.works(world.it)
    function = row.function.with_timeout(LIMIT_S)
    with world.conn.transaction(force_rollback=True):
        before = contents(world)
        for name, annotation in parameters(row.function).items():
            for value in odd_values(annotation, good.get(name)):
                error = refusal(world, function, good | {name: value})
                kinds = [kind.__name__ for kind in type(error).__mro__]
                known = error is None or not GOOD_ANSWERS_TO_ODD_VALUES.isdisjoint(kinds)
                assert known, f"{name}={value!r:.200}: {error!r}"
        assert contents(world) == before


def parameters(function: Function) -> dict[str, Annotation]:
    return {parameter.name: parameter.annotation for parameter in function.declaration.parameters}


def test_errors_are_all_told_apart() -> None:
    """The names above are errors of ours: a misspelt one would check nothing."""
    assert set(errors.__all__) >= FROM_ONE_CALL | GOOD_ANSWERS_TO_ODD_VALUES
    assert all(issubclass(getattr(errors, name), ExchangeError) for name in errors.__all__)
