"""The lints that only the analysed statement shows: what NULL, types and keys do behind the text."""

from collections.abc import Iterator

from exchange_db.check.lints import Lint
from exchange_db.check.needless import lint_needless
from exchange_db.check.orders import lint_orders, places, with_equal_keys
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import nodes, own_nodes, stripped
from exchange_db.check.subject import Database, Subject
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.sqlfile import Statement
from exchange_db.proof import single
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.scope import key
from exchange_db.proof.tree import Node, Value

__all__ = ["lint_tree"]

_ANY_SUBLINK, _NOT, _IMPLICIT_CAST = 2, "not", 2
_NEXT_PAGE = "next page"
_GIVEN = "_given"
_ROW_COMPARISONS = {1: "<", 2: "<=", 4: ">=", 5: ">"}
"""RowCompareType of PostgreSQL's primnodes.h."""
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def lint_tree(subject: Subject, database: Database, file: Statement, tree: Node) -> Iterator[Lint]:
    """The lints of one statement."""
    yield from _not_in(subject.source, database, tree)
    yield from _mixed(subject.source, database, tree)
    yield from _other_given(subject.source, file, tree)
    sent = subject.sent
    given = [n for n, name in enumerate(file.parameters, 1) if not sent[name].annotation.optional]
    yield from lint_needless(subject.source, database, tree, given)
    cardinality = subject.declaration.cardinality
    is_list = cardinality in (Cardinality.MANY, Cardinality.PAGE, Cardinality.STREAM)
    is_page = cardinality is Cardinality.PAGE
    yield from lint_orders(subject.source, database, tree, is_list=is_list, is_page=is_page)
    if subject.declaration.cardinality is Cardinality.PAGE and file.label.endswith(_NEXT_PAGE):
        yield from _page_order(subject.source, database, file, tree)


def _not_in(source: Source, database: Database, tree: Node) -> Iterator[Lint]:
    starts = [i for i, word in enumerate(source.words) if source.words[i : i + 3] == ("not", "in", "(") and word]
    subqueries = [i for i in starts if source.words[i + 3 : i + 4] in (("select",), ("with",), ("values",))]
    found = [node for node in nodes(tree) if node.tag == "BOOLEXPR" and node.text("boolop") == _NOT]
    links = [link for node in found for link in node.children("args") if link.tag == "SUBLINK"]
    queries = [link.child("subselect") for link in links if link.number("subLinkType") == _ANY_SUBLINK]
    prover = new_prover(database.catalog)
    places_of = {id(query): outer for query, outer in places(tree, None, prover)} if queries else {}
    for number, query in enumerate(queries):
        proof = prover.output(query, places_of[id(query)], 1) if query else None
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


def _other_given(source: Source, file: Statement, tree: Node) -> Iterator[Lint]:
    """An update of what is given that asks for one parameter and writes another."""
    names = {f"{name}{_GIVEN}": name for name in file.parameters if f"{name}{_GIVEN}" in file.parameters}
    for case in (node for node in nodes(tree) if node.tag == "CASEEXPR"):
        for when in case.children("args"):
            asked = names.get(_parameter(when.child("expr"), file))
            result = when.child("result")
            if asked is None or result is None:
                continue
            written = {_parameter(node, file) for node in nodes(result)} & set(names.values())
            if written and asked not in written:
                other = ", ".join(f":{name}" for name in sorted(written))
                yield Lint(
                    "given-guard",
                    source.parameter(f"{asked}{_GIVEN}"),
                    f"where :{asked} is given, {other} is written",
                    "a call that gives one of them alone changes the other",
                    f"write case when :{asked}{_GIVEN} then :{asked} …",
                )


def _parameter(node: Node | None, file: Statement) -> str:
    """The name of the parameter that an expression is; "" for any other."""
    inner = stripped(node)
    return file.parameters[inner.number("paramid") - 1] if inner is not None and inner.tag == "PARAM" else ""


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


def _page_order(source: Source, database: Database, file: Statement, tree: Node) -> Iterator[Lint]:
    """What says where a page begins, against the order: the same keys, each in its direction, down to a unique one."""
    prover = new_prover(database.catalog)
    for query, outer in places(tree, None, prover):
        found = list(_page_comparisons(query, database, file))
        order = query.children("sortClause")
        if not found or not order:
            continue
        place = prover.rows(query, outer)
        entries = {entry.number("ressortgroupref"): entry for entry in query.children("targetList")}
        keys = [
            key(node, place) if (node := entries[each.number("tleSortGroupRef")].child("expr")) else None
            for each in order
        ]
        descending = [database.catalog.operator(each.number("sortop")).name == ">" for each in order]
        compared: set[int] = set()
        for expression, operator, name in found:
            own = key(expression, place)
            if own is None or own not in keys:
                if own is not None and operator != "=":
                    yield _page_lint(source, name, f":{name} is compared with what the statement is not ordered by")
                continue
            at = keys.index(own)
            compared.add(at)
            if operator != "=" and operator.startswith("<") != descending[at]:
                way = "descending" if descending[at] else "ascending"
                yield _page_lint(
                    source,
                    name,
                    f"the order by what :{name} is compared with is {way}, and the next page is sought with {operator}",
                )
        if None not in keys and (query is not tree or len(compared) < len(order)):
            rest = [each for at, each in enumerate(order) if at in compared]
            proof = single.at_most_one(
                with_equal_keys(Node(query.tag, {**query.fields, "sortClause": list[Value](rest)})), outer, prover
            )
            if not proof.holds:
                problem = "the next page is sought by keys that leave ties"
                yield _page_lint(source, found[-1][2], problem, proof.reason)._replace(code="partial-order")


def _page_lint(source: Source, name: str, problem: str, reason: str = "rows would be skipped or come twice") -> Lint:
    hint = "compare every key of the order, with > where it is ascending and < where it is descending"
    return Lint("page-order", source.parameter(name), problem, reason, hint)


def _page_comparisons(query: Node, database: Database, file: Statement) -> Iterator[tuple[Node, str, str]]:
    """What of a query's conditions is compared with the page's parameters, how, and with which."""
    jointree = query.child("jointree")
    for node in own_nodes(jointree) if jointree else ():
        pairs: list[tuple[Node, Node, str]] = []
        if node.tag == "ROWCOMPAREEXPR":
            operator = _ROW_COMPARISONS.get(node.number("rctype"), "")
            pairs = [
                (left, right, operator)
                for left, right in zip(node.children("largs"), node.children("rargs"), strict=True)
            ]
            if not any(_page_parameter(part, file) for pair in pairs for part in pair[:2]):
                continue
        elif node.tag == "OPEXPR" and len(node.children("args")) == 2:
            left, right = node.children("args")
            pairs = [(left, right, database.catalog.operator(node.number("opno")).name)]
        for left, right, operator in pairs:
            if operator not in _TURNED:
                continue
            if name := _page_parameter(right, file, any_name=node.tag == "ROWCOMPAREEXPR"):
                yield left, operator, name
            elif name := _page_parameter(left, file, any_name=node.tag == "ROWCOMPAREEXPR"):
                yield right, _TURNED[operator], name


def _page_parameter(node: Node, file: Statement, *, any_name: bool = False) -> str:
    """The name of the parameter that an expression is, where it is one of the page's."""
    name = _parameter(node, file)
    return name if any_name or name.startswith("page_") else ""
