"""Whether a query gives one row at most: by a unique key that is given whole, an aggregate, or a limit.

A table is *settled* when its row is: by a unique key whose columns equal constants, parameters, columns of the queries
around, or columns of settled tables. When every table of FROM is settled there is one row at most.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange_db.proof.catalog_records import UniqueKey
from exchange_db.proof.nullability import targets
from exchange_db.proof.rows import RowProof, constant, find_common, is_aggregated
from exchange_db.proof.scope import Env, Prover, Side, alias_target, is_open, is_volatile
from exchange_db.proof.tree import Node, Value

__all__ = ["at_most_one"]

_SELECT, _UPDATE, _INSERT, _DELETE = range(1, 5)


@dataclass(frozen=True)
class _Equal:
    """A condition that an expression of one table equals something of others."""

    expression: Node
    tables: frozenset[int]
    """The tables that the other side names."""
    operator: int
    collation: int
    within: Side | None
    """The optional side of an outer join that the condition is for; ``None``: for every row."""


@dataclass(frozen=True)
class Bound:
    """The columns of a query's result that are known to equal one value, each with the operator that says so."""

    columns: dict[int, tuple[int, int]]


NOTHING = Bound({})


def at_most_one(  # noqa: PLR0911 - one for each kind
    query: Node, outer: Env | None, prover: Prover, bound: Bound = NOTHING
) -> RowProof:
    """Whether the query gives one row or none, of those whose columns are ``bound``."""
    limit = query.child("limitCount")
    many = None if limit is None else constant(limit, prover.catalog)
    if many is not None and (many == 0 or (many == 1 and query.number("limitOption") == 0)):
        return RowProof(True, f"limit {many}")
    if not prover.may_go_on():
        return RowProof(False, "the statement is too large to look into all of it")
    operation = query.child("setOperations")
    if operation is not None:
        return _operation(operation, query, outer, prover, bound)
    if query.flag("hasTargetSRFs"):
        return RowProof(False, "a function in the select list returns a set")
    env = prover.rows(query, outer)
    if query.number("commandType") == _SELECT and is_aggregated(query):
        return _grouped(query, env, bound)
    if query.get("distinctClause") is not None and _are_bound(query, "distinctClause", env, bound):
        return RowProof(True, "distinct rows of constants")
    return _from(query, env, bound)


def _operation(node: Node, query: Node, outer: Env | None, prover: Prover, bound: Bound) -> RowProof:
    if node.tag == "RANGETBLREF":
        part = query.children("rtable")[node.number("rtindex") - 1].the("subquery")
        return at_most_one(part, prover.rows(query, outer), prover, bound)
    proofs = [_operation(part, query, outer, prover, bound) for part in (node.the("larg"), node.the("rarg"))]
    match node.number("op"):
        case 2 if any(proof.holds for proof in proofs):
            return RowProof(True, "an intersection with one row at most")
        case 3:
            return proofs[0]
        case _:
            return RowProof(False, "a union has the rows of both parts")


def _grouped(query: Node, env: Env, bound: Bound) -> RowProof:
    if query.get("groupingSets") is not None:
        return RowProof(False, "grouping sets have a row each")
    if query.get("groupClause") is None:
        return RowProof(True, "an aggregate without group by has one row")
    if _are_bound(query, "groupClause", env, bound):
        return RowProof(True, "one group: what is grouped by is given")
    found = _from(query, env, bound)
    return found if found.holds else RowProof(False, "there may be several groups")


