"""The plan of a statement for people, and the locks on tables that it takes: planned, measured, rolled back."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from exchange_db.engine.sqlfile import Statement

__all__ = ["plan_and_locks"]

_HELD = """
select c.oid::regclass::text, l.mode
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c on c.oid = l.relation
where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
order by 1, 2
"""
_SMALLEST = """
select min(c.reltuples)
from pg_catalog.pg_class as c
where c.oid in (
  select l.relation from pg_catalog.pg_locks as l where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation'
) and c.relkind = 'r' and c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
"""


def plan_and_locks(
    conn: Connection[Any], file: Statement, types: Sequence[int]
) -> tuple[list[str], list[tuple[str, str]], float]:
    """The lines of the generic plan; tables and lock modes; and how many rows the smallest of the tables has (-1: it
    was never analysed). In a transaction that is open: to plan a statement takes the locks that running it would."""
    cursor = conn.cursor(row_factory=tuple_row)
    with conn.transaction(force_rollback=True):
        before = set(cursor.execute(_HELD).fetchall())
        cursor.execute("set local plan_cache_mode = force_generic_plan")
        cursor.execute(
            "select format_type(coalesce(nullif(t.typbasetype, 0), t.oid), t.typtypmod) "
            "from unnest(%s::oid[]) with ordinality as o (oid, n) join pg_catalog.pg_type as t using (oid) order by n",
            [list(types)],
        )
        names = [row[0] for row in cursor]
        declared, given = (f"({', '.join(each)})" if names else "" for each in (names, ["null"] * len(names)))
        cursor.execute(f"prepare exchange_db_show{declared} as ".encode() + file.text)
        plan = [row[0] for row in cursor.execute(f"explain execute exchange_db_show{given}".encode())]
        locks = [each for each in cursor.execute(_HELD) if each not in before]
        smallest = cursor.execute(_SMALLEST).fetchone()
        cursor.execute("deallocate exchange_db_show")
    return plan, locks, -1.0 if smallest is None or smallest[0] is None else smallest[0]
