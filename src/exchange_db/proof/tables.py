"""The columns of tables: what constraints say, and what a row was computed from."""

from exchange_db.proof.catalog_records import Column, Relation
from exchange_db.proof.conditions import when_not_false
from exchange_db.proof.scope import Env, Proof, Prover, maybe, never, unknown
from exchange_db.proof.tree import Node

__all__ = ["row_of", "stored", "with_checks"]


def stored(relation: Relation, number: int, prover: Prover, *, children: bool) -> Proof:
    """The proof for a column of the rows that a table holds, with those of its partitions or ``children``."""
    column = relation.columns[number]
    found = _own(relation, column, prover)
    if not children or not found.not_null:
        return found
    for oid in relation.children:
        child = prover.catalog.relation(oid)
        same = next((one for one in child.columns.values() if one.name == column.name), None)
        of_child = unknown(f"{child.title} has no such column") if same is None else _own(child, same, prover)
        if not of_child.not_null:
            return of_child
    return found


def _own(relation: Relation, column: Column, prover: Prover) -> Proof:  # noqa: PLR0911 - one for each kind
    title = f"{relation.title}.{column.name}"
    if relation.kind == "f":
        return unknown(f"{title} is of a foreign table, whose constraints nobody enforces")
    if relation.kind == "m":
        return unknown(f"{title} is as the last refresh left it")
    if column.not_null:
        return never(f"{title} is not null")
    place = prover.row(relation)
    if place.knows(("column", place.scope.number, 1, column.number)):
        return never(f"a check constraint keeps NULL out of {title}")
    if column.generated and column.default is not None:
        found = prover.expression(column.default, place)
        return Proof(found.not_null, f"{title} is generated: {found.reason}", found.known)
    if _refuses_null(column.type, prover):
        # https://www.postgresql.org/docs/current/sql-createdomain.html: "(select … where false)" is a way in.
        return unknown(
            f"{title} has a domain that is not null, by which a NULL may get in: declare the column not null"
        )
    return maybe(f"{title} is nullable")


def _refuses_null(oid: int, prover: Prover) -> bool:
    domain = prover.catalog.type(oid)
    while domain.kind == "d":
        if domain.not_null:
            return True
        domain = prover.catalog.type(domain.base)
    return False


def row_of(relation: Relation) -> tuple[Node, list[Node]]:
    """A query of nothing but a table, as the expressions of its constraints and generated columns see it, and the
    conditions of its check constraints."""
    entry = Node("RANGETBLENTRY", {"rtekind": "0", "relid": str(relation.oid), "relkind": relation.kind})
    tree = Node("FROMEXPR", {"fromlist": [Node("RANGETBLREF", {"rtindex": "1"})]})
    query = Node("QUERY", {"commandType": "1", "rtable": [entry], "jointree": tree, "targetList": []})
    checks = [check.condition for check in relation.checks if check.inherited or not relation.children]
    return query, checks


def with_checks(env: Env, checks: list[Node]) -> Env:
    """The place of a table's row: its check constraints are not false."""
    for check in checks:
        env = env.assume(when_not_false(check, env) or ())
    return env
