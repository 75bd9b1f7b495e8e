"""PostgreSQL's types, as far as it matters how the driver reads and writes them."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, adapters
from psycopg.pq import Format
from psycopg.rows import tuple_row

__all__ = ["FIRST_USER_OID", "ServerType", "ServerTypes"]

FIRST_USER_OID = 16384
_READ_AS_TEXT = ("citext", "geometry", "geography")
"""Types of extensions whose binary form the engine reads."""

_TYPES = """
select
  t.oid, t.typname, t.typtype::text, n.nspname, t.typbasetype, t.typtypmod,
  case when t.typcategory = 'A' then t.typelem else 0 end,
  (select array_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum as e where e.enumtypid = t.oid),
  (select array_agg(pg_get_constraintdef(c.oid)) from pg_catalog.pg_constraint as c where c.contypid = t.oid)
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where t.oid = %s
"""


@dataclass(frozen=True)
class ServerType:
    """One type."""

    oid: int
    name: str
    """As in ``pg_type``: ``int8``, ``timestamptz``."""
    kind: str
    """``b`` base, ``c`` composite, ``d`` domain, ``e`` enum, ``p`` pseudo, ``r`` range, ``m`` multirange."""
    schema: str
    shown: str
    """As people write it: ``bigint``, ``geography(Point,4326)``."""
    base: "ServerType | None" = None
    """Of a domain."""
    element: "ServerType | None" = None
    """Of an array."""
    labels: tuple[str, ...] = ()
    """Of an enum, in their order."""
    checks: tuple[str, ...] = ()
    """The check constraints of a domain, as SQL."""
    is_unreadable: bool = False
    """Whether neither the engine nor the driver can read its values."""

    @property
    def plain(self) -> "ServerType":
        """Of a domain the type below all domains; any other type itself."""
        return self.base.plain if self.base else self


class ServerTypes:
    """The types of one database; each is asked for once."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self._known: dict[tuple[int, int], ServerType] = {}

    def get(self, oid: int, modifier: int = -1) -> ServerType:
        """A type by its OID."""
        known = self._known.get((oid, modifier))
        if known is None:
            known = self._known[oid, modifier] = self._read(oid, modifier)
        return known

    def _read(self, oid: int, modifier: int) -> ServerType:
        cursor = self._conn.cursor(row_factory=tuple_row)
        row = cursor.execute(_TYPES, [oid]).fetchone()
        assert row is not None  # noqa: S101  a type that a statement has
        own = None if row[2] == "d" else modifier  # a domain's column has the modifier of the type below
        shown = cursor.execute("select pg_catalog.format_type(%s, %s)", [oid, own]).fetchone()
        assert shown is not None  # noqa: S101  a function's result
        _, name, kind, schema, base, base_modifier, element, labels, checks = row
        adapted = self._conn.adapters if oid >= FIRST_USER_OID else adapters
        loader = adapted.get_loader(oid, Format.BINARY)
        inner = self.get(element) if element else None
        is_read = loader is not None or _comes_as_text(name, inner)
        return ServerType(
            oid,
            name,
            kind,
            schema,
            shown[0],
            self.get(base, base_modifier) if base else None,
            inner,
            tuple(labels or ()),
            tuple(checks or ()),
            is_unreadable=not is_read and kind in "bcrm",
        )


def _comes_as_text(name: str, element: ServerType | None) -> bool:
    """Whether the engine reads the binary form of a type, or of an array of such."""
    if element is None:
        return name in _READ_AS_TEXT
    plain = element.plain
    return plain.kind == "e" or plain.name in (*_READ_AS_TEXT, "text", "varchar", "bpchar")
