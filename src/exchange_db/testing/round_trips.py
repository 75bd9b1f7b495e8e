"""How often a block waited for the server: the test that finds a query in a loop (N+1).

A round trip is one exchange: the client sends, and waits for the answer. A statement is one; psycopg's preparing of it,
where that is not done in the same breath, another; BEGIN and COMMIT are one each. In a pipeline the exchange is
what ends in a wait, whatever the number of its statements. Opening a connection is not counted.

psycopg has no hook for this. While a block is counted, the few methods through which its connections and cursors, sync
and async, hand statements to libpq are wrapped; at other times nothing is. A test compares the numbers with those of a
proxy that sees the bytes.
"""

import asyncio
import contextlib
import inspect
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
import psycopg_pool
from psycopg import capabilities
from psycopg._connection_base import BaseConnection
from psycopg._cursor_base import BaseCursor
from psycopg._pipeline_base import BasePipeline
from psycopg._server_cursor_base import ServerCursorMixin
from psycopg.client_cursor import ClientCursorMixin
from psycopg.copy import AsyncLibpqWriter, LibpqWriter
from psycopg.sql import Composable

import exchange_db
from exchange_db.engine import AsyncDB, SyncDB
from exchange_db.engine.execution import check_db

__all__ = ["RoundTrip", "RoundTrips", "Sent", "at_most_round_trips", "count_round_trips"]

_SHOWN = 80
"""Characters of a statement that has no name."""
_NOT_CALLERS = (
    *(f"{Path(module.__file__ or '').parent}/" for module in (psycopg, psycopg_pool, asyncio, exchange_db)),
    contextlib.__file__,
)


class Sent(NamedTuple):
    """One statement, and the line that sent it."""

    statement: str
    """The name of the query, or the beginning of the SQL."""
    place: str
    """``app/views.py:31``: the first caller outside of this library and psycopg."""


@dataclass(frozen=True)
class RoundTrip:
    """One exchange with the server."""

    sent: tuple[Sent, ...]
    """One statement; of a pipeline any number."""

    def __str__(self) -> str:
        names = Counter(each.statement for each in self.sent)
        what = " + ".join(name if n == 1 else f"{n} {name}" for name, n in names.items())
        return f"{what} in one pipeline" if len(self.sent) > 1 else what


@dataclass
class RoundTrips:
    """What a block has sent over a connection, or over all connections of a pool."""

    db: SyncDB | AsyncDB
    trips: list[RoundTrip] = field(default_factory=list[RoundTrip])

    @property
    def count(self) -> int:
        return len(self.trips)

    def __str__(self) -> str:
        """One line for each statement and place, the most frequent first."""
        lines = Counter((str(trip), trip.sent[0].place) for trip in self.trips)
        return "\n".join(f"  {what} x{n} at {place}" for (what, place), n in lines.most_common())


@contextmanager
def count_round_trips(db: SyncDB | AsyncDB) -> Generator[RoundTrips]:
    """Count the round trips of the block over a connection, or over any connection that is taken from a pool.

    A plain ``with``, also around code that awaits. Raises ``TypeError`` for what is neither.
    """
    check_db("count_round_trips", db)
    seen = RoundTrips(db)
    with _switch:
        if not _watching:
            _undo.extend(_hook())
        _watching.append(seen)
    try:
        yield seen
    finally:
        with _switch:
            _watching[:] = [each for each in _watching if each is not seen]
            while _undo and not _watching:
                _undo.pop()()


@contextmanager
def at_most_round_trips(db: SyncDB | AsyncDB, allowed: int) -> Generator[RoundTrips]:
    """Fail the test where the block makes more than ``allowed`` round trips over a connection or pool.

    The ``AssertionError`` lists each statement with its number and the line that sent it.
    """
    with count_round_trips(db) as seen:
        yield seen
    if seen.count > allowed:
        raise AssertionError(f"at most {allowed} round trips were expected, and there were {seen.count}:\n{seen}")


# --- what was sent, and by whom --------------------------------------------------------------------------------------

_switch = threading.Lock()
_watching: list[RoundTrips] = []
_undo: list[Callable[[], None]] = []
_pending: WeakKeyDictionary[BaseConnection[Any], list[Sent]] = WeakKeyDictionary()
"""Statements that are on their way in a pipeline."""


