"""Orders that leave ties, where rows are cut off behind them: of the whole result, and of the queries in it."""

from collections.abc import Iterator

from exchange_db.check.lints import Lint
from exchange_db.check.report import Severity
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import nodes
from exchange_db.check.subject import Database
from exchange_db.proof import single
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.rows import constant
from exchange_db.proof.scope import Env, Prover
from exchange_db.proof.tree import Node, Value

__all__ = ["lint_orders", "places", "with_equal_keys"]

_COLLATIONS = ("varcollid", "funccollid", "opcollid", "coalescecollid", "resultcollid")
"""Fields of expressions, each of one kind of node."""


def lint_orders(source: Source, database: Database, tree: Node, *, is_list: bool, is_page: bool) -> Iterator[Lint]:
    """Each limit needs an order that is total; that of a single row, or within a query, is worth a hint."""
    prover = new_prover(database.catalog)
    limited = [
        (query, outer)
        for query, outer in places(tree, None, prover)
        if _is_limited(query, database.catalog) or query is tree
    ]
    for number, (query, outer) in enumerate(limited):
        is_whole = query is tree
        if is_whole and not is_page and not _is_limited(query, database.catalog):
            continue
        strict = (is_list and is_whole) or (not is_whole and _cuts_many(query, database.catalog))
        place = _place(source, number, len(limited) - (not _is_limited(tree, database.catalog)))
        yield from _partial_order(source, query, outer, prover, place, strict=strict)


def _partial_order(
    source: Source, query: Node, outer: Env | None, prover: Prover, place: Place, *, strict: bool
) -> Iterator[Lint]:
    """The order of one query with a limit."""
    severity = Severity.ERROR if strict else Severity.HINT
    keys = query.children("sortClause")
    if not keys:
        if strict or not (_says_nothing(query) or single.at_most_one(_without_limit(query), outer, prover).holds):
            yield Lint(
                "partial-order",
                place,
                "a limit without an order",
                "any rows may come, and others the next time",
                "order by … down to a unique key",
                severity,
            )
        return
    if query.number("limitOption") == _WITH_TIES:
        return
    proof = single.at_most_one(with_equal_keys(query), outer, prover)
    if not proof.holds and not _shows_only_keys(query):
        yield Lint(
            "partial-order",
            place,
            "rows that tie in this order come in any order, and a page may repeat or miss some",
            f"no unique key is among what is ordered by: {proof.reason}",
            "add the primary key as the last thing to order by",
            severity,
        )


def places(query: Node, outer: Env | None, prover: Prover) -> Iterator[tuple[Node, Env | None]]:
    """Each query of a statement, in the order in which they end in its text, and the place that it stands in."""
    place = prover.rows(query, outer)
    for inner in _inner_queries(query):
        yield from places(inner, place, prover)
    yield query, outer


_FIRST = ("cteList", "targetList", "returningList")
"""What stands in front of FROM."""


def _inner_queries(node: Node) -> Iterator[Node]:
    if node.tag == "QUERY":
        fields = {**{name: node.fields[name] for name in _FIRST if name in node.fields}, **node.fields}
        node = Node("", fields)
    for below in node.inside():
        if below.tag == "QUERY":
            yield below
        else:
            yield from _inner_queries(below)


_WITH_TIES = 1
"""LimitOption of PostgreSQL's nodes.h."""


def _is_limited(query: Node, catalog: Catalog) -> bool:
    offset = query.child("limitOffset")  # offset 0 is a fence, and leaves nothing out
    return query.child("limitCount") is not None or (offset is not None and constant(offset, catalog) != 0)


def _cuts_many(query: Node, catalog: Catalog) -> bool:
    """Whether it is a limit, of other than one row, of ordered rows."""
    limit = query.child("limitCount")
    return bool(query.children("sortClause")) and (limit is None or constant(limit, catalog) != 1)


def _says_nothing(query: Node) -> bool:
    """Whether it gives nothing of its rows but that there are some, as within ``exists``."""
    return all(target.flag("resjunk") or _is_constant(target.child("expr")) for target in query.children("targetList"))


def _is_constant(node: Node | None) -> bool:
    return node is None or node.tag == "CONST"


def _shows_only_keys(query: Node) -> bool:
    """Whether rows that tie are the same."""
    keys = {each.number("tleSortGroupRef") for each in query.children("sortClause")}
    return all(
        target.number("ressortgroupref") in keys or _is_constant(target.child("expr"))
        for target in query.children("targetList")
        if not target.flag("resjunk")
    )


def _place(source: Source, number: int, count: int) -> Place:
    """The order, or else the limit, of the query that ends as so many with a limit have ended before it."""
    words = source.words
    limits = [i for i in range(len(words) - 1) if words[i] in ("limit", "fetch", "offset") and words[i + 1] != "0"]
    firsts = [i for n, i in enumerate(limits) if n == 0 or source.depths[limits[n - 1]] != source.depths[i]]
    if not limits:
        return Place(source.first_line)
    end = firsts[number] if len(firsts) == count and number < count else limits[-1]
    orders = (
        i for i in range(end, -1, -1) if words[i : i + 2] == ("order", "by") and source.depths[i] == source.depths[end]
    )
    return source.place(source.tokens[next(orders, end)].start)


def _without_limit(query: Node) -> Node:
    return Node(query.tag, {**query.fields, "limitCount": None, "limitOffset": None})


def with_equal_keys(tree: Node) -> Node:
    """The query for the rows that tie with one: what it is ordered by equals given values, and there is no limit.

    The order is total where this has at most one row.
    """
    entries = {entry.number("ressortgroupref"): entry for entry in tree.children("targetList")}
    keys = [(entries[clause.number("tleSortGroupRef")], clause) for clause in tree.children("sortClause")]
    # WHERE knows no aggregates, and what equals one tells no row from another.
    equal = [_equal(entry, clause) for entry, clause in keys if not _is_of_group(entry)]
    jointree = tree.child("jointree") or Node("FROMEXPR", {})
    given = jointree.child("quals")
    both = Node("BOOLEXPR", {"boolop": "and", "args": [*([given] if given else []), *equal], "location": "-1"})
    fields = _without_limit(tree).fields
    return Node(tree.tag, {**fields, "jointree": Node(jointree.tag, {**jointree.fields, "quals": both})})


def _is_of_group(expression: Node) -> bool:
    return any(node.tag == "AGGREF" for node in nodes(expression))


def _equal(entry: Node, clause: Node) -> Node:
    """``expression = value``, with the equality that the order is of."""
    expression = entry.child("expr")
    collations = [expression.number(name) for name in _COLLATIONS] if expression is not None else []
    collation = str(next(filter(None, collations), 0))
    value = Node("PARAM", {"paramkind": "0", "paramid": "1", "paramtype": "0", "paramtypmod": "-1"})
    operands: list[Value] = [expression, value]
    equality = {"opno": clause.get("eqop"), "opresulttype": "16", "opretset": "false", "inputcollid": collation}
    return Node("OPEXPR", {**equality, "args": operands})
