"""``count_round_trips`` agrees with a proxy that sees every message, and names what it has counted."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import inspect
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection, Connection
from psycopg._connection_base import BaseConnection
from psycopg.client_cursor import ClientCursor

from exchange_db.engine import Query, StreamQuery
from exchange_db.pool import open_async_pool, open_pool, transaction
from exchange_db.testing import at_most_round_trips, count_round_trips
from exchange_db.types import RowCount
from tests.database.wire import Proxy
from tests.folders import folder

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    Pool = ConnectionPool[Any]

Conn = Connection[Any]
HERE = "tests/database/test_count_round_trips.py"


@pytest.fixture(scope="module")
def proxy(module_database_url: str) -> Generator[Proxy]:
    """A line to a database with a table."""
    with psycopg.connect(module_database_url) as conn:
        conn.execute("create table visits (id bigint generated always as identity, note text)")
    with Proxy(module_database_url) as proxy:
        yield proxy


def declare(path: Path) -> tuple[Query[..., int], Query[..., RowCount], StreamQuery[..., int]]:
    """A read, a write and a stream."""
    query = folder(
        path,
        double="select :n::bigint * 2;",
        add="insert into visits (note) values (:note);",
        numbers="select n from generate_series(1, :n::bigint) as n;",
    )

    @query
    def double(*, n: int) -> int: ...

    @query
    def add(*, note: str) -> RowCount: ...

    @query.stream
    def numbers(*, n: int) -> Iterator[int]: ...

    return double, add, numbers


DOUBLE, ADD, NUMBERS = range(3)
Functions = tuple[Query[..., int], Query[..., RowCount], StreamQuery[..., int]]


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Functions:
    return declare(tmp_path_factory.mktemp("sql"))


# --- it agrees with the bytes ----------------------------------------------------------------------------------------


def _call(conn: Conn, functions: Functions) -> None:
    assert functions[0](conn, n=2) == 4


def _write(conn: Conn, functions: Functions) -> None:
    functions[1](conn, note="x")


def _stream(conn: Conn, functions: Functions) -> None:
    with functions[2](conn, n=3) as rows:
        assert list(rows) == [1, 2, 3]


def _long_stream(conn: Conn, functions: Functions) -> None:
    with functions[2](conn, n=12_000) as rows:
        assert sum(1 for _ in rows) == 12_000


def _raw(conn: Conn, _: Functions) -> None:
    conn.execute("select %s::int", [1]).fetchall()


def _prepared(conn: Conn, _: Functions) -> None:
    conn.execute("select %s::int + 1", [1], prepare=True).fetchall()


def _wrong(conn: Conn, _: Functions) -> None:
    with suppress(psycopg.Error), conn.transaction():
        conn.execute("select 1 / 0")


def _nested(conn: Conn, functions: Functions) -> None:
    with transaction(conn), transaction(conn):
        functions[0](conn, n=1)


def _undone(conn: Conn, functions: Functions) -> None:
    with conn.transaction(force_rollback=True):
        functions[1](conn, note="never")


def _pipeline(conn: Conn, _: Functions) -> None:
    with conn.pipeline():
        conn.execute("select 1")
        conn.execute("select %s::int", [2])


def _waiting_pipeline(conn: Conn, _: Functions) -> None:
    with conn.pipeline() as pipeline:
        conn.execute("select 1").fetchone()
        conn.execute("select 2")
        pipeline.sync()
        pipeline.sync()


def _many(conn: Conn, _: Functions) -> None:
    conn.cursor().executemany("insert into visits (note) values (%s)", [["a"], ["b"]])


def _copy_in(conn: Conn, _: Functions) -> None:
    with conn.cursor().copy("copy visits (note) from stdin") as copy:
        copy.write_row(["a"])


def _copy_out(conn: Conn, _: Functions) -> None:
    with conn.cursor().copy("copy (select 1) to stdout") as copy:
        list(copy.rows())


def _client_cursor(conn: Conn, _: Functions) -> None:
    ClientCursor(conn).execute("select %s", [1])


def _cursor(conn: Conn, _: Functions) -> None:
    with conn.transaction(), conn.cursor("named") as cursor:
        cursor.execute("select 1")
        cursor.fetchall()


def _rows_as_they_come(conn: Conn, _: Functions) -> None:
    assert len(list(conn.cursor().stream("select generate_series(1, 3)"))) == 3


ACTIONS: list[Callable[[Conn, Functions], None]] = [
    _call, _write, _stream, _long_stream, _raw, _prepared, _wrong, _nested, _undone, _pipeline, _waiting_pipeline,
    _many, _copy_in, _copy_out, _client_cursor, _cursor, _rows_as_they_come,
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    # psycopg's own stream() leaves libpq in a state that breaks a later pipeline (3.3.8).
    actions=st.lists(st.sampled_from([each for each in ACTIONS if each is not _rows_as_they_come]), max_size=6),
    autocommit=st.booleans(),
    threshold=st.sampled_from([0, 1, 5, None]),
)
def test_the_counter_agrees_with_the_wire(
    proxy: Proxy,
    functions: Functions,
    actions: list[Callable[[Conn, Functions], None]],
    autocommit: bool,
    threshold: int | None,
) -> None:
    """Calls, transactions, streams, pipelines, copies and raw statements, on connections of any setting."""
    with Conn.connect(proxy.conninfo, autocommit=autocommit, prepare_threshold=threshold) as conn:
        for action in actions:
            with proxy.recording() as wire, count_round_trips(conn) as seen:
                action(conn, functions)
            assert seen.count == wire.flights, f"{action.__name__}\n{seen}"


@pytest.mark.parametrize("action", ACTIONS)
def test_the_counter_agrees_about_each(proxy: Proxy, functions: Functions, action: Callable[..., None]) -> None:
    """Each kind of traffic, on a connection of the library's own pool, counted on the pool."""
    with open_pool(proxy.conninfo, max_size=1) as pool:
        for _ in range(2):
            with pool.connection() as conn, proxy.recording() as wire, count_round_trips(pool) as seen:
                action(conn, functions)
            assert seen.count == wire.flights > 0, str(seen)


