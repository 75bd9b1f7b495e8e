"""``exchange-db migrate`` and ``exchange-db status`` on a real server."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner, Result

from exchange_db.cli import app
from exchange_db.migrations import rollback, status

NOWHERE = "postgresql://127.0.0.1:1/nowhere"
VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def run(*arguments: str, typed: str = "") -> Result:
    """The verb's output and exit status; ``typed`` is what comes from the keyboard."""
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments, input=typed)


def names(url: str) -> list[str]:
    return [entry.name for entry in status(url) if entry.applied_at]


def database_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def libpq_variables(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """libpq's variables name the test's database."""
    for keyword, value in conninfo_to_dict(database_url).items():
        monkeypatch.setenv(VARIABLES[keyword], str(value))
    return database_of(database_url)


# --- migrate ---------------------------------------------------------------------------------------------------------


def test_migrate(empty_database_url: str) -> None:
    """It tells each migration that it applies; the second time there is nothing to do."""
    first = run("migrate", empty_database_url)
    assert first.exit_code == 0
    assert first.stdout.splitlines() == [f"applied {name}" for name in names(empty_database_url)] != []
    second = run("migrate", empty_database_url)
    assert (second.exit_code, second.stdout) == (0, "up to date: there was nothing to apply\n")


def test_migrate_follows_libpq(libpq_variables: str) -> None:
    """Without a URL the connection is that of libpq's variables."""
    assert run("migrate").stdout.startswith("up to date")
    assert f"database {libpq_variables}," in run("status").stdout


def test_rollback_asks_twice(database_url: str) -> None:
    """No to the first question, a wrong name, and no answer at all leave everything as it was."""
    before = names(database_url)
    for typed, exit_status in (("n\n", 1), ("y\nanother\n", 2), ("", 1)):
        result = run("migrate", database_url, "--rollback", "2", typed=typed)
        assert result.exit_code == exit_status
        assert names(database_url) == before
    assert f"  {before[-1]}\n  {before[-2]}\n" in result.stdout


def test_rollback_when_it_is_meant(database_url: str) -> None:
    """A yes and the name of the database undo the last migrations, the last one first; then all of them."""
    before = names(database_url)
    agreed = f"y\n{database_of(database_url)}\n"
    result = run("migrate", database_url, "--rollback", "1", typed=agreed)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(f"undid {before[-1]}\n")
    assert names(database_url) == before[:-1]
    assert run("migrate", database_url, "--rollback", "99", typed=agreed).exit_code == 0
    assert names(database_url) == []
    assert "nothing to undo" in run("migrate", database_url, "--rollback", "1").stdout


# --- status ----------------------------------------------------------------------------------------------------------


def test_status_up_to_date(database_url: str) -> None:
    """Exit status 0; versions, migrations and tables, with an estimate of their rows."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into exchange.users (email, password_hash) select n || '@x', 'x' from generate_series(1, 1234) as n"
        )
        connection.execute("analyze exchange.users")
    result = run("status", database_url)
    assert result.exit_code == 0, result.output
    assert f"database {database_of(database_url)}, as " in result.stdout
    assert "PostgreSQL 1" in result.stdout
    assert "PostGIS 3" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["users", "1,234"] in [row[:2] for row in rows]
    assert [row[:2] for row in rows if row and row[0] in names(database_url)] == [
        [name, "applied"] for name in names(database_url)
    ]
    assert result.stdout.endswith("up to date\n")


def test_status_pending(database_url: str) -> None:
    """Exit status 1, and the verb that helps."""
    (undone,) = rollback(database_url)
    result = run("status", database_url)
    assert result.exit_code == 1
    assert [undone, "pending"] in [line.split() for line in result.stdout.splitlines()]
    assert result.stdout.endswith("1 pending: exchange-db migrate\n")


def test_status_of_an_empty_database(empty_database_url: str) -> None:
    """Everything is pending, PostGIS is not installed, and there are no tables to show."""
    result = run("status", empty_database_url)
    assert result.exit_code == 1
    assert "PostGIS not installed" in result.stdout
    assert "size with indexes" not in result.stdout


def test_status_changed(database_url: str) -> None:
    """Exit status 2 where the file of a migration is not the one that was applied."""
    with psycopg.connect(database_url) as connection:
        connection.execute("update _yoyo_log set comment = 'another content' where migration_id like '0002%'")
    result = run("status", database_url)
    assert result.exit_code == 2
    assert "changed since applied" in result.stdout
    assert result.stdout.count("applied by") == 0


def test_status_of_a_newer_database(database_url: str) -> None:
    """A migration that only another version knows is shown, and is no reason to do anything."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into _yoyo_migration (migration_hash, migration_id, applied_at_utc) "
            "values ('x', '9999_exchange_later', now())"
        )
    result = run("status", database_url)
    assert result.exit_code == 0
    assert "applied by another version" in result.stdout
    assert "ahead of this version" in result.stdout


# --- how errors look -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["migrate", "status"])
def test_an_error_is_one_paragraph(verb: str) -> None:
    """On standard error, without a traceback and without colour codes where it is no terminal; exit status 2."""
    result = run(verb, NOWHERE)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: the database cannot be reached")
    assert "Traceback" not in result.stderr
    assert "\x1b" not in result.stderr
    assert "\n\n" not in result.stderr


def test_debug_shows_the_traceback() -> None:
    """And the same paragraph after it."""
    result = run("status", NOWHERE, "--debug")
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert "error: the database cannot be reached" in result.stderr


def test_an_unreadable_connection_string() -> None:
    """libpq's own words, as an error of ours."""
    result = run("migrate", "colour=red")
    assert result.exit_code == 2
    assert 'invalid connection option "colour"' in result.stderr
