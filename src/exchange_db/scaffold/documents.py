"""JSON that a statement builds, as shapes: objects with their keys, lists; where that cannot be known, any JSON."""

from collections.abc import Iterable

from exchange_db.check.building import Document, Value, documents_of, type_of
from exchange_db.check.statement import constants, stripped
from exchange_db.check.subject import Database
from exchange_db.scaffold.columns import shape_of
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.naming import why_no_field
from exchange_db.scaffold.shapes import Choice, Json, Many, Member, Object, Plain, Shape

__all__ = ["read_document"]

_DOCUMENTS = ("json", "jsonb", "geography", "geometry", "hstore")
"""Types whose values are objects or lists in JSON."""


def read_document(database: Database, meanings: Meanings, values: Iterable[Value]) -> Shape:
    """The shape of what is one of these JSON expressions."""
    known = (each for value in values for each in documents_of(value) if each.kind != "other")
    found = {_shape(database, meanings, each) for each in known}
    return found.pop() if len(found) == 1 else Json()


def _shape(database: Database, meanings: Meanings, document: Document) -> Shape:
    if document.kind == "list":
        items = {_value(database, meanings, item, "") for item in document.items}
        return Many(items.pop()) if len(items) == 1 else Json()
    if not document.keys or any(why_no_field(key) for key, _ in document.keys):
        return Json()
    return Object(
        tuple(
            Member(key, _value(database, meanings, value, key), not value.proof.not_null)
            for key, value in document.keys
        )
    )


def _value(database: Database, meanings: Meanings, value: Value, name: str) -> Shape:
    """What is under a key or in a list."""
    oid = type_of(value.node)
    server = database.types.get(oid) if oid else None
    if server is None or server.plain.kind in "cp" or (server.plain.element or server.plain).name in _DOCUMENTS:
        return read_document(database, meanings, [value])
    shape = shape_of(database, meanings, server, _column(value), name)
    texts = constants(value.node) if isinstance(shape, Plain) else None
    return Choice(tuple(sorted(texts)), server) if texts else shape


def _column(value: Value) -> tuple[int, int]:
    """The table's column that an expression is, as table and number; zeros: it is none."""
    inner = stripped(value.node)
    if inner is None or inner.tag != "VAR" or inner.number("varlevelsup") or inner.number("varattno") < 1:
        return 0, 0
    table = value.query.children("rtable")[inner.number("varno") - 1].number("relid")
    return (table, inner.number("varattno")) if table else (0, 0)
