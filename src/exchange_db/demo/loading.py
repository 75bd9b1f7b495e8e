"""Sample data into an empty database, by COPY."""

from collections.abc import Callable

import psycopg
from psycopg import Connection, sql

from exchange_db.demo.sample import SampleTable

__all__ = ["Progress", "load_if_empty"]

Progress = Callable[[str, int], None]
"""Told again and again: a table's name, and how many of its rows are there."""

_REPORT_EVERY = 500  # rows


def load_if_empty(conninfo: str, make: Callable[[], list[SampleTable]], progress: Progress) -> bool:
    """Load the tables that ``make`` returns; False, and nothing done, where there are users already.

    All in one transaction: a load that was interrupted has left nothing behind, and of two that start at once the
    second waits and finds the database loaded.
    """
    with psycopg.connect(conninfo) as connection:
        connection.execute("lock table exchange.users in share row exclusive mode")
        if connection.execute("select from exchange.users limit 1").fetchone() is not None:
            return False
        tables = make()
        for table in tables:
            _copy(connection, table, progress)
        _settle(connection)
    return True


def _copy(connection: Connection, table: SampleTable, progress: Progress) -> None:
    if not table.rows:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier("exchange", table.name), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for done, row in enumerate(table.rows):
            if done % _REPORT_EVERY == 0:
                progress(table.name, done)
            copy.write_row(row)
    progress(table.name, len(table.rows))


def _settle(connection: Connection) -> None:
    """What COPY leaves undone: the next ids, and the statistics from which plans are made.

    Of all tables: triggers have filled some that the sample data does not name.
    """
    identities = connection.execute(
        "select pg_class.relname, pg_attribute.attname from pg_attribute"
        " inner join pg_class on pg_attribute.attrelid = pg_class.oid"
        " where pg_class.relnamespace = 'exchange'::regnamespace and pg_class.relkind = 'r' and attidentity <> ''"
    ).fetchall()
    for table, column in identities:  # of no rows there is no greatest id, and setval does nothing
        connection.execute(
            sql.SQL("select setval(pg_get_serial_sequence({}, {}), max({})) from {}").format(
                f"exchange.{table}", column, sql.Identifier(column), sql.Identifier("exchange", table)
            )
        )
    tables = connection.execute("select tablename from pg_tables where schemaname = 'exchange'").fetchall()
    names = sql.SQL(", ").join(sql.Identifier("exchange", table) for (table,) in tables)
    connection.execute(sql.SQL("analyze {}").format(names))
