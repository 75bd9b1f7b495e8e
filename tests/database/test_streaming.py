"""Streams: every row, in bounded memory, and a connection that is whole afterwards however the stream ends."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.engine import AsyncDB, Query, StreamQuery, SyncDB
from exchange_db.errors import InvalidValue, OutcomeUnknown, RecordMismatch, StatementError, Unavailable
from exchange_db.pool import open_pool
from exchange_db.types import Record
from tests.database.failing import terminate
from tests.database.hosts import KINDS, host_connection, host_transaction, opened, settled
from tests.database.wire import Proxy
from tests.folders import folder

MODES = [(kind, autocommit) for kind in KINDS for autocommit in (True, False)]


class Row(Record):
    n: int
    text: str


@pytest.fixture
def stream_rows(tmp_path: Path) -> StreamQuery[..., Row]:
    """``count`` rows."""
    query = folder(tmp_path, stream_rows="select g.n, 'row ' || g.n as text from generate_series(1, :count) as g (n);")

    @query.stream
    def stream_rows(*, count: int) -> Iterator[Row]: ...

    return stream_rows


@asynccontextmanager
async def streamed(stream: Any) -> AsyncGenerator[AsyncIterator[Any]]:
    """A sync or an async stream, to be read with ``async for``."""
    async with AsyncExitStack() as stack:
        if hasattr(stream, "__aenter__"):
            yield await stack.enter_async_context(stream)
        else:
            rows = stack.enter_context(stream)

            async def each() -> AsyncIterator[Any]:
                for row in rows:
                    yield row

            yield each()


async def assert_whole(db: SyncDB | AsyncDB) -> None:
    """The connection is idle, without a cursor, and works."""
    async with host_connection(db) as conn:
        assert conn.pgconn.transaction_status == TransactionStatus.IDLE
        cursor = await settled(conn.execute("select count(*) from pg_cursors"))
        assert await settled(cursor.fetchone()) == (0,)
        await settled(conn.rollback())
    if isinstance(db, ConnectionPool | AsyncConnectionPool):
        stats = db.get_stats()
        assert stats["pool_available"] == stats["pool_size"]


@pytest.mark.parametrize(("kind", "autocommit"), MODES)
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_every_row_comes_once(
    module_database_url: str, stream_rows: StreamQuery[..., Row], kind: str, autocommit: bool, count: int
) -> None:
    """All rows in order, around the size of a batch too, outside and inside of the caller's transaction."""
    expected = [Row(n=n, text=f"row {n}") for n in range(1, count + 1)]

    async def scenario() -> None:
        async with opened(module_database_url, kind, autocommit=autocommit) as db:
            async with streamed(stream_rows(db, count=count)) as rows:
                assert [row async for row in rows] == expected
            await assert_whole(db)
            async with host_connection(db) as conn, host_transaction(conn):
                async with streamed(stream_rows(conn, count=count)) as rows:
                    assert [row async for row in rows] == expected
                assert conn.pgconn.transaction_status == TransactionStatus.INTRANS
            await assert_whole(db)

    asyncio.run(scenario())


@pytest.mark.parametrize(("kind", "autocommit"), MODES)
def test_a_consumer_may_stop_early(
    module_database_url: str, stream_rows: StreamQuery[..., Row], kind: str, autocommit: bool
) -> None:
    """After ``break``, and after an exception, which passes unchanged, the cursor is closed, the transaction ended and
    the connection back."""

    async def scenario() -> None:
        async with opened(module_database_url, kind, autocommit=autocommit) as db:
            async with streamed(stream_rows(db, count=5000)) as rows:
                async for row in rows:
                    if row.n == 1500:
                        break
            await assert_whole(db)
            mine = psycopg.OperationalError("the consumer's own")
            with pytest.raises(psycopg.OperationalError) as error:
                await fail(db, mine)
            assert error.value is mine
            await assert_whole(db)
            async with streamed(stream_rows(db, count=5000)):
                pass  # not read at all
            await assert_whole(db)

    async def fail(db: Any, error: Exception) -> None:
        async with streamed(stream_rows(db, count=5000)) as rows:
            async for _ in rows:
                raise error

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded(module_database_url: str, tmp_path: Path, kind: str) -> None:
    """Half a million rows need no more memory than a few batches."""
    query = folder(tmp_path, stream_numbers="select g.n from generate_series(1, 500000) as g (n);")

    @query.stream
    def stream_numbers() -> Iterator[int]: ...

    async def scenario() -> int:
        total = 0
        async with opened(module_database_url, kind, autocommit=True) as db, streamed(stream_numbers(db)) as rows:
            async for n in rows:
                total += n
        return total

    tracemalloc.start()
    try:
        total = asyncio.run(scenario())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 500_000 * 500_001 // 2
    assert peak < 3_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_makes_nothing_ahead(database_url: str, tmp_path: Path, kind: str) -> None:
    """While the first of three batches is read the others are not made, and whoever leaves waits for none of them."""
    query = folder(tmp_path, stream_numbers="select nextval('made') from generate_series(1, 3000);")

    @query.stream
    def stream_numbers() -> Iterator[int]: ...

    async def scenario(watch: Connection[Any]) -> None:
        async with opened(database_url, kind, autocommit=True) as db, streamed(stream_numbers(db)) as rows:
            assert await anext(aiter(rows)) == 1
        assert watch.execute("select last_value from made").fetchone() == (1000,)

    with psycopg.connect(database_url, autocommit=True) as watch:
        watch.execute("create sequence made")
        asyncio.run(scenario(watch))


