"""Whether a join or a subquery finds a row always: by a foreign key, or because what it joins has one always.

A foreign key says that the row is there at the end of every statement, and so in every snapshot. It says nothing of
the rows that a statement is changing, nor of those that it locks and reads anew (``for update``): ``Prover.reads``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from exchange_db.proof.catalog import Catalog
from exchange_db.proof.rows import entry_has_row, is_true
from exchange_db.proof.scope import Env, Prover, alias_target
from exchange_db.proof.tree import Node

__all__ = ["finds_row", "only_reads"]

_SELECT = 1


def only_reads(statement: Node, catalog: Catalog) -> bool:
    """Whether the statement changes nothing and locks nothing, in its parts and in the views that it reads either."""
    todo, views = [statement], {0}
    while todo:
        node = todo.pop()
        if node.tag == "QUERY" and (node.number("commandType") != _SELECT or node.get("rowMarks") is not None):
            return False
        if node.text("relkind") == "v" and node.number("relid") not in views:
            views.add(node.number("relid"))
            todo.append(catalog.view(node.number("relid")))
        todo.extend(node.inside())
    return True


@dataclass(frozen=True)
class _Pair:
    """``column = column``, of which the first is of one of the tables that are sought."""

    column: Node
    other: Node
    operator: int
    collation: int

    def turned(self) -> "_Pair":
        return _Pair(self.other, self.column, self.operator, self.collation)


@dataclass(frozen=True)
class _Place:
    """Where rows are sought: these tables, and what stands around them."""

    tables: frozenset[int]
    inner: Env
    around: Env

    def outwards(self, column: Node) -> int:
        """How many queries further out than ``around`` a column is."""
        return column.number("varlevelsup") - (self.inner.scope is not self.around.scope)

    def is_given(self, column: Node) -> bool:
        """Whether a column that refers is not NULL, in a row that is there."""
        prover = self.inner.scope.prover
        if _is_of(column, self.tables):
            return prover.column(self.inner, column.number("varno"), column.number("varattno")).not_null
        levels = str(self.outwards(column))
        return prover.expression(Node("VAR", {**column.fields, "varlevelsup": levels}), self.around).not_null


def finds_row(tables: frozenset[int], conditions: list[Node], inner: Env, around: Env) -> bool:
    """Whether there are rows of ``tables``, of the scope of ``inner``, for which the conditions hold, for each row at
    the place ``around``: that of the same query (for a join), or of the query outside (for a subquery)."""
    pairs: list[_Pair] = []
    for condition in _parts(conditions):
        pair = _pair(condition, inner, tables)
        if pair is None:
            return False
        pairs.append(pair)
    left, place = set(tables), _Place(tables, inner, around)
    while left:
        found = next((table for table in sorted(left) if _is_found(table, left, pairs, place)), None)
        if found is None:
            return False
        left.discard(found)
        pairs = [pair for pair in pairs if not _is_between(pair, found, left)]
    return not pairs


def _parts(conditions: Iterable[Node]) -> Iterable[Node]:
    for node in conditions:
        if node.tag == "BOOLEXPR" and node.text("boolop") == "and":
            yield from _parts(node.children("args"))
        elif not is_true(node):
            yield node


def _pair(node: Node, env: Env, tables: frozenset[int]) -> _Pair | None:
    arguments = [_column(argument, env) for argument in node.children("args")] if node.tag == "OPEXPR" else []
    columns = [one for one in arguments if one is not None]
    if len(columns) != 2:
        return None
    left, right = columns
    pair = _Pair(left, right, node.number("opno"), node.number("inputcollid"))
    turned = pair.turned()
    return next((one for one in (pair, turned) if _is_of(one.column, tables)), None)


def _column(node: Node, env: Env) -> Node | None:
    while node.tag == "RELABELTYPE" and (inner := node.child("arg")) is not None:
        node = inner
    if node.tag != "VAR" or node.number("varattno") < 1:
        return None
    behind = (
        None if node.number("varlevelsup") else alias_target(env.scope, node.number("varno"), node.number("varattno"))
    )
    return node if behind is None else _column(behind, env)


def _is_of(column: Node, tables: Iterable[int]) -> bool:
    return column.number("varlevelsup") == 0 and column.number("varno") in tables


def _is_between(pair: _Pair, table: int, left: set[int]) -> bool:
    """Whether it is of ``table`` and of nothing that is still to be found."""
    own = [one for one in (pair.column, pair.other) if _is_of(one, {table})]
    return len(own) == 1 and not any(_is_of(one, left) for one in (pair.column, pair.other))


def _is_found(table: int, left: set[int], pairs: list[_Pair], place: _Place) -> bool:
    others = left - {table}
    own = [
        pair if _is_of(pair.column, {table}) else pair.turned() for pair in pairs if _is_between(pair, table, others)
    ]
    entry = place.inner.scope.table(table)
    if not own:
        waiting = any(_is_of(one, {table}) for pair in pairs for one in (pair.column, pair.other))
        return not waiting and entry_has_row(entry, place.inner)
    children = {(pair.other.number("varlevelsup"), pair.other.number("varno")) for pair in own}
    return len(children) == 1 and _is_plain(entry, place.inner.scope.prover) and _by_key(entry, own, place)


def _is_plain(entry: Node, prover: Prover) -> bool:
    """Whether it is all the rows of a table."""
    kind = entry.text("relkind")
    whole = entry.number("rtekind") == 0 and entry.get("tablesample") is None
    return prover.reads and whole and (kind == "r" or (kind == "p" and entry.flag("inh")))


def _by_key(entry: Node, pairs: list[_Pair], place: _Place) -> bool:
    prover = place.inner.scope.prover
    child = pairs[0].other
    where = place.inner if _is_of(child, place.tables) else place.around.up(place.outwards(child))
    referring = where.scope.table(child.number("varno"))
    kind = referring.text("relkind")
    if referring.number("rtekind") != 0 or kind not in ("r", "p") or (kind == "p" and not referring.flag("inh")):
        return False
    relation = prover.catalog.relation(referring.number("relid"))
    if kind == "r" and relation.children and referring.flag("inh"):
        return False  # a foreign key is of one table, not of those that inherit from it
    wanted = {(pair.other.number("varattno"), pair.column.number("varattno")) for pair in pairs}
    for reference in prover.catalog.references(relation.oid):
        named = dict(zip(zip(reference.columns, reference.its_columns, strict=True), reference.operators, strict=True))
        if reference.table == entry.number("relid") and named.keys() == wanted and len(pairs) == len(named):
            return all(_agrees(pair, named, prover) and place.is_given(pair.other) for pair in pairs)
    return False


def _agrees(pair: _Pair, named: dict[tuple[int, int], int], prover: Prover) -> bool:
    """Whether the condition is of the same equality as the key is."""
    catalog = prover.catalog
    equality = catalog.operator(named[pair.other.number("varattno"), pair.column.number("varattno")]).equality
    collations = (pair.collation, pair.column.number("varcollid"), pair.other.number("varcollid"))
    return bool(equality & catalog.operator(pair.operator).equality) and all(map(catalog.deterministic, collations))
