"""Time limits: a call's own, the session's, and what is left behind afterwards."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from psycopg_pool import ConnectionPool

from exchange_db.engine import Query, StreamQuery
from exchange_db.errors import TimedOut
from exchange_db.pool import open_async_pool, open_pool, transaction
from tests.database.hosts import KINDS, opened, settled
from tests.folders import folder

LONG_S = 30
"""What a statement would take that nobody ends."""
SOON_S = 10
"""What a statement must not have taken that somebody has ended."""


@pytest.fixture
def nap(tmp_path: Path) -> Query[..., int]:
    """A statement that takes ``seconds``."""
    query = folder(tmp_path, nap="select 7 from pg_sleep(:seconds);")

    @query
    def nap(*, seconds: float) -> int: ...

    return nap


@pytest.fixture
def stream_naps(tmp_path: Path) -> StreamQuery[..., int]:
    """A stream whose every row takes ``seconds``."""
    statement = "select g.i from generate_series(1, 3) as g (i) where pg_sleep(:seconds) is not null;"
    query = folder(tmp_path, stream_naps=statement)

    @query.stream
    def stream_naps(*, seconds: float) -> Iterator[int]: ...

    return stream_naps


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autocommit", [True, False])
def test_a_call_ends_at_its_limit(database_url: str, nap: Query[..., int], kind: str, autocommit: bool) -> None:
    """At the limit the statement is cancelled on the server, the error says so, and the connection goes on."""

    async def scenario() -> None:
        async with opened(database_url, kind, autocommit=autocommit) as db:
            start = time.monotonic()
            with pytest.raises(TimedOut, match=r"the call has a time limit of 0\.1 s") as error:
                await settled(nap.with_timeout(0.1)(db, seconds=LONG_S))
            assert time.monotonic() - start < SOON_S
            assert (error.value.sqlstate, error.value.query) == ("57014", "host.nap")
            if kind.endswith("connection"):
                await settled(db.rollback())  # type: ignore[union-attr] # pyright: ignore
            assert await settled(nap.with_timeout(LONG_S)(db, seconds=0)) == 7
            assert await settled(nap(db, seconds=0)) == 7

    asyncio.run(scenario())


def test_a_limit_that_is_not_reached_does_nothing(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """Many limited calls, some of which end at the very limit: each is done or timed out, and no cancellation hits a
    later statement."""
    limited = nap.with_timeout(0.01)
    done = 0
    for i in range(60):
        with suppress(TimedOut):
            done += limited(pool, seconds=0.0004 * (i % 40)) == 7
        assert nap(pool, seconds=0) == 7
    assert done


def test_a_call_that_is_done_waits_for_no_limit(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """The result comes when it is there: long before a limit of ten seconds, however slow the machine."""
    started = time.monotonic()
    assert nap.with_timeout(10)(pool, seconds=0) == 7
    assert time.monotonic() - started < 10


def test_a_limit_ends_with_its_call(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """A later statement of the connection runs at the moment that the limit would have been."""
    with pool.connection() as conn:
        with suppress(TimedOut):  # on a slow machine
            nap.with_timeout(0.3)(conn, seconds=0)
        assert nap(conn, seconds=0.6) == 7


def test_one_thread_minds_all_limits(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """Calls with limits, one after the other and at once, share it; a short limit is not late for a long one."""
    nap.with_timeout(LONG_S)(pool, seconds=0)
    before = {thread.ident for thread in threading.enumerate()}
    started = time.monotonic()

    def late() -> bool:
        try:
            nap.with_timeout(0.05)(pool, seconds=LONG_S)
        except TimedOut:
            return time.monotonic() - started > SOON_S
        return True

    with ThreadPoolExecutor(3) as threads:
        long = threads.submit(nap.with_timeout(LONG_S), pool, seconds=0.3)
        soon = [threads.submit(late) for _ in range(2)]
        assert not any(each.result() for each in soon)
        assert long.result() == 7
    for _ in range(20):
        nap.with_timeout(LONG_S)(pool, seconds=0)
        assert {thread.ident for thread in threading.enumerate()} <= before


FORKED = """
import os, sys
from pathlib import Path
import psycopg
from exchange_db.engine import deadline
from exchange_db.errors import TimedOut
from tests.folders import folder

query = folder(Path(sys.argv[2]), nap="select 7 from pg_sleep(:seconds);")

@query
def nap(*, seconds: float) -> int: ...

def is_limited():
    with psycopg.connect(sys.argv[1]) as conn:
        try:
            nap.with_timeout(0.05)(conn, seconds=30)
        except TimedOut:
            return True

assert is_limited()
(clock,) = deadline._clocks.values()
with clock._changed:  # as another thread may have it at that very moment
    child = os.fork()
    if not child:
        os._exit(0 if is_limited() else 1)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_process_has_limits(database_url: str, tmp_path: Path) -> None:
    """A server of applications that forks its workers after a first call: their limits are kept as well."""
    script = [sys.executable, "-W", "ignore", "-c", FORKED, database_url, str(tmp_path)]
    subprocess.run(script, check=True, timeout=60, cwd=Path(__file__).parents[2])


