"""A time limit for one call.

At the deadline the server is asked to cancel the statement, and its answer decides: either the statement was
cancelled and changed nothing, or it had finished and the result stands. (Giving up on the client's side alone
would leave a write's outcome unknown.) No setting of the session is touched and no round trip added.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection

__all__ = ["deadline", "deadline_async"]


@contextmanager
def deadline(conn: Connection[Any], seconds: float | None) -> Generator[None]:
    """Ask the server to cancel what runs on ``conn`` when the block lasts longer than ``seconds``."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, _cancel, (conn,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # A request under way must be over before the connection is used again: it would hit the next statement.
        timer.join()


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
