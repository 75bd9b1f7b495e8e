"""psycopg 3 with its own way to make Pydantic models of rows: the row factory ``class_row``.

Fair: prepared and binary as the raw contender; the factory calls the model with each row's columns as keywords, and
Pydantic validates.

https://www.psycopg.org/psycopg3/docs/advanced/typing.html#example-returning-records-as-pydantic-models
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from benchmarks.models import Delivery, User
from benchmarks.statements import DELIVERIES, USER, percent

__all__ = ["NAME", "ClassRow", "connect"]

NAME = "psycopg, class_row"

_DELIVERIES = percent(DELIVERIES, "limit").encode()
_USER = percent(USER, "user_id").encode()


class ClassRow:
    """On one connection."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def deliveries(self, limit: int) -> list[Delivery]:
        with self._conn.cursor(row_factory=class_row(Delivery), binary=True) as cursor:
            return cursor.execute(_DELIVERIES, (limit,), prepare=True).fetchall()

    def user(self, user_id: int) -> User | None:
        with self._conn.cursor(row_factory=class_row(User), binary=True) as cursor:
            return cursor.execute(_USER, (user_id,), prepare=True).fetchone()


@contextmanager
def connect(url: str) -> Generator[ClassRow]:
    with Connection.connect(url, autocommit=True) as conn:
        yield ClassRow(conn)
