"""``check`` as a host calls it: what it takes, where it looks, and what it says when it cannot look."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from exchange_db import places
from exchange_db.check import check
from exchange_db.check.run import OWN_DOMAINS
from exchange_db.check.targets import find_targets
from exchange_db.cli import app
from exchange_db.errors import Forbidden, MigrationError, Unavailable
from tests.database.applications import BAZAAR, bazaar_copy

MODULE = "queries.py"
PLACES = 11


@pytest.fixture(scope="module")
def bazaar_url(module_database_url: str) -> str:
    """The URL of a database with the bazaar's schema."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute((BAZAAR / "schema.sql").read_text(encoding="utf-8").encode())
    return module_database_url


@pytest.fixture
def role(conn: psycopg.Connection, superuser_url: str) -> Generator[str]:
    """The name of a role with no privilege but to connect."""
    name = f"{conn.info.dbname}_reader"
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute(sql.SQL("create role {} login password 'made up'").format(sql.Identifier(name)))
    yield name
    conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
    conn.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


# --- what it takes -----------------------------------------------------------------------------------------


def test_targets(tmp_path: Path) -> None:
    """A module, its folder, a function, a name, a path of a module, of its folder, and each only once."""
    module: Any = bazaar_copy(tmp_path)
    path = str(next(tmp_path.glob("copy_*.py")))
    counts = {
        (module,): 11,
        (module.query,): 11,
        (module.get_order,): 1,
        (module.get_order, module): 11,
        ("exchange_db.places",): PLACES,
        ("exchange_db.places", places, places.get_playground): PLACES,
        (path,): 11,
        (tmp_path / "orders",): 11,
    }
    for targets, count in counts.items():
        assert len(find_targets(targets).functions) == count, targets


def test_a_package_with_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every module below it, but the one that runs a program; by name from the working folder, and by path."""
    package = tmp_path / "a_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("raise SystemExit", encoding="utf-8")
    (package / "one.py").write_text("from exchange_db.places import get_playground", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert len(find_targets(["a_shop.one"]).functions) == 1
    assert [function.name for function in find_targets(["a_shop"]).functions.values()] == ["places.get_playground"]
    assert len(find_targets([package]).functions) == 1
    assert len(find_targets([package / "one.py"]).functions) == 1


@pytest.mark.parametrize(
    ("target", "error", "says"),
    [
        (ModuleType("empty"), ValueError, "there is no query in empty"),
        (7, TypeError, "not 7"),
        ("no_such_module", ImportError, "no_such_module"),
        ("no/such/folder", ImportError, "no module here"),
    ],
)
def test_what_is_no_target(target: Any, error: type[Exception], says: str) -> None:
    """It says so, and what to give instead."""
    with pytest.raises(error, match=says):
        check(target)


def test_faults_of_an_import_are_in_the_report(bazaar_url: str, tmp_path: Path) -> None:
    """A folder that does not load is told with the rest, which is checked all the same."""
    faulty = bazaar_copy(tmp_path)
    (tmp_path / "orders" / "find_nothing.sql").write_text("select 1", encoding="utf-8")
    name = next(tmp_path.glob("copy_*.py")).stem
    path = (tmp_path / "another.py").write_text((tmp_path / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    report = check(tmp_path / "another.py", "exchange_db.places", db=bazaar_url)
    assert path
    assert report.functions == PLACES
    (fault,) = report.faults
    assert (fault.code, fault.path.name, fault.line) == ("declaration", "find_nothing.sql", 1)
    assert check(faulty, db=bazaar_url).functions == 11  # it was imported before


def test_all_faults_at_once(bazaar_url: str, tmp_path: Path) -> None:
    """What the server refuses in one function keeps nothing from being said of the others."""
    module = bazaar_copy(
        tmp_path,
        [
            ("get_order.sql", "orders.weight", "orders.wait"),
            ("count_orders.sql", "bazaar.orders\n", "bazaar.order\n"),
            (MODULE, "    email: Annotated[str, Field(max_length=200)]", "    email: int"),
        ],
    )
    with psycopg.connect(bazaar_url) as conn:
        report = check(module, db=conn)
    assert [(fault.function, fault.code, fault.line, fault.column) for fault in report.faults] == [
        ("orders.count_orders", "statement", 2, 6),
        ("orders.find_customer_by_email", "column-type", 4, 13),
        ("orders.get_order", "statement", 10, 3),
    ]
    text = str(report).replace(str(tmp_path), "…")
    assert (
        """…/orders/count_orders.sql:2: error[statement]: relation "bazaar.order" does not exist
    | from bazaar.order
    |      ^
    hint: check the name, and that the database has all migrations: exchange-db status"""
        in text
    )
    assert "  ✗  email        int                           text\n" in text


# --- where it looks ----------------------------------------------------------------------------------------


def test_a_private_server_and_all_our_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a database there is one with this library's migrations, and without targets its own domains."""
    monkeypatch.setattr("exchange_db.check.run.OWN_DOMAINS", ("exchange_db.places",))
    report = check()
    report.assert_ok()
    assert report.functions == PLACES
    assert len(OWN_DOMAINS) == 8