def _are_bound(query: Node, clause: str, env: Env, bound: Bound) -> bool:
    """Whether each expression of GROUP BY or DISTINCT is one value in all rows."""
    references = {item.number("tleSortGroupRef") for item in query.children(clause)}
    optional = [side.tables for n, side in enumerate(env.scope.sides) if not is_open(env, n)]
    # A row that an outer join leaves out is another than the one that is settled.
    settled = _settled(query, env, bound).difference(*optional)
    # Texts that are equal by a collation that ignores case, say, are several values.
    exact = env.scope.prover.catalog.deterministic
    given = [
        equal.expression
        for equal in _equalities(query, env, bound)
        if equal.within is None and equal.tables <= settled and exact(equal.collation)
    ]
    columns = {number for number, (_, collation) in bound.columns.items() if exact(collation)}
    for target in query.children("targetList"):
        if target.number("ressortgroupref") not in references:
            continue
        node = _resolve(target.the("expr"), env)
        if target.number("resno") in columns or any(_same(node, one, _UNSEEN - {"varno"}) for one in given):
            continue
        if not _tables(node, 0) <= settled or not _is_steady(node, env):
            return False
    return True


# --- the FROM clause -------------------------------------------------------------------------------------------


def _from(query: Node, env: Env, bound: Bound) -> RowProof:  # noqa: PLR0911 - one for each kind
    settled = _settled(query, env, bound)
    target = query.number("resultRelation")
    if target and env.scope.prover.catalog.relation(env.scope.table(target).number("relid")).rules:
        return RowProof(False, f"rules of {_title(env, target)} may do anything else")
    if query.number("commandType") in (_UPDATE, _DELETE):
        # Each of its rows is changed once, however many rows of other tables there are for it.
        if target in settled:
            return RowProof(True, f"a unique key of {_title(env, target)} is given")
        return RowProof(False, f"no unique key of {_title(env, target)} is given whole")
    if query.number("commandType") not in (_SELECT, _INSERT):
        return RowProof(False, "merge may change several rows")
    needed = _of_from(query.the("jointree"))
    open_full = any(not all(is_open(env, side) for side in both.sides) for both in env.scope.full)
    if open_full:
        return RowProof(False, "a full join has the rows of both sides")
    for table in sorted(needed - settled):
        return RowProof(False, f"{_title(env, table)} may have several rows: no unique key of it is given whole")
    names = ", ".join(_title(env, table) for table in sorted(needed))
    return RowProof(True, f"one row at most of {names}" if names else "no table: one row")


