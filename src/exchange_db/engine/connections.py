"""What the engine keeps with a connection from one call to the next."""

from typing import Any, TypeAlias

from psycopg import AsyncConnection, Connection

from exchange_db.engine.adapters import adapters_for

__all__ = ["AnyConnection", "Memory", "Settings", "memory_of", "settings_of"]

AnyConnection: TypeAlias = Connection[Any] | AsyncConnection[Any]
Settings: TypeAlias = tuple[bytes | None, bytes | None]
"""The session's encoding and time zone, as the server told them last."""


class Memory:
    """What is known of one connection."""

    def __init__(self, conn: AnyConnection) -> None:
        self.adapters = adapters_for(conn)
        """How our cursors read results."""
        self.prepared: set[bytes] = set()
        """The statements that have run here, where the very first execution prepares."""
        self.cursors: dict[bytes, Any] = {}
        """For a statement a cursor that has run it, and knows its types."""


_NAME = "_exchange_db"


def memory_of(conn: AnyConnection) -> Memory:
    """The connection's memory, made at its first call."""
    # On the connection itself: cursors refer to theirs, so that in a table beside it neither would ever go.
    attributes = vars(conn)
    memory: Memory | None = attributes.get(_NAME)
    return memory if memory is not None else attributes.setdefault(_NAME, Memory(conn))


def settings_of(conn: AnyConnection) -> Settings:
    """What a cursor has read of the session, and a statement may have changed since. It is no round trip."""
    ask = conn.pgconn.parameter_status
    return ask(b"client_encoding"), ask(b"TimeZone")
