"""Where contenders meet: one server, databases with the library's tables, one event loop, and the size of the run."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from exchange_db.local_server import NOT_DURABLE, temporary_server
from exchange_db.testing.databases import Server, new_run, open_server

__all__ = ["FULL", "QUICK", "SMOKE", "Lab", "Size", "open_lab", "settle"]

SETTINGS = {
    **NOT_DURABLE,
    "autovacuum": "off",  # each case runs vacuum and analyze when its data is there; later they would only disturb
    "max_wal_size": "4GB",  # no checkpoint falls into anybody's turn
}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    name: str
    turns: int
    """Of each contender; the report has their median."""
    turn_s: float
    """How long a turn of ours lasts, in seconds; 0: one call."""
    warm_up: int
    """Calls of each contender before the first turn; psycopg prepares at the sixth by itself."""
    most_rows: int
    """No table of a case gets more rows than this."""
    grown: tuple[int, ...]
    """The rows of tables as they grow; the last is also how many profiles are searched."""

    def rows(self, full: int) -> int:
        """How many rows a table gets that has ``full`` of them at full size."""
        return min(full, self.most_rows)


FULL = Size("full", turns=31, turn_s=0.1, warm_up=20, most_rows=10_000_000, grown=(10_000, 100_000, 1_000_000))
QUICK = Size("quick", turns=7, turn_s=0.03, warm_up=8, most_rows=100_000, grown=(10_000, 100_000))
SMOKE = Size("smoke", turns=1, turn_s=0, warm_up=0, most_rows=50, grown=(400, 800))


@dataclass(frozen=True)
class Lab:
    """What a case gets."""

    server: Server
    size: Size
    runner: asyncio.Runner
    """The event loop of all asynchronous contenders."""

    @contextmanager
    def database(self) -> Generator[str]:
        """The URL of a new database with all migrations applied and no rows; it goes with the block."""
        with self.server.database(self.server.template()) as name:
            yield self.server.url(name)


@contextmanager
def open_lab(size: Size, url: str | None = None) -> Generator[Lab]:
    """A lab on a private server of its own, or on the one that ``url`` names, in databases of its own.

    The role of ``url`` may create databases and extensions.
    """
    if url is None:
        with temporary_server(SETTINGS) as private, open_lab(size, private.conninfo()) as lab:
            yield lab
    else:
        with open_server(url, new_run(), "bench") as server, asyncio.Runner() as runner:
            yield Lab(server, size, runner)


def settle(url: str) -> None:
    """What a database needs once its rows are there: statistics, and a map of what is visible to all."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
        conn.execute("checkpoint")
