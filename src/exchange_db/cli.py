"""The command line: ``exchange-db --help``."""

import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, LiteralString

import psycopg
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange_db import migrations
from exchange_db.check.command import check_command
from exchange_db.demo import demo_folder, run_demo, stop_demo
from exchange_db.errors import ExchangeError
from exchange_db.migrations import MigrationStatus
from exchange_db.scaffold.command import new_command
from exchange_db.show.command import show_command

__all__ = ["app"]

UP_TO_DATE, PENDING, ERROR, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses; the last is what shells report for Ctrl-C."""

app = typer.Typer(
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="No database at hand? [bold]exchange-db demo[/] brings its own.",
)

Url = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        show_default=False,
        help="postgresql://user@host/name, or libpq's key=value form. What it leaves out, or all of it, comes from "
        "libpq's variables: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSERVICE and so on.",
    ),
]
_DEMO_FOLDER = demo_folder()
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from, as a traceback.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"exchange-db {version('exchange-db')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Typed SQL on PostgreSQL and PostGIS: set up a database for exchange_db, look at one, take the tour."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a name shows a question mark
            stream.reconfigure(errors="replace")


# --- a database of yours ---------------------------------------------------------------------------------------------


@app.command(rich_help_panel="A database of yours")
def migrate(
    url: Url = "",
    *,
    rollback: Annotated[
        int | None,
        typer.Option(
            "--rollback",
            metavar="N",
            min=1,
            show_default=False,
            help="Undo the last N migrations instead, with the data in their tables. Asks twice.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Apply the migrations that a database does not have yet.

    Each one is applied whole or not at all, and calls at the same time wait
    for each other. The database must exist; PostGIS is installed into it
    where it is missing.

    [bold]Examples[/]
      exchange-db migrate postgresql://localhost/shop
      PGDATABASE=shop exchange-db migrate
      exchange-db migrate "service=shop" --rollback 1
    """
    with _clear_errors(debug):
        if rollback is not None:
            _roll_back(url, rollback)
            return
        applied = migrations.migrate(url)
        for name in applied:
            typer.echo(f"applied {name}")
        if not applied:
            typer.echo("up to date: there was nothing to apply")


def _roll_back(url: str, count: int) -> None:
    applied = [entry.name for entry in migrations.status(url) if entry.applied_at]
    kept, undone = applied[:-count], applied[-count:]
    if not undone:
        typer.echo("no migration is applied: there is nothing to undo")
        return
    database = _look(url, "select current_database()")[0][0]
    typer.echo(f"This deletes from the database {database} everything that these migrations made, data included:")
    for name in reversed(undone):
        typer.echo(f"  {name}")
    typer.confirm("Is there a backup, or nothing worth keeping?", abort=True)
    if typer.prompt("Type the name of the database to go on") != database:
        typer.echo("That is not its name: nothing was changed.")
        raise typer.Exit(ERROR)
    # To a name rather than by count: a rollback by somebody else meanwhile must not make ours reach further down.
    names = migrations.rollback(url, to=kept[-1]) if kept else migrations.rollback(url, count=len(undone))
    for name in names:
        typer.echo(f"undid {name}")


@app.command(rich_help_panel="A database of yours")
def status(url: Url = "", *, debug: Debug = False) -> None:
    """Show what a database has: migrations, versions, tables.

    Only reads. The exit status is 0 where all migrations are applied, 1 where
    some are pending, and 2 where one was changed after it was applied, or
    where the database cannot be asked.

    [bold]Examples[/]
      exchange-db status postgresql://localhost/shop
      exchange-db status || exchange-db migrate
    """
    with _clear_errors(debug):
        entries = migrations.status(url)
        console = _console()
        for line in _look(url, _SERVER)[0]:
            console.print(line, highlight=False)
        console.print(_migrations_table(entries))
        if tables := _look(url, _TABLES):
            console.print(_tables_table(tables))
        exit_status, verdict = _verdict(entries)
        console.print(f"[{'green' if exit_status == UP_TO_DATE else 'red'}]{verdict}[/]", highlight=False)
    raise typer.Exit(exit_status)


_SERVER = """
select
  format('database %s, as %s', current_database(), current_user),
  format('PostgreSQL %s, PostGIS %s', current_setting('server_version'), coalesce(
    (select extversion from pg_catalog.pg_extension where extname = 'postgis'), 'not installed'
  ))
"""
_TABLES = """
select
  c.relname,
  to_char(coalesce(nullif(c.reltuples::bigint, -1), s.n_live_tup), 'FM999,999,999,999'),
  pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size(c.oid))
from pg_catalog.pg_class as c
left join pg_catalog.pg_stat_user_tables as s on s.relid = c.oid
where c.relnamespace = to_regnamespace('exchange') and c.relkind in ('r', 'p')
order by c.relname
"""
"""The planner's estimate of rows, or the statistics' where the table was never analyzed: no table is read."""


def _look(url: str, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def _migrations_table(entries: list[MigrationStatus]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("migration", "state", "applied at (UTC)"):
        table.add_column(heading)
    for entry in entries:
        state = _state(entry)
        applied_at = f"{entry.applied_at:%Y-%m-%d %H:%M:%S}" if entry.applied_at else ""
        table.add_row(entry.name, Text(state, "green" if state == "applied" else "yellow"), applied_at)
    return table


def _state(entry: MigrationStatus) -> str:
    if not entry.known:
        return "applied by another version"
    if entry.changed:
        return "changed since applied"
    return "applied" if entry.applied_at else "pending"


def _tables_table(tables: list[tuple[Any, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("table")
    table.add_column("rows, about", justify="right")
    table.add_column("size with indexes", justify="right")
    for row in tables:
        table.add_row(*row)
    return table


def _verdict(entries: list[MigrationStatus]) -> tuple[int, str]:
    if any(entry.changed for entry in entries):
        return ERROR, "a migration was changed after it was applied: restore its file"
    if pending := [entry for entry in entries if not entry.applied_at]:
        return PENDING, f"{len(pending)} pending: exchange-db migrate"
    if not all(entry.known for entry in entries):
        return UP_TO_DATE, "up to date, and ahead of this version of exchange_db"
    return UP_TO_DATE, "up to date"


# --- a look around ---------------------------------------------------------------------------------------------------


@app.command(rich_help_panel="A look around")
def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server running at the end.")] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop the server that --keep left running, and no more.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the demo's data first, and load it anew.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Wait for Enter after each step.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the server and its data are.")] = _DEMO_FOLDER,
    debug: Debug = False,
) -> None:
    """Take a guided tour of the library, on a private server with sample data.

    The connection is the demo's own: a PostgreSQL with PostGIS of this machine
    is started in a folder, on a unix socket there, and stopped at the end. No
    port is opened, and no other server or variable is used. The sample data,
    20,000 people and as many playgrounds around real cities, is loaded once.

    What it needs besides PostGIS: pip install 'exchange-db\\[demo]'

    [bold]Examples[/]
      exchange-db demo
      exchange-db demo --keep
      exchange-db demo --stop
    """
    with _clear_errors(debug):
        if stop:
            stopped = stop_demo(folder)
            typer.echo(f"stopped the server in {folder}" if stopped else f"no server was running in {folder}")
            return
        run_demo(folder, _console(), keep=keep, fresh=fresh, between=_wait_for_enter if pause else lambda: None)


def _wait_for_enter() -> None:
    typer.prompt("Enter goes on", default="", show_default=False, prompt_suffix=" … ")


# --- what every verb does --------------------------------------------------------------------------------------------


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    console.width = min(console.width, 100)  # longer lines are hard to read
    return console


@contextmanager
def _clear_errors(debug: bool) -> Generator[None]:
    """Tell an error in one paragraph and exit with its status."""
    try:
        yield
    except (ExchangeError, psycopg.Error) as error:
        if debug:
            traceback.print_exc()
        _console(stderr=True).print(Text(f"error: {str(error).strip()}", "red"), soft_wrap=True)
        raise typer.Exit(ERROR) from error
    except KeyboardInterrupt:
        _console(stderr=True).print("\ninterrupted: what was not finished is undone")
        raise typer.Exit(INTERRUPTED) from None


def _clearly(command: Callable[..., None]) -> Callable[..., None]:
    """A command of another room, which tells its errors as those above do."""

    @wraps(command)  # its options are read from the signature
    def run(*arguments: Any, debug: bool, **options: Any) -> None:
        with _clear_errors(debug):
            command(*arguments, debug=debug, **options)

    return run


check = app.command("check", rich_help_panel="A database of yours")(_clearly(check_command))
show = app.command("show", rich_help_panel="A database of yours")(_clearly(show_command))
new = app.command("new", rich_help_panel="A database of yours")(_clearly(new_command))


if __name__ == "__main__":
    app(prog_name="exchange-db")
