"""The pytest plugin in projects of a host's: each is written to a folder and run by a pytest of its own.

The host's project is as strict as can be (``filterwarnings = error``), and its server is this session's, by URL.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import psycopg
import pytest

from exchange_db.postgres_programs import LocalServerError, find_programs
from exchange_db.testing import sources
from exchange_db.testing.databases import Server, new_run, open_server
from exchange_db.testing.sources import Source

Finished: TypeAlias = "subprocess.CompletedProcess[str]"
Host: TypeAlias = Callable[..., Finished]

NOWHERE = "unix:///nowhere/docker.sock"
STRICT = "[pytest]\nfilterwarnings = error\naddopts = --strict-config --strict-markers\n"
OPTIONS = ("-q", "-p", "pytest_exchange_db", "-p", "no:cacheprovider", "-p", "no:faker", "-p", "no:randomly")
SIGN_UP = """
    from exchange_db import accounts, transaction
    from exchange_db.errors import Conflict

    def sign_up(conn, email="ada@example.org"):
        with transaction(conn):
            return accounts.create_user(conn, email=email, password_hash="x")
"""
"""An application, which opens transactions of its own."""


@pytest.fixture
def host(tmp_path: Path, server: Server, template: str) -> Host:
    """Runs pytest in a folder with the given files; on the URL of this session's server unless told otherwise."""

    def run(*arguments: str, environment: Mapping[str, str] | None = None, **files: str) -> Finished:
        (tmp_path / "pytest.ini").write_text(STRICT + files.pop("ini", ""), "utf-8")
        (tmp_path / "app.py").write_text(dedent(SIGN_UP), "utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(dedent(text), "utf-8")
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("EXCHANGE_DB_", "PYTEST_"))}
        ours["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *sys.path])
        theirs = {"EXCHANGE_DB_TEST_URL": server.conninfo, "EXCHANGE_DB_TEST_TEMPLATE": template}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *OPTIONS, *arguments],
            cwd=tmp_path,
            env=ours | (theirs if environment is None else dict(environment)),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def passed(finished: Finished) -> int:
    """How many tests passed, where none failed."""
    assert finished.returncode == 0, finished.stdout + finished.stderr
    found = re.search(r"(\d+) passed", finished.stdout)
    assert found is not None, finished.stdout
    return int(found[1])


# --- the fixtures ----------------------------------------------------------------------------------------------------


def test_databases_and_connections_are_the_tests_own(host: Host) -> None:
    """A database, a pool and a rolled-back connection show nothing of what another test did with its own; those for
    asyncio are opened in the test's own loop."""
    finished = host(
        test_host="""
            import asyncio, psycopg, pytest
            from exchange_db import accounts, transaction
            from app import sign_up

            @pytest.mark.parametrize("again", range(2))
            def test_rolled_back(exchange_conn, again):
                assert accounts.count_users(exchange_conn) == 0
                sign_up(exchange_conn)
                with pytest.raises(ZeroDivisionError), transaction(exchange_conn):
                    sign_up(exchange_conn, "bob@example.org")
                    1 / 0
                assert accounts.count_users(exchange_conn) == 1

            def test_after_an_error_of_the_server(exchange_conn):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    exchange_conn.execute("select 1 / 0")

            @pytest.mark.parametrize("again", range(2))
            def test_clone(exchange_database, exchange_pool, again):
                sign_up(exchange_pool)
                with psycopg.connect(exchange_database) as conn:
                    assert accounts.count_users(conn) == 1

            @pytest.mark.parametrize("again", range(2))
            def test_async_pool(exchange_open_async_pool, again):
                async def scenario():
                    async with exchange_open_async_pool() as pool:
                        await accounts.create_user(pool, email="ada@example.org", password_hash="x")
                        assert await accounts.count_users(pool) == 1
                asyncio.run(scenario())

            @pytest.mark.parametrize("again", range(2))
            def test_rolled_back_async(exchange_open_async_conn, again):
                async def scenario():
                    async with exchange_open_async_conn() as conn, transaction(conn):
                        await accounts.create_user(conn, email="ada@example.org", password_hash="x")
                        assert await accounts.count_users(conn) == 1
                asyncio.run(scenario())
        """
    )
    assert passed(finished) == 9


