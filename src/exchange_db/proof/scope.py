"""Where an expression stands: the query around it, the queries around that, and what is known of the rows there.

A *fact* says that something is not NULL in every row that gets to the place: a column, a row of the FROM clause
(which an outer join may have left out), or an expression. An outer join's optional side is a ``Side``: any fact about
one of its rows means that the join found a row, and then the join's own conditions are facts too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count, islice
from typing import Protocol, TypeAlias

from exchange_db.proof.catalog import Catalog
from exchange_db.proof.catalog_records import Relation
from exchange_db.proof.facts import ANYTHING, NO_FACTS, Fact, Facts, following, lasting
from exchange_db.proof.tree import Node, Value

__all__ = [
    "ANYTHING",
    "NO_FACTS",
    "Always",
    "Env",
    "Fact",
    "Facts",
    "Proof",
    "Prover",
    "Scope",
    "Side",
    "key",
    "maybe",
    "never",
    "unknown",
]

Columns: TypeAlias = frozenset[int]
"""Numbers of a result's columns."""
NO_COLUMNS: Columns = frozenset()


@dataclass(frozen=True)
class Proof:
    """Whether a value can be NULL, and why."""

    not_null: bool
    reason: str
    known: bool = True
    """``False`` where it cannot be known: the value may never be NULL, and nothing says so."""


def never(reason: str) -> Proof:
    """The proof that a value is never NULL."""
    return Proof(True, reason)


def maybe(reason: str) -> Proof:
    """That a value can be NULL."""
    return Proof(False, reason)


def unknown(reason: str) -> Proof:
    """That nobody here can know."""
    return Proof(False, reason, known=False)


class Prover(Protocol):
    """The parts of the proof that call each other."""

    catalog: Catalog
    parameters: frozenset[int]
    elements: frozenset[int]
    entered: set[int]
    """The functions whose bodies are being looked into."""
    reads: bool
    """Whether the statement does nothing but read, all in one snapshot: foreign keys hold in it."""

    def expression(self, node: Node, env: "Env") -> Proof: ...
    def may_go_on(self, steps: int = ...) -> bool: ...
    def output(self, query: Node, outer: "Env | None", column: int, known: Columns = NO_COLUMNS) -> Proof: ...
    def column(self, env: "Env", table: int, column: int) -> Proof: ...
    def rows(self, query: Node, outer: "Env | None") -> "Env": ...
    def place(self, query: Node, outer: "Env | None", known: Columns = NO_COLUMNS) -> "Env": ...
    def row(self, relation: Relation) -> "Env": ...
    def within(self, parameters: frozenset[int]) -> "Prover": ...
    def recursive(self, query: Node, column: int) -> Proof: ...
    def solve(self, query: Node, outer: "Env") -> None: ...
    def finds_row(self, query: Node, outer: "Env | None") -> bool: ...
    def implied(self, condition: Node, env: "Env") -> Facts: ...


@dataclass(eq=False)
class Side:
    """The side of an outer join that may have no row."""

    tables: frozenset[int]
    conditions: list[Node]
    """What holds of its rows when there are any."""
    reason: str
    facts: Facts | None = None
    """What the conditions make known, once that has been asked for."""
    checks: list[Node] = field(default_factory=list[Node])
    """What check constraints say of its rows."""
    always: "Always | None" = None
    """Whether it has a row always, where the join's other side has one."""


class Always(Protocol):
    """Whether an outer join finds a row for each row of its other side, at a place."""

    def __call__(self, env: "Env") -> bool: ...


@dataclass(eq=False)
class Both:
    """What holds where both sides of a FULL JOIN have a row."""

    sides: tuple[int, int]
    conditions: list[Node]
    facts: Facts | None = None
    """What the conditions make known, once that has been asked for."""


_numbers = count(1)


@dataclass(eq=False)
class Scope:
    """One query: its tables, its outer joins, and the place that it stands in."""

    query: Node
    outer: "Env | None"
    prover: "Prover"
    number: int = field(default_factory=lambda: next(_numbers))
    sides: list[Side] = field(default_factory=list[Side])
    full: list[Both] = field(default_factory=list[Both])
    conditions: list[Node] = field(default_factory=list[Node])
    """What holds of every row of the FROM clause: WHERE, and the conditions of inner joins."""
    checks: list[Node] = field(default_factory=list[Node])
    """What check constraints say of every row of the FROM clause."""
    target: int = 0
    """The table that the statement changes; 0: none."""
    names: dict[Node, str | None] = field(default_factory=dict[Node, "str | None"])
    """What expressions in this query are known by, once that has been asked for."""

    @cached_property
    def tables(self) -> list[Node]:
        """The range table; the first has number 1."""
        return self.query.children("rtable")

    def table(self, number: int) -> Node:
        """The range table's entry."""
        return self.tables[number - 1]


