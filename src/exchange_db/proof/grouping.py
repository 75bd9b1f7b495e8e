"""GROUP BY and grouping sets: which groups can be empty, and which grouped values some sets leave out."""

from exchange_db.proof.conditions import when_true
from exchange_db.proof.facts import ANYTHING, NO_FACTS, Fact, lasting
from exchange_db.proof.rows import has_empty_set, is_aggregated, source_has_rows
from exchange_db.proof.scope import Env, key
from exchange_db.proof.tree import Node

__all__ = ["after_grouping", "groups_have_rows"]

_EMPTY, _SIMPLE, _ROLLUP, _CUBE, _SETS = range(5)


def groups_have_rows(env: Env) -> bool:
    """Whether each group is made of at least one row."""
    query = env.scope.query
    return not has_empty_set(query) or source_has_rows(query, env.scope.outer, env.scope.prover).holds


def after_grouping(env: Env) -> Env:
    """The place where the select list and HAVING stand."""
    query = env.scope.query
    if not is_aggregated(query):
        return env
    nulled: set[Fact] = set()
    sets = query.children("groupingSets")
    if sets:
        always = frozenset[int]().union(*(_common(one) for one in sets))
        for target in query.children("targetList"):
            reference, node = target.number("ressortgroupref"), target.child("expr")
            if reference and reference not in always and node is not None and _is_key(query, reference):
                nulled.add(key(node, env) or ANYTHING)
    facts = env.facts
    if has_empty_set(query):  # its group is there without a row, so WHERE has let through nothing that says anything
        facts = env.scope.outer.facts if env.scope.outer else NO_FACTS
    grouped = Env(env.scope, lasting(facts, frozenset(nulled)), env.nulled | nulled, env.case, env.subselect)
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
            return members[0].intersection(*members) if members else frozenset()
        case _:
            return frozenset()
