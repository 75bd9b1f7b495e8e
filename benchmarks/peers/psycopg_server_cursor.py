"""psycopg 3's server-side cursor: every row of a large result as a tuple, with flat memory. The limit for streams.

Fair: binary results, and iteration over the cursor as its documentation shows. ``itersize`` is 100 by default; the
documentation says to choose it, so there is one contender with the default and one with our own size of a batch.
Of a geography it makes the bytes that came, and we a ``Point``.

https://www.psycopg.org/psycopg3/docs/advanced/cursors.html#server-side-cursors
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, RawServerCursor

__all__ = ["NAME", "NAME_LARGE", "Streaming", "connect"]

NAME = "psycopg, server-side cursor"
NAME_LARGE = "psycopg, server-side cursor, itersize 1000"


class Streaming:
    """On one connection, a transaction for each stream."""

    def __init__(self, conn: Connection[tuple[Any, ...]]) -> None:
        self._conn = conn

    @contextmanager
    def rows(self, statement: bytes, itersize: int) -> Generator[RawServerCursor[tuple[Any, ...]]]:
        """The cursor to iterate over."""
        with self._conn.transaction(), RawServerCursor(self._conn, "rows") as cursor:
            cursor.itersize = itersize
            cursor.execute(statement, binary=True)
            yield cursor


@contextmanager
def connect(url: str) -> Generator[Streaming]:
    with Connection[tuple[Any, ...]].connect(url, autocommit=True) as conn:
        yield Streaming(conn)