@dataclass(frozen=True)
class Env:
    """A place in a scope. Environments are values: to assume more is to make another."""

    scope: Scope
    facts: Facts = NO_FACTS
    nulled: Facts = NO_FACTS
    """What grouping sets may have made NULL at this place."""
    case: "tuple[Node, Env] | None" = None
    """The value that ``case value when …`` compares."""
    subselect: tuple[Proof, ...] = ()
    """The columns of a subquery that an operator compares with."""

    def up(self, levels: int) -> "Env":
        """The place in the query that is ``levels`` further out, with all that is known here."""
        if levels == 0:
            return self
        env = next(islice(self._outward(), levels, None))
        return replace(env, facts=env.facts | self.facts)

    def scopes(self) -> Iterator[Scope]:
        """This scope and those around it."""
        return (env.scope for env in self._outward())

    def _outward(self) -> "Iterator[Env]":
        env: Env | None = self
        while env is not None:
            yield env
            env = env.scope.outer

    def knows(self, fact: Fact) -> bool:
        """Whether it is a fact here."""
        return fact in self.facts

    def assume(self, facts: Iterable[Fact]) -> "Env":
        """The same place where these are facts too, with all that follows from them."""
        more = frozenset(facts) - self.facts
        if not more:
            return self
        return replace(self, facts=self.facts | more, nulled=self.nulled - more).closed()

    def closed(self) -> "Env":
        """The same place, with all that follows from its facts."""
        env = self
        while True:
            more = lasting(following(env.facts), env.nulled)
            for scope in env.scopes():
                more |= lasting(_following(scope, env), env.nulled)
            if more <= env.facts:
                return env
            env = replace(env, facts=env.facts | more)

    def missing(self, table: int) -> Side | None:
        """The outer join by which a table of this scope may have no row here."""
        return next(
            (side for n, side in enumerate(self.scope.sides) if table in side.tables and not is_open(self, n)), None
        )


def is_open(env: "Env", side: int) -> bool:
    """Whether the side of an outer join is known to have a row."""
    return ("side", env.scope.number, side) in env.facts


def _following(scope: Scope, env: "Env") -> set[Fact]:
    """What the outer joins of one scope make of the facts."""
    found: set[Fact] = set()
    if not scope.sides:
        return found
    present = {fact[2] for fact in env.facts if fact[0] in ("row", "column") and fact[1] == scope.number}
    for n, side in enumerate(scope.sides):
        opened: Fact = ("side", scope.number, n)
        if opened not in env.facts and present.isdisjoint(side.tables):
            # A side within this one that has a row means that this one has.
            within = (k for k, other in enumerate(scope.sides) if k != n and other.tables <= side.tables)
            if not any(("side", scope.number, k) in env.facts for k in within) and not _is_always(side, scope, env):
                continue
        found.add(opened)
        found |= _facts_of(scope, side, [*side.conditions, *side.checks], [opened])
    for both in scope.full:
        around: list[Fact] = [("side", scope.number, n) for n in both.sides]
        if env.facts.issuperset(around):
            found |= _facts_of(scope, both, both.conditions, around)
    return found


def _is_always(side: Side, scope: Scope, env: Env) -> bool:
    return side.always is not None and env.scope is scope and side.always(env)


def _facts_of(scope: Scope, part: Side | Both, conditions: list[Node], known: list[Fact]) -> Facts:
    """What the conditions of a part of the FROM clause make known, where these are facts."""
    if part.facts is None:
        part.facts = NO_FACTS  # for whoever asks while it is being worked out
        base = Env(scope, scope.outer.facts, scope.outer.nulled) if scope.outer else Env(scope)
        place = base.assume(known)
        part.facts = NO_FACTS.union(*(scope.prover.implied(condition, place) for condition in conditions))
    return part.facts


# --- the name of an expression ---------------------------------------------------------------------------------