def test_a_hosts_own_migrations_run_once_for_a_template(host: Host, server: Server, tmp_path: Path) -> None:
    """They run after ours, in one database that the two processes of a run share, and nothing of it is left."""
    before = databases(server)
    finished = host(
        *("-n", "2", "-p", "xdist"),
        environment={"EXCHANGE_DB_TEST_URL": server.conninfo},
        conftest=f"""
            import pathlib, psycopg, pytest

            @pytest.fixture(scope="session")
            def exchange_migrate():
                def migrate(url):
                    with psycopg.connect(url) as conn:
                        conn.execute("create table notes (id bigint primary key references exchange.users)")
                    with open({str(tmp_path / "migrated")!r}, "a") as file:
                        file.write("once ")
                return migrate
        """,
        test_host="""
            import pytest

            @pytest.mark.parametrize("n", range(4))
            def test_notes(exchange_conn, exchange_pool, n):
                assert exchange_conn.execute("select * from notes").fetchall() == []
        """,
    )
    assert passed(finished) == 4
    assert (tmp_path / "migrated").read_text() == "once "
    assert databases(server) == before


def databases(server: Server) -> list[tuple[object, ...]]:
    return server.execute("select datname from pg_database order by datname")


# --- where the server comes from -------------------------------------------------------------------------------------

ONE_TEST = """
    def test_version(exchange_database):
        import psycopg
        with psycopg.connect(exchange_database) as conn:
            print("\\nas", conn.info.user, "on", conn.info.host)
            conn.execute("select * from exchange.users")
"""


def test_a_url_on_the_command_line_or_of_a_fixture(host: Host, server: Server, template: str) -> None:
    """The command line wins over pytest.ini, and a fixture of the host's over both."""
    environment, url = {"EXCHANGE_DB_TEST_TEMPLATE": template}, server.conninfo
    wrong = "exchange_db_url = postgresql://nobody@127.0.0.1:1/none\n"
    assert passed(host("--exchange-db-url", url, environment=environment, ini=wrong, test_host=ONE_TEST)) == 1
    conftest = f"import pytest\n@pytest.fixture(scope='session')\ndef exchange_server_url():\n    return {url!r}\n"
    assert passed(host(environment=environment, ini=wrong, conftest=conftest, test_host=ONE_TEST)) == 1


def test_a_private_server_where_the_image_cannot_be_had(host: Host) -> None:
    """PostgreSQL as it is installed on the machine serves one run from a temporary folder; why, is said."""
    try:
        find_programs()
    except LocalServerError as error:
        pytest.skip(str(error))
    conftest = "from exchange_db.testing import sources\nsources.docker_answers = lambda: True\n"
    environment = {"DOCKER_HOST": NOWHERE}
    finished = host("-s", environment=environment, conftest=conftest, test_host=ONE_TEST)
    assert passed(finished) == 1
    assert "the image postgis/postgis:17-3.5 cannot be had (" in finished.stdout
    assert "a private cluster is used instead" in finished.stdout
    found = re.search(r"as postgres on (/\S+)", finished.stdout)
    assert found is not None, finished.stdout
    assert not Path(found[1]).exists()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name, a URL that is not given, an engine that does not answer: the error says what to do."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    wrong = {
        Source("cloud"): "exchange_db_source is one of url, container, local, not cloud",
        Source("url"): "exchange_db_source = url needs EXCHANGE_DB_TEST_URL or exchange_db_url",
        Source("container", image="none"): "the image none cannot be had: ",
    }
    for source, told in wrong.items():
        with pytest.raises(pytest.UsageError, match=told), source.server(print):
            pass


