"""What the server says of a statement that it has only prepared: parameters, columns, or why it refuses."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from exchange_db.engine.sqlfile import Statement

__all__ = ["Column", "Description", "describe"]


@dataclass(frozen=True)
class Column:
    """One column of a result."""

    name: str
    type: int
    """OID; of a domain, its base type's."""
    modifier: int
    """The type modifier, such as a text's length or a geography's shape and SRID; -1: none."""
    table: int
    """OID of the table that the column is taken from as it is; 0: it is computed."""
    number: int
    """The column's number in that table."""


@dataclass(frozen=True)
class Description:
    """A prepared statement."""

    parameters: tuple[int, ...]
    """The OID of each parameter's type, as the server infers it."""
    columns: tuple[Column, ...]


def describe(conn: Connection[Any], file: Statement) -> Description:
    """Prepare a statement, in a transaction that is open; raises ``psycopg.Error`` where the server refuses it."""
    encoding = conn.info.encoding
    _settled(conn, conn.pgconn.prepare(b"", file.text.decode().encode(encoding)))
    result = _settled(conn, conn.pgconn.describe_prepared(b""))
    columns = tuple(
        Column(
            (result.fname(i) or b"").decode(encoding),
            result.ftype(i),
            result.fmod(i),
            result.ftable(i),
            result.ftablecol(i),
        )
        for i in range(result.nfields)
    )
    return Description(tuple(result.param_type(i) for i in range(result.nparams)), columns)


def _settled(conn: Connection[Any], result: PGresult) -> PGresult:
    if result.status == ExecStatus.COMMAND_OK:
        return result
    raise error_from_result(result, encoding=conn.info.encoding)
