"""``exchange-db check``."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from exchange_db.check.report import Report
from exchange_db.check.run import check
from exchange_db.errors import ExchangeError

__all__ = ["check_command"]

DISAGREE = 1
"""The exit status where there are faults; trouble with arguments and databases is the command line's own 2."""

_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check_command(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODULE",
            show_default=False,
            help="Modules or packages, by name or path; a folder of .sql files stands for the module beside it. "
            "None: this library's own functions.",
        ),
    ] = None,
    *,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help="The migrated database, as a URL or in libpq's key=value form.",
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or as annotations of GitHub.")
    ] = Format.TEXT,
    hints: Annotated[bool, typer.Option("--hints/--no-hints", help="Show hints as well as faults.")] = True,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from, as a traceback.")] = False,
) -> None:
    """Compare functions with a migrated database, without running them.

    Parameters, columns, types, values of enums, NULL, the number of rows,
    indexes, and what people get burnt by. The exit status is 0 where all
    agrees, 1 where there are faults, and 2 where nothing could be checked.

    Without a URL the database is that of libpq's variables, where one is set:
    PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSERVICE and so on. Else
    it is a private server of this machine's PostgreSQL, with the migrations
    of this library alone.

    [bold]Examples[/]
      exchange-db check
      exchange-db check myapp.queries --database postgresql://localhost/shop
      exchange-db check src/myapp/sql/orders --format github
    """
    del debug  # it is for whoever tells the errors
    try:
        report = check(*(targets or ()), db=_database(database))
    except (ImportError, TypeError, ValueError) as error:
        raise ExchangeError(f"nothing to check: {error}") from error
    typer.echo(_rendered(report if hints else report.without_hints(), form))
    raise typer.Exit(0 if report.ok else DISAGREE)


def _database(url: str | None) -> str | None:
    if url is not None:
        return url
    return "" if any(os.environ.get(name) for name in _LIBPQ) else None


def _rendered(report: Report, form: Format) -> str:
    if form is Format.JSON:
        return report.json()
    return report.github() if form is Format.GITHUB else str(report)


asked_database = _database
"""What ``--database`` means, for the other commands."""
