"""Running a bound call on a connection or a pool: two thin twins, sync and async, around one core."""

from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.engine.call import Call, Taken
from exchange_db.engine.cursors import OurAsyncCursor, OurCursor
from exchange_db.engine.deadline import deadline, deadline_async
from exchange_db.engine.decoding import Row
from exchange_db.engine.failures import DRIVER_ERRORS, SENTENCE_QUERY
from exchange_db.engine.piped import piped, piped_async

__all__ = [
    "AsyncDB",
    "Call",
    "SyncDB",
    "ask_sentence",
    "ask_sentence_async",
    "check_db",
    "checked_out",
    "checked_out_async",
    "fetch",
    "fetch_async",
    "forget",
    "forget_async",
    "run",
    "run_async",
]

T = TypeVar("T")
SyncDB: TypeAlias = Connection[Any] | ConnectionPool[Any]
AsyncDB: TypeAlias = AsyncConnection[Any] | AsyncConnectionPool[Any]

_DATABASES = (Connection, ConnectionPool, AsyncConnection, AsyncConnectionPool)
# A tuple: a union of classes would be made anew at every call.

FORGET = "deallocate all"
"""After it neither psycopg nor the server has anything prepared on the connection."""


def check_db(function: str, db: object) -> None:
    """Raise ``TypeError`` for what is no connection or pool: not every caller has a type checker."""
    if not isinstance(db, _DATABASES):
        raise TypeError(f"{function}: the first argument is a psycopg connection or pool, not {type(db).__name__}")


def run(call: Call[T], db: SyncDB) -> Any:
    """Run the call and wait for its result."""
    conn: Connection[Any] | None = None
    try:
        if isinstance(db, Connection):
            conn = db
            return call.result(_execute(call, conn, is_ours=False))
        with db.connection() as taken:
            conn = taken
            # Inside the block: a pool without autocommit rolls back what does not fit its declaration.
            return call.result(_execute(call, taken, is_ours=True))
    except DRIVER_ERRORS as error:
        raise call.failure(error, conn) from error


async def run_async(call: Call[T], db: AsyncDB) -> Any:
    """The same, awaited."""
    conn: AsyncConnection[Any] | None = None
    try:
        if isinstance(db, AsyncConnection):
            conn = db
            return call.result(await _execute_async(call, conn, is_ours=False))
        async with db.connection() as taken:
            conn = taken
            return call.result(await _execute_async(call, taken, is_ours=True))
    except DRIVER_ERRORS as error:
        raise call.failure(error, conn) from error


@contextmanager
def checked_out(db: SyncDB) -> Generator[Connection[Any]]:
    """The connection itself, or one of the pool for as long as the block lasts."""
    if isinstance(db, Connection):
        yield db
    else:
        with db.connection() as conn:
            yield conn


@asynccontextmanager
async def checked_out_async(db: AsyncDB) -> AsyncGenerator[AsyncConnection[Any]]:
    """The same for async connections and pools."""
    if isinstance(db, AsyncConnection):
        yield db
    else:
        async with db.connection() as conn:
            yield conn


def _execute(call: Call[T], conn: Connection[Any], *, is_ours: bool) -> Taken[T]:
    call.begin(conn, is_ours=is_ours)
    statement = call.statement(conn)
    cursor = OurCursor.take(conn, statement)
    try:
        try:
            if call.timeout is None:
                _send(call, conn, cursor, statement)
            else:
                with deadline(conn, call.timeout):
                    _send(call, conn, cursor, statement)
        except psycopg.Error as error:
            if not call.may_be_stale(error, conn):
                raise
            cursor = _send_anew(call, conn)
    except psycopg.Error as error:
        ask_sentence(call, conn, error)
        raise
    taken = call.took(conn, cursor, fetch(call, conn, cursor))
    cursor.keep(statement)
    return taken


def _send(call: Call[T], conn: Connection[Any], cursor: OurCursor, statement: bytes) -> None:
    if call.is_pipelined(conn):
        with piped(conn):
            cursor.execute(statement, call.arguments, binary=True)
    else:
        cursor.execute(statement, call.arguments, binary=True)