def test_two_streams_on_one_connection(conn: Connection[Any], stream_rows: StreamQuery[..., Row]) -> None:
    """Nested streams, with other calls between their rows, do not disturb each other."""
    seen: list[tuple[int, int]] = []
    with stream_rows(conn, count=2500) as outer:
        for a, row in enumerate(outer, 1):
            assert row.n == a
            if a % 1000 == 0:
                with stream_rows(conn, count=1200) as inner:
                    seen.append((a, sum(1 for _ in inner)))
                assert conn.execute("select 1").fetchone() == (1,)
    assert seen == [(1000, 1200), (2000, 1200)]
    assert conn.pgconn.transaction_status == TransactionStatus.IDLE


def test_streams_of_several_connections_at_once(pool: ConnectionPool[Any], stream_rows: StreamQuery[..., Row]) -> None:
    """A pool serves several streams in step."""
    with stream_rows(pool, count=1500) as first, stream_rows(pool, count=1500) as second:
        assert all(a == b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("kind", ["pool", "async pool"])
def test_rows_after_the_block_are_a_mistake(
    module_database_url: str, stream_rows: StreamQuery[..., Row], kind: str
) -> None:
    """An iterator that outlives its block says so: it neither reads from a connection that is no longer its own nor
    passes for an empty result."""

    async def scenario() -> None:
        async with opened(module_database_url, kind, autocommit=True) as db:
            for read in (0, 1, 5):
                stream: Any = stream_rows(db, count=5)
                async with AsyncExitStack() as stack:
                    is_async = hasattr(stream, "__aenter__")
                    rows = await stack.enter_async_context(stream) if is_async else stack.enter_context(stream)
                    for _ in range(read):
                        await settled(anext(rows) if is_async else next(rows))
                with pytest.raises(RuntimeError, match=r"host.stream_rows: a stream lives as long as its `with` block"):
                    await settled(anext(rows) if is_async else next(rows))
            await assert_whole(db)

    asyncio.run(scenario())


def test_a_caller_sees_its_own_writes(conn: Connection[Any], tmp_path: Path) -> None:
    """Inside of the caller's transaction the stream reads what was written there."""
    conn.execute("create table t (a int)")
    query = folder(tmp_path, stream_t="select t.a from t order by t.a;")

    @query.stream
    def stream_t() -> Iterator[int]: ...

    with suppress(ZeroDivisionError), conn.transaction():
        conn.execute("insert into t values (1), (2)")
        with stream_t(conn) as rows:
            assert list(rows) == [1, 2]
        raise ZeroDivisionError
    with stream_t(conn) as rows:
        assert list(rows) == []


def test_streams_of_any_encoding(database_url: str, tmp_path: Path) -> None:
    """A latin1 connection streams text that is not ASCII, from a statement that is not either."""
    query = folder(tmp_path, stream_words="select 'größe'::text as n union all select :word;")

    @query.stream
    def stream_words(*, word: str) -> Iterator[str]: ...

    with psycopg.connect(database_url, client_encoding="latin1") as conn, stream_words(conn, word="öl") as rows:
        assert list(rows) == ["größe", "öl"]


# --- failures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_with_the_statement_is_told(module_database_url: str, tmp_path: Path, kind: str) -> None:
    """Mistakes in the SQL point at their line; failures in the middle, and values that Python cannot hold, are told
    when their row is read; and the connection is whole after each."""
    query = folder(
        tmp_path,
        stream_wrong="-- Wrong.\nselect\n  1,\n  x\nfrom generate_series(1, 3);",
        stream_divided="select 10 / (1500 - g.n)\nfrom generate_series(1, 3000) as g (n);",
        stream_times="values ('infinity'::timestamptz);",
        stream_null="values (1), (null);",
    )

    @query.stream
    def stream_wrong() -> Iterator[int]: ...

    @query.stream
    def stream_divided() -> Iterator[int]: ...

    @query.stream
    def stream_times() -> Iterator[datetime]: ...

    @query.stream
    def stream_null() -> Iterator[int]: ...

    query.complete()

    async def drain(stream: Any) -> list[Any]:
        async with streamed(stream) as rows:
            return [row async for row in rows]

    async def scenario() -> None:
        async with opened(module_database_url, kind, autocommit=True) as db:
            with pytest.raises(StatementError, match='column "x" does not exist') as wrong:
                await drain(stream_wrong(db))
            assert wrong.value.line == 4
            await assert_whole(db)
            with pytest.raises(InvalidValue, match="division by zero") as divided:
                await drain(stream_divided(db))
            assert divided.value.query == "host.stream_divided"
            await assert_whole(db)
            with pytest.raises(RecordMismatch, match="timestamp too large"):
                await drain(stream_times(db))
            await assert_whole(db)
            with pytest.raises(RecordMismatch, match="NULL in a field that is not optional"):
                await drain(stream_null(db))
            await assert_whole(db)
            with pytest.raises(TypeError, match="unexpected keyword argument 'n'"):
                stream_null(db, n=3)  # type: ignore[call-overload] # pyright: ignore

    asyncio.run(scenario())


@pytest.mark.parametrize(("kind", "autocommit"), MODES)
def test_a_backend_that_dies_in_the_middle(
    database_url: str, stream_rows: StreamQuery[..., Row], kind: str, autocommit: bool
) -> None:
    """The next batch is ``Unavailable``; leaving the block at that moment is as well, and not the driver's error."""

    async def read_on(db: Any) -> None:
        async with streamed(stream_rows(db, count=5000)) as rows:
            async for row in rows:
                if row.n == 10:
                    kill_streams(database_url)

    async def leave(db: Any) -> None:
        async with streamed(stream_rows(db, count=5000)) as rows:
            async for row in rows:
                if row.n == 10:
                    kill_streams(database_url)
                    break

    async def scenario() -> None:
        for consume in (read_on, leave):
            async with opened(database_url, kind, autocommit=autocommit) as db:
                with pytest.raises(Unavailable, match="connection was lost") as error:
                    await consume(db)
                assert error.value.query == "host.stream_rows"
                assert isinstance(error.value.__cause__, psycopg.Error)
                if kind.endswith("pool"):
                    async with streamed(stream_rows(db, count=2)) as rows:
                        assert [row.n async for row in rows] == [1, 2]

    with psycopg.connect(database_url) as conn:
        conn.execute("select 1")
    asyncio.run(scenario())


def kill_streams(url: str) -> None:
    """End every other backend of this database."""
    with psycopg.connect(url, autocommit=True) as conn:
        pids = conn.execute(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
            "and backend_type = 'client backend'"
        ).fetchall()
        for (pid,) in pids:
            terminate(conn, pid)


def test_a_commit_that_is_not_answered(database_url: str, tmp_path: Path) -> None:
    """A stream whose statement may write leaves the outcome unknown when the line dies at its COMMIT; one that only
    reads does not."""
    query = folder(tmp_path, stream_changes="select app.change(1);", stream_one="select 1;")

    @query.stream
    def stream_changes() -> Iterator[int]: ...

    @query.stream
    def stream_one() -> Iterator[int]: ...

    with psycopg.connect(database_url) as conn:
        conn.execute("create schema app; create table app.t (a int)")
        conn.execute(
            "create function app.change(int) returns int language sql as 'insert into app.t values ($1) returning a'"
        )
    with Proxy(database_url) as proxy, open_pool(proxy.conninfo) as pool:
        proxy.cut_after(b"COMMIT")
        with pytest.raises(OutcomeUnknown), stream_changes(pool) as rows:
            assert list(rows) == [1]
        proxy.cut_after(b"COMMIT")
        with pytest.raises(Unavailable), stream_one(pool) as rows:
            assert list(rows) == [1]
        proxy.cut_after(b"FETCH")
        with pytest.raises(Unavailable), stream_changes(pool) as rows:
            list(rows)


def test_a_pool_that_is_closed(database_url: str, stream_rows: StreamQuery[..., Row]) -> None:
    """Without a connection there is no stream."""
    with open_pool(database_url) as pool:
        pass
    with pytest.raises(Unavailable, match="closed"), stream_rows(pool, count=1):
        pytest.fail("there is no stream")


def test_a_stream_leaves_later_calls_one_statement(conn: Connection[Any], tmp_path: Path) -> None:
    """A stream that fails undoes its transaction; functions that were prepared before still work."""
    query = folder(tmp_path, one="select 1;", stream_one="select 1 / :n from generate_series(1, 3);")

    @query
    def one() -> int: ...

    @query.stream
    def stream_one(*, n: int) -> Iterator[int]: ...

    check: Query[..., int] = one
    conn.prepare_threshold = 0
    for _ in range(3):
        assert check(conn) == 1
        with pytest.raises(InvalidValue), stream_one(conn, n=0) as rows:
            list(rows)
    count = conn.execute("select count(*) from pg_prepared_statements where statement like '/* host.one%'").fetchone()
    assert count
    assert count[0] <= 1