def test_a_machine_without_postgresql_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three ways to a server are in the message, with what was found amiss."""
    monkeypatch.setattr("exchange_db.postgres_programs._BIN_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        pytest.raises(pytest.UsageError, match=r"no PostgreSQL for the tests: give the URL"),
        Source("local").server(print),
    ):
        pass


def test_the_source_is_the_first_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL, else an engine that answers, else the machine's own PostgreSQL; a name decides."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    sources.docker_answers.cache_clear()
    try:
        kinds = [Source(*given).kind for given in (("", "url"), ("local", "url"), ("container",), ())]
        assert kinds == ["url", "local", "container", "local"]
        assert Source(image="x").describe() == "test databases: a private cluster in a temporary folder"
        assert Source("container", image="x").describe() == "test databases: a container of x"
    finally:
        sources.docker_answers.cache_clear()


class _Engine(BaseHTTPRequestHandler):
    """As much of a Docker engine as says that it is there."""

    def do_GET(self) -> None:
        body = b'{"ApiVersion": "1.41"}' if self.path.endswith("/version") else b"OK"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as the base class has it
        """Nothing to tell."""


def test_an_engine_that_answers_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once; without a URL or a name the databases are in a container."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Engine) as engine:
        threading.Thread(target=engine.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{engine.server_port}")
        sources.docker_answers.cache_clear()
        try:
            assert Source().kind == "container"
            engine.shutdown()
            assert Source(image="x").describe() == "test databases: a container of x"
        finally:
            sources.docker_answers.cache_clear()


def test_a_host_without_the_extras_is_told_of_them(host: Host, server: Server, template: str) -> None:
    """Without testcontainers a container is refused and everything else works; without Hypothesis fuzz says so."""
    hidden = """
        import sys
        for name in ("testcontainers", "docker", "hypothesis"):
            sys.modules[name] = None
    """
    test = """
        import importlib, pytest
        from exchange_db import accounts
        from exchange_db.testing import fuzz
        from exchange_db.testing.sources import Source

        def test_it(exchange_conn):
            assert Source().kind == "local"
            with pytest.raises(pytest.UsageError, match=r"pip install 'exchange-db\\[testing\\]'"):
                Source("container").server(print)
            with pytest.raises(ModuleNotFoundError, match=r"hypothesis.*pip install 'exchange-db\\[testing\\]'"):
                fuzz(accounts, exchange_conn)
    """
    finished = host("-p", "no:hypothesispytest", conftest=hidden, test_host=test)
    assert passed(finished) == 1


# --- what is left over -----------------------------------------------------------------------------------------------


def test_what_a_killed_run_has_left_is_dropped(server: Server) -> None:
    """The next run drops the databases of runs that are gone, and no others."""
    gone, alive, ours = new_run(), new_run(), new_run()
    names = {f"exchange_db_test_{run}_main_0": run for run in (gone, alive)}
    for name in (*names, "exchange_db_test_notes"):
        server.execute("create database {name}", name=name)
    try:
        with open_server(server.conninfo, alive, "gw0"):
            with open_server(server.conninfo, ours, "main") as opened, opened.database() as own:
                there = {str(name) for (name,) in databases(server)}
            assert there & {*names, "exchange_db_test_notes", own} == {
                f"exchange_db_test_{alive}_main_0",
                "exchange_db_test_notes",
                own,
            }
        assert f"exchange_db_test_{alive}_main_0" not in {name for (name,) in databases(server)}
    finally:
        server.execute("drop database {name}", name="exchange_db_test_notes")


def test_the_last_process_of_a_run_drops_the_template(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as another process of the run is there, the template is."""
    monkeypatch.delenv("EXCHANGE_DB_TEST_TEMPLATE", raising=False)
    run = new_run()
    with open_server(server.conninfo, run, "gw1") as last:
        with open_server(server.conninfo, run, "gw0") as first:
            name = first.template()
        assert last.template() == name
        assert (name,) in databases(server)
        with psycopg.connect(last.url(name)) as conn:
            conn.execute("select * from exchange.users")
    assert (name,) not in databases(server)


def test_a_template_whose_migration_failed_is_no_template(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test that needs it hears of the failure; nothing of it is left."""
    monkeypatch.delenv("EXCHANGE_DB_TEST_TEMPLATE", raising=False)
    before = databases(server)

    def fail(_url: str) -> None:
        raise ZeroDivisionError

    with open_server(server.conninfo, new_run(), "main") as opened:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                opened.template(fail)
    assert databases(server) == before


# --- a host that does not use it -------------------------------------------------------------------------------------


def test_a_host_that_does_not_use_it_loads_nothing(host: Host) -> None:
    """Neither the library nor psycopg is imported before a fixture of ours is asked for."""
    finished = host(
        environment={},
        test_host="""
            import sys

            def test_nothing():
                assert {"exchange_db", "psycopg", "pydantic", "testcontainers", "docker"} & set(sys.modules) == set()
        """,
    )
    assert passed(finished) == 1


def test_xdist_is_there() -> None:
    """The test with two processes means it."""
    assert find_spec("xdist") is not None