def test_a_prepared_statement_that_makes_room_is_counted(proxy: Proxy) -> None:
    """psycopg closes the oldest prepared statement when there are too many."""
    with Conn.connect(proxy.conninfo, autocommit=True, prepare_threshold=0) as conn:
        conn.prepared_max = 1
        for statement in ("select 1", "select 2", "select 3", "drop table if exists nothing", "select 4"):
            with proxy.recording() as wire, count_round_trips(conn) as seen:
                conn.execute(statement)
            assert seen.count == wire.flights, str(seen)


def test_the_twins_agree_as_well(proxy: Proxy, functions: Functions) -> None:
    """The same for asyncio: a call, a stream, a transaction, a copy, on a pool and on a connection."""
    double, add, numbers = functions

    async def scenario() -> None:
        async with open_async_pool(proxy.conninfo, max_size=1) as pool:
            await pool.wait()
            for _ in range(2):
                with proxy.recording() as wire, count_round_trips(pool) as seen:
                    assert await double(pool, n=1) == 2
                    async with numbers(pool, n=3) as rows:
                        assert [n async for n in rows] == [1, 2, 3]
                    async with transaction(pool) as conn:
                        await add(conn, note="x")
                assert seen.count == wire.flights > 0, str(seen)
        async with await AsyncConnection[Any].connect(proxy.conninfo, autocommit=True) as conn:
            with proxy.recording() as wire, count_round_trips(conn) as seen:
                async with conn.cursor() as cursor, cursor.copy("copy visits (note) from stdin") as copy:
                    await copy.write_row(["a"])
                async with conn.pipeline():
                    await conn.execute("select 1")
            assert seen.count == wire.flights == 3, str(seen)

    asyncio.run(scenario())


# --- what it counts --------------------------------------------------------------------------------------------------


