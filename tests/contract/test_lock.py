"""The library's own functions agree with its own schema, and their locks say so."""

from pathlib import Path

import psycopg

from exchange_db.lock import check_offline, compare_locks, gate_migrations, verify_schema
from exchange_db.lock.files import FOLDER, lock_path
from exchange_db.resources import QUERIES


def test_the_code_is_what_was_locked() -> None:
    """Every query has its lock, of this statement and declaration; no server is asked. To mend: exchange-db lock."""
    check_offline().assert_ok()


def test_every_function_and_its_lock_agree_with_the_schema(database_url: str) -> None:
    """On the real schema ``check`` finds no fault, and no hint but at fields that another function of the same record
    needs to be optional; ``lock`` would write the same. To mend the locks: exchange-db lock."""
    report = compare_locks(db=database_url)
    report.assert_ok()
    assert report.functions > 130
    assert {hint.code for hint in report.hints} <= {"needless-optional"}


def test_the_queries_survive_the_migrations(conn: psycopg.Connection) -> None:
    """The gate of migrations lets our own locks through on our own schema, and stops them where a column is gone."""
    gate_migrations(QUERIES, db=conn).assert_ok()
    conn.execute("alter table exchange.playgrounds drop column description")
    report = gate_migrations(QUERIES / "places", db=conn)
    assert "places.get_playground" in {finding.function for finding in report.faults}


def test_the_schema_is_what_the_locks_need(conn: psycopg.Connection) -> None:
    """An application that asks at its start gets no error."""
    verify_schema(conn)


def test_locks_and_queries_are_the_same_set() -> None:
    """A file for each, beside it, and nothing else there."""
    queries = sorted(QUERIES.glob("*/*.sql"))
    assert sorted(QUERIES.glob(f"*/{FOLDER}/*")) == sorted(map(lock_path, queries))
    assert lock_path(Path("places/get_it.sql")) == Path("places/lock/get_it.json")
