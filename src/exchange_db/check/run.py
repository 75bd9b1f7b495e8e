"""The check of all functions on one database."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from exchange_db.check.examination import examine
from exchange_db.check.report import Comparison, Finding, Report, Severity
from exchange_db.check.subject import Database, Subject
from exchange_db.check.targets import AnyQuery, Target, Targets, find_targets
from exchange_db.engine.faults import Fault
from exchange_db.errors import Forbidden, MigrationError, Unavailable
from exchange_db.local_server import temporary_server
from exchange_db.migrations import migrate
from exchange_db.resources import QUERIES

__all__ = ["OWN_DOMAINS", "check"]

DB: TypeAlias = str | Connection[Any] | ConnectionPool[Any] | None

OWN_DOMAINS = tuple(
    f"exchange_db.{name}"
    for name in ("accounts", "matching", "messaging", "places", "profiles", "sales", "skills", "study")
)


def check(*targets: Target, db: DB = None) -> Report:
    """Compare functions with a migrated database, without executing one of them.

    ``targets`` are modules, packages, folders made by ``sql_folder``, functions, and names or paths of modules; none:
    this library's own eight domains. ``db`` is a connection string, a connection, which stays as it is, or a pool;
    ``None``: a private server with this library's migrations, for the time of the check.

    Raises ``Unavailable`` where the database cannot be reached, ``MigrationError`` where it lacks this library's schema
    and that is asked for, ``Forbidden`` where the role may not look, ``TypeError`` and ``ValueError`` for targets that
    are none. Everything else is in the report.
    """
    start = time.monotonic()
    found = find_targets(targets or OWN_DOMAINS)
    with _connection(db) as conn, conn.transaction(force_rollback=True):
        functions = sorted(found.functions.values(), key=lambda function: function.name)
        _check_schema(conn, functions)
        database = Database(conn)
        subjects = [examine(database, function) for function in functions]
    return _report(found, subjects, time.monotonic() - start)


@contextmanager
def _connection(db: DB) -> Generator[Connection[Any]]:
    if isinstance(db, Connection):
        status = db.pgconn.transaction_status
        if db.closed or status == TransactionStatus.INERROR:
            raise Unavailable("the connection is closed, or its transaction has failed: give one that works")
        yield db
    elif isinstance(db, ConnectionPool):
        with db.connection() as conn:
            yield conn
    elif db is None:
        with temporary_server() as server:
            migrate(server.conninfo())
            with psycopg.connect(server.conninfo(), autocommit=True) as conn:
                yield conn
    else:
        with _connected(db) as conn:
            yield conn


def _connected(conninfo: str) -> Connection[Any]:
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database cannot be reached: {str(error).strip()}") from error
    except psycopg.ProgrammingError as error:
        raise Unavailable(f"no connection string: {str(error).strip()}") from error


def _check_schema(conn: Connection[Any], functions: Sequence[AnyQuery]) -> None:
    """One sentence instead of a hundred: a database without our schema, a role that may not use it."""
    if not any(function.path.is_relative_to(QUERIES) for function in functions):
        return
    cursor = Cursor(conn, row_factory=tuple_row)
    row = cursor.execute(
        "select to_regnamespace('exchange') is not null, "
        "coalesce(has_schema_privilege(to_regnamespace('exchange')::oid, 'usage'), true)"
    ).fetchone()
    has_schema, may_use = row or (False, False)
    if not has_schema:
        database = conn.info.dbname
        raise MigrationError(f"the database {database} has no schema exchange: run `exchange-db migrate` first")
    if not may_use:
        raise Forbidden(f"the role {conn.info.user} has no privilege on the schema exchange: grant it usage")


def _report(found: Targets, subjects: Sequence[Subject], seconds: float) -> Report:
    findings = [_declaration_finding(fault) for fault in found.faults]
    needed = {slot for subject in subjects for slot in subject.needed}
    for subject in subjects:
        needless = [_shared(finding) if slot in needed else finding for slot, finding in subject.needless.items()]
        findings += sorted(
            [*subject.findings, *needless], key=lambda finding: (finding.line, finding.column or 0, finding.severity)
        )
    return Report(
        findings=tuple(findings),
        functions=len(subjects),
        statements=sum(len(subject.function.file.variants) for subject in subjects),
        seconds=seconds,
        asserted=tuple((subject.function.name, text) for subject in subjects for text in subject.asserted),
        notes=tuple(dict.fromkeys(note for subject in subjects for note in subject.notes)),
        tables={subject.function.name: table for subject in subjects if (table := _table(subject))},
    )


def _shared(finding: Finding) -> Finding:
    """A field that is optional without need here, and needed elsewhere."""
    hint = "another function needs it so: a record of this function's own could promise more"
    return replace(finding, patch="", hint=hint)


def _table(subject: Subject) -> tuple[Comparison, ...]:
    """All columns, or all parameters, side by side where one of them does not fit."""
    tables = (tuple(subject.parameters.values()), tuple(subject.columns.values()))
    return tuple(row for table in tables if not all(row.fits for row in table) for row in table)


def _declaration_finding(fault: Fault) -> Finding:
    problem, hint = fault.problem, fault.hint or ""
    return Finding("", "declaration", Severity.ERROR, fault.path, fault.line, fault.column, problem, hint=hint)


connected = _connection
"""The connection that a caller means, for the other commands."""
