"""What a statement writes that the table refuses whatever else is there: NULL from a parameter that takes ``None``, or
in a column that is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from exchange_db.check.agreement import described
from exchange_db.check.building import Value, choices_of
from exchange_db.check.source import Place
from exchange_db.check.statement import nodes, stripped
from exchange_db.check.subject import Database, Subject
from exchange_db.engine.sqlfile import Statement
from exchange_db.proof.catalog_records import Relation
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.scope import NO_FACTS, Env, Prover, key
from exchange_db.proof.tree import Node

__all__ = ["Written", "check_asked", "check_left_out", "check_unread", "check_writes", "written"]

_UPDATE, _INSERT = 2, 3
_TRIGGERS = {_UPDATE: "u", _INSERT: "i"}


class Written(NamedTuple):
    """What goes into one column."""

    relation: Relation
    number: int
    """The column's."""
    value: Value
    may_change: bool
    """Whether a trigger or a rule may put something in its place."""


def check_writes(subject: Subject, database: Database, file: Statement, tree: Node, given: Sequence[int]) -> None:
    """A parameter that may be ``None`` is not written as it is to a column that takes no NULL."""
    for relation, number, value, may_change in written(tree, new_prover(database.catalog, given)):
        if may_change or not relation.columns[number].not_null:
            continue
        for parameter in _optional(value):
            name = file.parameters[parameter - 1]
            column = f"{relation.title}.{relation.columns[number].name}"
            subject.error(
                "parameter-null",
                subject.source.parameter(name),
                f"parameter {name!r} takes None, and {column} takes no NULL: a call that writes None fails",
                expected=described(subject.sent[name].annotation.source),
                actual="not null",
                hint=f"take no None, or write coalesce(:{name}, …)",
            )


def check_left_out(subject: Subject, database: Database, tree: Node) -> None:
    """An insert names each column that takes no NULL and has no default."""
    for change in _changes(tree, new_prover(database.catalog)):
        if change.may_change or change.command != _INSERT:
            continue
        named = {target.number("resno") for target in change.targets}
        for column in change.relation.columns.values():
            filled = column.default is not None or column.identity or database.types.get(column.type).kind == "d"
            if column.not_null and not filled and column.number not in named:
                name = f"{change.relation.title}.{column.name}"
                source = subject.source
                at = source.words.index("insert") if "insert" in source.words else 0
                subject.error(
                    "left-out",
                    source.place(source.tokens[at].start),
                    f"{name} takes no NULL and has no default, and is left out: every new row fails",
                    hint=f"write {column.name} as well, or give it a default",
                )


def check_unread(subject: Subject, tree: Node) -> None:
    """What is returned has a reader."""
    if tree.children("returningList"):
        subject.hint(
            "unread-columns",
            Place(subject.source.first_line, 1),
            "the statement returns columns, and the function returns none of them",
            expected=subject.declaration.cardinality.name.lower().replace("_", " "),
            hint="leave returning out, or declare a record",
        )


def check_asked(subject: Subject, database: Database, file: Statement, tree: Node, given: Sequence[int]) -> None:
    """A parameter that may be ``None`` is not in a condition that no row meets then; one that asks for NULL knows."""
    place = new_prover(database.catalog, given).rows(tree, None)
    asked = {inner.number("paramid") for node in nodes(tree) if node.tag == "NULLTEST" for inner in nodes(node)}
    for node in nodes(tree):
        number = node.number("paramid")
        if node.tag == "PARAM" and not node.number("paramkind") and number not in (*given, *asked):
            name = file.parameters[number - 1]
            if place.knows(key(node, place) or ()):
                subject.hint(
                    "parameter-null",
                    subject.source.parameter(name),
                    f"parameter {name!r} takes None, and no row meets the conditions then",
                    expected=described(subject.sent[name].annotation.source),
                    hint=f"take no None, write `is not distinct from :{name}`, or make a part of it: -- if :{name}",
                )


def _optional(value: Value) -> Iterator[int]:
    """The numbers of the parameters that may be what an expression is, and may be NULL there."""
    node = stripped(value.node)
    if node is None or value.proof.not_null:
        return
    value = replace(value, node=node)
    if node.tag == "PARAM" and not node.number("paramkind") and not value.proof.not_null:
        yield node.number("paramid")
    elif node.tag in ("VAR", "CASEEXPR"):
        for each in choices_of(value) or ():
            yield from _optional(each)


def written(tree: Node, prover: Prover) -> Iterator[Written]:
    """What goes into which column: by the statement itself, and by what stands in its WITH."""
    for change in _changes(tree, prover):
        place = prover.rows(change.query, change.outer)
        for target in change.targets:
            if target.number("resno") in change.relation.columns and (node := target.child("expr")) is not None:
                yield Written(change.relation, target.number("resno"), Value(node, place), change.may_change)


class _Change(NamedTuple):
    """One ``insert`` or ``update``, or one of the two within ``on conflict`` and ``merge``."""

    query: Node
    outer: Env | None
    command: int
    relation: Relation
    targets: list[Node]
    may_change: bool


def _changes(tree: Node, prover: Prover) -> Iterator[_Change]:
    around = replace(prover.rows(tree, None), facts=NO_FACTS)  # what WITH writes is written before WHERE is asked
    queries = [
        (tree, None),
        *((query, around) for each in tree.children("cteList") if (query := each.child("ctequery"))),
    ]
    for query, outer in queries:
        if not query.number("resultRelation"):
            continue
        relation = prover.catalog.relation(query.children("rtable")[query.number("resultRelation") - 1].number("relid"))
        unruled = relation.kind in "rp" and not relation.rules
        for command, targets in _targets(query):
            may_change = not unruled or _TRIGGERS.get(command, "") in relation.row_triggers
            yield _Change(query, outer, command, relation, targets, may_change)


def _targets(query: Node) -> Iterator[tuple[int, list[Node]]]:
    if query.number("commandType") in _TRIGGERS:
        yield query.number("commandType"), query.children("targetList")
    conflict = query.child("onConflict")
    if conflict is not None:
        yield _UPDATE, conflict.children("onConflictSet")
    for action in query.children("mergeActionList"):
        yield action.number("commandType"), action.children("targetList")
