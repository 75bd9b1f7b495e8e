"""How many rows a statement can give: at most one, at least one."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_db.check.catalog import Catalog
from exchange_db.check.scope import Scope
from exchange_db.check.tree import Node

__all__ = ["RowProof", "at_least_one", "at_most_one", "has_empty_set", "source_has_rows"]


@dataclass(frozen=True)
class RowProof:
    """Whether a bound on the number of rows holds, and why."""

    holds: bool
    reason: str


def at_most_one(query: Node, catalog: Catalog, scope: Scope | None = None) -> RowProof:
    """Whether the statement gives one row or none."""
    limit = query.child("limitCount")
    if _is_small(limit) and query.number("limitOption") == 0:
        return RowProof(True, "limit 1")
    return RowProof(False, "nothing says that there is one row only")


def _is_small(limit: Node | None) -> bool:
    value = None if limit is None else constant(limit)
    return value is not None and value <= 1


def constant(node: Node) -> int | None:
    """The number that a constant is; ``None`` for NULL and for what is no number."""
    if node.tag == "FUNCEXPR" and len(node.children("args")) == 1:
        return constant(node.children("args")[0])  # int8(1), as limit has it
    if node.tag != "CONST" or node.flag("constisnull") or not node.flag("constbyval"):
        return None
    data = bytes(number % 256 for number in node.numbers("constvalue"))
    return int.from_bytes(data, "little", signed=True)


def at_least_one(query: Node, catalog: Catalog, scope: Scope | None = None) -> RowProof:
    """Whether the statement gives a row always."""
    if query.get("setOperations") is None and has_empty_set(query) and query.flag("hasAggs"):
        if query.get("havingQual") is None and query.get("limitCount") is None and query.get("limitOffset") is None:
            return RowProof(not query.flag("hasTargetSRFs"), "an aggregate without group by")
    return RowProof(False, "there may be no row")


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


def source_has_rows(query: Node, catalog: Catalog, scope: Scope | None) -> bool:
    """Whether the FROM clause has a row always, and WHERE keeps it."""
    return False
