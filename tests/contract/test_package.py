"""What a user installs: the wheel carries the SQL, works in an empty environment, and exports what it says."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import exchange_db
from exchange_db import errors, testing, types
from exchange_db.resources import SQL

ROOT = Path(__file__).parents[2]

STRANGER = """
import asyncio, sys
import exchange_db
from exchange_db import accounts, errors, open_async_pool, open_pool, places, profiles
from exchange_db.types import Point
assert "site-packages" in exchange_db.__file__, exchange_db.__file__
assert "site-packages" in str(accounts.get_user.path), accounts.get_user.path
with open_pool() as pool:
    user = accounts.create_user(pool, email="a@b.example", password_hash="x")
    profiles.create_profile(pool, user_id=user.user_id, name="A")
    places.add_playground(pool, added_by=user.user_id, name="P", location=Point(longitude=1, latitude=2))
    try:
        accounts.create_user(pool, email="A@B.example", password_hash="x")
    except errors.Conflict as error:
        print(error.sentence)
async def main():
    async with open_async_pool() as pool:
        return await profiles.get_full_profile(pool, user_id=user.user_id)
print(asyncio.run(main()).name)
"""

HOST = """
import sys

def test_the_plugin_is_there_and_costs_nothing():
    assert "pytest_exchange_db" in sys.modules
    assert not {"exchange_db", "psycopg", "pydantic"} & set(sys.modules)

def test_its_fixtures(exchange_conn):
    from exchange_db import accounts, testing
    assert "site-packages" in testing.__file__
    assert accounts.count_users(exchange_conn) == 0
"""
"""A host's tests, which find the plugin by the wheel's entry point."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout with the build tools that are installed."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_every_sql_file(wheel: Path) -> None:
    """Each file of sql/ is in the wheel, byte for byte, and the marker for type checkers too."""
    with zipfile.ZipFile(wheel) as archive:
        carried = {name: archive.read(name) for name in archive.namelist()}
    for path in SQL.rglob("*"):
        if path.is_file():
            assert carried[f"exchange_db/sql/{path.relative_to(SQL).as_posix()}"] == path.read_bytes()
    assert "exchange_db/py.typed" in carried


def test_the_installed_wheel_works_without_the_checkout(wheel: Path, empty_database_url: str, tmp_path: Path) -> None:
    """In another environment: migrate from the command line, then a query of every domain, sync and async."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    # The dependencies come from this environment, the package from the wheel alone.
    site = next((home / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    own = next(path for path in sys.path if path.endswith("site-packages"))
    python = [str(home / "bin" / "python"), "-W", "error::DeprecationWarning:exchange_db"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), own])}
    environment |= {"PGHOST": "", **_libpq(empty_database_url)}

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [*python, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    (tmp_path / "test_host.py").write_text(HOST)
    assert "2 passed" in run("-m", "pytest", "-q", "-p", "no:faker", "--exchange-db-url", empty_database_url)
    assert "0001_exchange_schema" in run("-c", "from exchange_db.cli import app; app()", "migrate")
    assert run("-c", STRANGER).splitlines() == ["e-mail is already taken", "A"]


def _libpq(url: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {names[key]: str(value) for key, value in conninfo_to_dict(url).items() if key in names}


@pytest.mark.parametrize("module", [exchange_db, errors, testing, types], ids=lambda module: module.__name__)
def test_exports_are_sorted_and_there(module: object) -> None:
    """``__all__`` is sorted, constants first, and every name in it exists."""
    names = list(vars(module)["__all__"])
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(module, name) for name in names)


def test_importing_the_package_leaves_the_command_line_out() -> None:
    """A service that imports the library does not load what only the command line needs."""
    code = "import sys, exchange_db; print(sorted({'typer', 'rich', 'yoyo', 'faker', 'werkzeug'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_domains_are_read_when_they_are_asked_for() -> None:
    """The facade has them all, and reads no query of one before somebody names it."""
    code = (
        "import sys, exchange_db\n"
        "before = {name for name in sys.modules if name.startswith('exchange_db.')}\n"
        "exchange_db.places.get_playground\n"
        "print('exchange_db.places' in before, 'exchange_db.places' in sys.modules, 'exchange_db.sales' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["False", "True", "False"]
    assert set(exchange_db.__all__) <= set(dir(exchange_db))
    assert all(getattr(exchange_db, name) is not None for name in exchange_db.__all__)
    with pytest.raises(AttributeError, match="'exchange_db' has no attribute 'place'"):
        exchange_db.place  # noqa: B018 - the access itself