def _send_anew(call: Call[T], conn: Connection[Any]) -> OurCursor:
    """Run it without what was prepared; where that helps, what else was prepared may be as old."""
    if not conn.autocommit:
        conn.rollback()  # of the transaction that the call itself has begun
    cursor = OurCursor(conn)
    with deadline(conn, call.timeout):
        cursor.execute(call.statement(conn), call.arguments, binary=True, prepare=False)
    forget([call], conn)
    return cursor


def forget(calls: Iterable[Call[Any]], conn: Connection[Any]) -> None:
    """Use nothing again that was prepared on the connection; the calls have been made without."""
    with suppress(psycopg.Error):  # they are done; the next one will find that the connection is lost
        OurCursor(conn).execute(FORGET, prepare=False)
    for call in calls:
        call.forget(conn)


def ask_sentence(call: Call[Any], conn: Connection[Any], error: psycopg.Error) -> None:
    """Ask the server for the sentence of the constraint that refused the call, if only the server knows it."""
    if constraint := call.asks_for(error, conn):
        with suppress(psycopg.Error):  # without its sentence the failure is still the one to tell
            call.learn(conn, constraint, OurCursor(conn).execute(SENTENCE_QUERY, constraint).fetchone())


def fetch(call: Call[Any], conn: Connection[Any], cursor: OurCursor) -> list[Row]:
    """The rows that the cursor holds."""
    try:
        return cursor.fetchall() if cursor.rownumber is not None else []
    except psycopg.DataError as error:
        raise call.unreadable(error, conn) from error


async def _execute_async(call: Call[T], conn: AsyncConnection[Any], *, is_ours: bool) -> Taken[T]:
    call.begin(conn, is_ours=is_ours)
    statement = call.statement(conn)
    cursor = OurAsyncCursor.take(conn, statement)
    try:
        try:
            if call.timeout is None:
                await _send_async(call, conn, cursor, statement)
            else:
                async with deadline_async(conn, call.timeout):
                    await _send_async(call, conn, cursor, statement)
        except psycopg.Error as error:
            if not call.may_be_stale(error, conn):
                raise
            cursor = await _send_anew_async(call, conn)
    except psycopg.Error as error:
        await ask_sentence_async(call, conn, error)
        raise
    taken = call.took(conn, cursor, await fetch_async(call, conn, cursor))
    cursor.keep(statement)
    return taken


async def _send_async(call: Call[T], conn: AsyncConnection[Any], cursor: OurAsyncCursor, statement: bytes) -> None:
    if call.is_pipelined(conn):
        async with piped_async(conn):
            await cursor.execute(statement, call.arguments, binary=True)
    else:
        await cursor.execute(statement, call.arguments, binary=True)


async def _send_anew_async(call: Call[T], conn: AsyncConnection[Any]) -> OurAsyncCursor:
    if not conn.autocommit:
        await conn.rollback()
    cursor = OurAsyncCursor(conn)
    async with deadline_async(conn, call.timeout):
        await cursor.execute(call.statement(conn), call.arguments, binary=True, prepare=False)
    await forget_async([call], conn)
    return cursor


async def forget_async(calls: Iterable[Call[Any]], conn: AsyncConnection[Any]) -> None:
    """The same, awaited."""
    with suppress(psycopg.Error):
        await OurAsyncCursor(conn).execute(FORGET, prepare=False)
    for call in calls:
        call.forget(conn)


async def ask_sentence_async(call: Call[Any], conn: AsyncConnection[Any], error: psycopg.Error) -> None:
    """The same, awaited."""
    if constraint := call.asks_for(error, conn):
        with suppress(psycopg.Error):
            asked = await OurAsyncCursor(conn).execute(SENTENCE_QUERY, constraint)
            call.learn(conn, constraint, await asked.fetchone())


async def fetch_async(call: Call[Any], conn: AsyncConnection[Any], cursor: OurAsyncCursor) -> list[Row]:
    """The same, awaited."""
    try:
        return await cursor.fetchall() if cursor.rownumber is not None else []
    except psycopg.DataError as error:
        raise call.unreadable(error, conn) from error