# What the server's own comparison of expressions leaves out too: where it stands, and how it was written.
_PLACES = frozenset(
    {
        "agglevelsup",
        "location",
        "list_start",
        "list_end",
        "varnosyn",
        "varattnosyn",
        "varnullingrels",
        "opfuncid",
        "varlevelsup",
    }
    | {"funcformat", "relabelformat", "coerceformat", "coercionformat", "row_format"}
)
_PURE = frozenset(
    {
        "ARRAYCOERCEEXPR",
        "ARRAYEXPR",
        "BOOLEANTEST",
        "BOOLEXPR",
        "CASETESTEXPR",
        "CASEEXPR",
        "CASEWHEN",
        "COALESCEEXPR",
        "COERCETODOMAIN",
        "COERCEVIAIO",
        "COLLATEEXPR",
        "CONST",
        "DISTINCTEXPR",
        "FIELDSELECT",
        "FUNCEXPR",
        "MINMAXEXPR",
        "NULLIFEXPR",
        "NULLTEST",
        "OPEXPR",
        "PARAM",
        "RELABELTYPE",
        "ROWEXPR",
        "SCALARARRAYOPEXPR",
        "SUBSCRIPTINGREF",
        "VAR",
        "AGGREF",
        "TARGETENTRY",
        "SORTGROUPCLAUSE",
    }
)


def key(node: Node, env: "Env") -> Fact | None:
    """What an expression is known by: the same for the same expression at another place; ``None`` for one that may
    have another value the next time."""
    if node.tag == "VAR":
        return _column_key(node, env)
    text = _render(node, env)
    return None if text is None else ("expression", text)


def _column_key(node: Node, env: "Env") -> Fact | None:
    place = env.up(node.number("varlevelsup"))
    table, column = node.number("varno"), node.number("varattno")
    if node.number("varreturningtype"):
        return None
    behind = alias_target(place.scope, table, column)
    if behind is not None:
        return key(behind, place)
    if place.scope.table(table).number("rtekind") == _JOIN:
        return None  # the whole row of a join is put together of its columns, also where it found no row
    return ("column", place.scope.number, table, column)


_JOIN = 2
_ALIASES = {_JOIN: "joinaliasvars", 9: "groupexprs"}
"""The kinds of range table entry whose columns are other names of expressions: a join, and (PostgreSQL 18) GROUP BY."""


def alias_target(scope: Scope, table: int, column: int) -> Node | None:
    """The expression that a join's or group's column is another name of; ``None`` for any other column."""
    entry = scope.table(table)
    name = _ALIASES.get(entry.number("rtekind"))
    if name is None or column < 1:
        return None
    targets = entry.children(name)
    return targets[column - 1] if column <= len(targets) else None


def _render(value: Value, env: "Env") -> str | None:
    if isinstance(value, Node):
        if env.case is not None:  # what it compares is part of the name
            return _render_node(value, env)
        names = env.scope.names
        if value not in names:
            names[value] = _render_node(value, env)
        return names[value]
    if isinstance(value, list):
        return _render_all("", value, env)
    return repr(value)


def _render_node(value: Node, env: "Env") -> str | None:
    if value.tag == "VAR":
        found = _column_key(value, env)
        return None if found is None else repr(found)
    # A PARAM of another kind than 0 is a column of a subquery: they are numbered anew in each.
    if value.tag not in _PURE or is_volatile(value, env) or value.number("paramkind"):
        return None
    if value.tag == "CASETESTEXPR" and env.case is not None:
        return _render(env.case[0], env.case[1])
    # An aggregate is of the query whose groups it is of, whatever it names.
    tag = f"{value.tag} {env.up(value.number('agglevelsup')).scope.number}" if value.tag == "AGGREF" else value.tag
    return _render_all(tag, [item for name, item in value.fields.items() if name not in _PLACES], env)


def _render_all(tag: str, values: Sequence[Value], env: "Env") -> str | None:
    parts = [tag]
    for value in values:
        part = _render(value, env)
        if part is None:
            return None
        parts.append(part)
    return f"({' '.join(parts)})"


def is_volatile(node: Node, env: "Env") -> bool:
    """Whether the function or operator of a node may give another result the next time; not those below it."""
    catalog = env.scope.prover.catalog
    if node.tag == "FUNCEXPR":
        return catalog.function(node.number("funcid")).volatile
    if node.tag in ("OPEXPR", "SCALARARRAYOPEXPR", "DISTINCTEXPR", "NULLIFEXPR"):
        return catalog.function(catalog.operator(node.number("opno")).function).volatile
    return False
