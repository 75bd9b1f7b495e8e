"""What a statement reads, writes and sets off, and what can refuse it: by its tree and the catalog, never run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import namedtuple_row

from exchange_db.check.statement import nodes
from exchange_db.check.subject import Database
from exchange_db.proof.tree import Node
from exchange_db.show.refusals import refusals

__all__ = ["Effects", "find_effects"]

_EVENTS = {2: "update", 3: "insert", 4: "delete"}
_STRENGTHS = {1: "for key share", 2: "for share", 3: "for no key update", 4: "for update"}
_BITS = {"insert": 4, "delete": 8, "update": 16}
"""Of ``pg_trigger.tgtype``."""

_CONSTRAINTS = """
select
  k.conname::text as name, k.contype::text as kind, k.conkey as columns, k.confrelid::bigint as target,
  coalesce(k.confrelid::regclass::text, '') as target_name, pg_get_constraintdef(k.oid) as definition,
  obj_description(k.oid, 'pg_constraint') as sentence
from pg_catalog.pg_constraint as k
where k.conrelid = %s and k.contype in ('c', 'f', 'p', 'u', 'x')
order by k.conname
"""
_UNIQUE_INDEXES = """
select
  c.relname::text as name, 'u' as kind, i.indkey::int2[] as columns, pg_get_indexdef(c.oid) as definition,
  obj_description(c.oid, 'pg_class') as sentence
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where i.indrelid = %s and i.indisunique and not exists (
  select from pg_catalog.pg_constraint as k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')
)
order by c.relname
"""
_REFERRING = """
select
  k.conname::text as name, k.conrelid::bigint as relation, k.conrelid::regclass::text as relation_name,
  k.confdeltype::text as on_delete, k.confupdtype::text as on_update, k.confkey as columns,
  obj_description(k.oid, 'pg_constraint') as sentence
