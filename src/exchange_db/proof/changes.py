"""INSERT, UPDATE, DELETE and MERGE with RETURNING: the row that comes back."""

from dataclasses import replace

from exchange_db.proof.catalog_records import Relation
from exchange_db.proof.scope import Env, Fact, Scope
from exchange_db.proof.tree import Node

__all__ = ["after_change", "may_miss_source"]

_DO_UPDATE = 2
_NOT_MATCHED_BY_SOURCE = 1


def may_miss_source(query: Node) -> bool:
    """Whether MERGE may change rows for which there is none in its source."""
    return any(action.number("matchKind") == _NOT_MATCHED_BY_SOURCE for action in query.children("mergeActionList"))


def after_change(env: Env) -> Env:
    """The place where RETURNING stands: the row of the table is the one that was written."""
    query, target = env.scope.query, env.scope.target
    relation = env.scope.prover.catalog.relation(env.scope.table(target).number("relid"))
    tree = [relation, *(env.scope.prover.catalog.relation(child) for child in relation.children)]
    plain = all(one.kind in "rp" and not one.rules for one in tree)
    triggers = "".join(one.row_triggers for one in tree)
    match query.number("commandType"):
        case 4 if plain:
            return env
        case 3 if plain and "i" not in triggers:
            return _after_insert(env, relation, updates="u" not in triggers)
        # A row that moves to another partition is inserted there.
        case 2 if plain and "u" not in triggers and (relation.kind != "p" or "i" not in triggers):
            return _after_update(env, relation)
        case _:
            return _forget(env, set(relation.columns))


def _forget(env: Env, columns: set[int]) -> Env:
    """The place without what was known of these columns of the changed table before."""
    number, target = env.scope.number, env.scope.target

    def stays(fact: Fact) -> bool:
        if fact[0] not in ("row", "column", "side"):
            return False
        return not (fact[0] == "column" and fact[1:3] == (number, target) and fact[3] in columns)

    return replace(env, facts=frozenset(filter(stays, env.facts)))


def _after_update(env: Env, relation: Relation) -> Env:
    assigned = _assignments(env.scope.query, "targetList")
    generated = {column.number for column in relation.columns.values() if column.generated}
    place = _forget(env, assigned.keys() | generated)
    return place.assume(_facts(env.scope, env.scope.target, _not_null(assigned, env)))


def _after_insert(env: Env, relation: Relation, *, updates: bool) -> Env:
    """``updates``: whether what ON CONFLICT DO UPDATE writes is what it says (no trigger changes it)."""
    query = env.scope.query
    written = _not_null(_assignments(query, "targetList"), env) | _defaults(query, relation, env)
    conflict = query.child("onConflict")
    if conflict is not None and conflict.number("action") == _DO_UPDATE:
        proposed = env.assume(_facts(env.scope, conflict.number("exclRelIndex"), written))
        again = _not_null(_assignments(conflict, "onConflictSet"), proposed)
        written = written & again if updates else set[int]()
    return env.assume(_facts(env.scope, env.scope.target, written))


def _assignments(node: Node, name: str) -> dict[int, Node]:
    """The expressions that are written, by the number of the column."""
    return {
        target.number("resno"): expression
        for target in node.children(name)
        if not target.flag("resjunk") and (expression := target.child("expr")) is not None
    }


def _not_null(assigned: dict[int, Node], env: Env) -> set[int]:
    return {number for number, node in assigned.items() if env.scope.prover.expression(node, env).not_null}


def _defaults(query: Node, relation: Relation, env: Env) -> set[int]:
    """The columns that are left to a default which is not NULL."""
    assigned = _assignments(query, "targetList")
    left = {
        number
        for number, column in relation.columns.items()
        if not column.generated and (number not in assigned or assigned[number].tag == "SETTODEFAULT")
    }
    place = env.scope.prover.row(relation)
    return {
        number
        for number in left
        if (default := relation.columns[number].default) is not None
        and env.scope.prover.expression(default, place).not_null
    }


def _facts(scope: Scope, table: int, columns: set[int]) -> set[Fact]:
    return {("column", scope.number, table, column) for column in columns}
