"""Which columns of a statement's result can be NULL, by the server's own analysis of the statement.

The rule of every part is the same: what is not proved may be NULL. The rooms: ``scope`` (where an expression stands and
what is known there), ``joins`` and ``conditions`` (the facts that FROM and WHERE make), ``grouping``, ``expressions``
with ``functions`` and ``aggregates``, and ``sources`` (tables, views, subqueries, functions).
"""

from __future__ import annotations

from collections.abc import Iterable

from exchange_db.check import sources
from exchange_db.check.catalog import Catalog
from exchange_db.check.changes import after_change
from exchange_db.check.conditions import when_known, when_true
from exchange_db.check.expressions import expression
from exchange_db.check.grouping import after_grouping
from exchange_db.check.joins import cases, read_from
from exchange_db.check.scope import NO_FACTS, Env, Facts, Proof, Scope, never
from exchange_db.check.setoperations import set_operation
from exchange_db.check.tree import Node

__all__ = ["Proof", "prove"]

_SELECT = 1


def prove(query: Node, catalog: Catalog, not_null_parameters: Iterable[int] = ()) -> tuple[Proof, ...]:
    """One proof for each column of the result, in order.

    ``not_null_parameters`` are the numbers of the parameters that are known to be no NULL: 1 is ``$1``.
    """
    prover = _Prover(catalog, frozenset(not_null_parameters))
    return tuple(prover.output(query, None, n + 1) for n in range(len(targets(query))))


def targets(query: Node) -> list[Node]:
    """The expressions of the columns of the result."""
    name = "targetList" if query.number("commandType") == _SELECT else "returningList"
    return [
        node
        for target in query.children(name)
        if not target.flag("resjunk") and (node := target.child("expr")) is not None
    ]


class _Prover:
    """The parts, each of which calls the others through this."""

    def __init__(self, catalog: Catalog, parameters: frozenset[int]) -> None:
        self.catalog = catalog
        self.parameters = parameters
        self._rows: dict[tuple[int, int, Facts, Facts], Env] = {}
        self._proofs: dict[tuple[int, int, Facts, Facts, int, frozenset[int]], Proof] = {}
        self._queries: list[Node] = []  # kept alive, because they are known by their ids

    def expression(self, node: Node, env: Env) -> Proof:
        return expression(node, env)

    def implied(self, condition: Node, env: Env) -> Facts:
        return when_true(condition, env) or NO_FACTS

    def column(self, env: Env, table: int, column: int) -> Proof:
        return sources.column(env, table, column)

    def rows(self, query: Node, outer: Env | None) -> Env:
        """The place of the rows of the FROM clause that WHERE lets through."""
        name = (id(query), *_place(outer))
        if name not in self._rows:
            self._queries.append(query)
            scope = Scope(query, outer, self, target=query.number("resultRelation"))
            read_from(scope)
            env = Env(scope, *((outer.facts, outer.nulled) if outer else ()))
            for condition in scope.conditions:
                env = env.assume(self.implied(condition, env))
            self._rows[name] = env
        return self._rows[name]

    def output(self, query: Node, outer: Env | None, column: int, known: frozenset[int] = frozenset()) -> Proof:
        """The proof for a column of a query's result, the first being 1, in the rows where those ``known`` are not
        NULL."""
        name = (id(query), *_place(outer), column, known)
        if name not in self._proofs:
            self._proofs[name] = self._output(query, outer, column, known)
        return self._proofs[name]

    def _output(self, query: Node, outer: Env | None, column: int, known: frozenset[int]) -> Proof:
        operation = query.child("setOperations")
        if operation is not None:
            return set_operation(operation, self.rows(query, outer), column, known)
        place = self._place_of_result(query, outer)
        results = targets(query)
        for other in known:
            place = place.assume(when_known(results[other - 1], place))
        found = never("no row at all")
        for case in cases(place):
            found = expression(results[column - 1], case)
            if not found.not_null:
                return found
        return found

    def _place_of_result(self, query: Node, outer: Env | None) -> Env:
        rows = self.rows(query, outer)
        return after_grouping(rows) if query.number("commandType") == _SELECT else after_change(rows)


def _place(env: Env | None) -> tuple[int, Facts, Facts]:
    return (env.scope.number, env.facts, env.nulled) if env else (0, NO_FACTS, NO_FACTS)