from pg_catalog.pg_constraint as k
where k.confrelid = %s and k.contype = 'f' and k.conparentid = 0
order by k.conname
"""
_TRIGGERS = """
select t.tgname::text as name, p.oid::regproc::text as function, t.tgtype::int as type, t.tgattr::int2[] as columns
from pg_catalog.pg_trigger as t
join pg_catalog.pg_proc as p on p.oid = t.tgfoid
where t.tgrelid = %s and not t.tgisinternal and t.tgenabled <> 'D'
order by t.tgname
"""
_ACTIONS = {"c": "delete", "n": "update", "d": "update"}
"""What a foreign key does to the rows that refer to a deleted one: cascade, set null, set default."""
_ERRORS = {"c": "InvalidValue", "f": "MissingReference", "p": "Conflict", "u": "Conflict", "x": "Conflict"}


@dataclass(frozen=True)
class Effects:
    """Each list in the order in which things are met, each once."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    """``insert into shop.orders``."""
    follows: tuple[str, ...]
    """What foreign keys and triggers do then."""
    row_locks: tuple[str, ...]
    violations: tuple[tuple[str, str, str], ...]
    """Constraint, column that takes no NULL, or domain; the exception that it becomes; its sentence or definition."""


def find_effects(
    database: Database, trees: "Sequence[tuple[Node, Sequence[int]]]", errors: "Mapping[str, type[Exception]]"
) -> Effects:
    """The effects of all variants of a statement, each with the numbers of the parameters that are never NULL.

    ``errors``: what the function raises for constraints by name.
    """
    finder = _Finder(database)
    for tree, given in trees:
        for query in nodes(tree):
            if query.tag == "QUERY":
                finder.query(query)
        for name, told in refusals(database, tree, given):
            finder.violations.setdefault(name, ("InvalidValue", told))
    found = finder.found()
    named = ((name, errors[name].__name__ if name in errors else error, told) for name, error, told in found.violations)
    return replace(found, violations=tuple(named))


class _Finder:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.reads: dict[str, None] = {}
        self.writes: dict[str, None] = {}
        self.follows: dict[str, None] = {}
        self.row_locks: dict[str, None] = {}
        self.violations: dict[str, tuple[str, str]] = {}
        self.done: set[tuple[int, str]] = set()

    def found(self) -> Effects:
        violations = tuple((name, *told) for name, told in self.violations.items())
        return Effects(tuple(self.reads), tuple(self.writes), tuple(self.follows), tuple(self.row_locks), violations)

    def query(self, query: Node) -> None:
        """One query of the statement: its tables, its target, its locks."""
        target = query.number("resultRelation")
        entries = query.children("rtable")
        for number, entry in enumerate(entries, 1):
            if entry.number("rtekind") == 0 and entry.number("relid") and number != target:
                name = self._name(entry.number("relid"))
                if "excluded" not in (entry.child("alias") or entry).text("aliasname"):
                    self.reads[name] = None
        for mark in query.children("rowMarks"):
            entry = entries[mark.number("rti") - 1]
            if entry.number("relid"):  # a lock on a subquery has one on each of its tables beside it
                self.row_locks[f"{_STRENGTHS[mark.number('strength')]} of {self._name(entry.number('relid'))}"] = None
        if target:
            for event, columns in _changes(query):
                self._write(entries[target - 1].number("relid"), event, columns)

    def _write(self, table: int, event: str, columns: frozenset[int] | None) -> None:
        preposition = {"insert": "insert into", "update": "update", "delete": "delete from"}[event]
        self.writes[f"{preposition} {self._name(table)}"] = None
        if event != "insert":
            strength = "for update" if event == "delete" else "for no key update, or for update of a key"
            self.row_locks[f"{strength} of {self._name(table)}"] = None
        self._set_off(table, event, columns)

    def _set_off(self, table: int, event: str, columns: frozenset[int] | None) -> None:
        """Triggers, constraints and the foreign keys of other tables; ``columns``: those that are updated."""
        if (table, event) in self.done:
            return
        self.done.add((table, event))
        for each in self._rows(_TRIGGERS, table):
            watched = set(each.columns or ())
            if each.type & _BITS[event] and (event != "update" or not watched or columns is None or watched & columns):
                self.follows[f"trigger {each.name} on {self._name(table)} calls {each.function}"] = None
        if event != "delete":
            self._own_constraints(table, event, columns)
        if event != "insert":
            self._referring(table, event, columns)

    def _own_constraints(self, table: int, event: str, columns: frozenset[int] | None) -> None:
        for each in [*self._rows(_CONSTRAINTS, table), *self._rows(_UNIQUE_INDEXES, table)]:
            if event == "update" and columns is not None and not _concerns(set(each.columns or ()), columns):
                continue
            self.violations.setdefault(each.name, (_ERRORS[each.kind], each.sentence or each.definition))
            if each.kind == "f":
                self.row_locks[f"for key share of {each.target_name}, which {each.name} refers to"] = None

    def _referring(self, table: int, event: str, columns: frozenset[int] | None) -> None:
        for each in self._rows(_REFERRING, table):
            if event == "update" and columns is not None and not columns & set(each.columns):
                continue
            action = each.on_delete if event == "delete" else each.on_update
            if action in _ACTIONS:
                then = "update" if event == "update" else _ACTIONS[action]
                self.follows[f"foreign key {each.name}: {then} {each.relation_name}"] = None
                self._set_off(each.relation, then, None)
            else:
                told = each.sentence or f"rows of {each.relation_name} refer to it"
                self.violations.setdefault(each.name, ("MissingReference", told))

    def _name(self, table: int) -> str:
        return self.database.catalog.relation(table).title

    def _rows(self, statement: str, table: int) -> list[Any]:
        cursor = self.database.conn.cursor(row_factory=namedtuple_row)
        return cursor.execute(statement.encode(), [table]).fetchall()


def _changes(query: Node) -> Iterator[tuple[str, frozenset[int] | None]]:
    """Insert, update, delete, and the columns of an update."""
    command = query.number("commandType")
    if command in _EVENTS:
        yield _EVENTS[command], _columns(query.children("targetList"))
    conflict = query.child("onConflict")
    if conflict is not None and conflict.children("onConflictSet"):
        yield "update", _columns(conflict.children("onConflictSet"))
    for action in query.children("mergeActionList"):
        if action.number("commandType") in _EVENTS:
            yield _EVENTS[action.number("commandType")], _columns(action.children("targetList"))


def _columns(targets: "list[Node]") -> frozenset[int]:
    return frozenset(target.number("resno") for target in targets if not target.flag("resjunk"))


def _concerns(columns: set[int], updated: frozenset[int]) -> bool:
    """Whether a constraint of these columns looks at one that is updated; 0 is an expression, of who knows which."""
    return 0 in columns or bool(columns & updated)
