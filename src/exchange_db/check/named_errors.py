"""The errors that a function names for constraints (``@query.raises``), against the schema and the statement.

Each constraint must exist, be of the kind of its error, and be one that the statement can violate. Where it cannot be
known what else the statement writes (triggers and functions that write, views, actions of foreign keys), only the first
two are asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import class_row, tuple_row

from exchange_db.engine.faults import nearest
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference
from exchange_db.proof.tree import Node

__all__ = ["NamedErrorFault", "constraint_faults"]

_UPDATE, _INSERT, _DELETE, _MERGE = 2, 3, 4, 5
_DO_NOTHING = 1
_KINDS: dict[str, type[ExchangeError]] = {
    "u": Conflict,
    "p": Conflict,
    "x": Conflict,
    "f": MissingReference,
    "c": InvalidValue,
    "n": InvalidValue,
}
"""``pg_constraint.contype`` -> what the engine raises."""


class NamedErrorFault(NamedTuple):
    """One thing that is wrong with the error of a constraint."""

    constraint: str
    problem: str
    hint: str | None = None


@dataclass(frozen=True)
class _Constraint:
    """A constraint, or a unique index without one."""

    kind: str
    table: int
    """0 for a domain's."""
    owner: str
    columns: list[int]
    referred_to: int
    """The other table of a foreign key, else 0."""
    referred_columns: list[int]
    on_delete: str
    on_update: str


@dataclass
class _Writes:
    """What a statement writes: table -> columns (``None``: all of them), and the tables that it deletes from."""

    inserted: set[int] = field(default_factory=set[int])
    updated: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    deleted: set[int] = field(default_factory=set[int])
    settled: list[tuple[int, frozenset[int]]] = field(default_factory=list[tuple[int, frozenset[int]]])
    """Keys whose conflict ``on conflict`` settles: table and columns; of none, any key of the table."""

    def tables(self) -> set[int]:
        return self.inserted | self.updated.keys() | self.deleted


def constraint_faults(
    query: Node, conn: Connection[Any], errors: Mapping[str, type[ExchangeError]]
) -> tuple[NamedErrorFault, ...]:
    """What is wrong with the errors that a function declares; ``query`` is its statement as ``analyse`` gives it."""
    faults: list[NamedErrorFault] = []
    writes = _writes(query)
    for name, error in errors.items():
        found = _constraints(conn, name)
        if not found:
            hint = nearest(name, _names(conn, writes))
            faults.append(NamedErrorFault(name, "there is no such constraint", hint and f"did you mean {hint!r}?"))
        elif not any(issubclass(error, _KINDS[one.kind]) for one in found):
            right = _KINDS[found[0].kind].__name__
            problem = f"{error.__name__} is no {right}, which a violation of it is"
            faults.append(NamedErrorFault(name, problem, f"derive {error.__name__} from {right}"))
        elif not _writes_unknown(query, conn, writes) and not any(_can_violate(one, conn, writes) for one in found):
            hint = nearest(name, _names(conn, writes) - {name})
            problem = f"the statement cannot violate this constraint of {found[0].owner}"
            faults.append(NamedErrorFault(name, problem, hint and f"did you mean {hint!r}?"))
    return tuple(faults)


# --- what the statement writes -----------------------------------------------------------------------------


def _everything(node: Node) -> Iterator[Node]:
    yield node
    for inner in node.inside():
        yield from _everything(inner)


def _writes(query: Node) -> _Writes:
    writes = _Writes()
    for node in _everything(query):
        if node.tag == "QUERY" and node.number("resultRelation"):
            _add(writes, node)
    return writes


