"""Which indexes the generic plan of a statement rides, without running it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from exchange_db.engine.sqlfile import Statement

__all__ = ["Plan", "explain", "index_exists", "rides"]

SMALL = 10_000
"""Rows. Of a smaller table, or one that was never analysed, a plan says nothing about a large one."""

_AS_THOUGH_LARGE: tuple[tuple[str, ...], ...] = (
    ("enable_seqscan",),
    ("enable_seqscan", "enable_sort"),
    ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"),
    ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_sort", "enable_bitmapscan"),
)
"""What large tables make costly, little by little: reading them whole, sorting them, joining them as wholes."""


_TYPE_NAMES = """
select pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), t.oid), t.typtypmod)
from unnest(%s::oid[]) with ordinality as o (oid, n)
join pg_catalog.pg_type as t on t.oid = o.oid
order by o.n
"""


@dataclass(frozen=True)
class Plan:
    """What the server would do."""

    indexes: frozenset[str]
    """The names of the indexes that it uses."""
    steps: tuple[str, ...]
    """How it reads each table, and what it sorts: for people."""
    as_though_large: bool = False
    """Whether it was made as though the tables were large."""


def rides(
    conn: Connection[Any], file: Statement, types: Sequence[int], wanted: Iterable[str]
) -> tuple[Plan, frozenset[str]]:
    """The generic plan, and which of the wanted indexes it does not use.

    Where the tables are small, it is enough that a plan uses them as though the tables were large.
    """
    names = frozenset(wanted)
    plan = explain(conn, file, types)
    if names <= plan.indexes or not _is_small(conn, names):
        return plan, names - plan.indexes
    missing = names
    for settings in _AS_THOUGH_LARGE:
        plan = explain(conn, file, types, settings)
        missing &= names - plan.indexes
        if not missing:
            break
    return plan, missing


def explain(conn: Connection[Any], file: Statement, types: Sequence[int], off: Sequence[str] = ()) -> Plan:
    """The plan that suits any values, in a transaction that is open; ``off`` are settings to switch off."""
    cursor = conn.cursor(row_factory=tuple_row)
    try:
        with conn.transaction(force_rollback=True):
            # A domain's own type is left to the statement: a NULL for one that takes none could not be sent.
            names = [row[0] for row in cursor.execute(_TYPE_NAMES, [list(types)], prepare=False)] if types else []
            declared = f"({', '.join(names)})" if names else ""
            given = f"({', '.join('null' for _ in names)})" if names else ""
            settings = ["set local plan_cache_mode = force_generic_plan", *(f"set local {name} = off" for name in off)]
            statements = (
                *(setting.encode() for setting in settings),
                f"prepare exchange_db_check{declared} as ".encode() + file.text.rstrip().removesuffix(b";"),
                f"explain (format json) execute exchange_db_check{given}".encode(),
                b"deallocate exchange_db_check",
            )
            # All in one round trip; the line ends close a comment that the statement may end with.
            cursor.execute(b"\n;\n".join(statements), prepare=False)
            while cursor.description is None:
                cursor.nextset()
            row = cursor.fetchone()
    except psycopg.Error:
        # What is prepared outlives the transaction, unless psycopg forgets all at the rollback.
        if cursor.execute("select from pg_catalog.pg_prepared_statements where name = 'exchange_db_check'").fetchall():
            cursor.execute("deallocate exchange_db_check")
        raise
    assert row is not None  # noqa: S101  explain always answers
    nodes = list(_nodes(row[0][0]["Plan"]))
    firsts = _first_columns(conn, nodes) if off else {}
    used = [node["Index Name"] for node in nodes if "Index Name" in node and _is_sought(node, firsts)]
    arbiters = [name for node in nodes for name in node.get("Conflict Arbiter Indexes", ())]
    indexes = frozenset([*used, *arbiters])
    return Plan(indexes, tuple(dict.fromkeys(filter(None, map(_step, nodes)))), bool(off))


def index_exists(conn: Connection[Any], name: str) -> bool:
    """Whether there is an index of this name, with or without its schema."""
    schema, _, index = name.rpartition(".")
    found = conn.cursor(row_factory=tuple_row).execute(
        "select 1 from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where c.relkind in ('i', 'I') and c.relname = %s and (%s = '' or n.nspname = %s)",
        [index, schema, schema],
    )
    return found.fetchone() is not None


def _is_small(conn: Connection[Any], indexes: frozenset[str]) -> bool:
    found = conn.cursor(row_factory=tuple_row).execute(
        "select min(t.reltuples) from pg_catalog.pg_class as i join pg_catalog.pg_index as x on x.indexrelid = i.oid "
        "join pg_catalog.pg_class as t on t.oid = x.indrelid where i.relname = any(%s)",
        [list(indexes)],
    )
    row = found.fetchone()
    return row is not None and row[0] is not None and row[0] < SMALL


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _first_columns(conn: Connection[Any], nodes: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The first column of each btree index in a plan, where that is a column and no expression."""
    found = conn.cursor(row_factory=tuple_row).execute(
        "select c.relname, a.attname from pg_catalog.pg_class as c "
        "join pg_catalog.pg_index as i on i.indexrelid = c.oid join pg_catalog.pg_am as m on m.oid = c.relam "
        "join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] "
        "where m.amname = 'btree' and c.relname = any(%s)",
        [[node["Index Name"] for node in nodes if "Index Name" in node]],
    )
    return dict(found.fetchall())


def _is_sought(node: dict[str, Any], firsts: dict[str, str]) -> bool:
    """Whether a scan of an index begins at its first column, or walks it in its order.

    Where nothing but an index may be read, the server also reads one from end to end: no large table would be.
    """
    condition, first = node.get("Index Cond"), firsts.get(node["Index Name"])
    return condition is None or first is None or re.search(rf"\b{re.escape(first)}\b", condition) is not None


def _step(node: dict[str, Any]) -> str:
    kind = node["Node Type"]
    if "Index Name" in node:
        on = f" on {node['Relation Name']}" if "Relation Name" in node else ""
        return f"{kind} using {node['Index Name']}{on}"
    if "Relation Name" in node and kind.endswith("Scan"):
        return f"{kind} on {node['Relation Name']}"
    return f"{kind} by {', '.join(node['Sort Key'])}" if "Sort Key" in node and "Sort" in kind else ""
