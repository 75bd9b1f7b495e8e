"""The README's code runs, as it stands, in order, against a migrated database."""

import re
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from exchange_db import places
from exchange_db.errors import DeclarationError, MissingReference
from exchange_db.resources import SQL
from exchange_db.types import Point, UserId

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


def test_the_errors_that_the_readme_shows_are_real(database_url: str, tmp_path: Path) -> None:
    """Both reports, the traceback into a file and the faults of a folder, are what one gets."""
    texts = [code for name, _, code in BLOCK.findall(README.read_text("utf-8")) if name == "text"]
    folder, module = tmp_path / "shop", tmp_path / "shop.py"
    folder.mkdir()
    (sql,) = blocks("sql")
    (folder / "list_cheap_products.sql").write_text(sql.split("\n", 1)[1], encoding="utf-8")
    (shop,) = (code for code in blocks("python") if code.startswith("# shop.py\n"))
    module.write_text(shop.replace("*, max_price", "*, max_prise"), encoding="utf-8")
    with pytest.raises(DeclarationError) as faults:
        runpy.run_path(str(module))
    assert str(faults.value).replace(str(tmp_path), "…") == texts[1].strip()

    nobody = UserId(10**9)
    with psycopg.connect(database_url, autocommit=True) as conn, pytest.raises(MissingReference) as missing:
        places.add_playground(conn, added_by=nobody, name="x", location=Point(longitude=0, latitude=0))
    shown = "".join(traceback.format_exception(missing.value)).replace(f'"{SQL}', '"…/sql').replace(f" {SQL}", " …/sql")
    for line in texts[0].splitlines():
        assert line in shown