def _add(writes: _Writes, query: Node) -> None:
    table = query.children("rtable")[query.number("resultRelation") - 1].number("relid")
    command = query.number("commandType")
    if command == _INSERT:
        writes.inserted.add(table)
    elif command == _UPDATE:
        writes.updated.setdefault(table, set()).update(_targets(query.children("targetList")))
    elif command == _DELETE:
        writes.deleted.add(table)
    for action in query.children("mergeActionList"):
        kind = action.number("commandType")
        if kind == _INSERT:
            writes.inserted.add(table)
        elif kind == _UPDATE:
            writes.updated.setdefault(table, set()).update(_targets(action.children("targetList")))
        elif kind == _DELETE:
            writes.deleted.add(table)
    conflict = query.child("onConflict")
    if conflict is not None:
        if not conflict.number("constraint"):  # named by its constraint, the key is not among the columns
            writes.settled.append((table, frozenset(_variables(conflict.children("arbiterElems")))))
        if conflict.number("action") != _DO_NOTHING:
            writes.updated.setdefault(table, set()).update(_targets(conflict.children("onConflictSet")))


def _targets(entries: list[Node]) -> set[int]:
    return {entry.number("resno") for entry in entries if not entry.flag("resjunk")}


def _variables(nodes: list[Node]) -> set[int]:
    return {inner.number("varattno") for node in nodes for inner in _everything(node) if inner.tag == "VAR"}


def _writes_unknown(query: Node, conn: Connection[Any], writes: _Writes) -> bool:
    """Whether more may be written than the statement says."""
    functions = {node.number("funcid") for node in _everything(query)} - {0}
    tables = _with_children(conn, _cascaded(conn, writes.tables()))
    cursor = Cursor(conn, row_factory=tuple_row)
    row = cursor.execute(_WRITES_MORE, {"tables": list(tables), "functions": list(functions)}).fetchone()
    return row is None or bool(row[0])


# --- what it can violate -----------------------------------------------------------------------------------


def _can_violate(one: _Constraint, conn: Connection[Any], writes: _Writes) -> bool:
    if not one.table:  # a domain's, which any cast may violate
        return True
    inserted = _with_children(conn, writes.inserted)
    if one.table in inserted and not (one.kind in "upx" and _is_settled(one, writes)):
        return True
    if _updates(conn, writes, one.table, one.columns):
        return True
    if one.kind != "f":
        return False
    # The other side: a row that rows of this table refer to goes, or gets another key.
    if one.on_delete != "c" and one.referred_to in _cascaded(conn, writes.deleted):
        return True
    return one.on_update != "c" and _updates(conn, writes, one.referred_to, one.referred_columns)


def _is_settled(one: _Constraint, writes: _Writes) -> bool:
    return any(table == one.table and columns in (frozenset(), set(one.columns)) for table, columns in writes.settled)


def _updates(conn: Connection[Any], writes: _Writes, table: int, columns: list[int]) -> bool:
    """Whether an update changes what the constraint looks at: any column, if it names none."""
    return any(
        table in _with_children(conn, {written})
        and (not columns or not targets.isdisjoint(columns) or bool(_oids(conn, _CHANGED_BY_ITSELF, {table})))
        for written, targets in writes.updated.items()
    )


def _constraints(conn: Connection[Any], name: str) -> list[_Constraint]:
    cursor = Cursor(conn, row_factory=class_row(_Constraint))
    return cursor.execute(_NAMED, {"name": name}).fetchall()


def _names(conn: Connection[Any], writes: _Writes) -> set[str]:
    """The names that a violation by this statement can have."""
    tables = list(_with_children(conn, _cascaded(conn, writes.tables())))
    return {name for (name,) in Cursor(conn, row_factory=tuple_row).execute(_ON_TABLES, {"tables": tables})}


def _with_children(conn: Connection[Any], tables: set[int]) -> set[int]:
    """The tables with their partitions and heirs, and those that they are partitions of."""
    return tables | _oids(conn, _CHILDREN, tables)


def _cascaded(conn: Connection[Any], tables: set[int]) -> set[int]:
    """The tables of which rows go where rows of these go."""
    return tables | _oids(conn, _CASCADED, tables)


def _oids(conn: Connection[Any], statement: str, tables: set[int]) -> set[int]:
    return {oid for (oid,) in Cursor(conn, row_factory=tuple_row).execute(statement.encode(), {"tables": list(tables)})}


