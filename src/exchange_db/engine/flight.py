"""Several calls in one round trip: one sans-I/O core, and two thin twins.

All of them travel before one Sync. Outside of the caller's transaction they are therefore one transaction of their own,
which the server commits at the Sync if it has refused none of them, and undoes otherwise.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.adapt import PyFormat, Transformer

from exchange_db.engine.call import Call
from exchange_db.engine.connections import AnyConnection
from exchange_db.engine.cursors import OurAsyncCursor, OurCursor
from exchange_db.engine.decoding import Row
from exchange_db.engine.execution import (
    AsyncDB,
    SyncDB,
    ask_sentence,
    ask_sentence_async,
    checked_out,
    checked_out_async,
    fetch,
    fetch_async,
    forget,
    forget_async,
)
from exchange_db.engine.failures import DRIVER_ERRORS, tells_of_loss, translate
from exchange_db.engine.origin import Origin
from exchange_db.engine.piped import piped, piped_async
from exchange_db.errors import ExchangeError

__all__ = ["Bound", "Flight", "fly", "fly_async"]

R_co = TypeVar("R_co", covariant=True)
AnyCursor = Cursor[Row] | AsyncCursor[Row]


class Bound(Generic[R_co]):
    """A function with its arguments, checked, that waits to be called by ``pipeline``. It may be used many times."""

    def __init__(self, call: Call[Any]) -> None:
        self._call = call

    def call(self) -> Call[Any]:
        """A call of its own for each use."""
        return replace(self._call)

    def __repr__(self) -> str:
        return f"<Bound {self._call.origin.query}>"


class Flight:
    """The calls of one pipeline. It knows what their answers mean, and does no I/O."""

    def __init__(self, bound: Sequence[Bound[Any]]) -> None:
        self.calls = [each.call() for each in bound]
        limited = [call.origin.query for call in self.calls if call.timeout is not None]
        if limited:
            raise ValueError(
                f"pipeline: a call in a pipeline has no time limit of its own: {limited[0]}.with_timeout(…)"
            )
        self._origin = Origin("pipeline")

    def begin(self, conn: AnyConnection, cursors: Sequence[AnyCursor], *, is_ours: bool) -> None:
        """Look at the connection, and at what is to be sent: what cannot be is found before anything has been."""
        for index, (call, cursor) in enumerate(zip(self.calls, cursors, strict=True)):
            call.begin(conn, is_ours=is_ours)
            try:
                call.statement(conn)
                Transformer(cursor).dump_sequence(call.arguments, [PyFormat.AUTO] * len(call.arguments))
            except DRIVER_ERRORS as error:
                raise self._placed(call.failure(error, conn), index, _NONE) from error

    def may_be_stale(self, error: psycopg.Error, conn: AnyConnection, cursors: Sequence[AnyCursor]) -> bool:
        """Whether all of it can be run again, with statements that are not prepared; see ``Call.may_be_stale``."""
        index = _unanswered(cursors)
        return index is not None and self.calls[index].may_be_stale(error, conn)

    def failed(self, cursors: Sequence[AnyCursor]) -> Call[Any]:
        """The call that the server refused; if it was the COMMIT that it refused, any."""
        return self.calls[_unanswered(cursors) or 0]

    @contextmanager
    def answers(self) -> Generator[list[Any]]:
        """What the calls return, to be collected in order; the error of the one that does not fit says which it is."""
        collected: list[Any] = []
        try:
            yield collected
        except ExchangeError as error:
            raise self._placed(error, len(collected), _DONE) from error.__cause__

    def failure(
        self, error: psycopg.Error | UnicodeEncodeError, conn: AnyConnection | None, cursors: Sequence[AnyCursor]
    ) -> ExchangeError:
        """Our error for the driver's: that of the call which failed, or of one that may have been committed."""
        if not cursors or conn is None:  # there was no connection to be had
            return translate(error, self._origin)
        index = _unanswered(cursors)
        if tells_of_loss(error, conn.pgconn):
            doubtful = [n for n, call in enumerate(self.calls) if call.may_be_committed]
            index = doubtful[0] if doubtful else index or 0
            return self._placed(self.calls[index].failure(error, conn), index, _WHOLE if doubtful else _NONE)
        if index is not None:
            return self._placed(self.calls[index].failure(error, conn), index, _NONE)
        named = {name: kind for call in self.calls for name, kind in call.errors.items()}
        told = translate(error, self._origin, sentence=self.failed(cursors).sentence, named=named)
        return self._placed(told, None, _NONE)

    def _placed(self, error: ExchangeError, index: int | None, fate: str) -> ExchangeError:
        error.index = index
        which = "the COMMIT" if index is None else f"call {index + 1}"
        error.others = f"{which} of a pipeline of {len(self.calls)} calls; {fate}"
        return error


