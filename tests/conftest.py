"""The suite's fixtures, on those of the plugin that a host's tests get as well (``src/pytest_exchange_db.py``).

Every test that asks for one gets a migrated, empty database of its own, and fails when it leaves a connection
to it open. Asynchronous tests are plain tests that call ``asyncio.run``.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from exchange_db.testing.databases import Server

pytest_plugins = ["pytest_exchange_db"]  # also where the installed plugins are not loaded, as in tests/mutants


def pytest_report_header(config: pytest.Config) -> str:
    import pytest_exchange_db
    from exchange_db.testing.sources import Source

    return Source(*(pytest_exchange_db.setting(config, name) for name in ("source", "url", "image"))).describe()


@contextmanager
def _watched(server: "Server", template: str) -> Generator[str]:
    """The URL of a new database; the test fails when it has left a connection to it open."""
    with server.database(template) as name:
        yield server.url(name)
        deadline = time.monotonic() + 3  # a connection that was just closed takes a moment to end on the server
        while left := server.open_connections(name):
            if time.monotonic() > deadline:
                pytest.fail(f"connections were left open; their last statements: {left}")
            time.sleep(0.005)


@pytest.fixture(scope="session")
def server(exchange_server: "Server") -> "Server":
    """The server of all test databases; started when the first test asks for it."""
    return exchange_server


@pytest.fixture(scope="session")
def template(exchange_template: str) -> str:
    """The name of the migrated database that the others are copies of. Not to be connected to."""
    return exchange_template


@pytest.fixture(scope="session")
def superuser_url(server: "Server") -> str:
    """A URL of the server's maintenance database, as superuser: to create roles, for one."""
    return server.conninfo


@pytest.fixture
def database_url(server: "Server", template: str) -> Generator[str]:
    """The URL of a migrated, empty database for this test alone."""
    with _watched(server, template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(server: "Server", template: str) -> Generator[str]:
    """The URL of a migrated database that the tests of one module share: for data that is costly to load."""
    with _watched(server, template) as url:
        yield url


@pytest.fixture(scope="module")
def _module_conn(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def cleared_conn(_module_conn: psycopg.Connection) -> Generator[psycopg.Connection]:
    """An autocommit connection to ``module_database_url``; after the test all users go, and what belongs to them."""
    yield _module_conn
    _module_conn.rollback()
    _module_conn.execute("reset all")
    _module_conn.execute("delete from exchange.users")


@pytest.fixture
def empty_database_url(server: "Server") -> Generator[str]:
    """The URL of a database without any migration."""
    with _watched(server, "template1") as url:
        yield url


@pytest.fixture
def conn(database_url: str) -> Generator[psycopg.Connection]:
    """An autocommit connection to ``database_url``."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def pool(database_url: str) -> Generator["ConnectionPool[Any]"]:
    """The library's own pool on ``database_url``."""
    from exchange_db.pool import open_pool

    with open_pool(database_url) as pool:
        yield pool
