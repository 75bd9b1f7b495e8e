"""What type checkers must accept, and the types that they must see. Read by mypy and pyright, never run."""

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Literal, assert_type

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db import accounts, open_async_pool, open_pool, places, profiles, transaction
from exchange_db.accounts import User
from exchange_db.authentication import sign_in
from exchange_db.places import NearbyPlayground, Playground
from exchange_db.profiles import FullProfile
from exchange_db.types import UNSET, Page, Point, RowCount, Unset, UserId

HERE = Point(longitude=0, latitude=0)


def sync(conn: Connection[Any], pool: "ConnectionPool[Any]", user: UserId) -> None:
    """One row, perhaps one, many, a scalar, a count, a stream."""
    assert_type(accounts.get_user(conn, user_id=user), User)
    assert_type(accounts.find_user_by_email(pool, email="a@b"), User | None)
    assert_type(places.list_nearest_playgrounds(pool, origin=HERE), list[NearbyPlayground])
    assert_type(accounts.count_users(pool), int)
    assert_type(accounts.set_password_hash(pool, user_id=user, current_hash="a", new_hash="b"), RowCount)
    assert_type(profiles.get_full_profile(pool, user_id=user), FullProfile)
    with places.stream_playgrounds(pool) as rows:
        assert_type(rows, Iterator[Playground])
    assert_type(accounts.get_user.with_timeout(1)(conn, user_id=user), User)
    assert_type(sign_in(pool, email="a", password="b"), User | None)
    with transaction(pool) as tx:
        assert_type(tx, Connection[Any])
    with open_pool() as opened:
        assert_type(accounts.count_users(opened), int)


async def awaited(conn: AsyncConnection[Any], pool: "AsyncConnectionPool[Any]", user: UserId) -> None:
    """The same names with async connections and pools."""
    pending = accounts.get_user(conn, user_id=user)
    _ = assert_type(pending, Coroutine[Any, Any, User])
    assert_type(await pending, User)
    assert_type(await accounts.find_user_by_email(pool, email="a@b"), User | None)
    assert_type(await places.list_nearest_playgrounds(pool, origin=HERE), list[NearbyPlayground])
    async with places.stream_playgrounds(pool) as rows:
        assert_type(rows, AsyncIterator[Playground])
    assert_type(await sign_in(pool, email="a", password="b"), User | None)
    async with transaction(pool) as tx:
        assert_type(tx, AsyncConnection[Any])
    async with open_async_pool() as opened:
        assert_type(await accounts.count_users(opened), int)
    kept = await open_async_pool()
    assert_type(await accounts.count_users(kept), int)


def unset(bio: str | Unset | None, page: Page[User]) -> None:
    """UNSET narrows like None does; a page holds its rows."""
    if bio is UNSET:
        assert_type(bio, Literal[Unset.UNSET])
    elif bio is None:
        assert_type(bio, None)
    else:
        assert_type(bio, str)
    assert_type(page.items, list[User])
    assert_type(page.next, str | None)
    for user in page:
        assert_type(user, User)
