"""psycopg 3 alone: tuples in binary form from prepared statements. The limit, for we stand on it.

Fair: ``execute(…, prepare=True, binary=True)`` on an autocommit connection is what its documentation calls fastest, and
nothing is made of the tuples that it returns.

https://www.psycopg.org/psycopg3/docs/basic/params.html#binary-parameters-and-results
https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
https://www.psycopg.org/psycopg3/docs/advanced/pool.html
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from benchmarks.statements import DELIVERIES, USER, percent

__all__ = [
    "NAME",
    "AsyncPooled",
    "AsyncRaw",
    "Pooled",
    "Raw",
    "connect",
    "connect_async",
    "open_async_pool",
    "open_pool",
]

NAME = "psycopg, raw tuples"
Row = tuple[Any, ...]

_DELIVERIES = percent(DELIVERIES, "limit").encode()
_USER = percent(USER, "user_id").encode()


class Raw:
    """On one connection."""

    def __init__(self, conn: Connection[Row]) -> None:
        self._conn = conn

    def deliveries(self, limit: int) -> list[Row]:
        return self._conn.execute(_DELIVERIES, (limit,), prepare=True, binary=True).fetchall()

    def user(self, user_id: int) -> Row | None:
        return self._conn.execute(_USER, (user_id,), prepare=True, binary=True).fetchone()


class Pooled:
    """On a connection of the pool for each call."""

    def __init__(self, pool: ConnectionPool[Connection[Row]]) -> None:
        self._pool = pool

    def user(self, user_id: int) -> Row | None:
        with self._pool.connection() as conn:
            return conn.execute(_USER, (user_id,), prepare=True, binary=True).fetchone()


class AsyncRaw:
    """On one asynchronous connection."""

    def __init__(self, conn: AsyncConnection[Row]) -> None:
        self._conn = conn

    async def user(self, user_id: int) -> Row | None:
        cursor = await self._conn.execute(_USER, (user_id,), prepare=True, binary=True)
        return await cursor.fetchone()


class AsyncPooled:
    """On a connection of the asynchronous pool for each call."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Row]]) -> None:
        self._pool = pool

    async def user(self, user_id: int) -> Row | None:
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_USER, (user_id,), prepare=True, binary=True)
            return await cursor.fetchone()


@contextmanager
def connect(url: str) -> Generator[Raw]:
    with Connection[Row].connect(url, autocommit=True) as conn:
        yield Raw(conn)


@asynccontextmanager
async def connect_async(url: str) -> AsyncGenerator[AsyncRaw]:
    async with await AsyncConnection[Row].connect(url, autocommit=True) as conn:
        yield AsyncRaw(conn)


@contextmanager
def open_pool(url: str, settings: Any) -> Generator[Pooled]:
    """With the connection arguments of another pool."""
    with ConnectionPool(
        url, connection_class=Connection[Row], kwargs=settings, min_size=1, max_size=10, open=True
    ) as pool:
        yield Pooled(pool)


@asynccontextmanager
async def open_async_pool(url: str, settings: Any) -> AsyncGenerator[AsyncPooled]:
    """The same for asyncio."""
    async with AsyncConnectionPool(
        url, connection_class=AsyncConnection[Row], kwargs=settings, min_size=1, max_size=10, open=False
    ) as pool:
        yield AsyncPooled(pool)
