"""What a host application hands to a function: each kind of connection and pool, opened with the host's settings.

A scenario is written once, as a coroutine, for all kinds: ``await settled(function(db, …))`` takes the result of a
sync call as it is and awaits that of an async one.
"""

import inspect
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.engine import AsyncDB, SyncDB

__all__ = ["KINDS", "host_connection", "host_transaction", "opened", "settled"]

KINDS = ("connection", "pool", "async connection", "async pool")


async def settled(value: Any) -> Any:
    """The value, awaited where it has to be."""
    return await value if inspect.isawaitable(value) else value


@asynccontextmanager
async def opened(url: str, kind: str, **settings: Any) -> AsyncGenerator[SyncDB | AsyncDB]:
    """A connection or pool as a host makes it; ``settings`` are psycopg's arguments of a connection."""
    if kind == "connection":
        with Connection[Any].connect(url, **settings) as conn:
            yield conn
    elif kind == "pool":
        with ConnectionPool[Connection[Any]](url, kwargs=settings, min_size=1, open=True) as pool:
            yield pool
    elif kind == "async connection":
        async with await AsyncConnection[Any].connect(url, **settings) as aconn:
            yield aconn
    else:
        async with AsyncConnectionPool[AsyncConnection[Any]](url, kwargs=settings, min_size=1, open=False) as apool:
            yield apool


@asynccontextmanager
async def host_connection(db: SyncDB | AsyncDB) -> AsyncGenerator[Connection[Any] | AsyncConnection[Any]]:
    """A connection of ``db`` in the host's own hands; a pool gets it back, committed."""
    if isinstance(db, ConnectionPool):
        with db.connection() as conn:
            yield conn
    elif isinstance(db, AsyncConnectionPool):
        async with db.connection() as aconn:
            yield aconn
    else:
        yield db


@asynccontextmanager
async def host_transaction(conn: Connection[Any] | AsyncConnection[Any]) -> AsyncGenerator[None]:
    """psycopg's own ``conn.transaction()``."""
    if isinstance(conn, Connection):
        with conn.transaction():
            yield
    else:
        async with conn.transaction():
            yield
