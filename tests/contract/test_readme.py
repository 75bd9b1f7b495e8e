"""The README's code runs, as it stands, in order, against a migrated database."""

import re
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.M | re.S)
SHOP = (
    "create schema shop; create table shop.products (id bigint primary key, name text not null, price numeric not null)"
)
LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def blocks(language: str) -> list[str]:
    """The README's code in one language, without what is marked as not to be run."""
    return [code for name, mark, code in BLOCK.findall(README.read_text("utf-8")) if name == language and not mark]


def test_readme_code_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every Python block runs, with the database named by libpq's variables and the SQL block in its folder."""
    for key, value in conninfo_to_dict(database_url).items():
        if key in LIBPQ and value is not None:
            monkeypatch.setenv(LIBPQ[key], str(value))
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(SHOP)
        conn.execute("insert into shop.products values (1, 'rope', 4.5), (2, 'sledge', 45)")
    (sql,) = blocks("sql")
    path = tmp_path / sql.splitlines()[0].removeprefix("-- ")
    path.parent.mkdir()
    path.write_text(sql.split("\n", 1)[1], encoding="utf-8")
    names: dict[str, Any] = {"__name__": "readme", "__file__": str(tmp_path / "readme.py")}
    monkeypatch.setitem(sys.modules, "readme", type(sys)("readme"))  # where annotations of its functions are sought

    python = blocks("python")
    for number, code in enumerate(python):
        exec(compile(code, f"README.md python block {number + 1}", "exec"), names)  # noqa: S102  runs the README

    assert len(python) >= 8
    assert [product.name for product in names["products"]] == ["rope"]
    printed = capsys.readouterr().out
    assert "e-mail is already taken\nusers_email_key\naccounts.create_user" in printed


def test_readme_names_the_two_commands() -> None:
    """A stranger finds the commands that do all the set-up."""
    text = README.read_text("utf-8")
    assert "$ make demo" in text
    assert "$ make test" in text
