"""The columns of tables: what constraints say, and what a row was computed from."""

from exchange_db.proof.catalog_records import Column, Relation
from exchange_db.proof.conditions import when_not_false
from exchange_db.proof.scope import Env, Proof, Prover, Scope, maybe, never, unknown
from exchange_db.proof.tree import Node, Value

__all__ = ["add_checks", "row_of", "stored", "with_checks"]


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
    query = Node("QUERY", {"commandType": "0", "rtable": [entry], "jointree": tree, "targetList": []})
    checks = [check.condition for check in relation.checks if check.inherited or not relation.children]
    return query, checks


def with_checks(env: Env, checks: list[Node]) -> Env:
    """The place of a table's row: its check constraints are not false."""
    for check in checks:
        env = env.assume(when_not_false(check, env) or ())
    return env


# --- what check constraints say of several columns ----------------------------------------------------------------

_SELECT, _UPDATE, _DELETE = 1, 2, 4
_IS_NOT_FALSE = "3"


def add_checks(scope: Scope) -> None:
    """Add to a scope the check constraints that tie columns of its tables together: where one is NULL, another is
    not."""
    if scope.query.number("commandType") not in (_SELECT, _UPDATE, _DELETE):
        return
    for number, entry in enumerate(scope.tables, 1):
        if entry.number("rtekind") == 0 and entry.text("relkind") in ("r", "p"):
            around = [side for side in scope.sides if number in side.tables]
            place = min(around, key=lambda side: len(side.tables)) if around else scope
            place.checks.extend(_checks_of(entry, number, scope.prover))


def _checks_of(entry: Node, number: int, prover: Prover) -> list[Node]:
    relation = prover.catalog.relation(entry.number("relid"))
    if any(prover.catalog.relation(child).kind == "f" for child in relation.children):
        return []
    return [
        Node("BOOLEANTEST", {"arg": _renumbered(check, number), "booltesttype": _IS_NOT_FALSE})
        for check in row_of(relation)[1]
        if _ties(check)
    ]


def _ties(check: Node) -> bool:
    """Whether it says of NULL in one column what depends on another."""
    found, todo = [check], [check]
    while todo:
        found += (more := list(todo.pop().inside()))
        todo += more
    tests = any(node.tag in ("NULLTEST", "FUNCEXPR") for node in found)
    return tests and len({node.number("varattno") for node in found if node.tag == "VAR"}) > 1


def _renumbered(value: Node, table: int) -> Node:
    """The same expression of another table of the query."""
    fields = {name: _renumbered_value(part, table) for name, part in value.fields.items()}
    return Node(value.tag, {**fields, "varno": str(table)} if value.tag == "VAR" else fields)


def _renumbered_value(value: Value, table: int) -> Value:
    if isinstance(value, list):
        return [_renumbered_value(part, table) for part in value]
    return _renumbered(value, table) if isinstance(value, Node) else value
