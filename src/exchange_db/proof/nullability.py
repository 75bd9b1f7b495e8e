"""Which columns of a statement's result can be NULL, by the server's own analysis of the statement.

The rule of every part is the same: what is not proved may be NULL. The rooms: ``scope`` (where an expression stands and
what is known there: ``facts``), ``joins``, ``finding`` (foreign keys) and ``conditions`` with
``truths`` (the facts that FROM and WHERE make), ``grouping``, ``expressions``
with ``functions`` and ``aggregates``, and ``sources`` (tables, views, subqueries, functions).
"""

from collections.abc import Iterable

from exchange_db.proof import sources
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.catalog_records import Relation
from exchange_db.proof.changes import after_change
from exchange_db.proof.conditions import when_known, when_true
from exchange_db.proof.expressions import by_choices, expression
from exchange_db.proof.facts import NO_FACTS, Facts
from exchange_db.proof.finding import finds_row, only_reads
from exchange_db.proof.grouping import after_grouping
from exchange_db.proof.joins import cases, read_from
from exchange_db.proof.scope import NO_COLUMNS, Columns, Env, Proof, Prover, Scope, never, unknown
from exchange_db.proof.setoperations import set_operation
from exchange_db.proof.tables import add_checks, row_of, with_checks
from exchange_db.proof.tree import Node

__all__ = ["Proof", "new_prover", "prove"]

_SELECT = 1
_NO_ROWS = (2, 8, 9)
"""The kinds of range table entry that are no source of rows: joins, results, groups."""
NO_ELEMENTS: frozenset[int] = frozenset()
_MOST_STEPS = 20_000
"""Expressions that are looked into for one question; our own statements need some hundreds."""
_QUERY = 40
"""What a query, or a column of one, is worth in expressions."""


def prove(
    query: Node, catalog: Catalog, not_null_parameters: Iterable[int] = (), not_null_elements: Iterable[int] = ()
) -> tuple[Proof, ...]:
    """One proof for each column of the result, in order.

    ``not_null_parameters`` are the numbers of the parameters that are known to be no NULL: 1 is ``$1``;
    ``not_null_elements`` those of the arrays among them none of whose elements is.
    """
    reads = only_reads(query, catalog)
    provers = _provers(catalog)
    provers.steps = _MOST_STEPS
    prover = provers.get(frozenset(not_null_parameters), frozenset(not_null_elements), reads=reads)
    return tuple(prover.output(query, None, n + 1) for n in range(len(targets(query))))


def new_prover(
    catalog: Catalog, not_null_parameters: Iterable[int] = (), not_null_elements: Iterable[int] = ()
) -> Prover:
    """What proofs share, of all statements of which the same is known."""
    provers = _provers(catalog)
    provers.steps = _MOST_STEPS
    return provers.get(frozenset(not_null_parameters), frozenset(not_null_elements), reads=False)


def targets(query: Node) -> list[Node]:
    """The expressions of the columns of the result."""
    name = "targetList" if query.number("commandType") == _SELECT else "returningList"
    return [
        node
        for target in query.children(name)
        if not target.flag("resjunk") and (node := target.child("expr")) is not None
    ]


_TOO_LARGE = unknown("the statement nests too deep, or branches too much, to look into all of it")


