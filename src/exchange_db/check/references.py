"""The foreign keys that a statement sets off by deleting what they refer to, and the indexes that find their rows.

The server looks for the rows that refer to a deleted one by a statement of its own, which is in no plan: without an
index on the referring columns it reads their whole table, for every row that is deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from exchange_db.check.lints import Lint
from exchange_db.check.report import Severity
from exchange_db.check.source import Source
from exchange_db.check.statement import nodes
from exchange_db.proof.tree import Node

__all__ = ["Reference", "lint_references", "references"]

_DELETE = 4

_REFERENCES = """
with recursive gone (oid) as (
  select unnest(%s::oid[])
  union
  select k.conrelid from gone
  join pg_catalog.pg_constraint as k on k.confrelid = gone.oid and k.contype = 'f' and k.confdeltype = 'c'
)
select
  k.conname::text as name, k.confrelid::regclass::text as referred, k.conrelid::regclass::text as referring,
  (
    select array_agg(a.attname::text order by o.n)
    from unnest(k.conkey) with ordinality as o (number, n)
    join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = o.number
  ) as columns,
  array(
    select c.relname::text
    from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indexrelid
    join pg_catalog.pg_am as m on m.oid = c.relam
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where
      i.indrelid = k.conrelid and i.indisvalid and m.amname in ('btree', 'hash') and i.indkey[0] = any(k.conkey)
      and (
        i.indpred is null
        or pg_get_expr(i.indpred, i.indrelid) = format('(%%I IS NOT NULL)', a.attname)
      )
    order by c.relname
  ) as indexes
from gone
join pg_catalog.pg_constraint as k on k.confrelid = gone.oid and k.contype = 'f' and k.conparentid = 0
order by k.conname
"""


@dataclass(frozen=True)
class Reference:
    """One foreign key."""

    name: str
    referred: str
    """The table that it refers to, as the search path has it."""
    referring: str
    columns: list[str]
    """Those that refer."""
    indexes: list[str]
    """The indexes that begin with one of them, by which the rows are found; empty: none."""


def references(conn: Connection[Any], tree: Node) -> list[Reference]:
    """Of all the tables that a statement deletes from, by itself or by ``on delete cascade``."""
    tables = {_target(query) for query in nodes(tree) if query.tag == "QUERY" and _deletes(query)}
    if not tables:
        return []
    return conn.cursor(row_factory=class_row(Reference)).execute(_REFERENCES, [list(tables)]).fetchall()


def lint_references(source: Source, found: list[Reference]) -> Iterator[Lint]:
    """A table that is read whole for every row that is deleted."""
    deletes = [i for i, word in enumerate(source.words) if word in ("delete", "merge")]
    place = source.place(source.tokens[deletes[0]].start) if deletes else source.place(0)
    for each in found:
        if not each.indexes:
            yield Lint(
                "unindexed-reference",
                place,
                f"for every row of {each.referred} that is deleted {each.referring} is read as a whole",
                f"no index of it begins with {' or '.join(each.columns)}, by which {each.name} refers to the row",
                f"create index on {each.referring} ({', '.join(each.columns)})",
                Severity.HINT,
            )


def _deletes(query: Node) -> bool:
    actions = query.children("mergeActionList")
    return _DELETE in (query.number("commandType"), *(action.number("commandType") for action in actions))


def _target(query: Node) -> int:
    return query.children("rtable")[query.number("resultRelation") - 1].number("relid")
