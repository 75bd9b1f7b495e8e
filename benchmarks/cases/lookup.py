"""One account by its key: on one connection, synchronous and not, and through a pool."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from benchmarks.cases import Case
from benchmarks.data import fill_users, ids
from benchmarks.harness import OURS, Contender, Result, at_most, awaited, faster, race
from benchmarks.lab import Lab
from benchmarks.opened import Opener, opener
from benchmarks.peers import (
    aiosql_queries,
    asyncpg_bare,
    psycopg_class_row,
    psycopg_raw,
    seeds,
    sqlalchemy_core,
    sqlalchemy_orm,
    sqlmodel_orm,
    sqlspec_driver,
    tortoise_orm,
)
from exchange_db import accounts, open_async_pool, open_pool
from exchange_db.testing import count_round_trips
from exchange_db.types import UserId

__all__ = ["CASES"]

_USERS = 10_000
_FIELDS = tuple(accounts.User.model_fields)


def _attributes(user: Any) -> tuple[Any, ...]:
    """A record, model or entity: by its attributes."""
    return tuple(getattr(user, name) for name in _FIELDS)


@contextmanager
def _users(lab: Lab) -> Generator[tuple[str, Opener]]:
    with lab.database() as url, opener(lab) as peers:
        fill_users(url, lab.size.rows(_USERS))
        yield url, peers


def _for_ids(url: str, call: Callable[[int], Any]) -> Callable[[], Any]:
    """The call with one id after the other: nobody is asked the same twice in a row."""
    numbers = ids(url)
    return lambda: call(next(numbers))


def measure_sync(lab: Lab) -> list[Result]:
    with _users(lab) as (url, peers):
        conn = peers.open(psycopg.connect(url, autocommit=True, prepare_threshold=0))
        raw = peers.open(psycopg_raw.connect(url))
        class_row = peers.open(psycopg_class_row.connect(url))
        core = peers.open(sqlalchemy_core.connect(url))
        orm = peers.open(sqlalchemy_orm.open_engine(url))
        orm_autocommit = peers.open(sqlalchemy_orm.open_engine_in_autocommit(url))
        sqlmodel = peers.open(sqlmodel_orm.open_engine(url))
        aiosql = peers.open(aiosql_queries.connect(url))
        sqlspec = peers.open(sqlspec_driver.connect(url))

        def ours(user_id: int) -> accounts.User:
            return accounts.get_user(conn, user_id=UserId(user_id))

        return race(
            lab,
            "lookup",
            Contender(OURS, _for_ids(url, ours), _attributes),
            [
                Contender(psycopg_raw.NAME, _for_ids(url, raw.user), tuple, at_most(1.2)),
                Contender(psycopg_class_row.NAME, _for_ids(url, class_row.user), _attributes),
                Contender(sqlalchemy_core.NAME_PYDANTIC, _for_ids(url, core.user_model), _attributes, faster(2.5)),
                Contender(sqlalchemy_orm.NAME, _for_ids(url, orm.user), _attributes, faster(5)),
                Contender(sqlalchemy_orm.NAME_AUTOCOMMIT, _for_ids(url, orm_autocommit.user), _attributes),
                Contender(sqlmodel_orm.NAME, _for_ids(url, sqlmodel.user), _attributes),
                Contender(aiosql_queries.NAME, _for_ids(url, aiosql.user), _attributes),
                Contender(sqlspec_driver.NAME, _for_ids(url, sqlspec.user), _attributes),
            ],
        )


def measure_async(lab: Lab) -> list[Result]:
    with _users(lab) as (url, peers):
        conn = peers.open_async(_connect_async(url))
        raw = peers.open_async(psycopg_raw.connect_async(url))
        bare = peers.open_async(asyncpg_bare.connect(url))
        tortoise = peers.open_async(tortoise_orm.connect(url))

        async def ours(user_id: int) -> accounts.User:
            return await accounts.get_user(conn, user_id=UserId(user_id))

        return race(
            lab,
            "lookup-async",
            awaited(OURS, _for_ids(url, ours), _attributes),
            [
                awaited(psycopg_raw.NAME, _for_ids(url, raw.user), tuple, at_most(1.2)),
                awaited(asyncpg_bare.NAME, _for_ids(url, bare.user), tuple),
                awaited(asyncpg_bare.NAME_PYDANTIC, _for_ids(url, bare.user_model), _attributes, at_most(1.4)),
                awaited(tortoise_orm.NAME, _for_ids(url, tortoise.user), _attributes),
            ],
        )


def measure_pool(lab: Lab) -> list[Result]:
    with _users(lab) as (url, peers):
        pool = peers.open(open_pool(url))
        raw = peers.open(psycopg_raw.open_pool(url, pool.kwargs))
        core = peers.open(sqlalchemy_core.open_pool(url))
        orm = peers.open(sqlalchemy_orm.open_engine(url))

        def ours(user_id: int) -> accounts.User:
            return accounts.get_user(pool, user_id=UserId(user_id))

        with count_round_trips(pool) as seen:
            ours(next(ids(url)))
        results = race(
            lab,
            "lookup-pool",
            Contender(OURS, _for_ids(url, ours), _attributes),
            [
                Contender(psycopg_raw.NAME, _for_ids(url, raw.user), tuple, at_most(1.2)),
                Contender(sqlalchemy_core.NAME_PYDANTIC, _for_ids(url, core.user_model), _attributes),
                Contender(sqlalchemy_orm.NAME, _for_ids(url, orm.user), _attributes),
            ],
        )
    return [replace(result, more={**result.more, "ours_round_trips": seen.count}) for result in results]


def measure_async_pool(lab: Lab) -> list[Result]:
    with _users(lab) as (url, peers):
        pool = peers.open_async(_open_async_pool(url))
        raw = peers.open_async(psycopg_raw.open_async_pool(url, pool.kwargs))
        bare = peers.open_async(asyncpg_bare.open_pool(url))
        tortoise = peers.open_async(tortoise_orm.connect(url))
        repository = peers.open_async(seeds.open_engine(url))

        async def ours(user_id: int) -> accounts.User:
            return await accounts.get_user(pool, user_id=UserId(user_id))

        return race(
            lab,
            "lookup-async-pool",
            awaited(OURS, _for_ids(url, ours), _attributes),
            [
                awaited(psycopg_raw.NAME, _for_ids(url, raw.user), tuple, at_most(1.2)),
                awaited(asyncpg_bare.NAME_PYDANTIC, _for_ids(url, bare.user_model), _attributes),
                awaited(tortoise_orm.NAME, _for_ids(url, tortoise.user), _attributes),
                awaited(seeds.NAME, _for_ids(url, repository.user), _attributes),
            ],
        )


@asynccontextmanager
async def _connect_async(url: str) -> AsyncGenerator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, autocommit=True, prepare_threshold=0) as conn:
        yield conn


@asynccontextmanager
async def _open_async_pool(url: str) -> AsyncGenerator[AsyncConnectionPool[Any]]:
    async with open_async_pool(url) as pool:
        yield pool


CASES = (
    Case("lookup", "one account by its key, on one connection", measure_sync),
    Case("lookup-async", "the same, asynchronous", measure_async),
    Case("lookup-pool", "the same, through a pool", measure_pool),
    Case("lookup-async-pool", "the same, through an asynchronous pool", measure_async_pool),
)
