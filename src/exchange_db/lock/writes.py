"""What a statement writes into which columns, as its analysed tree says it."""

from collections.abc import Collection
from dataclasses import dataclass, field

from exchange_db.check.statement import nodes, stripped
from exchange_db.proof.tree import Node

__all__ = ["MAY_BE_NULL", "NO_NULL", "UNKNOWN", "Writes", "columns_beside_conflicts", "find_writes"]

NO_NULL, UNKNOWN, MAY_BE_NULL = "no null", "unknown", "null"
_WORSE = (NO_NULL, UNKNOWN, MAY_BE_NULL)
_UPDATE, _INSERT, _DELETE = 2, 3, 4


@dataclass
class Writes:
    """Of one table."""

    columns: dict[int, str] = field(default_factory=dict[int, str])
    """What may go into each column, by its number."""
    inserts: frozenset[int] | None = None
    """The columns that every insert fills; ``None``: there is no insert."""


def find_writes(tree: Node, given: Collection[int]) -> dict[int, Writes]:
    """By the table's object id; ``given`` are the numbers of the parameters that are never NULL."""
    found: dict[int, Writes] = {}
    for query in nodes(tree):
        if query.tag == "QUERY" and (target := query.number("resultRelation")):
            table = query.children("rtable")[target - 1].number("relid")
            _add(query, found.setdefault(table, Writes()), given)
    return found


def columns_beside_conflicts(tree: Node) -> dict[int, set[int]]:
    """Of the tables into which rows go ``on conflict``, the columns that the statement names.

    In the server's tree such an insert also has a list of all columns, those of ``excluded``, which names none.
    """
    found: dict[int, set[int]] = {}
    for query in nodes(tree):
        if query.child("onConflict") is not None:
            found[query.children("rtable")[query.number("resultRelation") - 1].number("relid")] = set()
    if found:
        _collect(tree, [], found)
        for table, writes in find_writes(tree, ()).items():
            found.get(table, set[int]()).update(writes.columns)
    return found


def _collect(node: Node, queries: list[Node], found: dict[int, set[int]]) -> None:
    if node.tag == "VAR":
        query = queries[-1 - node.number("varlevelsup")]
        rtable = query.children("rtable")
        table = rtable[node.number("varno") - 1].number("relid")
        if table in found:
            found[table].add(node.number("varattno"))
        return
    inner = [*queries, node] if node.tag == "QUERY" else queries
    for name in node.fields:
        if name != "exclRelTlist":
            for below in Node(node.tag, {name: node.fields[name]}).inside():
                _collect(below, inner, found)


def _add(query: Node, writes: Writes, given: Collection[int]) -> None:
    if query.number("commandType") in (_UPDATE, _INSERT):
        _take(query.number("commandType"), query.children("targetList"), writes, given)
    conflict = query.child("onConflict")
    if conflict is not None:
        _take(_UPDATE, conflict.children("onConflictSet"), writes, given)
    for action in query.children("mergeActionList"):
        _take(action.number("commandType"), action.children("targetList"), writes, given)


def _take(command: int, targets: list[Node], writes: Writes, given: Collection[int]) -> None:
    columns = {target.number("resno"): _value(target.child("expr"), given) for target in targets}
    columns = {number: value for number, value in columns.items() if number} if command != _DELETE else {}
    for number, value in columns.items():
        writes.columns[number] = max(value, writes.columns.get(number, NO_NULL), key=_WORSE.index)
    if command == _INSERT:
        writes.inserts = frozenset(columns) & (frozenset(columns) if writes.inserts is None else writes.inserts)


def _value(node: Node | None, given: Collection[int]) -> str:
    """What an expression may be, where that can be seen at once."""
    inner = stripped(node)
    if inner is not None and inner.tag == "PARAM":
        return NO_NULL if inner.number("paramid") in given else MAY_BE_NULL
    if inner is not None and inner.tag == "CONST":
        return MAY_BE_NULL if inner.flag("constisnull") else NO_NULL
    return UNKNOWN
