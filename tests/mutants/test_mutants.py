"""Tests of the tests: small mistakes, made by hand in a copy of the library, must be noticed."""

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

import tests.mutants
from exchange_db.testing.databases import Server
from tests.mutants.mutant import Mutant

TOP = Path(__file__).parents[2]
COPIED = ("pyproject.toml", "sql", "src", "tests", "tools")
LIMIT_S = 600
"""For the control, which runs every test that a mutant names."""
HANGS_S = 90
"""For one mutant. A test that hangs has noticed it: threads that share a pipeline may wait for each other forever."""


def _all() -> list[Mutant]:
    modules = [
        importlib.import_module(f"tests.mutants.{each.name}") for each in pkgutil.iter_modules(tests.mutants.__path__)
    ]
    return [mutant for module in modules for mutant in getattr(module, "MUTANTS", [])]


MUTANTS = _all()


# --- cheap: the mutants are up to date -------------------------------------------------------------------


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_applies(mutant: Mutant) -> None:
    """The text that it changes is in the file once, and the tests that should notice are there."""
    assert mutant.old != mutant.new
    assert (TOP / mutant.file).read_text("utf-8").count(mutant.old) == 1
    for name in mutant.tests.split():
        path, _, function = name.partition("::")
        assert f"\ndef {function.partition('[')[0]}" in (TOP / path).read_text("utf-8"), name


def test_there_are_mutants_of_every_part() -> None:
    """Every module of the engine that decides something has some, and so have several SQL files."""
    files = {mutant.file for mutant in MUTANTS}
    parts = ["binding", "call", "columns", "deadline", "decoding", "execution", "failures", "flight", "json_columns"]
    parts += ["lexer", "liveness", "piped", "sqlfile", "streaming"]
    assert {f"src/exchange_db/engine/{part}.py" for part in parts} <= files
    assert len([file for file in files if file.startswith("sql/queries/")]) >= 3
    assert len(MUTANTS) >= 40
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)


# --- slow: they are killed -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the library and its tests."""
    top = tmp_path_factory.mktemp("mutants")
    for name in COPIED:
        source = TOP / name
        if source.is_dir():
            shutil.copytree(source, top / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, top / name)
    return top


@contextmanager
def applied(mutant: Mutant, copy: Path) -> Generator[None]:
    path = copy / mutant.file
    text = path.read_text("utf-8")
    _write(path, text.replace(mutant.old, mutant.new))
    try:
        yield
    finally:
        _write(path, text)


_seconds = count(1)


def _write(path: Path, text: str) -> None:
    """Write the file with a time of its own: Python compiles anew only what differs in size or second."""
    path.write_text(text, "utf-8")
    moment = next(_seconds)
    os.utime(path, (moment, moment))


Run = Callable[[list[str], float], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(copy: Path, server: Server, template: str) -> Run:
    """To run some tests of the copy, on databases of their own on this session's server."""
    return partial(_run, copy, server, template)


def _run(
    copy: Path, server: Server, template: str, names: list[str], limit_s: float
) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    environment |= {
        "EXCHANGE_DB_TEST_SOURCE": "url",
        "EXCHANGE_DB_TEST_URL": server.conninfo,
        "EXCHANGE_DB_TEST_TEMPLATE": template,
        "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # Faker's and others take longer to import than most tests to run
    }
    options = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not slow"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *names],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


@pytest.mark.slow
def test_without_a_mutant_the_tests_pass(run: Run) -> None:
    """The control: what the mutants are killed by passes in an unchanged copy."""
    names = sorted({name for mutant in MUTANTS for name in mutant.tests.split()})
    finished = run(names, LIMIT_S)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_is_killed(copy: Path, run: Run, mutant: Mutant) -> None:
    """A test fails or hangs: it was found and ran, and neither broke down at its import nor before it began."""
    with applied(mutant, copy):
        try:
            finished = run(mutant.tests.split(), HANGS_S)
        except subprocess.TimeoutExpired:
            return
    report = finished.stdout + finished.stderr
    assert finished.returncode == 1, report
    assert re.search(r"^FAILED ", finished.stdout, re.M), report
