"""The guided tour: real calls on real data, one step each.

The body of each step is shown as it stands in its module, so it is written to be read in a terminal of 80 columns.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import Connection
from rich.console import Console

from exchange_db import accounts
from exchange_db.demo.stage import Stage
from exchange_db.demo.tour import learning, matching, own_sql, people, places, shop
from exchange_db.demo.tour.people import GUEST

__all__ = ["GUEST", "STEPS", "run_tour"]

STEPS = people.STEPS + places.STEPS + matching.STEPS + learning.STEPS + shop.STEPS + own_sql.STEPS


def run_tour(url: str, console: Console, between: Callable[[], object] = lambda: None) -> None:
    """Play all steps on a database with the sample data, and leave it as it was; ``between`` is called after each."""
    with TemporaryDirectory(prefix="tour-") as name, _importable(Path(name)) as folder, _nothing_left(url):
        stage = Stage(console, folder, url=url)
        try:
            for step in STEPS:
                stage.play(step)
                between()
        finally:
            if "pool" in stage.names:
                stage.names["pool"].close()


@contextmanager
def _nothing_left(url: str) -> Generator[None]:
    """What the tour makes is not there before, nor after: also where an earlier tour was killed."""
    with psycopg.connect(url, autocommit=True) as connection:
        _forget(connection)
        try:
            yield
        finally:
            _forget(connection)


def _forget(connection: Connection) -> None:
    if guest := accounts.find_user_by_email(connection, email=GUEST):
        accounts.delete_user(connection, user_id=guest.user_id)
    shop.forget_sales(connection)


@contextmanager
def _importable(folder: Path) -> Generator[Path]:
    """Modules in the folder can be imported, and are forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for path in folder.glob("*.py"):
            sys.modules.pop(path.stem, None)