# Object ids travel as bigint; the columns of an index are those that it depends on, also within its expressions.
_NAMED = """
  select
    k.contype::text as kind,
    k.conrelid::bigint as table,
    coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text) as owner,
    case
      when k.conindid <> 0 and k.contype <> 'f' then array(
        select distinct d.refobjsubid from pg_catalog.pg_depend as d
        where d.objid in (k.oid, k.conindid) and d.refobjid = k.conrelid and d.refobjsubid > 0
      )
      else coalesce(k.conkey, '{}')::int[]
    end as columns,
    k.confrelid::bigint as referred_to,
    coalesce(k.confkey, '{}')::int[] as referred_columns,
    k.confdeltype::text as on_delete,
    k.confupdtype::text as on_update
  from pg_catalog.pg_constraint as k
  where k.conname = %(name)s and k.contype in ('u', 'p', 'x', 'f', 'c', 'n')
  union all
  select
    'u', i.indrelid::bigint, i.indrelid::regclass::text,
    array(
      select distinct d.refobjsubid from pg_catalog.pg_depend as d
      where d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid > 0
    ),
    0, '{}', '', ''
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  where
    c.relname = %(name)s and i.indisunique
    and not exists (
      select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('u', 'p', 'x')
    )
"""

_ON_TABLES = """
  select k.conname::text from pg_catalog.pg_constraint as k
  where k.conrelid = any(%(tables)s::oid[]) or k.confrelid = any(%(tables)s::oid[])
  union
  select i.indexrelid::regclass::text from pg_catalog.pg_index as i
  where i.indrelid = any(%(tables)s::oid[]) and i.indisunique
"""

_WRITES_MORE = r"""
  select
    exists (
      select from pg_catalog.pg_rewrite as r where r.ev_class = any(%(tables)s::oid[])
    )
    or exists (
      select from pg_catalog.pg_constraint as k
      where
        k.confrelid = any(%(tables)s::oid[]) and k.contype = 'f'
        and (k.confdeltype in ('n', 'd') or k.confupdtype in ('c', 'n', 'd'))
    )
    or exists (
      select from pg_catalog.pg_proc as p
      join pg_catalog.pg_language as l on l.oid = p.prolang
      where
        (
          p.oid = any(%(functions)s::oid[]) and p.provolatile = 'v' and p.pronamespace <> 'pg_catalog'::regnamespace
          or p.oid in (
            select t.tgfoid from pg_catalog.pg_trigger as t
            where t.tgrelid = any(%(tables)s::oid[]) and not t.tgisinternal
          )
        )
        and (
          l.lanname not in ('sql', 'plpgsql')
          or p.prosqlbody is not null
          or p.prosrc ~* '\m(insert|update|delete|merge|truncate|copy|execute|perform|call)\M'
        )
    )
"""

_CHANGED_BY_ITSELF = """
  select a.attrelid::bigint from pg_catalog.pg_attribute as a
  where a.attrelid = any(%(tables)s::oid[]) and a.attgenerated <> '' and a.attnum > 0
  union
  select t.tgrelid::bigint from pg_catalog.pg_trigger as t
  where t.tgrelid = any(%(tables)s::oid[]) and not t.tgisinternal
"""

_CHILDREN = """
  with recursive child (oid) as (
    select i.inhrelid from pg_catalog.pg_inherits as i where i.inhparent = any(%(tables)s::oid[])
    union
    select i.inhrelid from child join pg_catalog.pg_inherits as i on i.inhparent = child.oid
  )
  select child.oid::bigint from child
"""

_CASCADED = """
  with recursive gone (oid) as (
    select unnest(%(tables)s::oid[])
    union
    select k.conrelid from gone
    join pg_catalog.pg_constraint as k on k.confrelid = gone.oid and k.contype = 'f' and k.confdeltype = 'c'
  )
  select gone.oid::bigint from gone
"""
