"""The analysed tree of a statement, asked for what ``check`` wants to know."""

from collections.abc import Iterator

from exchange_db.check.lints import Relation
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.tree import Node

__all__ = ["compared_columns", "constants", "nodes", "own_nodes", "relations", "stripped"]

_WRAPPERS = {"RELABELTYPE": "arg", "COERCEVIAIO": "arg", "COERCETODOMAIN": "arg", "COLLATEEXPR": "arg"}
_TEXT_TYPES = {25, 1042, 1043}
"""text, bpchar, varchar: https://www.postgresql.org/docs/current/catalog-pg-type.html"""
_UNKNOWN = 705
"""A literal whose type does not matter, as the keys of ``jsonb_build_object``: its text, and a NUL."""
_HEADER = 4
"""Bytes that hold the length of a text."""
_CASTS = (1, 2)
"""COERCE_EXPLICIT_CAST, COERCE_IMPLICIT_CAST of PostgreSQL's primnodes.h."""
_EQUALITIES = {"=", "<>"}


def nodes(tree: Node) -> Iterator[Node]:
    """Every node of a tree, from the top down."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(tuple(node.inside())))


def relations(tree: Node, catalog: Catalog) -> frozenset[Relation]:
    """The tables and views that the statement names."""
    oids = {entry.number("relid") for entry in nodes(tree) if entry.tag == "RANGETBLENTRY" and entry.number("relid")}
    found = (catalog.relation(oid) for oid in oids)
    return frozenset(Relation(each.schema, each.name) for each in found)


def stripped(node: Node | None) -> Node | None:
    """An expression without its casts."""
    while node is not None and (node.tag in _WRAPPERS or _is_cast(node)):
        node = node.child(_WRAPPERS[node.tag]) if node.tag in _WRAPPERS else node.children("args")[0]
    return node


def _is_cast(node: Node) -> bool:
    """A call that was written ``x::type``, or that the server has put in."""
    return node.tag == "FUNCEXPR" and node.number("funcformat") in _CASTS and bool(node.children("args"))


def compared_columns(tree: Node, catalog: Catalog) -> Iterator[tuple[int, int, int]]:
    """The parameters that a column is compared with or that are written to one: parameter, table, column's number."""
    for query in nodes(tree):
        if query.tag == "QUERY":
            yield from _written(query)
            for node in own_nodes(query):
                if (
                    node.tag in ("OPEXPR", "SCALARARRAYOPEXPR")
                    and catalog.operator(node.number("opno")).name in _EQUALITIES
                ):
                    yield from _compared(node, query)


def _written(query: Node) -> Iterator[tuple[int, int, int]]:
    """``insert`` and ``update``: a target entry's number is that of the column."""
    if query.number("commandType") not in (2, 3):
        return
    table = query.children("rtable")[query.number("resultRelation") - 1].number("relid")
    conflict = query.child("onConflict")
    for entry in [*query.children("targetList"), *(conflict.children("onConflictSet") if conflict else ())]:
        for number in _parameters(_below(query, entry.child("expr"))):
            yield number, table, entry.number("resno")


def _below(query: Node, node: Node | None) -> Node | None:
    """Of a column of a subquery, as ``insert … select`` has them, the expression there."""
    inner = stripped(node)
    if (
        inner is None
        or inner.tag != "VAR"
        or inner.number("varlevelsup")
        or inner.number("varno") > len(query.children("rtable"))
    ):
        return node
    subquery = query.children("rtable")[inner.number("varno") - 1].child("subquery")
    if subquery is None or subquery.child("setOperations") is not None:
        return node
    return _below(subquery, subquery.children("targetList")[inner.number("varattno") - 1].child("expr"))


def _compared(node: Node, query: Node) -> Iterator[tuple[int, int, int]]:
    left, right = node.children("args")[0], node.children("args")[-1]
    for one, other in ((left, right), (right, left)):
        column = stripped(one)
        if column is not None and column.tag == "VAR" and not column.number("varlevelsup"):
            table = _table(query, column)
            for number in _parameters(other) if table else ():
                yield number, table, column.number("varattno")


def _parameters(node: Node | None) -> Iterator[int]:
    """The parameters that an expression passes on as they are."""
    node = stripped(node)
    if node is not None and node.tag == "PARAM":
        yield node.number("paramid")
    elif node is not None and node.tag == "CASEEXPR":
        for each in [*(when.child("result") for when in node.children("args")), node.child("defresult")]:
            yield from _parameters(each)
    elif node is not None and node.tag in ("ARRAYEXPR", "COALESCEEXPR", "ARRAYCOERCEEXPR"):
        inner = node.children("elements") or node.children("args")
        for each in inner or filter(None, [node.child("arg")]):
            yield from _parameters(each)


def _table(query: Node, column: Node) -> int:
    """The OID of the table that a column is of; 0: of something else."""
    entry = query.children("rtable")[column.number("varno") - 1]
    return entry.number("relid") if entry.number("rtekind") == 0 else 0


def own_nodes(query: Node) -> Iterator[Node]:
    """The nodes of a query without those of the queries in it."""
    for below in query.inside():
        if below.tag != "QUERY":
            yield below
            yield from own_nodes(below)


def constants(node: Node) -> frozenset[str] | None:
    """The texts that an expression can be, where these are all written out; ``None``: it can be others."""
    node = stripped(node) or node
    if node.tag == "CONST":
        return _text(node)
    if node.tag == "CASEEXPR":
        parts = [*(when.the("result") for when in node.children("args")), node.the("defresult")]
    elif node.tag == "COALESCEEXPR":
        parts = node.children("args")
    else:
        return None
    found = [constants(part) for part in parts]
    return None if None in found else frozenset(value for values in found for value in values or ())


def _text(node: Node) -> frozenset[str] | None:
    """The value of a constant text; no value where it is NULL."""
    if node.flag("constisnull"):
        return frozenset()
    data = bytes(byte & 0xFF for byte in node.numbers("constvalue"))
    if node.number("consttype") == _UNKNOWN:
        return frozenset([data.rstrip(b"\0").decode(errors="replace")])
    if node.number("consttype") not in _TEXT_TYPES:
        return None
    return frozenset([data[_HEADER:].decode(errors="replace")])
