"""Whether a query gives a row always."""

from dataclasses import dataclass

from exchange_db.proof.catalog import Catalog
from exchange_db.proof.catalog_records import Relation
from exchange_db.proof.scope import Env, Prover
from exchange_db.proof.tree import Node

__all__ = [
    "RowProof",
    "at_least_one",
    "constant",
    "entry_has_row",
    "find_common",
    "has_empty_set",
    "is_true",
    "source_has_rows",
]

_SELECT, _INSERT = 1, 3
_WIDENED = frozenset({"int8(integer)", "int8(smallint)"})


@dataclass(frozen=True)
class RowProof:
    """Whether a bound on the number of rows holds, and why."""

    holds: bool
    reason: str


def at_least_one(query: Node, outer: Env | None, prover: Prover) -> RowProof:  # noqa: PLR0911 - one for each kind
    """Whether the query gives a row always, at its place."""
    operation = query.child("setOperations")
    if not prover.may_go_on():
        return RowProof(False, "the statement is too large to look into all of it")
    if not _lets_rows_through(query, prover.catalog):
        return RowProof(False, "limit or offset may leave no row")
    if operation is not None:
        return _operation(operation, query, outer, prover)
    if query.number("commandType") == _INSERT:
        return _insert(query, outer, prover)
    if query.number("commandType") != _SELECT:
        return RowProof(False, "there may be no such row")
    if query.flag("hasTargetSRFs"):
        return RowProof(False, "a function that returns a set may return none")
    if query.get("havingQual") is not None:
        return RowProof(False, "having may leave no row")
    if is_aggregated(query) and has_empty_set(query):
        return RowProof(True, "an aggregate without group by has a row always")
    return source_has_rows(query, outer, prover)


def is_aggregated(query: Node) -> bool:
    """Whether rows become groups, or one group."""
    return query.flag("hasAggs") or any(
        query.get(name) is not None for name in ("groupClause", "groupingSets", "havingQual")
    )


def has_empty_set(query: Node) -> bool:
    """Whether one of the grouping sets is of no column, as the one group without GROUP BY is: it has a row always."""
    sets = query.children("groupingSets")
    return all(_may_be_empty(one) for one in sets) if sets else query.get("groupClause") is None


def _may_be_empty(one: Node) -> bool:
    match one.number("kind"):
        case 1:
            return not one.numbers("content")
        case 4:
            return any(_may_be_empty(member) for member in one.children("content"))
        case _:
            return True


def _lets_rows_through(query: Node, catalog: Catalog) -> bool:
    limit, offset = query.child("limitCount"), query.child("limitOffset")
    many = None if limit is None else constant(limit, catalog)
    none = None if offset is None else constant(offset, catalog)
    return (limit is None or (many is not None and many >= 1)) and (offset is None or none == 0)


def constant(node: Node, catalog: Catalog) -> int | None:
    """The number that a constant is; ``None`` for NULL and for what is no whole number."""
    if node.tag == "FUNCEXPR" and catalog.function(node.number("funcid")).is_own(_WIDENED):
        return constant(node.children("args")[0], catalog)  # int8(1), as limit has it
    if node.tag != "CONST" or node.flag("constisnull") or node.number("consttype") not in (20, 21, 23):
        return None
    data = bytes(number % 256 for number in node.numbers("constvalue"))
    return int.from_bytes(data, catalog.byte_order, signed=True)


def is_true(node: Node) -> bool:
    """Whether it is the constant ``true``."""
    is_boolean = node.tag == "CONST" and node.number("consttype") == 16
    return is_boolean and not node.flag("constisnull") and any(node.numbers("constvalue"))


def _operation(node: Node, query: Node, outer: Env | None, prover: Prover) -> RowProof:
    if node.tag == "RANGETBLREF":
        part = query.children("rtable")[node.number("rtindex") - 1].the("subquery")
        return at_least_one(part, prover.rows(query, outer), prover)
    parts = (node.the("larg"), node.the("rarg"))
    if node.number("op") == 1 and any(_operation(part, query, outer, prover).holds for part in parts):
        return RowProof(True, "a part of the union has a row always")
    return RowProof(False, "a set operation may leave no row")


def _insert(query: Node, outer: Env | None, prover: Prover) -> RowProof:
    relation = prover.catalog.relation(query.children("rtable")[query.number("resultRelation") - 1].number("relid"))
    if query.get("onConflict") is not None:
        return RowProof(False, "on conflict may leave the row out")
    if _may_skip(relation, prover):
        return RowProof(False, f"a trigger or rule of {relation.title} may skip the row")
    return source_has_rows(query, outer, prover)


def _may_skip(relation: Relation, prover: Prover) -> bool:
    tree = [relation, *(prover.catalog.relation(child) for child in relation.children)]
    return any(one.kind not in "rp" or one.rules or "i" in one.row_triggers for one in tree)


def source_has_rows(query: Node, outer: Env | None, prover: Prover) -> RowProof:
    """Whether the FROM clause has a row always, and WHERE keeps it."""
    tree = query.the("jointree")
    if prover.finds_row(query, outer):
        return RowProof(True, "a foreign key says that the row is there")
    if not _holds(tree.child("quals")):
        return RowProof(False, "where may leave no row")
    if all(_has_row(item, query, outer, prover) for item in tree.children("fromlist")):
        return RowProof(True, "what stands in from has a row always")
    return RowProof(False, "there may be no row")


def _holds(condition: Node | None) -> bool:
    return condition is None or is_true(condition)


def _has_row(item: Node, query: Node, outer: Env | None, prover: Prover) -> bool:
    if item.tag == "RANGETBLREF":
        return entry_has_row(query.children("rtable")[item.number("rtindex") - 1], prover.rows(query, outer))
    sides = [_has_row(side, query, outer, prover) for side in (item.the("larg"), item.the("rarg"))]
    match item.number("jointype"):
        case 1:
            return sides[0]
        case 2:
            return any(sides)
        case 3:
            return sides[1]
        case _:
            return all(sides) and _holds(item.child("quals"))


def entry_has_row(entry: Node, env: Env) -> bool:
    """Whether what stands in FROM has a row always, at the place of its query's rows."""
    prover = env.scope.prover
    match entry.number("rtekind"):
        case 0 if entry.text("relkind") == "v":
            return at_least_one(prover.catalog.view(entry.number("relid")), None, prover).holds
        case 1:
            return at_least_one(entry.the("subquery"), env, prover).holds
        case 3:
            return any(not function.the("funcexpr").flag("funcretset") for function in entry.children("functions"))
        case 5:
            return True
        case 6 if not entry.flag("self_reference"):
            common, place, _ = find_common(entry, env)
            return at_least_one(common, place, prover).holds
        case _:
            return False


def find_common(entry: Node, env: Env) -> tuple[Node, Env, Node]:
    """The query of a WITH that a FROM clause names, the place that it stands in, and the node that holds both."""
    place = env.up(entry.number("ctelevelsup"))
    named = {common.text("ctename"): common for common in place.scope.query.children("cteList")}
    common = named[entry.text("ctename")]
    return common.the("ctequery"), place, common
