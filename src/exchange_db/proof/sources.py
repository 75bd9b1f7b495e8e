"""The columns of what stands in FROM: tables, views, subqueries, functions, VALUES, WITH."""

from exchange_db.proof.functions import row_of_function
from exchange_db.proof.rows import find_common
from exchange_db.proof.scope import Env, Proof, maybe, never, unknown
from exchange_db.proof.tables import stored
from exchange_db.proof.tree import Node

__all__ = ["column", "known_columns"]


def column(env: Env, table: int, number: int) -> Proof:  # noqa: PLR0911 - one for each kind
    """The proof for a column of a table of ``env``'s scope, in the rows where the table has a row.

    Column 0 is the whole row; columns below 0 are the server's own, such as ``ctid``.
    """
    entry = env.scope.table(table)
    match entry.number("rtekind"):
        case 0:
            return _relation(entry, env, table, number)
        case 1:
            return _subquery(entry, env, table, number)
        case 3:
            return _functions(entry, env, number)
        case 4:
            return _table_function(entry, number)
        case 5:
            return _values(entry, env, number)
        case 6:
            return _common(entry, env, table, number)
        case _:
            return unknown("nothing is known of this source of rows")


def _relation(entry: Node, env: Env, table: int, number: int) -> Proof:
    prover = env.scope.prover
    relation = prover.catalog.relation(entry.number("relid"))
    if env.scope.target == table and (relation.kind == "v" or relation.rules):
        return unknown(f"what comes back from {relation.title} is for its triggers and rules to say")
    if number <= 0:
        return never(f"the row of {relation.title} is there")
    if relation.kind != "v":
        return stored(relation, number, prover, children=entry.flag("inh") or relation.kind == "p")
    found = prover.output(prover.catalog.view(relation.oid), None, number, known_columns(env, table))
    return Proof(found.not_null, f"view {relation.title}: {found.reason}", found.known)


def known_columns(env: Env, table: int) -> frozenset[int]:
    """The columns of a table that are facts."""
    number = env.scope.number
    return frozenset(
        fact[3]
        for fact in env.facts
        if fact[0] == "column" and fact[1] == number and fact[2] == table and isinstance(fact[3], int) and fact[3] > 0
    )


def _subquery(entry: Node, env: Env, table: int, number: int) -> Proof:
    if number < 1:
        return never("the row of a subquery is there")
    return env.scope.prover.output(entry.the("subquery"), env, number, known_columns(env, table))


def _functions(entry: Node, env: Env, number: int) -> Proof:
    functions = entry.children("functions")
    columns = sum(function.number("funccolcount") for function in functions)
    if entry.flag("funcordinality") and number == columns + 1:
        return never("with ordinality numbers the rows")
    if len(functions) > 1:
        return maybe("rows from (…) has NULL where a function has fewer rows than another")
    return row_of_function(functions[0].the("funcexpr"), number, env)


def _table_function(entry: Node, number: int) -> Proof:
    function = entry.the("tablefunc")
    if function.number("ordinalitycol") == number - 1:
        return never("for ordinality numbers the rows")
    if number - 1 in function.numbers("notnulls"):
        return never("the column is declared not null")
    return maybe("a document may have no such part")


def _values(entry: Node, env: Env, number: int) -> Proof:
    for row in entry.rows("values_lists"):
        found = env.scope.prover.expression(row[number - 1], env)
        if not found.not_null:
            return Proof(False, f"a row of values: {found.reason}", found.known)
    return never("no row of values has NULL there")


def _common(entry: Node, env: Env, table: int, number: int) -> Proof:
    query, place, common = find_common(entry, env)
    if number < 1:
        return never("the row of a WITH query is there")
    added = number - len(common.texts("ctecolnames"))
    if added > 0:
        return _added_column(common, added, place)
    if entry.flag("self_reference"):
        return env.scope.prover.recursive(query, number)
    if common.flag("cterecursive"):
        env.scope.prover.solve(query, place)
        return env.scope.prover.output(query, place, number)
    return env.scope.prover.output(query, place, number, known_columns(env, table))


def _added_column(common: Node, number: int, env: Env) -> Proof:
    """The columns that SEARCH and CYCLE add: the place in the order; the mark, and the path."""
    cycle = common.child("cycle_clause")
    if cycle is not None and number == (1 if common.get("search_clause") is None else 2):
        marks = [env.scope.prover.expression(cycle.the(f"cycle_mark_{name}"), env) for name in ("value", "default")]
        return next((mark for mark in marks if not mark.not_null), marks[0])
    return never("search and cycle fill their columns")