def _union(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    nothing: frozenset[int] = frozenset()
    return nothing.union(*sets)


def _of_from(node: Node) -> frozenset[int]:
    if node.tag == "RANGETBLREF":
        return frozenset({node.number("rtindex")})
    parts = [part for part in node.inside() if part.tag in ("RANGETBLREF", "JOINEXPR", "FROMEXPR")]
    return _union(map(_of_from, parts))


def _title(env: Env, table: int) -> str:
    entry = env.scope.table(table)
    alias = entry.child("eref")
    if entry.number("rtekind") == 0:
        return env.scope.prover.catalog.relation(entry.number("relid")).title
    return alias.text("aliasname") if alias else "a subquery"


def _settled(query: Node, env: Env, bound: Bound) -> frozenset[int]:
    equalities = _equalities(query, env, bound)
    conditions = [one for one, side in _conditions(env) if side is None]
    settled: frozenset[int] = frozenset()
    needed = _of_from(query.the("jointree")) | {query.number("resultRelation")} - {0}
    while True:
        more = {
            table
            for table in needed - settled
            if _is_beside(table, settled, env)
            and _is_settled(table, env, [one for one in equalities if _is_usable(one, table, settled, env)], conditions)
        }
        if not more:
            return settled
        settled |= more


def _is_beside(table: int, settled: frozenset[int], env: Env) -> bool:
    """Whether what stands in FROM names no table before it but those that are settled (``lateral``)."""
    entry = env.scope.table(table)
    named = _tables([entry.get("subquery"), entry.get("functions"), entry.get("values_lists")], 0)
    around = [side.tables for n, side in enumerate(env.scope.sides) if not is_open(env, n)]
    # A table that an outer join leaves out has two values; the same for all that another outer join adds to its row.
    return named <= settled and all(
        table in side or any(table in own and other not in own for own in around)
        for other in named
        for side in around
        if other in side
    )


def _is_usable(equal: _Equal, table: int, settled: frozenset[int], env: Env) -> bool:
    """Whether the condition says something of each row of ``table``, by what is settled already."""
    if equal.within is not None and table not in equal.within.tables:
        return False  # ON conditions leave out no row of the side that an outer join keeps
    # A table that an outer join leaves out has two values: its row's and NULL. Where its row was sought before that of
    # ``table`` is, by the ON of a join further out, it has the one that it has in the row that is joined.
    own = frozenset[int]() if equal.within is None else equal.within.tables
    around = [side for n, side in enumerate(env.scope.sides) if not is_open(env, n)]
    return equal.tables <= settled and all(
        table in side.tables
        for other in equal.tables
        if equal.within is None or other in own
        for side in around
        if other in side.tables
    )


def _is_settled(table: int, env: Env, equalities: list[_Equal], conditions: list[Node]) -> bool:  # noqa: PLR0911 - one for each kind
    prover, entry = env.scope.prover, env.scope.table(table)
    own = [equal for equal in equalities if _tables(equal.expression, 0) == frozenset({table})]
    columns = {
        node.number("varattno"): (equal.operator, equal.collation)
        for equal in own
        if (node := _bare(equal.expression)).tag == "VAR" and node.number("varattno") > 0
    }
    match entry.number("rtekind"):
        case 0:
            relation = prover.catalog.relation(entry.number("relid"))
            if relation.kind == "v":
                return at_most_one(prover.catalog.view(relation.oid), None, prover, Bound(columns)).holds
            if relation.kind not in "rpm" or (relation.kind == "r" and relation.children and entry.flag("inh")):
                return False  # a unique key is of one table, not of those that inherit from it
            keys = prover.catalog.unique_keys(relation.oid)
            return any(_is_given(key, own, conditions, table, env) for key in keys)
        case 1:
            return at_most_one(entry.the("subquery"), env, prover, Bound(columns)).holds
        case 3:
            return all(not function.the("funcexpr").flag("funcretset") for function in entry.children("functions"))
        case 5:
            return len(entry.rows("values_lists")) == 1
        case 6 if not entry.flag("self_reference"):
            query, place, common = find_common(entry, env)
            return not common.flag("cterecursive") and at_most_one(query, place, prover, Bound(columns)).holds
        case _:
            return False


def _is_given(key: UniqueKey, own: list[_Equal], conditions: list[Node], table: int, env: Env) -> bool:
    catalog = env.scope.prover.catalog
    if key.predicate is not None and not _is_implied(key.predicate, own, conditions, table):
        return False
    expressions = iter(key.expressions)
    for column, family, collation in zip(key.columns, key.families, key.collations, strict=True):
        wanted = next(expressions) if column == 0 else None
        if not any(
            family in catalog.operator(equal.operator).equality
            and (equal.collation == collation or catalog.deterministic(equal.collation))
            and (
                _is_column(equal.expression, column)
                if wanted is None
                else _same(_bare(equal.expression), _bare(wanted))
            )
            for equal in own
        ):
            return False
    return True


def _is_column(node: Node, column: int) -> bool:
    node = _bare(node)
    return node.tag == "VAR" and node.number("varattno") == column


def _is_implied(predicate: Node, own: list[_Equal], conditions: list[Node], table: int) -> bool:
    """Whether the conditions hold a partial index's own, each part word for word, or ``is not null`` of a column that
    is given."""
    parts = (
        predicate.children("args") if predicate.tag == "BOOLEXPR" and predicate.text("boolop") == "and" else [predicate]
    )
    about = [one for one in conditions if _tables(one, 0) == frozenset({table})]
    return all(
        any(_same(part, one) for one in about)
        or (
            part.tag == "NULLTEST"
            and part.number("nulltesttype") == 1
            and any(_same(_bare(inner), _bare(equal.expression)) for equal in own for inner in part.inside())
        )
        for part in parts
    )


# --- conditions ------------------------------------------------------------------------------------------------


def _conditions(env: Env) -> Iterator[tuple[Node, Side | None]]:
    """The parts of WHERE and ON that are joined by AND, each with the optional side that it is for."""
    scope = env.scope
    todo: list[tuple[Node, Side | None]] = [(node, None) for node in scope.conditions]
    for n, optional in enumerate(scope.sides):
        todo += [(node, None if is_open(env, n) else optional) for node in optional.conditions]
    while todo:
        node, side = todo.pop()
        if node.tag == "BOOLEXPR" and node.text("boolop") == "and":
            todo += [(part, side) for part in node.children("args")]
        else:
            yield node, side


def _equalities(query: Node, env: Env, bound: Bound) -> list[_Equal]:
    found: list[_Equal] = []
    results = targets(query)
    # What comes back from a change is not what its conditions are of.
    given = bound.columns if query.number("commandType") == _SELECT else {}
    for column, (operator, collation) in given.items():
        found.append(_Equal(_resolve(results[column - 1], env), frozenset(), operator, collation, None))
    for node, side in _conditions(env):
        for left, right in _compared(node):
            one, other = _resolve(left, env), _resolve(right, env)
            if env.scope.prover.catalog.operator(node.number("opno")).equality and _is_steady(other, env):
                found.append(_Equal(one, _tables(other, 0), node.number("opno"), node.number("inputcollid"), side))
    return found


def _compared(node: Node) -> list[tuple[Node, Node]]:
    arguments = node.children("args") if node.tag in ("OPEXPR", "SCALARARRAYOPEXPR") else []
    if len(arguments) != 2:
        return []
    left, right = arguments
    if node.tag == "OPEXPR":
        return [(left, right), (right, left)]
    items = right.children("elements") if right.tag == "ARRAYEXPR" else []
    one = node.flag("useOr") and len(items) == 1 and not right.flag("multidims")
    return [(left, items[0])] if one else []


def _resolve(node: Node, env: Env) -> Node:
    """The expression with the names that joins give to columns taken away, where it is one column."""
    bare = _bare(node)
    if bare.tag == "VAR" and bare.number("varlevelsup") == 0:
        behind = alias_target(env.scope, bare.number("varno"), bare.number("varattno"))
        return node if behind is None else _resolve(behind, env)
    return node


def _bare(node: Node) -> Node:
    while node.tag == "RELABELTYPE" and (inner := node.child("arg")) is not None:
        node = inner
    return node


def _tables(value: Value, level: int) -> frozenset[int]:
    """The tables of this query that an expression names, in subqueries too."""
    if isinstance(value, list):
        return _union(_tables(item, level) for item in value)
    if not isinstance(value, Node):
        return frozenset()
    if value.tag == "VAR":
        return frozenset({value.number("varno")}) if value.number("varlevelsup") == level else frozenset()
    inside = level + 1 if value.tag == "QUERY" else level
    return _union(_tables(item, inside) for item in value.fields.values())


def _is_steady(node: Node, env: Env) -> bool:
    """Whether it has one value in all rows of the same tables' rows: no function in it is volatile."""
    return not is_volatile(node, env) and all(_is_steady(part, env) for part in node.inside())


_UNSEEN = frozenset({"location", "varno", "varnosyn", "varattnosyn", "varnullingrels", "opfuncid"})


def _same(one: Value, other: Value, unseen: frozenset[str] = _UNSEEN) -> bool:
    """Whether two expressions of one table are the same, whatever its number is."""
    if isinstance(one, Node) and isinstance(other, Node):
        return one.tag == other.tag and all(
            _same(value, other.get(name), unseen) for name, value in one.fields.items() if name not in unseen
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*pair, unseen) for pair in zip(one, other, strict=True))
    return type(one) is type(other) and one == other
