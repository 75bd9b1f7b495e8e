"""The pytest plugin of exchange_db: databases, connections and pools for an application's tests.

It lies beside the package and not in it, because pytest imports the plugins of everything that is installed: this
module costs a millisecond, and the library is imported when the first test asks for one of the fixtures.
``docs/testing.md`` shows them at work.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractAsyncContextManager

    from psycopg import AsyncConnection, Connection
    from psycopg_pool import ConnectionPool

    from exchange_db.pool import open_async_pool
    from exchange_db.testing.databases import Server

_SETTINGS = {
    "source": "where the test databases are: url, container or local (default: the first that is there)",
    "url": "a server whose role may create databases and extensions",
    "image": "the image of the container (default: PostGIS's own)",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("exchange_db", "test databases of exchange_db")
    for name, text in _SETTINGS.items():
        group.addoption(f"--exchange-db-{name}", default="", help=text)
        parser.addini(f"exchange_db_{name}", default="", help=text)


def setting(config: pytest.Config, name: str) -> str:
    """The command line's word, else the environment's (``EXCHANGE_DB_TEST_…``), else the configuration file's."""
    variable = os.environ.get(f"EXCHANGE_DB_TEST_{name.upper()}")
    return str(config.getoption(f"exchange_db_{name}") or variable or config.getini(f"exchange_db_{name}"))


# --- the server and its template, once for each process that runs tests ----------------------------------------------


@pytest.fixture(scope="session")
def exchange_server_url(pytestconfig: pytest.Config) -> str:
    """The URL of a server to make the test databases on; empty: none is given. Override it to give one."""
    return setting(pytestconfig, "url")


@pytest.fixture(scope="session")
def exchange_server(pytestconfig: pytest.Config, exchange_server_url: str) -> Generator[Server]:
    """The server of the test databases: started, where there is none, when the first test asks for it."""
    from exchange_db.testing.databases import new_run, open_server
    from exchange_db.testing.sources import Source

    capture: Any = pytestconfig.pluginmanager.getplugin("capturemanager")

    def notify(text: str) -> None:
        with capture.global_and_fixture_disabled():  # otherwise pytest shows it only if the test fails
            print(f"\n{text}")

    source = Source(setting(pytestconfig, "source"), exchange_server_url, setting(pytestconfig, "image"))
    worker: dict[str, str] = getattr(pytestconfig, "workerinput", {})  # of pytest-xdist
    with source.server(notify) as conninfo:
        run = worker["testrunuid"][:8] if worker else new_run()
        with open_server(conninfo, run, worker.get("workerid", "main")) as server:
            yield server


@pytest.fixture(scope="session")
def exchange_migrate() -> Callable[[str], None]:
    """What else the template needs, given its URL: nothing. Override it to apply your own migrations."""
    return lambda url: None


@pytest.fixture(scope="session")
def exchange_template(exchange_server: Server, exchange_migrate: Callable[[str], None]) -> str:
    """The name of the migrated database that the others are copies of. Not to be connected to."""
    return exchange_server.template(exchange_migrate)


# --- databases, connections and pools --------------------------------------------------------------------------------


@pytest.fixture
def exchange_database(exchange_server: Server, exchange_template: str) -> Generator[str]:
    """The URL of a migrated, empty database for this test alone."""
    with exchange_server.database(exchange_template) as name:
        yield exchange_server.url(name)


@pytest.fixture(scope="session")
def exchange_shared_database(exchange_server: Server, exchange_template: str) -> Generator[str]:
    """The URL of a migrated database for all tests that leave nothing behind: ``exchange_conn`` is one to it."""
    with exchange_server.database(exchange_template) as name:
        yield exchange_server.url(name)


@pytest.fixture
def exchange_conn(exchange_shared_database: str) -> Generator[Connection[Any]]:
    """A connection in a transaction that is undone after the test; a transaction of the test's is a savepoint."""
    from exchange_db.testing.databases import rolled_back

    with rolled_back(exchange_shared_database) as conn:
        yield conn


@pytest.fixture
def exchange_pool(exchange_database: str) -> Generator[ConnectionPool[Any]]:
    """The library's own pool on ``exchange_database``."""
    from exchange_db.pool import open_pool

    with open_pool(exchange_database) as pool:
        yield pool


@pytest.fixture
def exchange_open_async_pool(exchange_database: str) -> Callable[[], open_async_pool]:
    """``async with exchange_open_async_pool() as pool``, in the test's own event loop, on ``exchange_database``."""
    from exchange_db.pool import open_async_pool

    return lambda: open_async_pool(exchange_database)


@pytest.fixture
def exchange_open_async_conn(
    exchange_shared_database: str,
) -> Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]:
    """``async with exchange_open_async_conn() as conn``: the twin of ``exchange_conn``, undone after the block."""
    from exchange_db.testing.databases import rolled_back_async

    return lambda: rolled_back_async(exchange_shared_database)
