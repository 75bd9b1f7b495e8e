"""The library's own cursors, which are kept: a new one would look up each type of the statement again."""

from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor, Connection, RawCursor
from psycopg.adapt import AdaptersMap
from psycopg.rows import tuple_row

from exchange_db.engine.connections import memory_of, settings_of
from exchange_db.engine.decoding import Row

__all__ = ["OurAsyncCursor", "OurCursor"]


class OurCursor(RawCursor[Row]):
    """A cursor with the library's adapters, whatever the connection's own cursors do."""

    def __init__(self, conn: Connection[Any]) -> None:
        self.memory = memory_of(conn)
        self.encoding = conn.info.encoding
        self._settings = settings_of(conn)
        super().__init__(conn, row_factory=tuple_row)

    @property
    def adapters(self) -> AdaptersMap:
        return self.memory.adapters

    @classmethod
    def take(cls, conn: Connection[Any], statement: bytes) -> "OurCursor":
        """A cursor for the statement, which nobody else has."""
        kept: OurCursor | None = memory_of(conn).cursors.pop(statement, None)
        return kept if kept is not None and kept._settings == settings_of(conn) else cls(conn)

    def keep(self, statement: bytes) -> None:
        """Keep the cursor for the statement's next call, and not the answer, which may be large."""
        self._reset()  # what `close` does besides closing
        self._tx.set_pgresult(None)
        self.memory.cursors[statement] = self


class OurAsyncCursor(AsyncRawCursor[Row]):
    """The same for an async connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self.memory = memory_of(conn)
        self.encoding = conn.info.encoding
        self._settings = settings_of(conn)
        super().__init__(conn, row_factory=tuple_row)

    @property
    def adapters(self) -> AdaptersMap:
        return self.memory.adapters

    @classmethod
    def take(cls, conn: AsyncConnection[Any], statement: bytes) -> "OurAsyncCursor":
        """The same as ``OurCursor.take``."""
        kept: OurAsyncCursor | None = memory_of(conn).cursors.pop(statement, None)
        return kept if kept is not None and kept._settings == settings_of(conn) else cls(conn)

    def keep(self, statement: bytes) -> None:
        """The same as ``OurCursor.keep``."""
        self._reset()
        self._tx.set_pgresult(None)
        self.memory.cursors[statement] = self
