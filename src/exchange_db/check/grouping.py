"""GROUP BY and grouping sets: which groups can be empty, and which grouped values some sets leave out."""

from __future__ import annotations

from exchange_db.check.cardinality import has_empty_set, source_has_rows
from exchange_db.check.conditions import when_true
from exchange_db.check.scope import NO_FACTS, Env, Fact, key
from exchange_db.check.tree import Node

__all__ = ["after_grouping", "groups_have_rows", "is_grouped"]

_EMPTY, _SIMPLE, _ROLLUP, _CUBE, _SETS = range(5)


def is_grouped(query: Node) -> bool:
    """Whether rows become groups, or one group."""
    return (
        query.flag("hasAggs")
        or query.get("groupClause") is not None
        or query.get("groupingSets") is not None
        or query.get("havingQual") is not None
    )


def groups_have_rows(env: Env) -> bool:
    """Whether each group is made of at least one row."""
    query = env.scope.query
    return not has_empty_set(query) or source_has_rows(query, env.scope.prover.catalog, env.scope)


def after_grouping(env: Env) -> Env:
    """The place where the select list and HAVING stand."""
    query = env.scope.query
    if not is_grouped(query):
        return env
    nulled: set[Fact] = set()
    sets = query.children("groupingSets")
    if sets:
        always = frozenset().union(*(_common(one) for one in sets))
        for target in query.children("targetList"):
            reference, node = target.number("ressortgroupref"), target.child("expr")
            if reference and reference not in always and node is not None and _is_key(query, reference):
                name = key(node, env)
                if name is not None:
                    nulled.add(name)
    grouped = Env(env.scope, env.facts, env.nulled | nulled, env.case, env.subselect, grouped=True)
    having = query.child("havingQual")
    return grouped if having is None else grouped.assume(when_true(having, grouped) or NO_FACTS)


def _is_key(query: Node, reference: int) -> bool:
    return any(clause.number("tleSortGroupRef") == reference for clause in query.children("groupClause"))


def _common(one: Node) -> frozenset[int]:
    """The columns that every set of a grouping element has."""
    match one.number("kind"):
        case 1:
            return frozenset(one.numbers("content"))
        case 4:
            members = [_common(member) for member in one.children("content")]
            return frozenset.intersection(*members) if members else frozenset()
        case _:
            return frozenset()