def test_connections_stay_as_they_are(bazaar_url: str, tmp_path: Path) -> None:
    """In a transaction of the host's or not, with rows as it likes them; what is there but not committed counts."""
    module = bazaar_copy(tmp_path)
    with psycopg.Connection[dict[str, Any]].connect(bazaar_url, row_factory=dict_row) as conn:
        assert check(module, db=conn).ok
        assert conn.info.transaction_status.name == "IDLE"
        conn.execute("alter table bazaar.orders drop column note")
        assert not check(module, db=conn).ok
        assert conn.info.transaction_status.name == "INTRANS"
        conn.rollback()
        assert check(module, db=conn).ok
    with ConnectionPool(bazaar_url, min_size=1, open=True) as pool:
        assert check(module, db=pool).ok


def test_nothing_is_executed(conn: psycopg.Connection) -> None:
    """Not one row, sequence, prepared statement or temporary function more than before."""
    before = conn.execute("select count(*) from pg_proc").fetchone()
    check(places, db=conn)
    assert conn.execute("select count(*) from exchange.playgrounds").fetchone() == (0,)
    assert conn.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)
    assert conn.execute("select count(*) from pg_proc").fetchone() == before


# --- when it cannot look -----------------------------------------------------------------------------------


def test_a_database_that_is_not_there() -> None:
    """One sentence, with the server's own words."""
    with pytest.raises(Unavailable, match="the database cannot be reached"):
        check(places, db="host=/nowhere")
    with pytest.raises(Unavailable, match="no connection string"):
        check(places, db="nothing of the kind")


def test_a_connection_that_cannot_be_used(database_url: str) -> None:
    """A closed one, and one whose transaction has failed."""
    with psycopg.connect(database_url) as conn:
        with pytest.raises(psycopg.Error):
            conn.execute("select 1 / 0")
        with pytest.raises(Unavailable, match="its transaction has failed"):
            check(places, db=conn)
    with pytest.raises(Unavailable, match="closed"):
        check(places, db=conn)


def test_a_database_without_the_migrations(empty_database_url: str) -> None:
    """It is said once, with the command that helps; a host's own functions are checked all the same."""
    with pytest.raises(MigrationError, match="no schema exchange: run `exchange-db migrate` first"):
        check(places, db=empty_database_url)


def test_a_role_without_privileges(conn: psycopg.Connection, role: str, database_url: str) -> None:
    """No schema: one sentence. No table: no plan of it. No temporary functions: what cannot be proved then."""
    url = make_conninfo(database_url, user=role, password="made up")
    with pytest.raises(Forbidden, match="no privilege on the schema exchange"):
        check(places, db=url)
    conn.execute(sql.SQL("grant usage on schema exchange to {}").format(sql.Identifier(role)))
    report = check(places.get_playground, places.list_playgrounds_by_user, db=url)
    assert [(fault.code, fault.problem) for fault in report.faults] == [
        ("index", "no plan: permission denied for table playgrounds")
    ]
    name = sql.Identifier(conn.info.dbname)
    conn.execute(sql.SQL("revoke temporary on database {} from public").format(name))
    report = check(places.get_playground, db=url)
    assert report.ok
    assert "cannot analyse statements" in str(report)


# --- the command -------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of ``exchange-db check``."""
    result = CliRunner().invoke(app, ["check", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_command(bazaar_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0 where all agrees, 1 where there are faults, 2 where nothing can be checked; three formats."""
    bazaar_copy(tmp_path, [(MODULE, "weight: float\n    quantity", "weight: float | None\n    quantity_")])
    module = next(tmp_path.glob("copy_*.py")).stem
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    program = [sys.executable, "-m", "exchange_db.cli", "check", module, "--database", bazaar_url]
    there = subprocess.run(program, capture_output=True, text=True, check=False)
    assert there.returncode == 1, there.stderr
    assert "orders/get_order.sql:11: error[extra-column]" in there.stdout
    assert "hint[needless-optional]" in there.stdout
    assert "hint[" not in run(module, "--database", bazaar_url, "--no-hints")[1]
    assert json.loads(run(module, "--database", bazaar_url, "--format", "json")[1])["ok"] is False
    github = run("orders", "--database", bazaar_url, "--format", "github")[1]
    assert "::error file=orders/get_order.sql,line=11" in github
    status, _, error = run("nothing", "--database", bazaar_url)
    assert status == 2
    assert error.startswith("error: nothing to check: No module named 'nothing'")
