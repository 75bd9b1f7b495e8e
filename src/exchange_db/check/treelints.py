"""The lints that only the analysed statement shows: what NULL, types and keys do behind the text."""

from collections.abc import Iterator

from exchange_db.check.cardinality import at_most_one
from exchange_db.check.lints import Lint
from exchange_db.check.nullability import prove
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import nodes
from exchange_db.check.subject import Database, Subject
from exchange_db.check.tree import Node, Value
from exchange_db.engine.declaration import Cardinality

__all__ = ["lint_tree"]

_COLLATIONS = ("varcollid", "funccollid", "opcollid", "coalescecollid", "resultcollid")
"""Fields of expressions, each of one kind of node."""
_ANY_SUBLINK, _NOT, _IMPLICIT_CAST = 2, "not", 2


def lint_tree(subject: Subject, database: Database, tree: Node) -> Iterator[Lint]:
    """The lints of one statement."""
    yield from _not_in(subject.source, database, tree)
    yield from _mixed(subject.source, database, tree)
    if subject.declaration.cardinality in (Cardinality.MANY, Cardinality.PAGE, Cardinality.STREAM):
        yield from _partial_order(subject.source, database, tree)


def _not_in(source: Source, database: Database, tree: Node) -> Iterator[Lint]:
    places = [i for i, word in enumerate(source.words) if source.words[i : i + 3] == ("not", "in", "(") and word]
    subqueries = [i for i in places if source.words[i + 3 : i + 4] in (("select",), ("with",), ("values",))]
    found = [node for node in nodes(tree) if node.tag == "BOOLEXPR" and node.text("boolop") == _NOT]
    links = [link for node in found for link in node.children("args") if link.tag == "SUBLINK"]
    queries = [link.child("subselect") for link in links if link.number("subLinkType") == _ANY_SUBLINK]
    for number, query in enumerate(queries):
        proof = prove(query, database.catalog)[0] if query else None
        if proof is None or proof.not_null:
            continue
        at = subqueries[number] if len(subqueries) == len(queries) else (subqueries or [0])[0]
        yield Lint(
            "not-in-null",
            source.place(source.tokens[at].start),
            "not in (…) finds nothing as soon as one value of the subquery is NULL",
            proof.reason,
            "write not exists (select 1 … where …), or leave NULLs out: where … is not null",
        )


def _mixed(source: Source, database: Database, tree: Node) -> Iterator[Lint]:
    """A geometry's column that is made a geography on the fly, unasked."""
    for node in nodes(tree):
        if node.tag != "FUNCEXPR" or node.number("funcformat") != _IMPLICIT_CAST:
            continue
        argument = next(iter(node.children("args")), None)
        if argument is None or argument.tag != "VAR":
            continue
        names = [database.catalog.type(oid).name for oid in (argument.number("vartype"), node.number("funcresulttype"))]
        if set(names) == {"geometry", "geography"}:
            yield Lint(
                "geometry-geography",
                _spatial_place(source),
                "a geometry is compared with a geography",
                "the geometry is cast row by row: its index is not used, and degrees become metres",
                "cast the other side, or store both as geography",
            )


def _spatial_place(source: Source) -> Place:
    found = (
        token.start
        for token, word in zip(source.tokens, source.words, strict=True)
        if word.startswith("st_") or word == "<->"
    )
    return source.place(next(found, 0))


def _partial_order(source: Source, database: Database, tree: Node) -> Iterator[Lint]:
    """A page of a list whose order leaves ties: the next page may repeat rows or leave some out."""
    if tree.child("limitCount") is None and tree.child("limitOffset") is None:
        return
    limits = [i for i, word in enumerate(source.words) if word in ("limit", "fetch", "offset")]
    place = source.place(source.tokens[limits[-1]].start) if limits else Place(source.first_line)
    if not tree.children("sortClause"):
        yield Lint(
            "partial-order",
            place,
            "a limit without an order",
            "any rows may come, and others the next time",
            "order by … down to a unique key",
        )
        return
    proof = at_most_one(_with_equal_keys(tree), database.catalog)
    if not proof.holds:
        orders = [i for i, word in enumerate(source.words[:-1]) if word == "order" and source.words[i + 1] == "by"]
        place = source.place(source.tokens[orders[-1]].start) if orders else place
        yield Lint(
            "partial-order",
            place,
            "rows that tie in this order come in any order, and a page may repeat or miss some",
            f"no unique key is among what is ordered by: {proof.reason}",
            "add the primary key as the last thing to order by",
        )


def _with_equal_keys(tree: Node) -> Node:
    """The query for the rows that tie with one: what it is ordered by equals given values, and there is no limit.

    The order is total where this has at most one row.
    """
    entries = {entry.number("ressortgroupref"): entry for entry in tree.children("targetList")}
    equal = [_equal(entries[clause.number("tleSortGroupRef")], clause) for clause in tree.children("sortClause")]
    jointree = tree.child("jointree") or Node("FROMEXPR", {})
    given = jointree.child("quals")
    both = Node("BOOLEXPR", {"boolop": "and", "args": [*([given] if given else []), *equal], "location": "-1"})
    fields = {**tree.fields, "limitCount": None, "limitOffset": None}
    return Node(tree.tag, {**fields, "jointree": Node(jointree.tag, {**jointree.fields, "quals": both})})


def _equal(entry: Node, clause: Node) -> Node:
    """``expression = value``, with the equality that the order is of."""
    expression = entry.child("expr")
    collations = [expression.number(name) for name in _COLLATIONS] if expression is not None else []
    collation = str(next(filter(None, collations), 0))
    value = Node("PARAM", {"paramkind": "0", "paramid": "1", "paramtype": "0", "paramtypmod": "-1"})
    operands: list[Value] = [expression, value]
    equality = {"opno": clause.get("eqop"), "opresulttype": "16", "opretset": "false", "inputcollid": collation}
    return Node("OPEXPR", {**equality, "args": operands})
