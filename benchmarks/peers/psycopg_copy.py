"""psycopg 3's COPY into the table itself: the fastest way that PostgreSQL has to take many rows. The limit for imports.

Fair: rows as tuples with ``write_row``, in text and, with ``set_types``, in binary form, as its documentation shows;
both are contenders. The server checks the same constraints and foreign key, and fills the same indexes.

https://www.psycopg.org/psycopg3/docs/basic/copy.html
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

__all__ = ["NAME", "NAME_BINARY", "Copying", "connect"]

NAME = "psycopg, COPY"
NAME_BINARY = "psycopg, COPY, binary"
_COPY = "copy exchange.sales (product_id, quantity, unit_price, sold_at, is_promo, from_stock) from stdin"
_BINARY = _COPY + " (format binary)"
_TYPES = ("int8", "int8", "numeric", "timestamptz", "bool", "bool")


class Copying:
    """On one connection."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def sales(self, rows: Iterable[tuple[Any, ...]]) -> int:
        with self._conn.cursor() as cursor:
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount

    def sales_in_binary(self, rows: Iterable[tuple[Any, ...]]) -> int:
        with self._conn.cursor() as cursor:
            with cursor.copy(_BINARY) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount


@contextmanager
def connect(url: str) -> Generator[Copying]:
    with Connection[Any].connect(url, autocommit=True) as conn:
        yield Copying(conn)