class _Provers:
    """The provers by one catalog: tables and the bodies of functions are looked into once, whoever names them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.entered: set[int] = set()
        self.tables: dict[int, Env] = {}
        self.steps = 0
        """How many more steps a proof may take. What nests and branches could else take hours."""
        self._known: dict[tuple[frozenset[int], frozenset[int], bool], _Prover] = {}

    def get(self, parameters: frozenset[int], elements: frozenset[int], *, reads: bool) -> "_Prover":
        """The one prover for statements of which this is known."""
        name = (parameters, elements, reads)
        if name not in self._known:
            self._known[name] = _Prover(self, parameters, elements, reads=reads)
        return self._known[name]


def _provers(catalog: Catalog) -> _Provers:
    if catalog.shared is None:
        catalog.shared = _Provers(catalog)
    found: _Provers = catalog.shared
    return found


class _Prover:
    """The parts, each of which calls the others through this."""

    def __init__(self, provers: _Provers, parameters: frozenset[int], elements: frozenset[int], *, reads: bool) -> None:
        self.reads = reads
        self.catalog = provers.catalog
        self.parameters = parameters
        self.elements = elements
        self.entered = provers.entered
        self._provers = provers
        self._refuted: dict[int, dict[int, Proof]] = {}
        self._rows: dict[tuple[int, int, Facts, Facts], Env] = {}
        self._proofs: dict[tuple[int, int, Facts, Facts, int, frozenset[int]], Proof] = {}
        self._queries: list[Node] = []  # kept alive, because they are known by their ids

    def expression(self, node: Node, env: Env) -> Proof:
        return expression(node, env)

    def implied(self, condition: Node, env: Env) -> Facts:
        try:
            return when_true(condition, env) or NO_FACTS
        except RecursionError:
            return NO_FACTS

    def row(self, relation: Relation) -> Env:
        """The place of a row of a table, for its constraints and generated columns."""
        tables = self._provers.tables  # a constraint has no parameters: what it says is the same for all provers
        if relation.oid not in tables:
            query, checks = row_of(relation)
            tables[relation.oid] = self._provers.get(NO_ELEMENTS, NO_ELEMENTS, reads=False).rows(query, None)
            tables[relation.oid] = with_checks(tables[relation.oid], checks)  # which may ask for the row themselves
        return tables[relation.oid]

    def within(self, parameters: frozenset[int]) -> Prover:
        """A prover for the body of a function that is called with arguments of which these are not NULL."""
        return self._provers.get(parameters, NO_ELEMENTS, reads=False)

    def recursive(self, query: Node, column: int) -> Proof:
        """The proof for the rows that a recursive query has so far: what is assumed until it is refuted."""
        refuted = self._refuted.get(id(query), {}).get(column)
        return refuted or never("by induction: no earlier row of the recursive query has NULL there")

    def solve(self, query: Node, outer: Env) -> None:
        """Find which columns of a recursive query can be NULL: assume that none is, and drop what does not follow."""
        self._queries.append(query)
        refuted = self._refuted.setdefault(id(query), {})
        columns = range(1, 1 + sum(not target.flag("resjunk") for target in query.children("targetList")))
        while True:
            proofs = {n: self.output(query, outer, n) for n in columns if n not in refuted}
            wrong = {n: proof for n, proof in proofs.items() if not proof.not_null}
            if not wrong:
                break
            refuted.update(wrong)
            self._proofs.clear()
            self._rows.clear()

    def finds_row(self, query: Node, outer: Env | None) -> bool:
        """Whether what stands in FROM, all of it joined inwards, has a row for which the conditions hold."""
        if outer is None:
            return False
        inner = self.rows(query, outer)
        tables = frozenset(
            n for n, entry in enumerate(inner.scope.tables, 1) if entry.number("rtekind") not in _NO_ROWS
        )
        return bool(tables) and not inner.scope.sides and finds_row(tables, inner.scope.conditions, inner, outer)

    def column(self, env: Env, table: int, column: int) -> Proof:
        return sources.column(env, table, column)

    def rows(self, query: Node, outer: Env | None) -> Env:
        """The place of the rows of the FROM clause that WHERE lets through."""
        name = (id(query), *_place(outer))
        if name in self._rows:
            return self._rows[name]
        scope = Scope(query, outer, self, target=query.number("resultRelation"))
        read_from(scope)
        env = Env(scope, outer.facts, outer.nulled) if outer else Env(scope)
        if not self.may_go_on():
            return env  # nothing is known of the rows but where they come from
        self._queries.append(query)
        add_checks(scope)
        env = env.closed()
        for condition in (*scope.conditions, *scope.checks):
            env = env.assume(self.implied(condition, env))
        self._rows[name] = env
        return env

    def may_go_on(self, steps: int = _QUERY) -> bool:
        """Take these steps, if there are any left; else what is asked is not proved."""
        self._provers.steps -= steps
        return self._provers.steps > 0

    def output(self, query: Node, outer: Env | None, column: int, known: Columns = NO_COLUMNS) -> Proof:
        """The proof for a column of a query's result, the first being 1, in the rows where those ``known`` are not
        NULL."""
        name = (id(query), *_place(outer), column, known)
        if name in self._proofs:
            return self._proofs[name]
        if not self.may_go_on():
            return _TOO_LARGE
        try:
            found = self._output(query, outer, column, known)
        except RecursionError:
            return _TOO_LARGE
        if self._provers.steps > 0:  # else it may be for want of steps
            self._queries.append(query)
            self._proofs[name] = found
        return found

    def _output(self, query: Node, outer: Env | None, column: int, known: frozenset[int]) -> Proof:
        operation = query.child("setOperations")
        if operation is not None:
            return set_operation(operation, self.rows(query, outer), column, known)
        found = never("no row at all")
        for case in cases(self.place(query, outer, known)):
            found = by_choices(targets(query)[column - 1], case)
            if not found.not_null:
                return found
        return found

    def place(self, query: Node, outer: Env | None, known: Columns = NO_COLUMNS) -> Env:
        """The place of the expressions of a query's result, in the rows where the columns ``known`` are not NULL."""
        rows = self.rows(query, outer)
        place = after_grouping(rows) if query.number("commandType") == _SELECT else after_change(rows)
        results = targets(query)
        for other in known:
            place = place.assume(when_known(results[other - 1], place))
        return place


def _place(env: Env | None) -> tuple[int, Facts, Facts]:
    return (env.scope.number, env.facts, env.nulled) if env else (0, NO_FACTS, NO_FACTS)
