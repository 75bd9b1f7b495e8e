"""What type checkers must accept, and the types that they must see. Read by mypy and pyright, never run."""

from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Literal, assert_type

from hypothesis import strategies as st
from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db import Bound, accounts, open_async_pool, open_pool, pipeline, places, profiles, sql_folder, transaction
from exchange_db.accounts import User
from exchange_db.authentication import sign_in
from exchange_db.errors import Conflict
from exchange_db.places import NearbyPlayground, Playground
from exchange_db.profiles import FullProfile
from exchange_db.testing import RoundTrips, at_most_round_trips, count_round_trips, fuzz
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


def several(conn: Connection[Any], pool: "ConnectionPool[Any]", user: UserId) -> None:
    """Bound calls keep their results' types through a pipeline: up to eight of their own, or many of one."""
    get = accounts.get_user.bind(user_id=user)
    count = accounts.count_users.bind()
    find = accounts.find_user_by_email.bind(email="a@b")
    assert_type(get, Bound[User])
    assert_type(pipeline(conn, get), tuple[User])
    assert_type(pipeline(pool, get, count, find), tuple[User, int, User | None])
    eight = pipeline(pool, get, count, get, count, get, count, get, find)
    assert_type(eight, tuple[User, int, User, int, User, int, User, User | None])
    assert_type(pipeline(pool, [get, get]), list[User])
    assert_type(pipeline(pool, (accounts.get_user.bind(user_id=user) for _ in range(3))), list[User])


class EmailTaken(Conflict): ...


query = sql_folder("nowhere")


@query.raises(users_email_key=EmailTaken)
def add_user(*, email: str) -> User: ...  # type: ignore[empty-body]


def named(conn: Connection[Any]) -> None:
    """A function with named errors is a function like others."""
    assert_type(add_user(conn, email="a@b"), User)
    assert_type(add_user.bind(email="a@b"), Bound[User])


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
    both = pipeline(pool, accounts.get_user.bind(user_id=user), accounts.count_users.bind())
    _ = assert_type(both, Coroutine[Any, Any, tuple[User, int]])
    assert_type(await both, tuple[User, int])
    assert_type(await pipeline(conn, [accounts.count_users.bind()]), list[int])
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


def tests(conn: Connection[Any], pool: "ConnectionPool[Any]", apool: "AsyncConnectionPool[Any]") -> None:
    """What an application's tests call: one function, several, a module; a connection, a pool, a URL."""
    assert_type(fuzz(accounts, conn), dict[str, Counter[str]])
    fuzz(accounts.get_user, pool, max_examples=5, strategies={"user_id": st.just(1), UserId: st.integers()})
    fuzz([accounts.get_user, places.stream_playgrounds], "postgresql:///", errors=[], limit_s=1)
    with at_most_round_trips(pool, 2) as seen:
        assert_type(seen, RoundTrips)
    with count_round_trips(apool) as seen:
        assert_type(seen.count, int)
