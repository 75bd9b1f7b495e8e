"""asyncpg: its own records, and Pydantic models made of them.

Fair: it prepares every statement and keeps it, and speaks the binary protocol, without being told.
``Model(**record)`` is how applications make models of its records, which are mappings.

https://magicstack.github.io/asyncpg/current/usage.html
https://magicstack.github.io/asyncpg/current/api/index.html#record-objects
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.address import address
from benchmarks.models import Delivery, User
from benchmarks.statements import DELIVERIES, USER, numbered

__all__ = ["NAME", "NAME_PYDANTIC", "Asyncpg", "Pooled", "connect", "open_pool"]

_asyncpg: Any = import_module("asyncpg")  # Any, because asyncpg ships no types

NAME = "asyncpg"
NAME_PYDANTIC = "asyncpg into Pydantic"

_DELIVERIES = numbered(DELIVERIES, "limit")
_USER = numbered(USER, "user_id")


class Asyncpg:
    """On one connection."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn

    async def deliveries(self, limit: int) -> list[Any]:
        rows: list[Any] = await self._conn.fetch(_DELIVERIES, limit)
        return rows

    async def delivery_models(self, limit: int) -> list[Delivery]:
        return [Delivery(**row) for row in await self._conn.fetch(_DELIVERIES, limit)]

    async def user(self, user_id: int) -> Any:
        return await self._conn.fetchrow(_USER, user_id)

    async def user_model(self, user_id: int) -> User | None:
        row = await self._conn.fetchrow(_USER, user_id)
        return None if row is None else User(**row)


class Pooled:
    """On a connection of the pool for each call."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def user_model(self, user_id: int) -> User | None:
        async with self._pool.acquire() as conn:
            return await Asyncpg(conn).user_model(user_id)


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[Asyncpg]:
    conn = await _asyncpg.connect(**address(url))
    try:
        yield Asyncpg(conn)
    finally:
        await conn.close()


@asynccontextmanager
async def open_pool(url: str) -> AsyncGenerator[Pooled]:
    async with _asyncpg.create_pool(**address(url), min_size=1, max_size=10) as pool:
        yield Pooled(pool)
