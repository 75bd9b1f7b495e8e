"""aiosql: SQL from files as methods, on psycopg 3 with its row factory for Pydantic models.

Fair: its documentation leaves records to the driver ("record_class" is deprecated), so psycopg's own ``class_row``
makes the models; the connection prepares from the first call on.

https://nackjicholson.github.io/aiosql/getting-started.html
https://nackjicholson.github.io/aiosql/database-driver-adapters.html
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import aiosql
from psycopg import Connection
from psycopg.rows import class_row

from benchmarks.models import Delivery, User
from benchmarks.statements import DELIVERIES, USER

__all__ = ["NAME", "Aiosql", "connect"]

NAME = "aiosql"

_queries: Any = aiosql.from_str(  # pyright: ignore[reportUnknownMemberType] # a plain dict in its signature
    f"-- name: list_deliveries(limit)\n{DELIVERIES};\n\n-- name: get_user(user_id)^\n{USER};\n", "psycopg"
)


class Aiosql:
    """A connection for each kind of model, because the connection decides what its rows become."""

    def __init__(self, deliveries: Connection[Delivery], users: Connection[User]) -> None:
        self._deliveries = deliveries
        self._users = users

    def deliveries(self, limit: int) -> list[Delivery]:
        return list(_queries.list_deliveries(self._deliveries, limit=limit))

    def user(self, user_id: int) -> User:
        user: User = _queries.get_user(self._users, user_id=user_id)
        return user


@contextmanager
def connect(url: str) -> Generator[Aiosql]:
    with (
        Connection[Delivery].connect(
            url, autocommit=True, prepare_threshold=0, row_factory=class_row(Delivery)
        ) as deliveries,
        Connection[User].connect(url, autocommit=True, prepare_threshold=0, row_factory=class_row(User)) as users,
    ):
        yield Aiosql(deliveries, users)
