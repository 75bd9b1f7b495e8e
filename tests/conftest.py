"""Fixtures that give a test its database; ``tests/database/databases.py`` says where they come from.

Every test that asks for one gets a migrated, empty database of its own, and fails when it leaves a connection
to it open. Asynchronous tests are plain tests that call ``asyncio.run``.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.database.databases import Server, describe_source, migrated_template, open_server

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool


def pytest_report_header() -> str:
    return describe_source()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Generator[Server]:
    """The server of all test databases; started when the first test asks for it."""
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")

    def notify(text: str) -> None:
        with capture.global_and_fixture_disabled():  # otherwise pytest shows it only if the test fails
            print(f"\n{text}")

    with open_server(notify) as server:
        yield server


@pytest.fixture(scope="session")
def template(server: Server) -> Generator[str]:
    """The name of the migrated database that the others are copies of. Not to be connected to."""
    with migrated_template(server) as name:
        yield name


@pytest.fixture(scope="session")
def superuser_url(server: Server) -> str:
    """A URL of the server's maintenance database, as superuser: to create roles, for one."""
    return server.conninfo


@pytest.fixture
def database_url(server: Server, template: str) -> Generator[str]:
    """The URL of a migrated, empty database for this test alone."""
    with server.database(template) as name:
        yield server.url(name)


@pytest.fixture(scope="module")
def module_database_url(server: Server, template: str) -> Generator[str]:
    """The URL of a migrated database that the tests of one module share: for data that is costly to load."""
    with server.database(template) as name:
        yield server.url(name)


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
def empty_database_url(server: Server) -> Generator[str]:
    """The URL of a database without any migration."""
    with server.database() as name:
        yield server.url(name)


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