def test_a_query_in_a_loop_is_named_with_its_line(pool: "Pool", functions: Functions) -> None:
    """The failure lists each query, how often it was called and from which line; a host's own SQL too."""
    double, _, _ = functions
    lines: list[int] = []

    def page() -> None:
        for n in range(20):
            lines.append(_line() + 1)
            double(pool, n=n)
        with pool.connection() as conn:
            conn.execute("select   'a statement of some length', 'whose end nobody needs', 'to know', 'what it is'")

    with pytest.raises(AssertionError) as failure, at_most_round_trips(pool, 2):
        page()
    told = str(failure.value).splitlines()
    assert told[0] == "at most 2 round trips were expected, and there were 22:"
    assert told[1] == f"  host.double x20 at {HERE}:{lines[0]}"
    assert re.fullmatch(rf"  prepare select 'a statement of some length'.{{40,}}… x1 at {HERE}:\d+", told[2])
    assert re.fullmatch(rf"  select 'a statement of some length'.{{40,}}… x1 at {HERE}:\d+", told[3])


def test_as_many_as_are_allowed_pass(pool: "Pool", functions: Functions) -> None:
    """The limit itself is allowed, and what was sent can be looked at."""
    with at_most_round_trips(pool, 1) as seen:
        functions[0](pool, n=1)
    assert seen.count == 1
    assert seen.trips[0].sent[0].statement == "host.double"


def test_an_error_of_the_block_passes(pool: "Pool", functions: Functions) -> None:
    """What the block raises is not hidden by the count."""

    def fails() -> None:
        functions[0](pool, n=1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), at_most_round_trips(pool, 0):
        fails()


def test_a_pipeline_is_one_round_trip_of_several_statements(proxy: Proxy) -> None:
    """It is shown as such, with the statements that travelled together."""
    with Conn.connect(proxy.conninfo, autocommit=True) as conn:
        with count_round_trips(conn) as seen, conn.pipeline():
            for _ in range(3):
                conn.execute("select 1")
            conn.execute("select 2")
        assert seen.count == 1
        assert str(seen).startswith(f"  3 select 1 + select 2 in one pipeline x1 at {HERE}:")
        with count_round_trips(conn) as seen, conn.pipeline():
            pass
        assert [str(trip) for trip in seen.trips] == ["sync"]


def test_only_the_given_connections_count(pool: "Pool", database_url: str) -> None:
    """Another connection is not counted, a connection of the pool is; blocks nest, and each counts for itself."""
    with Conn.connect(database_url, autocommit=True) as other, pool.connection() as mine:
        with count_round_trips(pool) as outer:
            other.execute("select 1", prepare=False)
            mine.execute("select 1", prepare=False)
            with count_round_trips(other) as inner:
                other.execute("select 1", prepare=False)
                mine.execute("select 1", prepare=False)
        assert (outer.count, inner.count) == (2, 1)


def test_streams_are_shown_by_name(pool: "Pool", functions: Functions) -> None:
    """A stream's cursor has a name that differs each time; what is shown does not."""
    with count_round_trips(pool) as seen, functions[2](pool, n=1) as rows:
        list(rows)
    shown = [trip.sent[0].statement for trip in seen.trips]
    assert shown[:3] == ["BEGIN", "host.numbers", "describe a cursor"]
    assert set(shown[3:]) == {"FETCH FORWARD 1000 FROM a cursor", "CLOSE a cursor", "COMMIT"}


def test_outside_of_a_block_nothing_is_wrapped(pool: "Pool") -> None:
    """psycopg is its own again when the last block ends, however it does."""
    own = vars(BaseConnection)["_exec_command"]
    with suppress(ZeroDivisionError), count_round_trips(pool):
        assert vars(BaseConnection)["_exec_command"] is not own
        with count_round_trips(pool):
            raise ZeroDivisionError
    assert vars(BaseConnection)["_exec_command"] is own


def test_what_is_no_connection_is_refused() -> None:
    """Not every caller has a type checker."""
    wrong: Any = "postgresql:///"
    with pytest.raises(TypeError, match="a psycopg connection or pool, not str"), count_round_trips(wrong):
        pass


def _line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno
