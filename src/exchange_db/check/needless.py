"""What a statement guards against and what never happens there: an outer join that WHERE makes an inner one,
``coalesce`` and ``is null`` of what is never NULL. It does no harm, but somebody thought that the join was another."""

from collections.abc import Iterator, Sequence

from exchange_db.check.lints import Lint
from exchange_db.check.orders import places
from exchange_db.check.report import Severity
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import stripped
from exchange_db.check.subject import Database
from exchange_db.proof.conditions import case_branches, when_true
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.scope import NO_FACTS, Env, is_open
from exchange_db.proof.tree import Node

__all__ = ["lint_needless"]

_SELECT = 1


def lint_needless(source: Source, database: Database, tree: Node, given: Sequence[int]) -> Iterator[Lint]:
    """``given``: the numbers of the parameters that no call leaves ``None``."""
    prover = new_prover(database.catalog, given)
    for query, outer in places(tree, None, prover):
        rows = prover.rows(query, outer)
        yield from _outer_joins(source, rows)
        if query.child("setOperations") is not None:
            continue
        result = prover.place(query, outer)
        for target in query.children("targetList"):  # of a change it is what is written
            yield from _guards(source, target.child("expr"), result if query.number("commandType") == _SELECT else rows)
        for target in query.children("returningList"):
            yield from _guards(source, target.child("expr"), result)
        asked = Env(rows.scope, outer.facts if outer else NO_FACTS)  # what WHERE makes known is not known meanwhile
        yield from _guards(source, query.the("jointree").child("quals"), asked)


def _outer_joins(source: Source, place: Env) -> Iterator[Lint]:
    """An outer join of which WHERE lets through only what an inner join has."""
    for number, side in enumerate(place.scope.sides):
        if side.reason and is_open(place, number):
            joins = [i for i, word in enumerate(source.words) if word in ("left", "right", "full")]
            yield Lint(
                "needless-outer-join",
                source.place(source.tokens[joins[0]].start) if joins else Place(source.first_line),
                f"where lets no row through that the {side.reason.partition(':')[0]} has without a match",
                side.reason,
                "write an inner join, or move the condition into on",
                Severity.HINT,
            )


def _guards(source: Source, node: Node | None, env: Env) -> Iterator[Lint]:
    """The guards in an expression and in what it is made of; queries in it are looked at by themselves."""
    if node is None or node.tag == "QUERY":
        return
    if node.tag == "AGGREF":
        yield from _in_aggregate(source, node, env)
        return
    guarded = _guarded(node)
    if guarded is not None:
        found = env.scope.prover.expression(guarded, env)
        if found.not_null:
            word, what = ("coalesce",) * 2 if node.tag == "COALESCEEXPR" else ("is", "is null")
            yield Lint(
                "needless-guard",
                _place(source, word, guarded, env),
                f"{what} of what is never NULL",
                found.reason,
                "leave it out; or is the join another than it was meant to be?",
                Severity.HINT,
            )
    if node.tag == "CASEEXPR":
        place, branches = case_branches(node, env)
        for facts, result in branches:
            if facts is not None:
                yield from _guards(source, result, place.assume(facts))
        for when in node.children("args"):
            yield from _guards(source, when.child("expr"), place)
        return
    for below in node.inside():
        yield from _guards(source, below, env)


def _in_aggregate(source: Source, node: Node, env: Env) -> Iterator[Lint]:
    """What an aggregate takes is of the rows, not of their groups."""
    if node.number("agglevelsup"):
        return
    place = env.scope.prover.rows(env.scope.query, env.scope.outer)
    condition = node.child("aggfilter")
    yield from _guards(source, condition, place)
    if condition is not None:
        place = place.assume(when_true(condition, place) or ())
    for target in node.children("args"):
        yield from _guards(source, target.child("expr"), place)


def _guarded(node: Node) -> Node | None:
    """What ``coalesce``, ``is null`` or ``is not null`` is asked of: the first thing that is no constant."""
    if node.tag == "NULLTEST" and not node.flag("argisrow"):
        return node.child("arg")
    if node.tag == "COALESCEEXPR":
        return node.children("args")[0]
    return None


def _place(source: Source, word: str, guarded: Node, env: Env) -> Place:
    """The word that is nearest to the name of the column which is guarded, as far as that is one."""
    words = source.words
    found = [i for i, each in enumerate(words) if each == word]
    inner = stripped(guarded)
    name = ""
    if inner is not None and inner.tag == "VAR" and inner.number("varattno") > 0 and not inner.number("varlevelsup"):
        alias = env.scope.table(inner.number("varno")).child("eref")
        name = alias.texts("colnames")[inner.number("varattno") - 1] if alias is not None else ""
    near = [i for i in found if name and name in words[max(i - 4, 0) : i + 6]]
    return source.place(source.tokens[(near or found)[0]].start) if found else Place(source.first_line)
