"""The columns of what stands in FROM: tables, views, subqueries, functions, VALUES, WITH."""

from __future__ import annotations

from exchange_db.check.catalog import Relation
from exchange_db.check.scope import Env, Proof, maybe, never, unknown
from exchange_db.check.tree import Node

__all__ = ["column"]

_RELATION, _SUBQUERY, _JOIN, _FUNCTION, _TABLEFUNC, _VALUES, _CTE = range(7)


def column(env: Env, table: int, number: int) -> Proof:
    """The proof for a column of a table of ``env``'s scope, in the rows where the table has a row.

    Column 0 is the whole row; columns below 0 are the server's own, such as ``ctid``.
    """
    entry = env.scope.table(table)
    match entry.number("rtekind"):
        case 0:
            return _relation(entry, env, table, number)
        case 1:
            return _subquery(entry, env, table, number)
        case 5:
            return _values(entry, env, number)
        case 6:
            return _common(entry, env, table, number)
        case _:
            return unknown("nothing is known of this source of rows")


def _relation(entry: Node, env: Env, table: int, number: int) -> Proof:
    relation = env.scope.prover.catalog.relation(entry.number("relid"))
    if number <= 0:
        return never(f"the row of {relation.title} is there") if relation.kind in "rp" else unknown("a row")
    if relation.kind != "v":
        return _stored(relation, env, number)
    if env.scope.target == table:
        return unknown("what a view's row becomes is for its triggers and rules to say")
    query = env.scope.prover.catalog.view(relation.oid)
    found = env.scope.prover.output(query, None, number, _known(env, table))
    return Proof(found.not_null, f"view {relation.title}: {found.reason}", found.known)


def _stored(relation: Relation, env: Env, number: int) -> Proof:
    column = relation.columns[number]
    title = f"{relation.title}.{column.name}"
    if relation.kind == "f":
        return unknown(f"{title} is of a foreign table, whose constraints nobody enforces")
    if relation.kind == "m":
        return unknown(f"{title} is as the last refresh left it")
    if column.not_null:
        return never(f"{title} is not null")
    return maybe(f"{title} is nullable")


def _known(env: Env, table: int) -> frozenset[int]:
    """The columns of a table that are facts."""
    number = env.scope.number
    return frozenset(
        fact[3]
        for fact in env.facts
        if fact[0] == "column" and fact[1] == number and fact[2] == table and isinstance(fact[3], int) and fact[3] > 0
    )


def _subquery(entry: Node, env: Env, table: int, number: int) -> Proof:
    query = entry.child("subquery")
    if query is None or number < 1:
        return maybe("the whole row of a subquery")
    return env.scope.prover.output(query, env, number, _known(env, table))


def _values(entry: Node, env: Env, number: int) -> Proof:
    rows = entry.get("values_lists")
    if not isinstance(rows, list) or number < 1:
        return unknown("a row of values")
    for row in rows:
        item = row[number - 1] if isinstance(row, list) else None
        if not isinstance(item, Node):
            return unknown("a row of values")
        found = env.scope.prover.expression(item, env)
        if not found.not_null:
            return Proof(False, f"a row of values: {found.reason}", found.known)
    return never("no row of values has NULL there")


def _common(entry: Node, env: Env, table: int, number: int) -> Proof:
    if entry.flag("self_reference") or number < 1:
        return unknown("the rows of a recursive query")
    place = env.up(entry.number("ctelevelsup"))
    query = next(
        (
            cte.child("ctequery")
            for cte in place.scope.query.children("cteList")
            if cte.text("ctename") == entry.text("ctename")
        ),
        None,
    )
    if query is None:
        return unknown("a WITH query that is not here")
    return env.scope.prover.output(query, place, number, _known(env, table))
