"""``exchange-db lock``, ``check --offline`` and ``gate`` from the command line, with their exit statuses."""

import json
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from exchange_db import cli
from tests.database.hosted import COUNT_USERS, COUNT_USERS_MODULE, hosted, imported, make_schema


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A database with the kiosk's schema."""
    make_schema(module_database_url)
    return module_database_url


@pytest.fixture
def target(tmp_path: Path) -> str:
    """The path of the kiosk's module."""
    return str(hosted(tmp_path).__file__)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli.app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_lock_writes_then_has_nothing_to_do(url: str, target: str, tmp_path: Path) -> None:
    """It names each file; a comparison is 1 before, and 0 after."""
    assert run("lock", target, "--database", url, "--check")[0] == 1
    status, out, _ = run("lock", target, "--database", url)
    assert status == 0
    assert f"wrote {tmp_path / 'kiosk' / 'lock' / 'find_paper.json'}\n" in out
    (tmp_path / "kiosk" / "lock" / "gone.json").write_text('{"format": "exchange_db lock 1"}', encoding="utf-8")
    status, out, _ = run("lock", target, "--database", url)
    assert status == 0
    assert out.startswith(f"removed {tmp_path / 'kiosk' / 'lock' / 'gone.json'}\n4 unchanged\n")
    status, out, _ = run("lock", target, "--database", url, "--format", "github")
    assert (status, out.partition(":")[0]) == (0, "checked 4 functions")
    status, out, _ = run("lock", target, "--database", url, "--check", "--format", "json", "--no-hints")
    assert (status, json.loads(out)["ok"]) == (0, True)
    assert run("check", target, "--offline")[0] == 0


def test_check_offline_reports_in_every_form(target: str) -> None:
    """For people, for programs and for GitHub, with 1 where a lock is missing."""
    for form, start in (("text", "── kiosk.add_paper"), ("json", '{\n  "ok": false'), ("github", "::error file=")):
        status, out, _ = run("check", target, "--offline", "--format", form)
        assert status == 1
        assert out.startswith(start)


def test_what_makes_no_sense_is_told(target: str) -> None:
    """A database for a check without one, a module that is not there, a folder without locks: 2, in one sentence."""
    assert run("check", target, "--offline", "--database", "x")[::2] == (
        2,
        "error: --offline asks no database: leave out the URL, or --offline\n",
    )
    status, _, error = run("lock", "no.such.module")
    assert (status, error) == (2, "error: nothing to lock: No module named 'no'\n")
    status, _, error = run("gate", "queries", "no.such.module", "--until", "0001")
    assert (status, error) == (2, "error: nothing to check: No module named 'no'\n")
    status, _, error = run("gate", "migrations", str(Path(target).parent / "kiosk"))
    assert status == 2
    assert "there is no lock below" in error


@pytest.fixture
def changed(url: str) -> Generator[None]:
    """The schema with a column more that an insert has to fill, until the test ends."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("alter table kiosk.papers add pages integer not null")
        yield
        conn.execute("alter table kiosk.papers drop column pages")


def test_the_gate_of_migrations(url: str, target: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """0 on the schema that was locked, 1 on one that breaks a query."""
    assert run("lock", target, "--database", url)[0] == 0
    assert run("gate", "migrations", str(tmp_path), "--database", url)[0] == 0
    request.getfixturevalue("changed")
    status, out, _ = run("gate", "migrations", str(tmp_path), "--database", url)
    assert status == 1
    assert "error[gate-write]: kiosk.papers.pages needs a value now" in out


def test_the_gate_of_queries(tmp_path: Path) -> None:
    """1 where a query needs what only a later migration brings, with the server's word for it."""
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "kiosk" / "count_users.sql").write_text(COUNT_USERS, encoding="utf-8")
    newer = imported(tmp_path, "newer", COUNT_USERS_MODULE)
    status, out, _ = run("gate", "queries", str(newer.__file__), "--until", "0001", "--no-hints")
    assert status == 1
    assert 'relation "exchange.users" does not exist' in out
