"""A time limit for one call.

At the deadline the server is asked to cancel the statement, and its answer decides: either the statement was
cancelled and changed nothing, or it had finished and the result stands. (Giving up on the client's side alone
would leave a write's outcome unknown.) No setting of the session is touched and no round trip added.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from math import inf
from os import getpid
from threading import Condition, Thread
from time import monotonic
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection

__all__ = ["deadline", "deadline_async"]


class _Limit:
    """One call under way."""

    def __init__(self, conn: Connection[Any], at: float) -> None:
        self.conn = conn
        self.at = at
        self.request: Thread | None = None
        """What asks the server to cancel; ``None`` before the limit."""


class _Clock:
    """Minds all limits of a process in one thread: a thread for each call would cost more than many a call."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._limits: set[_Limit] = set()
        self._wakes_at = inf
        self._thread: Thread | None = None

    def add(self, limit: _Limit) -> None:
        with self._changed:
            self._limits.add(limit)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="exchange_db deadlines", daemon=True)
                self._thread.start()
            elif limit.at < self._wakes_at:
                self._changed.notify()

    def remove(self, limit: _Limit) -> None:
        with self._changed:
            self._limits.discard(limit)
        if limit.request is not None:
            # It must be over before the connection is used again: it would hit the next statement.
            limit.request.join()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for limit in [each for each in self._limits if each.at <= now]:
                    self._limits.remove(limit)
                    # In a thread of its own: a server that is slow to answer holds up no other limit.
                    limit.request = Thread(target=_cancel, args=(limit.conn,), daemon=True)
                    limit.request.start()
                # Limits that are removed meanwhile wake it for nothing, and so once in their time.
                self._wakes_at = min((each.at for each in self._limits), default=inf)
                self._changed.wait(None if self._wakes_at == inf else self._wakes_at - monotonic())


_clocks: dict[int, _Clock] = {}
"""By process: a forked one has none of its parent's threads, and its locks as they were at that moment."""


@contextmanager
def deadline(conn: Connection[Any], seconds: float | None) -> Generator[None]:
    """Ask the server to cancel what runs on ``conn`` when the block lasts longer than ``seconds``."""
    if seconds is None:
        yield
        return
    clock = _clocks.get(getpid()) or _clocks.setdefault(getpid(), _Clock())
    limit = _Limit(conn, monotonic() + seconds)
    try:
        clock.add(limit)
        yield
    finally:
        clock.remove(limit)


def _cancel(conn: Connection[Any]) -> None:
    with suppress(psycopg.Error):  # the connection is gone: the statement itself will say so
        conn.cancel_safe()


@asynccontextmanager
async def deadline_async(conn: AsyncConnection[Any], seconds: float | None) -> AsyncGenerator[None]:
    """The same for an async connection."""
    if seconds is None:
        yield
        return
    requests: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    timer = loop.call_later(seconds, lambda: requests.append(loop.create_task(_cancel_async(conn))))
    try:
        yield
    finally:
        timer.cancel()
        for request in requests:
            await request


async def _cancel_async(conn: AsyncConnection[Any]) -> None:
    with suppress(psycopg.Error):
        await conn.cancel_safe()
