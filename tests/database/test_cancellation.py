"""Async tasks that are cancelled at any moment leave the pool whole and the server idle."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool

from exchange_db.engine import Query, StreamQuery
from exchange_db.pool import open_async_pool, transaction
from exchange_db.types import RowCount
from tests.folders import folder

LONG_S = 60
"""What a statement would take that nobody ends."""
SHORT_S = 0.1
"""What one may take that psycopg did not manage to end: its request can overtake the statement, and is void then."""
SOON_S = 3
ROUNDS = 60
Apool = AsyncConnectionPool[AsyncConnection[Any]]


@pytest.fixture
def url(database_url: str) -> str:
    with psycopg.connect(database_url) as conn:
        conn.execute("create table visits (id int)")
    return database_url


@pytest.fixture
def nap(tmp_path: Path) -> Query[..., int]:
    """A read that takes ``seconds``."""
    query = folder(tmp_path, nap="select 7 from pg_sleep(:seconds);")

    @query
    def nap(*, seconds: float) -> int: ...

    return nap


@pytest.fixture
def visit(tmp_path: Path) -> Query[..., RowCount]:
    """A write that takes ``seconds``."""
    query = folder(tmp_path, visit="insert into visits select 1 from pg_sleep(:seconds);")

    @query
    def visit(*, seconds: float) -> RowCount: ...

    return visit


@pytest.fixture
def stream_naps(tmp_path: Path) -> StreamQuery[..., int]:
    """Many rows, which take ``seconds`` each from the thousandth on."""
    statement = "select g.i from generate_series(1, 3000) as g (i) where g.i < 1000 or pg_sleep(:seconds) is not null;"
    query = folder(tmp_path, stream_naps=statement)

    @query.stream
    def stream_naps(*, seconds: float) -> Iterator[int]: ...

    return stream_naps


async def cancelled_at_random(work: Callable[[], Awaitable[Any]], *, seed: int, within_s: float = 0.02) -> None:
    """Start the work again and again, and cancel it each time after another moment: before it has begun, while it
    waits, or when it is done."""
    moments = random.Random(seed)
    for _ in range(ROUNDS):
        task = asyncio.ensure_future(work())
        await asyncio.sleep(moments.choice([0, moments.uniform(0, 0.002), moments.uniform(0, within_s)]))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def assert_whole(url: str, pool: Apool, nap: Query[..., int]) -> None:
    """All connections are back and work, and the server runs nothing of ours."""
    deadline = time.monotonic() + SOON_S
    while lent(pool) or running(url):
        assert time.monotonic() < deadline, (pool.get_stats(), running(url))
        await asyncio.sleep(0.02)  # the pool replaces in the background what it had to close
    assert pool.get_stats()["pool_size"] <= pool.max_size
    assert await asyncio.gather(*(nap(pool, seconds=0) for _ in range(8))) == [7] * 8
    assert pool.get_stats()["requests_waiting"] == 0


def lent(pool: Apool) -> int:
    """How many connections are not in the pool."""
    stats = pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


def running(url: str) -> list[str]:
    """What other sessions of this database run, or have left open."""
    with Connection[Any].connect(url) as conn:
        rows = conn.execute(
            "select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
            "and backend_type = 'client backend' and state <> 'idle'"
        ).fetchall()
    return [query for (query,) in rows]


def sleeps(url: str) -> bool:
    """Whether a session has come so far as to sleep: a cancellation before that may be too early for the server."""
    with Connection[Any].connect(url) as conn:
        found = conn.execute(
            "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
        )
        return found.fetchone() is not None


@pytest.mark.parametrize("max_size", [1, 3])
def test_calls_that_are_cancelled(url: str, nap: Query[..., int], visit: Query[..., RowCount], max_size: int) -> None:
    """In the middle of a read or a write, at its first execution or a later one; a write has happened or not."""

    async def scenario() -> None:
        async with open_async_pool(url, max_size=max_size) as pool:
            await cancelled_at_random(lambda: nap(pool, seconds=SHORT_S), seed=1)
            await assert_whole(url, pool, nap)
            await cancelled_at_random(lambda: visit(pool, seconds=0.005), seed=2)
            await assert_whole(url, pool, nap)

    asyncio.run(scenario())


def test_a_statement_that_runs_is_ended(url: str, nap: Query[..., int]) -> None:
    """The server stops working for a task that is cancelled, at the first execution of a statement and at later
    ones."""

    async def scenario() -> None:
        async with open_async_pool(url, max_size=1) as pool:
            for _ in range(3):
                task = asyncio.ensure_future(nap(pool, seconds=LONG_S))
                while not sleeps(url):
                    await asyncio.sleep(0.01)
                start = time.monotonic()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await assert_whole(url, pool, nap)
                assert time.monotonic() - start < SOON_S

    asyncio.run(scenario())


def test_first_executions_that_are_cancelled(url: str, nap: Query[..., int]) -> None:
    """On a connection that is new each time, so that the statement is on its way to be prepared."""

    async def scenario() -> None:
        for i in range(12):
            async with open_async_pool(url, max_size=1) as pool:
                await pool.wait()
                task = asyncio.ensure_future(nap(pool, seconds=SHORT_S))
                await asyncio.sleep(0.0005 * i)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await assert_whole(url, pool, nap)

    asyncio.run(scenario())


def test_waiting_for_a_connection(url: str, nap: Query[..., int]) -> None:
    """Tasks that are cancelled while others hold the connections; those others are not disturbed."""

    async def scenario() -> None:
        async with open_async_pool(url, max_size=2) as pool:
            holders = [asyncio.ensure_future(nap(pool, seconds=0.5)) for _ in range(2)]
            await asyncio.sleep(0.05)
            await cancelled_at_random(lambda: nap(pool, seconds=0), seed=3, within_s=0.005)
            assert await asyncio.gather(*holders) == [7, 7]
            await assert_whole(url, pool, nap)

    asyncio.run(scenario())


def test_streams_that_are_cancelled(url: str, nap: Query[..., int], stream_naps: StreamQuery[..., int]) -> None:
    """While a batch is fetched, between rows, at the beginning and at the end."""

    async def read(pool: Apool, seconds: float) -> int:
        total = 0
        async with stream_naps(pool, seconds=seconds) as rows:
            async for row in rows:
                total += row
                if row % 500 == 0:
                    await asyncio.sleep(0)
        return total

    async def scenario() -> None:
        async with open_async_pool(url, max_size=2) as pool:
            await cancelled_at_random(lambda: read(pool, SHORT_S / 2000), seed=4)
            await assert_whole(url, pool, nap)
            await cancelled_at_random(lambda: read(pool, 0), seed=5, within_s=0.05)
            await assert_whole(url, pool, nap)

    asyncio.run(scenario())


def test_transactions_that_are_cancelled(url: str, nap: Query[..., int], visit: Query[..., RowCount]) -> None:
    """A transaction that is cancelled is undone as a whole."""

    async def two_visits(pool: Apool) -> None:
        async with transaction(pool) as conn:
            await visit(conn, seconds=0)
            await visit(conn, seconds=0.005)

    async def scenario() -> None:
        async with open_async_pool(url, max_size=2) as pool:
            await cancelled_at_random(lambda: two_visits(pool), seed=6)
            await assert_whole(url, pool, nap)

    asyncio.run(scenario())
    with Connection[Any].connect(url) as conn:
        (count,) = conn.execute("select count(*) from visits").fetchone() or (1,)
    assert count % 2 == 0


def test_a_time_out_of_asyncios_own(url: str, nap: Query[..., int]) -> None:
    """``asyncio.timeout`` is a cancellation too, and it may come together with the call's own limit."""

    async def impatient(pool: Apool, seconds: float) -> None:
        async with asyncio.timeout(0.02):
            await nap.with_timeout(seconds)(pool, seconds=LONG_S)

    async def scenario() -> None:
        async with open_async_pool(url, max_size=2) as pool:
            for seconds in (1, 0.02, 0.0199, 0.0201, 0.021, 0.019):
                with pytest.raises(Exception, match=r"time limit|^$"):
                    await impatient(pool, seconds)
            await assert_whole(url, pool, nap)

    asyncio.run(scenario())


def test_a_hosts_own_connection(url: str, nap: Query[..., int]) -> None:
    """A connection outside of any pool can be used again after a cancelled call."""

    async def scenario() -> None:
        async with await AsyncConnection[Any].connect(url, autocommit=True) as conn:
            for i in range(10):
                task = asyncio.ensure_future(nap(conn, seconds=SHORT_S))
                await asyncio.sleep(0.002 * i)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert await nap(conn, seconds=0) == 7

    asyncio.run(scenario())
