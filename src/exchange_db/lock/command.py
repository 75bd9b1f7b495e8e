"""``exchange-db lock`` and ``exchange-db gate``."""

from pathlib import Path
from typing import Annotated

import typer

from exchange_db.check.command import DISAGREE, Database, Debug, Form, Format, Hints, Modules, given_database, rendered
from exchange_db.check.report import Report
from exchange_db.errors import ExchangeError
from exchange_db.lock.gates import gate_migrations, gate_queries
from exchange_db.lock.locking import compare_locks, lock

__all__ = ["gate_migrations_command", "gate_queries_command", "lock_command"]


def lock_command(
    targets: Modules = None,
    *,
    database: Database = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare: exit with 1 where a lock is stale.")] = False,
    form: Form = Format.TEXT,
    hints: Hints = True,
    debug: Debug = False,
) -> None:
    """Write down what check proves, so that it holds without a database.

    One small JSON for each query, in a folder lock beside its .sql file, to be
    committed. check --offline compares code with it. Nothing is written where
    check finds faults: the exit status is 1 then.

    The database is found as check finds it: by the URL, else by libpq's
    variables, PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and so on, else a
    private server with the migrations of this library alone.

    [bold]Examples[/]
      exchange-db lock myapp.queries --database postgresql://localhost/shop
      exchange-db lock --check
    """
    del debug  # it is for whoever tells the errors
    try:
        if check:
            finish(compare_locks(*(targets or ()), db=given_database(database)), form, hints=hints)
        done = lock(*(targets or ()), db=given_database(database))
    except (ImportError, TypeError, ValueError) as error:
        raise ExchangeError(f"nothing to lock: {error}") from error
    if done.report.ok and form is Format.TEXT:
        for path in done.removed:
            typer.echo(f"removed {path}")
        for path in done.written:
            typer.echo(f"wrote {path}")
        typer.echo(f"{done.unchanged} unchanged")
    finish(done.report, form, hints=hints)


def gate_migrations_command(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="LOCKS",
            show_default=False,
            help="The folders with the locks of the version that runs; those below them are taken as well.",
        ),
    ],
    *,
    database: Database = None,
    form: Form = Format.TEXT,
    debug: Debug = False,
) -> None:
    """Will the version that runs survive the new schema?

    The database is one with all new migrations: a private server with those of
    this library, unless a URL or libpq's variables name another. The locks are
    those of the release that runs, from git or from its wheel. The exit status
    is 0 where it survives, and 1 where a query breaks.

    [bold]Examples[/]
      git worktree add /tmp/released v1.4.0
      exchange-db gate migrations /tmp/released/sql/queries
      exchange-db gate migrations /tmp/released/src --database "$NEW_SCHEMA"
    """
    del debug  # it is for whoever tells the errors
    finish(gate_migrations(*folders, db=given_database(database)), form, hints=True)


def gate_queries_command(
    targets: Modules = None,
    *,
    until: Annotated[
        str,
        typer.Option(
            metavar="MIGRATION", show_default=False, help="The last migration that is released, such as 0010."
        ),
    ],
    form: Form = Format.TEXT,
    hints: Hints = True,
    debug: Debug = False,
) -> None:
    """Will the new queries run before the new migrations are applied?

    Checks them on a private server with this library's migrations up to the
    last one released. For a schema of your own it is exchange-db check with a
    database that has it. The exit status is that of check.

    [bold]Examples[/]
      exchange-db gate queries --until 0010
    """
    del debug  # it is for whoever tells the errors
    try:
        report = gate_queries(*(targets or ()), until=until)
    except (ImportError, TypeError, ValueError) as error:
        raise ExchangeError(f"nothing to check: {error}") from error
    finish(report, form, hints=hints)


def finish(report: Report, form: Format, *, hints: bool) -> None:
    """Show a report, and exit with its status."""
    typer.echo(rendered(report if hints else report.without_hints(), form))
    raise typer.Exit(0 if report.ok else DISAGREE)
