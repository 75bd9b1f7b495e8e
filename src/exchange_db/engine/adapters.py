"""How the library's own cursors read results: as records expect them, whatever a host told its connections."""

from functools import cache
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection, adapters
from psycopg.abc import AdaptContext, Buffer, Loader
from psycopg.adapt import AdaptersMap
from psycopg.adapt import Loader as BaseLoader
from psycopg.pq import Format
from psycopg.types.string import StrDumperUnknown

__all__ = ["adapters_for", "is_standard"]

_PSYCOPG = ("psycopg", "psycopg_binary", "psycopg_c")


class _JsonTextLoader(BaseLoader):
    """JSON as the server wrote it, in UTF-8; Pydantic parses it straight into the record."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._encoding = self.connection.info.encoding if self.connection else "utf-8"

    def load(self, data: Buffer) -> bytes:
        return bytes(data) if self._encoding == "utf-8" else bytes(data).decode(self._encoding).encode()


class _JsonBinaryLoader(_JsonTextLoader):
    format = Format.BINARY


class _JsonbBinaryLoader(_JsonBinaryLoader):
    """Binary jsonb is its text after one byte that holds the version."""

    def load(self, data: Buffer) -> bytes:
        return super().load(data[1:])


@cache
def _standard() -> list[tuple[int, type[Loader]]]:
    """psycopg's own binary loaders of PostgreSQL's built-in types."""
    oids = {oid for info in adapters.types for oid in (info.oid, info.array_oid) if oid}
    found = ((oid, psycopg.adapters.get_loader(oid, Format.BINARY)) for oid in sorted(oids))
    return [(oid, loader) for oid, loader in found if loader is not None]


def is_standard(oid: int) -> bool:
    """Whether values of the type come as psycopg itself reads them; a host may have told it otherwise for all
    connections."""
    loader = psycopg.adapters.get_loader(oid, Format.BINARY)
    return loader is not None and loader.__module__.partition(".")[0] in _PSYCOPG


def adapters_for(conn: Connection[Any] | AsyncConnection[Any]) -> AdaptersMap:
    """The adapters for our cursors on ``conn``: the host's, where they are for types of its own; the standard
    ones for PostgreSQL's built-in types, so that a numeric is exact even on a connection that reads it as float.

    A copy: the connection's own adapters stay as they are.
    """
    known = AdaptersMap(conn.adapters)
    for oid, loader in _standard():
        if known.get_loader(oid, Format.BINARY) is not loader:
            known.register_loader(oid, loader)
    for name, loader in (
        ("json", _JsonTextLoader),
        ("json", _JsonBinaryLoader),
        ("jsonb", _JsonTextLoader),
        ("jsonb", _JsonbBinaryLoader),
    ):
        known.register_loader(name, loader)
    known.register_dumper(str, StrDumperUnknown)
    return known
