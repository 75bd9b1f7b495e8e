"""Where the tests get their databases.

A server comes from the first of these that is there, or from the one that ``EXCHANGE_DB_TEST_SOURCE`` names:

``url``        ``EXCHANGE_DB_TEST_URL``: a server of yours, as a role that may create databases and extensions
``container``  a Docker engine: the image ``EXCHANGE_DB_TEST_IMAGE``, by default PostGIS's own
``local``      PostgreSQL with PostGIS as installed on this machine: a private cluster in a temporary folder

On that server one database is made and migrated, and is the template of all others: a copy takes some 30 ms.
"""

import gc
import os
import secrets
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from exchange_db.local_server import NOT_DURABLE, temporary_server
from exchange_db.migrations import migrate

DEFAULT_IMAGE = "postgis/postgis:17-3.5"


@dataclass(frozen=True)
class Server:
    """A server for tests, reached as ``conninfo`` by a role that may create databases and roles."""

    conninfo: str
    prefix: str = field(default_factory=lambda: f"exchange_test_{secrets.token_hex(4)}")
    """What the names of this run's databases begin with."""
    numbers: "count[int]" = field(default_factory=count)

    def url(self, dbname: str) -> str:
        """The URL of another database of this server."""
        parameters = {**conninfo_to_dict(self.conninfo), "dbname": dbname}
        return f"postgresql:///?{urlencode(parameters, quote_via=quote)}"

    def execute(self, statement: str, **names: str) -> list[tuple[Any, ...]]:
        """Run a statement with ``{identifiers}`` as the superuser, outside of any test's database."""
        query = sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()})  # pyright: ignore[reportArgumentType] # only literals come here
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Generator[str]:
        """A new database, dropped at the end; the test fails when it has left a connection to it open."""
        name = f"{self.prefix}_{next(self.numbers)}"
        self.execute(f"create database {{name}} template {{template}} {self._strategy()}", name=name, template=template)
        try:
            yield name
            self._check_connections(name)
        finally:
            self.execute("drop database {name} with (force)", name=name)

    def _strategy(self) -> str:
        # Without fsync, for a database of this size, twice as fast as the default (and unknown before 15).
        ((version,),) = self.execute("select current_setting('server_version_num')::int")
        return "strategy file_copy" if version >= 150_000 else ""

    def _check_connections(self, name: str) -> None:
        deadline = time.monotonic() + 3  # a connection that was just closed takes a moment to end on the server
        while left := self._open_connections(name):
            if time.monotonic() > deadline:
                pytest.fail(f"connections were left open; their last statements: {left}")
            time.sleep(0.02)

    def _open_connections(self, name: str) -> list[str]:
        rows = self.execute(
            "select datname, query from pg_stat_activity where datname is not null and backend_type = 'client backend'"
        )
        return [query for database, query in rows if database == name]


def choose_source() -> str:
    """``url``, ``container`` or ``local``."""
    forced = os.environ.get("EXCHANGE_DB_TEST_SOURCE")
    if forced:
        if forced not in _SOURCES:
            raise pytest.UsageError(f"EXCHANGE_DB_TEST_SOURCE is one of {', '.join(_SOURCES)}, not {forced}")
        return forced
    if os.environ.get("EXCHANGE_DB_TEST_URL"):
        return "url"
    return "container" if _docker_answers() else "local"


def describe_source() -> str:
    """One line for the head of pytest's report."""
    source = choose_source()
    what = {
        "url": "the server of EXCHANGE_DB_TEST_URL",
        "container": f"a container of {_image()}",
        "local": "a private cluster in a temporary folder",
    }
    return f"test databases: {what[source]}"


@contextmanager
def open_server(notify: Callable[[str], None]) -> Generator[Server]:
    """The server of this test session."""
    source = choose_source()
    if source == "container" and (why_not := _pull(_image())):
        if os.environ.get("EXCHANGE_DB_TEST_SOURCE"):
            raise pytest.UsageError(f"the image {_image()} cannot be had: {why_not}")
        notify(f"the image {_image()} cannot be had ({why_not}): a private cluster is used instead")
        source = "local"
    with _SOURCES[source]() as conninfo:
        yield Server(conninfo)


@contextmanager
def migrated_template(server: Server) -> Generator[str]:
    """The name of an empty database with all migrations applied."""
    if name := os.environ.get("EXCHANGE_DB_TEST_TEMPLATE"):  # a run within a run: tests/mutants
        yield name
        return
    with server.database() as name:
        migrate(server.url(name))
        yield name


# --- the three sources -----------------------------------------------------------------------------------


@contextmanager
def _url() -> Generator[str]:
    try:
        yield os.environ["EXCHANGE_DB_TEST_URL"]
    except KeyError:
        raise pytest.UsageError("EXCHANGE_DB_TEST_SOURCE=url needs EXCHANGE_DB_TEST_URL") from None


@contextmanager
def _local() -> Generator[str]:
    with temporary_server() as server:
        yield server.conninfo()


@contextmanager
def _container() -> Generator[str]:
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.config import testcontainers_config

    if not testcontainers_config.ryuk_disabled and _pull(testcontainers_config.ryuk_image):
        # Its helper, which removes the container when the tests are killed, needs an image of its own.
        testcontainers_config.ryuk_disabled = True
    settings = [f"-c {name}={value}" for name, value in NOT_DURABLE.items()]
    container = PostgresContainer(_image(), username="postgres", password="postgres", dbname="postgres", driver=None)
    # Published on loopback only, whatever the engine's default is.
    container.ports["5432"] = ("127.0.0.1",)  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]  # the form that docker-py takes
    with container.with_command(f"postgres {' '.join(settings)}"):
        yield container.get_connection_url()


_SOURCES = {"url": _url, "container": _container, "local": _local}


def _image() -> str:
    return os.environ.get("EXCHANGE_DB_TEST_IMAGE") or DEFAULT_IMAGE


@cache
def _docker_answers() -> bool:
    errors = _docker_errors()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # docker leaves its socket open when nobody answers
        try:
            with _docker(timeout=5) as client:
                return bool(client.ping())
        except errors.DockerException:
            return False
        finally:
            gc.collect()


def _pull(image: str) -> str:
    """Make sure that the engine has an image; why not, if it cannot."""
    errors = _docker_errors()
    with _docker() as client:
        try:
            client.images.get(image)
        except errors.ImageNotFound:
            try:
                client.images.pull(image)
            except errors.DockerException as error:
                return str(error)
    return ""


def _docker_errors() -> Any:
    return import_module("docker.errors")  # which has no type hints


@contextmanager
def _docker(timeout: int = 300) -> Generator[Any]:
    from testcontainers.core.docker_client import DockerClient  # finds the engine as testcontainers will

    with closing(DockerClient(timeout=timeout).client) as client:
        yield client
