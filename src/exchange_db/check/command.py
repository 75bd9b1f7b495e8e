"""``exchange-db check``."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from exchange_db.check.report import Report
from exchange_db.check.run import check
from exchange_db.errors import ExchangeError
from exchange_db.lock.offline import check_offline

__all__ = [
    "DISAGREE",
    "Database",
    "Debug",
    "Form",
    "Format",
    "Hints",
    "Modules",
    "check_command",
    "given_database",
    "rendered",
]

DISAGREE = 1
"""The exit status where there are faults; trouble with arguments and databases is the command line's own 2."""

_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


Modules = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODULE",
        show_default=False,
        help="Modules or packages, by name or path; a folder of .sql files stands for the module beside it. "
        "None: this library's own functions.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        show_default=False,
        help="The migrated database, as a URL or in libpq's key=value form.",
    ),
]
Form = Annotated[Format, typer.Option("--format", help="For people, for programs, or as annotations of GitHub.")]
Hints = Annotated[bool, typer.Option("--hints/--no-hints", help="Show hints as well as faults.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from, as a traceback.")]


def check_command(
    targets: Modules = None,
    *,
    database: Database = None,
    offline: Annotated[bool, typer.Option("--offline", help="Compare with the locks; no database is asked.")] = False,
    form: Form = Format.TEXT,
    hints: Hints = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where there are hints, too.")] = False,
    debug: Debug = False,
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
      exchange-db check myapp.queries --offline
    """
    del debug  # it is for whoever tells the errors
    try:
        if offline:
            if database is not None:
                raise ExchangeError("--offline asks no database: leave out the URL, or --offline")
            report = check_offline(*(targets or ()))
        else:
            report = check(*(targets or ()), db=given_database(database))
    except (ImportError, TypeError, ValueError) as error:
        raise ExchangeError(f"nothing to check: {error}") from error
    typer.echo(rendered(report if hints else report.without_hints(), form))
    raise typer.Exit(0 if report.ok and not (strict and report.hints) else DISAGREE)


def given_database(url: str | None) -> str | None:
    """What was given, or libpq's variables say; ``None``: nothing."""
    if url is not None:
        return url
    return "" if any(os.environ.get(name) for name in _LIBPQ) else None


def rendered(report: Report, form: Format) -> str:
    """The report in one of the formats."""
    if form is Format.JSON:
        return report.json()
    return report.github() if form is Format.GITHUB else str(report)
