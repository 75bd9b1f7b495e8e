"""One connection in several hands, failures that are caught, rows that do not fit: nothing hangs or half happens."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from psycopg_pool import ConnectionPool

from exchange_db import accounts, open_async_pool, open_pool, transaction
from exchange_db.accounts import User
from exchange_db.authentication import sign_in
from exchange_db.errors import Conflict, StatementError, TooManyRows
from exchange_db.types import Page
from tests.folders import folder

if TYPE_CHECKING:
    from psycopg import Connection

Pool = ConnectionPool[Any]


def _count_or_list(conn: "Connection[Any]", n: int) -> int:
    return accounts.count_users(conn) if n % 2 else len(accounts.list_users(conn))


def test_threads_share_a_connection_of_the_pool(database_url: str) -> None:
    """psycopg lets threads share a connection; the first calls of several functions on it at once do so too."""
    for _ in range(5):  # a new connection each time, on which nothing is prepared yet
        with open_pool(database_url) as pool, pool.connection() as conn, ThreadPoolExecutor(8) as threads:
            assert set(threads.map(_count_or_list, [conn] * 80, range(80))) == {0}


def test_tasks_share_a_connection_of_the_pool(database_url: str) -> None:
    """The same for asyncio."""

    async def scenario() -> None:
        async with open_async_pool(database_url) as pool, pool.connection() as conn:
            calls = [accounts.count_users(conn) for _ in range(20)]
            pages = [accounts.list_users(conn) for _ in range(20)]
            assert await asyncio.gather(*calls) == [0] * 20
            assert await asyncio.gather(*pages) == [Page([], None, None)] * 20

    asyncio.run(scenario())


def test_a_caught_failure_does_not_end_as_a_commit(pool: Pool, database_url: str) -> None:
    """Where a failed call was caught inside of a transaction, its end says that nothing was committed."""

    def twice(conn: Any) -> None:
        accounts.create_user(conn, email="a@example.org", password_hash="x")
        with pytest.raises(Conflict):
            accounts.create_user(conn, email="a@example.org", password_hash="x")

    with pytest.raises(StatementError, match="nothing can be committed"), transaction(pool) as conn:
        twice(conn)
    assert accounts.count_users(pool) == 0

    async def awaited() -> None:
        async with open_async_pool(database_url) as apool, transaction(apool) as aconn:
            await accounts.create_user(aconn, email="a@example.org", password_hash="x")
            with pytest.raises(Conflict):
                await accounts.create_user(aconn, email="a@example.org", password_hash="x")

    with pytest.raises(StatementError, match="nothing can be committed"):
        asyncio.run(awaited())
    assert accounts.count_users(pool) == 0

    with transaction(pool) as conn:  # a savepoint around what may fail is the way to go on
        accounts.create_user(conn, email="a@example.org", password_hash="x")
        with pytest.raises(Conflict), transaction(conn):
            accounts.create_user(conn, email="a@example.org", password_hash="x")
    assert accounts.count_users(pool) == 1


def test_too_many_rows_of_a_write(pool: Pool, database_url: str, tmp_path: Path) -> None:
    """The error says that an autocommitted write stands; a pool without autocommit undoes it."""
    for name in "abc":
        accounts.create_user(pool, email=f"{name}@example.org", password_hash="x")
    query = folder(tmp_path, rename="update exchange.users set full_name = :name returning users.id;")

    @query
    def rename(*, name: str) -> int: ...

    with ConnectionPool(database_url, min_size=1) as manual, pytest.raises(TooManyRows):
        rename(manual, name="undone")
    assert {user.full_name for user in accounts.list_users(pool)} == {None}
    with pytest.raises(TooManyRows, match="a write outside a transaction has taken effect"):
        rename(pool, name="done")
    assert {user.full_name for user in accounts.list_users(pool)} == {"done"}


def test_an_operation_looks_like_a_query() -> None:
    """Its signature has the connection first and the result that callers see; anything but a connection is refused."""
    signature = inspect.signature(sign_in)
    assert list(signature.parameters) == ["db", "email", "password"]
    assert signature.return_annotation == User | None
    wrong: Any = "postgresql://localhost"
    with pytest.raises(TypeError, match="sign_in: the first argument is a psycopg connection or pool"):
        sign_in(wrong, email="a", password="b")
