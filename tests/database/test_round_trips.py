"""One call is one round trip: counted by a proxy between the library and the server, message by message."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from exchange_db.engine import Query
from exchange_db.errors import Conflict
from exchange_db.pool import open_async_pool, open_pool, transaction
from exchange_db.types import RowCount
from tests.database.wire import Proxy, Traffic
from tests.folders import folder

FIRST = "PBDES"
"""A first execution: parse, bind, describe, execute and one sync, all in one flight."""
LATER = "BDES"
"""A later one: the same without the parse."""


@pytest.fixture
def proxy(database_url: str) -> Generator[Proxy]:
    """A line to a database with a table."""
    with psycopg.connect(database_url) as conn:
        conn.execute("create table visits (id bigint primary key, note text)")
    with Proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
def double(tmp_path: Path) -> Query[..., int]:
    """A read."""
    query = folder(tmp_path, double="select :n::bigint * 2;")

    @query
    def double(*, n: int) -> int: ...

    return double


@pytest.fixture
def add(tmp_path: Path) -> Query[..., RowCount]:
    """A write."""
    query = folder(tmp_path, add="insert into visits (id, note) values (:id, :note);")

    @query
    def add(*, id: int, note: str | None = None) -> RowCount: ...  # noqa: A002

    return add


def assert_one_round_trip(wire: Traffic, *shapes: str) -> None:
    """One flight, one sync, no transaction's bracket around the statement."""
    assert wire.flights == 1
    assert wire.kinds in shapes
    for word in (b"begin", b"commit", b"select 1\0", b"prepare"):
        assert word not in wire.text.lower()


def test_every_call_on_a_pool_is_one_round_trip(
    proxy: Proxy, double: Query[..., int], add: Query[..., RowCount]
) -> None:
    """The very first call and all later ones, reads and writes, whatever the magnitude of the values."""
    with open_pool(proxy.conninfo) as pool:
        pool.wait()
        for n in (1, 70_000, -(2**40), 0, 5):
            with proxy.recording() as wire:
                assert double(pool, n=n) == 2 * n
            assert_one_round_trip(wire, FIRST if n == 1 else LATER)
            with proxy.recording() as wire:
                assert add(pool, id=n) == 1
            assert_one_round_trip(wire, FIRST if n == 1 else LATER)


def test_every_call_on_an_async_pool_is_one_round_trip(
    proxy: Proxy, double: Query[..., int], add: Query[..., RowCount]
) -> None:
    """The same for asyncio."""

    async def scenario() -> None:
        async with open_async_pool(proxy.conninfo) as pool:
            await pool.wait()
            for n in (1, 70_000, -(2**40), 0, 5):
                with proxy.recording() as wire:
                    assert await double(pool, n=n) == 2 * n
                assert_one_round_trip(wire, FIRST if n == 1 else LATER)
                with proxy.recording() as wire:
                    assert await add(pool, id=n) == 1
                assert_one_round_trip(wire, FIRST if n == 1 else LATER)

    asyncio.run(scenario())


def test_a_time_limit_costs_no_round_trip(proxy: Proxy, double: Query[..., int]) -> None:
    """``with_timeout`` sets nothing on the server."""
    with open_pool(proxy.conninfo) as pool:
        pool.wait()
        for shape in (FIRST, LATER):
            with proxy.recording() as wire:
                assert double.with_timeout(5)(pool, n=1) == 2
            assert_one_round_trip(wire, shape)


def test_a_large_value_is_one_round_trip(proxy: Proxy, add: Query[..., RowCount]) -> None:
    """A statement of many megabytes is still sent without waiting for anything."""
    with open_pool(proxy.conninfo) as pool:
        pool.wait()
        for n in (1, 2):
            with proxy.recording() as wire:
                add(pool, id=n, note="x" * 3_000_000)
            assert_one_round_trip(wire, FIRST if n == 1 else LATER)


def test_a_refused_call_is_one_round_trip_and_its_sentence_another(proxy: Proxy, add: Query[..., RowCount]) -> None:
    """A violation costs one call; the constraint's sentence is fetched once if the server has one."""
    with open_pool(proxy.conninfo) as pool:
        pool.wait()
        add(pool, id=1)
        with pool.connection() as conn:
            conn.execute("comment on constraint visits_pkey on visits is 'you were here'")
        seen: list[int] = []
        for _ in range(3):
            with proxy.recording() as wire, pytest.raises(Conflict, match="you were here"):
                add(pool, id=1)
            seen.append(wire.flights)
        assert seen[0] > 1
        assert seen[1:] == [1, 1]


def test_after_a_rollback_a_call_is_one_round_trip_again(proxy: Proxy, double: Query[..., int]) -> None:
    """An undone transaction on the pool's connection costs later calls nothing."""
    with open_pool(proxy.conninfo, max_size=1) as pool:
        pool.wait()
        double(pool, n=1)
        with suppress(ZeroDivisionError), transaction(pool) as conn:
            double(conn, n=1)
            raise ZeroDivisionError
        for n in range(4):
            with proxy.recording() as wire:
                double(pool, n=n)
            assert_one_round_trip(wire, FIRST, LATER)


def test_calls_in_a_transaction_share_its_begin_and_commit(proxy: Proxy, double: Query[..., int]) -> None:
    """``n`` calls in a transaction are ``n + 2`` round trips, once their statements are prepared."""
    with open_pool(proxy.conninfo, max_size=1) as pool:
        pool.wait()
        double(pool, n=1)
        with proxy.recording() as wire, transaction(pool) as conn:
            for n in range(3):
                double(conn, n=n)
        assert wire.flights == 5
        assert wire.text.count(b"BEGIN") == wire.text.count(b"COMMIT") == 1


def test_a_hosts_own_autocommit_connection(proxy: Proxy, double: Query[..., int]) -> None:
    """Where psycopg prepares at its usual threshold, only the call that prepares waits twice."""
    with psycopg.connect(proxy.conninfo, autocommit=True) as conn:
        flights: list[int] = []
        for n in range(10):
            with proxy.recording() as wire:
                double(conn, n=n)
            flights.append(wire.flights)
    assert flights == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1]


def test_the_server_agrees(proxy: Proxy, double: Query[..., int], add: Query[..., RowCount]) -> None:
    """The server's own book: each statement is prepared once and executed once per call, whatever the values are."""
    with open_pool(proxy.conninfo, max_size=1) as pool:
        for n in range(20):
            double(pool, n=10**n // 7)
            add(pool, id=10**n // 7 + n)
        with pool.connection() as conn:
            rows = conn.execute(
                "select split_part(statement, ' ', 2), generic_plans + custom_plans from pg_prepared_statements "
                "where statement like '/*%' order by 1",
            ).fetchall()
    assert rows == [("host.add", 20), ("host.double", 20)]
