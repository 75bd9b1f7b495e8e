"""Which texts a column can hold: the labels of an enum, the values that a check constraint lists."""

import re
from collections.abc import Iterable
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from exchange_db.check.servertypes import ServerType

__all__ = ["ColumnValues", "listed", "of_type"]

_COLUMN = """
select a.atttypid, (
  select array_agg(pg_catalog.pg_get_constraintdef(k.oid))
  from pg_catalog.pg_constraint as k
  where k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = array[a.attnum]
)
from pg_catalog.pg_attribute as a
where a.attrelid = %s and a.attnum = %s
"""

_LITERAL = r"'((?:[^']|'')*)'(?:::[\w \".]+(?:\(\d+\))?(?:\[\])?)?"
_SUBJECT = r"\(*(?:\"(?:[^\"]|\"\")+\"|\w+)\)*(?:::[\w \".]+?)?\)*"
_LIST = re.compile(
    rf"CHECK \(\(*{_SUBJECT} = ANY \(\(?ARRAY\[((?:{_LITERAL}(?:, )?)+)\](?:\)?::[\w \".]+\[\])?\)*(?: NOT VALID)?"
)
_ONE = re.compile(rf"CHECK \(\(*{_SUBJECT} = {_LITERAL}\)*")
_ANY = re.compile(_LITERAL)


def listed(checks: Iterable[str]) -> frozenset[str] | None:
    """The values that check constraints allow, as ``pg_get_constraintdef`` writes them; ``None``: any."""
    found: frozenset[str] | None = None
    for check in checks:
        if match := _LIST.fullmatch(check):
            values = frozenset(value.replace("''", "'") for value in _ANY.findall(match[1]))
        elif match := _ONE.fullmatch(check):
            values = frozenset([match[1].replace("''", "'")])
        else:
            continue
        found = values if found is None else found & values
    return found


class ColumnValues:
    """The values of columns of one database."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self._known: dict[tuple[int, int], tuple[int, tuple[str, ...]]] = {}

    def type(self, table: int, number: int) -> int:
        """The OID of the column's type, the domain where it is one."""
        return self._column(table, number)[0]

    def of_column(self, table: int, number: int, server: ServerType) -> frozenset[str] | None:
        """What a table's column of this type can hold; ``None``: any text."""
        own, by_type = listed(self._column(table, number)[1]), of_type(server)
        return own if by_type is None else by_type if own is None else own & by_type

    def _column(self, table: int, number: int) -> tuple[int, tuple[str, ...]]:
        known = self._known.get((table, number))
        if known is None:
            row = self._conn.cursor(row_factory=tuple_row).execute(_COLUMN, [table, number]).fetchone()
            assert row is not None  # noqa: S101  the server has just named it
            known = self._known[table, number] = (row[0], tuple(row[1] or ()))
        return known


def of_type(server: ServerType) -> frozenset[str] | None:
    """What any value of a type, or any item of an array, can be; ``None``: any text."""
    if server.element is not None:
        return of_type(server.element)
    if server.kind == "e":
        return frozenset(server.labels)
    if server.base is None:
        return None
    own, below = listed(server.checks), of_type(server.base)
    return own if below is None else below if own is None else own & below
