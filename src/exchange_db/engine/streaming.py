"""Streams: the rows of a large result, a few at a time, over a server-side cursor.

A stream is a context manager, so that the cursor is closed and the connection given back at a known moment, also
when the consumer stops early or fails. A batch is asked for when the one before has been read, and never ahead: what
nobody reads would be worked on, waited for and able to fail.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from itertools import count
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncCursor, AsyncRawServerCursor, Connection, Cursor, RawServerCursor
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from exchange_db.engine.connections import memory_of
from exchange_db.engine.deadline import deadline, deadline_async
from exchange_db.engine.decoding import Row
from exchange_db.engine.execution import AsyncDB, Call, SyncDB, checked_out, checked_out_async
from exchange_db.engine.failures import DRIVER_ERRORS

__all__ = ["stream", "stream_async"]

T = TypeVar("T")

BATCH = 1_000
"""Rows fetched at a time: enough to make round trips cheap, few enough to keep memory flat."""

HANDFUL = 50
"""Records made at a time: a consumer that keeps none leaves the garbage collector next to nothing to look through. Made
all at once, those of a batch outlive its young generations, and its full collections take as long as the rest."""

_TOO_LATE = "{}: a stream lives as long as its `with` block; read it there, or keep a list of its rows"

_numbers = count(1)


class OurServerCursor(RawServerCursor[Row]):
    """A server-side cursor with the library's adapters."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._ours = memory_of(conn).adapters
        super().__init__(conn, f"exchange_db_{next(_numbers)}", row_factory=tuple_row)

    @property
    def adapters(self) -> AdaptersMap:
        return self._ours


class OurAsyncServerCursor(AsyncRawServerCursor[Row]):
    """The same for an async connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._ours = memory_of(conn).adapters
        super().__init__(conn, f"exchange_db_{next(_numbers)}", row_factory=tuple_row)

    @property
    def adapters(self) -> AdaptersMap:
        return self._ours


class _Rows(Iterator[T]):
    """The rows for as long as the block lasts; after it a mistake of the reader's, and not an empty result."""

    def __init__(self, query: str, rows: Generator[T]) -> None:
        self._query = query
        self._rows = rows
        self._ended = False

    def __next__(self) -> T:
        if self._ended:
            raise RuntimeError(_TOO_LATE.format(self._query))
        return next(self._rows)

    def close(self) -> None:
        self._ended = True
        self._rows.close()


class _AsyncRows(AsyncIterator[T]):
    """The same, awaited."""

    def __init__(self, query: str, rows: AsyncGenerator[T]) -> None:
        self._query = query
        self._rows = rows
        self._ended = False

    def __anext__(self) -> Awaitable[T]:
        if self._ended:
            raise RuntimeError(_TOO_LATE.format(self._query))
        return anext(self._rows)

    async def aclose(self) -> None:
        self._ended = True
        await self._rows.aclose()


@contextmanager
def stream(call: Call[T], db: SyncDB) -> Generator[Iterator[T]]:
    """The call's rows as an iterator that lives as long as the block."""
    conn: Connection[Any] | None = None
    raised: BaseException | None = None
    try:
        with ExitStack() as stack:
            conn = stack.enter_context(checked_out(db))
            own = _is_idle(conn)
            if own:  # a server-side cursor lives in a transaction; the caller's own serves as well
                stack.enter_context(conn.transaction())
            call.begin(conn, is_ours=conn is not db)
            cursor = OurServerCursor(conn)
            # Its own close talks to the server and gives up where that fails; this one then marks it as closed.
            stack.callback(Cursor.close, cursor)
            stack.enter_context(cursor)
            call.prefix = _prefix(cursor)
            with deadline(conn, call.timeout):
                cursor.execute(call.statement(conn), call.arguments, binary=True)
            rows = _Rows(call.origin.query, _rows(call, conn, cursor))
            stack.callback(rows.close)
            try:
                yield rows
            except BaseException as error:
                raised = error
                raise
            if own:
                call.ends()
    except DRIVER_ERRORS as error:
        if error is raised:  # the block's own passes unchanged
            raise
        raise call.failure(error, conn) from error


def _rows(call: Call[T], conn: Connection[Any], cursor: OurServerCursor) -> Generator[T]:
    while True:
        try:
            with deadline(conn, call.timeout):
                batch = cursor.fetchmany(BATCH)
        except psycopg.Error as error:
            raise call.unreadable(error, conn) from error
        if not batch:
            return
        plan = call.decoder.plan(cursor.pgresult, conn.info.encoding)
        for start in range(0, len(batch), HANDFUL):
            yield from plan.rows(batch[start : start + HANDFUL])


@asynccontextmanager
async def stream_async(call: Call[T], db: AsyncDB) -> AsyncGenerator[AsyncIterator[T]]:
    """The same, awaited."""
    conn: AsyncConnection[Any] | None = None
    raised: BaseException | None = None
    try:
        async with AsyncExitStack() as stack:
            conn = await stack.enter_async_context(checked_out_async(db))
            own = _is_idle(conn)
            if own:
                await stack.enter_async_context(conn.transaction())
            call.begin(conn, is_ours=conn is not db)
            cursor = OurAsyncServerCursor(conn)
            stack.push_async_callback(AsyncCursor.close, cursor)
            await stack.enter_async_context(cursor)
            call.prefix = _prefix(cursor)
            async with deadline_async(conn, call.timeout):
                await cursor.execute(call.statement(conn), call.arguments, binary=True)
            rows = _AsyncRows(call.origin.query, _rows_async(call, conn, cursor))
            stack.push_async_callback(rows.aclose)
            try:
                yield rows
            except BaseException as error:
                raised = error
                raise
            if own:
                call.ends()
    except DRIVER_ERRORS as error:
        if error is raised:
            raise
        raise call.failure(error, conn) from error


async def _rows_async(call: Call[T], conn: AsyncConnection[Any], cursor: OurAsyncServerCursor) -> AsyncGenerator[T]:
    while True:
        try:
            async with deadline_async(conn, call.timeout):
                batch = await cursor.fetchmany(BATCH)
        except psycopg.Error as error:
            raise call.unreadable(error, conn) from error
        if not batch:
            return
        plan = call.decoder.plan(cursor.pgresult, conn.info.encoding)
        for start in range(0, len(batch), HANDFUL):
            for item in plan.rows(batch[start : start + HANDFUL]):
                yield item


def _is_idle(conn: Connection[Any] | AsyncConnection[Any]) -> bool:
    return conn.pgconn.transaction_status == TransactionStatus.IDLE


def _prefix(cursor: OurServerCursor | OurAsyncServerCursor) -> int:
    return len(f'DECLARE "{cursor.name}" CURSOR FOR ')