def _spoke(conn: BaseConnection[Any], statement: str) -> None:
    """A statement was sent; outside of a pipeline psycopg waits for the answer at once."""
    sent = Sent(statement, _place())
    if conn.pgconn.pipeline_status:
        _pending.setdefault(conn, []).append(sent)
    else:
        _waits(conn, [sent])


def _waits(conn: BaseConnection[Any], sent: list[Sent]) -> None:
    trip = RoundTrip(tuple(sent))
    for each in _watching:
        # psycopg's pools note on a connection whose it is, for as long as somebody has it
        if each.db is conn or each.db is getattr(conn, "_pool", None):
            each.trips.append(trip)


def _place() -> str:
    frame: Any = inspect.currentframe()
    while frame.f_back and frame.f_code.co_filename.startswith(_NOT_CALLERS):
        frame = frame.f_back
    path = Path(frame.f_code.co_filename)
    return f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}:{frame.f_lineno}"


def _named(text: Any, conn: Any) -> str:
    """What a statement is called: the name that our statements carry in front, or how its SQL begins."""
    text = (text.as_bytes(conn) if isinstance(text, Composable) else text).decode("utf-8", "replace")
    if ours := re.match(r'(?:DECLARE "[^"]*" CURSOR FOR )?/\* (\S+) \*/', text):
        return ours[1]
    plain = " ".join(re.sub(r'(?<=FROM |LOSE )"[^"]*"', "a cursor", text).split())
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"


# --- the methods through which psycopg speaks ------------------------------------------------------------------------


def _execute_send(cursor: Any, query: Any, **_: Any) -> None:
    _spoke(cursor.connection, _named(query.query, cursor.connection))


def _send_prepare(cursor: Any, _name: Any, query: Any) -> None:
    if not cursor.connection.pgconn.pipeline_status:  # there it travels with the execution
        _spoke(cursor.connection, f"prepare {_named(query.query, cursor.connection)}")


def _send_query_prepared(cursor: Any, _name: Any, query: Any, **_: Any) -> None:
    _execute_send(cursor, query)


def _describe_gen(cursor: Any) -> None:
    _spoke(cursor.connection, "describe a cursor")


def _exec_command(conn: Any, command: Any, **_: Any) -> None:
    _spoke(conn, _named(command, conn))


def _deallocate(conn: Any, name: Any) -> None:
    if name is not None and capabilities.has_send_close_prepared():  # otherwise it is a command
        _spoke(conn, "close a prepared statement")


def _enqueue_sync(pipeline: Any) -> None:
    _waits(pipeline._conn, _pending.pop(pipeline._conn, []) or [Sent("sync", _place())])


def _fetch_gen(pipeline: Any, *, flush: bool) -> None:
    if flush and (sent := _pending.pop(pipeline._conn, [])):
        _waits(pipeline._conn, sent)


def _finish(writer: Any, *_: Any) -> None:
    _spoke(writer.connection, "end of copy")


_HOOKS: tuple[tuple[type, Callable[..., None]], ...] = (
    (BaseCursor, _execute_send),
    (ClientCursorMixin, _execute_send),
    (BaseCursor, _send_prepare),
    (BaseCursor, _send_query_prepared),
    (ServerCursorMixin, _describe_gen),
    (BaseConnection, _exec_command),
    (BaseConnection, _deallocate),
    (BasePipeline, _enqueue_sync),
    (BasePipeline, _fetch_gen),
    (LibpqWriter, _finish),
    (AsyncLibpqWriter, _finish),
)


def _hook() -> list[Callable[[], None]]:
    """Wrap the methods; what undoes it."""
    return [_wrap(kind, note, note.__name__ if note is not _finish else "finish") for kind, note in _HOOKS]


def _wrap(kind: type, note: Callable[..., None], name: str) -> Callable[[], None]:
    method = vars(kind)[name]

    @wraps(method)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        note(*args, **kwargs)
        return method(*args, **kwargs)

    setattr(kind, name, wrapper)
    return partial(setattr, kind, name, method)
