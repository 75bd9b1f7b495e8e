"""JSON that a statement builds, as shapes: objects with their keys, lists; where that cannot be known, any JSON."""

from exchange_db.check.documents import Document, documents_of, type_of
from exchange_db.check.statement import constants, stripped
from exchange_db.check.subject import Database
from exchange_db.proof.tree import Node
from exchange_db.scaffold.columns import shape_of
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.naming import why_no_field
from exchange_db.scaffold.shapes import Choice, Json, Many, Member, Object, Plain, Shape

__all__ = ["read_document"]

_DOCUMENTS = ("json", "jsonb", "geography", "geometry", "hstore")
"""Types whose values are objects or lists in JSON."""


def read_document(database: Database, meanings: Meanings, node: Node, query: Node) -> Shape:
    """The shape of a JSON expression of a query."""
    found = {_shape(database, meanings, each, query) for each in documents_of(node, query, database.catalog)}
    return found.pop() if len(found) == 1 else Json()


def _shape(database: Database, meanings: Meanings, document: Document, query: Node) -> Shape:
    query = document.query
    if document.kind == "list" and document.item is not None:
        return Many(_value(database, meanings, document.item, query, ""))
    if not document.keys or any(why_no_field(key) for key, _ in document.keys):
        return Json()
    return Object(
        tuple(
            Member(key, _value(database, meanings, value, query, key), not _is_not_null(database, value, query))
            for key, value in document.keys
        )
    )


def _value(database: Database, meanings: Meanings, node: Node, query: Node, name: str) -> Shape:
    """What is under a key or in a list."""
    oid = type_of(node)
    server = database.types.get(oid) if oid else None
    if server is None or server.plain.kind in "cp" or (server.plain.element or server.plain).name in _DOCUMENTS:
        return read_document(database, meanings, node, query)
    shape = shape_of(database, meanings, server, _column(node, query), name)
    texts = constants(node) if isinstance(shape, Plain) else None
    return Choice(tuple(sorted(texts)), server) if texts else shape


def _column(node: Node, query: Node) -> tuple[int, int]:
    """The table's column that an expression is, as table and number; zeros: it is none."""
    inner = stripped(node)
    if inner is None or inner.tag != "VAR" or inner.number("varlevelsup") or inner.number("varattno") < 1:
        return 0, 0
    table = query.children("rtable")[inner.number("varno") - 1].number("relid")
    return (table, inner.number("varattno")) if table else (0, 0)


def _is_not_null(database: Database, node: Node, query: Node) -> bool:
    """Whether what is under a key is plainly never NULL: a constant, or a column that cannot be, without outer joins.

    The proof of nullability is for columns of results; in a document this is all that is looked at.
    """
    inner = stripped(node)
    if inner is not None and inner.tag == "CONST":
        return not inner.flag("constisnull")
    if inner is not None and inner.tag == "COALESCEEXPR":
        return any(_is_not_null(database, each, query) for each in inner.children("args"))
    table, number = _column(node, query)
    outer = any(entry.number("rtekind") == _JOIN and entry.number("jointype") for entry in query.children("rtable"))
    return bool(table) and not outer and database.catalog.relation(table).columns[number].not_null


_JOIN = 2
"""RTE_JOIN; its jointype 0 is an inner join."""
