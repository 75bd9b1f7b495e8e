"""SQLAlchemy as the five systems' own documents have it: asynchronous, on asyncpg, behind a repository.

Not a library, but what exchange_db replaces: ``create_async_engine(…, pool_pre_ping=True)``, a session for each
request that commits at its end, ``select(Model).where(Model.id == id)`` in a repository. Fair: the code is theirs,
and 2.0 style throughout.

https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.peers.sqlalchemy_core import dialect_url
from benchmarks.peers.sqlalchemy_models import User

__all__ = ["NAME", "Repository", "open_engine"]

NAME = "SQLAlchemy ORM as the systems had it (asyncpg)"


class Repository:
    """A session for each call, as a request has one."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def user(self, user_id: int) -> User | None:
        async with self._sessions() as session:
            result = await session.execute(select(User).where(User.user_id == user_id))
            user = result.scalar_one_or_none()
            await session.commit()
            return user


@asynccontextmanager
async def open_engine(url: str) -> AsyncGenerator[Repository]:
    engine = create_async_engine(dialect_url(url, "asyncpg"), pool_pre_ping=True, echo=False)
    yield Repository(async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False))
    await engine.dispose()