_NONE = "none of its calls has taken effect"
_DONE = "the server has done all of its calls, and outside of a transaction they stay done"
_WHOLE = "its calls have taken effect all together, or none of them has"


def _unanswered(cursors: Sequence[AnyCursor]) -> int | None:
    """The first call whose answer is not there; the server works one after the other, and stops at the first error."""
    return next((index for index, cursor in enumerate(cursors) if cursor.pgresult is None), None)


# --- the twins -------------------------------------------------------------------------------------------


def fly(flight: Flight, db: SyncDB) -> list[Any]:
    """Make the calls, and wait for what they return."""
    if not flight.calls:
        return []
    conn: Connection[Any] | None = None
    cursors: list[OurCursor] = []
    try:
        with checked_out(db) as conn:
            cursors += [OurCursor(conn) for _ in flight.calls]
            flight.begin(conn, cursors, is_ours=conn is not db)
            _send_all(flight, conn, cursors)
            with flight.answers() as answers:
                for call, cursor in zip(flight.calls, cursors, strict=True):
                    answers.append(call.result(call.took(conn, cursor, fetch(call, conn, cursor))))
            return answers
    except DRIVER_ERRORS as error:
        raise flight.failure(error, conn, cursors) from error


def _send_all(flight: Flight, conn: Connection[Any], cursors: list[OurCursor]) -> None:
    try:
        try:
            _send(flight, conn, cursors)
        except psycopg.Error as error:
            if not flight.may_be_stale(error, conn, cursors):
                raise
            if not conn.autocommit:
                conn.rollback()
            cursors[:] = [OurCursor(conn) for _ in flight.calls]
            _send(flight, conn, cursors, prepare=False)
            forget(flight.calls, conn)
    except psycopg.Error as error:
        ask_sentence(flight.failed(cursors), conn, error)
        raise


def _send(flight: Flight, conn: Connection[Any], cursors: Sequence[OurCursor], *, prepare: bool | None = None) -> None:
    errors: list[psycopg.Error] = []
    try:
        with piped(conn):
            try:
                for call, cursor in zip(flight.calls, cursors, strict=True):
                    cursor.execute(call.statement(conn), call.arguments, binary=True, prepare=prepare)
            except psycopg.Error as error:  # of a call before, whose answer has come by now
                errors.append(error)
    except psycopg.Error as error:
        errors.append(error)
    if errors:
        raise errors[0]


async def fly_async(flight: Flight, db: AsyncDB) -> list[Any]:
    """The same, awaited."""
    if not flight.calls:
        return []
    conn: AsyncConnection[Any] | None = None
    cursors: list[OurAsyncCursor] = []
    try:
        async with checked_out_async(db) as conn:
            cursors += [OurAsyncCursor(conn) for _ in flight.calls]
            flight.begin(conn, cursors, is_ours=conn is not db)
            await _send_all_async(flight, conn, cursors)
            with flight.answers() as answers:
                for call, cursor in zip(flight.calls, cursors, strict=True):
                    answers.append(call.result(call.took(conn, cursor, await fetch_async(call, conn, cursor))))
            return answers
    except DRIVER_ERRORS as error:
        raise flight.failure(error, conn, cursors) from error


async def _send_all_async(flight: Flight, conn: AsyncConnection[Any], cursors: list[OurAsyncCursor]) -> None:
    try:
        try:
            await _send_async(flight, conn, cursors)
        except psycopg.Error as error:
            if not flight.may_be_stale(error, conn, cursors):
                raise
            if not conn.autocommit:
                await conn.rollback()
            cursors[:] = [OurAsyncCursor(conn) for _ in flight.calls]
            await _send_async(flight, conn, cursors, prepare=False)
            await forget_async(flight.calls, conn)
    except psycopg.Error as error:
        await ask_sentence_async(flight.failed(cursors), conn, error)
        raise


async def _send_async(
    flight: Flight, conn: AsyncConnection[Any], cursors: Sequence[OurAsyncCursor], *, prepare: bool | None = None
) -> None:
    errors: list[psycopg.Error] = []
    try:
        async with piped_async(conn):
            try:
                for call, cursor in zip(flight.calls, cursors, strict=True):
                    await cursor.execute(call.statement(conn), call.arguments, binary=True, prepare=prepare)
            except psycopg.Error as error:
                errors.append(error)
    except psycopg.Error as error:
        errors.append(error)
    if errors:
        raise errors[0]
