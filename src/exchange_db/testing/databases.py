"""The databases of one test run on one server: the template, its copies, and what a killed run has left.

Each database is named ``exchange_db_test_<run>_…``. As long as a run lives it holds an advisory lock of its own, which
every role sees in ``pg_locks`` and which goes with its connection however the run ends: so a later run knows which
databases belong to nobody any more, and drops these. The processes of one run (pytest-xdist) share the template if
they share the server, and the last one to leave drops it.
"""

import os
import re
import secrets
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import AsyncConnection, Connection, sql
from psycopg.conninfo import conninfo_to_dict

from exchange_db.migrations import migrate

__all__ = ["Server", "new_run", "open_server", "rolled_back", "rolled_back_async"]

_PREFIX = "exchange_db_test_"
_NAME = re.compile(_PREFIX + r"([0-9a-f]{8})_")
_RUNS, _TEMPLATES = 0x65786462, 0x65786474
"""The first halves of the locks' keys ("exdb", "exdt"); the second half is the run."""


def new_run() -> str:
    """The name of a new run: eight hexadecimal digits."""
    return secrets.token_hex(4)


@dataclass(frozen=True)
class Server:
    """A server for tests, reached as ``conninfo`` by a role that may create databases and extensions."""

    conninfo: str
    run: str
    process: str
    """The process among those of one run."""
    connection: Connection[Any]
    """In autocommit, and open for as long as the run lives: a new one for each statement is a backend more to start."""
    numbers: "count[int]" = field(default_factory=count)
    ended: list[str] = field(default_factory=list[str])
    """Databases that are no longer needed."""

    @property
    def prefix(self) -> str:
        """What the names of this process's databases begin with."""
        return f"{_PREFIX}{self.run}_{self.process}"

    def url(self, dbname: str) -> str:
        """The URL of another database of this server."""
        parameters = {**conninfo_to_dict(self.conninfo), "dbname": dbname}
        return f"postgresql:///?{urlencode(parameters, quote_via=quote)}"

    def execute(self, statement: str, **names: str) -> list[tuple[Any, ...]]:
        """Run a statement with ``{identifiers}`` outside of any test's database."""
        query = sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()})  # pyright: ignore[reportArgumentType] # only literals come here
        cursor = self.connection.execute(query, prepare=False)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Generator[str]:
        """A new database, by its name; dropped, whoever is connected to it, when the next is made or the run ends.

        Not at once: the server waits a tenth of a second for backends that are about to leave.
        """
        while self.ended:
            self.execute("drop database if exists {name} with (force)", name=self.ended.pop())
        name = f"{self.prefix}_{next(self.numbers)}"
        self._create(name, template)
        try:
            yield name
        finally:
            self.ended.append(name)

    def template(self, then: Callable[[str], None] = lambda url: None) -> str:
        """The name of an empty database with all migrations applied, and what ``then`` does to its URL; made once."""
        if given := os.environ.get("EXCHANGE_DB_TEST_TEMPLATE"):  # a run within a run
            return given
        name = f"{_PREFIX}{self.run}_template"
        with self.alone():
            if name not in self._databases():
                unfinished = f"{name}_new"  # never taken for whole, should this process be killed
                self.execute("drop database if exists {name} with (force)", name=unfinished)
                self._create(unfinished, "template1")
                migrate(self.url(unfinished))
                then(self.url(unfinished))
                self.execute("alter database {old} rename to {new}", old=unfinished, new=name)
        return name

    def open_connections(self, name: str) -> list[str]:
        """The last statement of each client that is connected to a database."""
        rows = self.execute(
            "select datname, query from pg_stat_activity where datname is not null and backend_type = 'client backend'"
        )
        return [query for database, query in rows if database == name]

    def drop_left_over(self) -> None:
        """Drop the databases of runs that are no more, this one's own included once its lock is gone."""
        found = self._databases()  # looked for before the locks are: a run takes its lock first
        alive = self._runs()
        for name in found:
            if (run := _NAME.match(name)) and run[1] not in alive:
                with suppress(psycopg.Error):  # another role's, or another process was faster
                    self.execute("drop database if exists {name} with (force)", name=name)

    @contextmanager
    def alone(self) -> Generator[None]:
        """No other process of this run is in such a block."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(%s, %s)", [_TEMPLATES, _signed(self.run)])
            yield

    def _create(self, name: str, template: str) -> None:
        # Without fsync, for a database of this size, twice as fast as the default (and unknown before 15).
        strategy = "strategy file_copy" if self._version >= 150_000 else ""
        self.execute(f"create database {{name}} template {{template}} {strategy}", name=name, template=template)

    @cached_property
    def _version(self) -> int:
        ((version,),) = self.execute("select current_setting('server_version_num')::int")
        return int(version)

    def _databases(self) -> list[str]:
        return [name for (name,) in self.execute("select datname from pg_database") if _NAME.match(name)]

    def _runs(self) -> set[str]:
        """The runs whose locks are held, in whichever database of the server."""
        held = self.execute(
            "select classid::bigint, objid::bigint from pg_locks where locktype = 'advisory' and objsubid = 2"
        )
        return {f"{run:08x}" for kind, run in held if kind == _RUNS}


@contextmanager
def open_server(conninfo: str, run: str, process: str) -> Generator[Server]:
    """A server for one process of a run; what killed runs have left on it goes."""
    with psycopg.connect(conninfo, autocommit=True) as alive:
        server = Server(conninfo, run, process, alive)
        alive.execute("select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout'")
        alive.execute("select pg_advisory_lock_shared(%s, %s)", [_RUNS, _signed(run)])
        server.drop_left_over()
        try:
            yield server
        finally:
            with server.alone():
                alive.execute("select pg_advisory_unlock_shared(%s, %s)", [_RUNS, _signed(run)])
                server.drop_left_over()


def _signed(run: str) -> int:
    """The run as the server's ``integer``."""
    return int.from_bytes(bytes.fromhex(run), signed=True)


@contextmanager
def rolled_back(url: str) -> Generator[Connection[Any]]:
    """A connection in a transaction that is undone at the end."""
    with Connection[Any].connect(url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        yield conn


@asynccontextmanager
async def rolled_back_async(url: str) -> AsyncGenerator[AsyncConnection[Any]]:
    """The same for asyncio."""
    async with await AsyncConnection[Any].connect(url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        yield conn