def test_the_limit_is_of_the_copy(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """``with_timeout`` leaves the function itself without a limit, and the last limit holds."""
    nap.with_timeout(0.001)
    assert nap(pool, seconds=0.05) == 7
    assert nap.with_timeout(0.001).with_timeout(LONG_S)(pool, seconds=0.05) == 7


def test_a_limit_inside_of_a_transaction(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """The transaction has failed, as after any error, and a savepoint around the call keeps it alive."""
    with transaction(pool) as conn:
        with pytest.raises(TimedOut), transaction(conn):
            nap.with_timeout(0.05)(conn, seconds=LONG_S)
        assert nap(conn, seconds=0) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_has_the_limit_for_each_batch(
    database_url: str, stream_naps: StreamQuery[..., int], kind: str
) -> None:
    """A batch that takes too long ends the stream, and the connection goes on."""

    async def scenario() -> None:
        async with opened(database_url, kind, autocommit=True) as db:
            start = time.monotonic()
            with pytest.raises(TimedOut, match=r"time limit of 0\.1 s"):
                await drain(stream_naps.with_timeout(0.1)(db, seconds=LONG_S))
            assert time.monotonic() - start < SOON_S
            assert await drain(stream_naps.with_timeout(LONG_S)(db, seconds=0)) == [1, 2, 3]

    async def drain(stream: Any) -> list[int]:
        if hasattr(stream, "__aenter__"):
            async with stream as arows:
                return [row async for row in arows]
        with stream as rows:
            return list(rows)

    asyncio.run(scenario())


def test_the_sessions_limits(pool: ConnectionPool[Any], nap: Query[..., int]) -> None:
    """The server's own time-outs, for a statement and for a lock, are the same kind of error."""
    with pool.connection() as conn:
        conn.execute("create table t (a int)")
        conn.execute("set statement_timeout = '50ms'")
        with pytest.raises(TimedOut, match="statement timeout"):
            nap(conn, seconds=LONG_S)
        conn.execute("reset statement_timeout")


def test_a_lock_that_does_not_come(database_url: str, tmp_path: Path) -> None:
    """``lock_timeout`` and ``nowait`` are ``TimedOut``: nothing was changed."""
    query = folder(
        tmp_path,
        change="update t set a = 2;",
        lock="select t.a from t for update nowait;",
        make="create table t (a int);",
    )

    @query
    def change() -> None: ...

    @query
    def lock() -> list[int]: ...

    @query
    def make() -> None: ...

    query.complete()
    with open_pool(database_url) as pool, psycopg.connect(database_url) as holder:
        make(pool)
        holder.execute("insert into t values (1)")
        holder.commit()
        holder.execute("update t set a = 3")
        with open_pool(database_url, connection={"options": "-c lock_timeout=50ms"}) as impatient:
            with pytest.raises(TimedOut, match="lock timeout") as error:
                change(impatient)
            assert error.value.sqlstate == "55P03"
            with pytest.raises(TimedOut, match="could not obtain lock"):
                lock(impatient)
        with pytest.raises(TimedOut):
            change.with_timeout(0.05)(pool)


def test_a_limit_leaves_nothing_behind(database_url: str, nap: Query[..., int]) -> None:
    """After limited calls, reached or not, the async pool has all its connections and the server no statement."""

    async def scenario() -> None:
        async with await open_async_pool(database_url, max_size=3) as pool:

            async def one(i: int) -> None:
                try:
                    await nap.with_timeout(0.03)(pool, seconds=LONG_S if i % 2 else 0)
                except TimedOut:
                    assert i % 2

            await asyncio.gather(*(one(i) for i in range(12)))
            stats = pool.get_stats()
            assert stats["pool_available"] == stats["pool_size"]
        assert napping(database_url) == 0

    asyncio.run(scenario())


class SlowToCancel(Connection[Any]):
    """The way to its server is long: a request to cancel arrives late."""

    def cancel_safe(self, *, timeout: float = 30) -> None:
        time.sleep(0.4)
        super().cancel_safe(timeout=timeout)


class AsyncSlowToCancel(AsyncConnection[Any]):
    """The same, awaited."""

    async def cancel_safe(self, *, timeout: float = 30) -> None:
        await asyncio.sleep(0.4)
        await super().cancel_safe(timeout=timeout)


@pytest.mark.parametrize("kind", [SlowToCancel, AsyncSlowToCancel])
def test_a_late_cancellation_hits_no_other_statement(
    database_url: str, nap: Query[..., int], kind: "type[SlowToCancel | AsyncSlowToCancel]"
) -> None:
    """A statement that ends by itself while its cancellation is under way: the next one is not cancelled instead."""

    async def scenario() -> None:
        conn = await settled(kind.connect(database_url, autocommit=True))
        try:
            assert await settled(nap.with_timeout(0.1)(conn, seconds=0.2)) == 7
            assert await settled(nap(conn, seconds=0.6)) == 7
        finally:
            await settled(conn.close())

    asyncio.run(scenario())


def napping(url: str) -> int:
    with Connection[Any].connect(url) as conn:
        (count,) = conn.execute(
            "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep%' "
            "and datname = current_database() and pid <> pg_backend_pid()"
        ).fetchone() or (0,)
    return int(count)
