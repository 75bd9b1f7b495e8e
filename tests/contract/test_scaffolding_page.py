"""``docs/scaffolding.md`` says what the commands do."""

import re
import sys
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from exchange_db.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "scaffolding.md"


def test_page_shows_what_new_prints(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the page's table and file the command prints the page's module, and ``show`` finds its function."""
    schema, statement, module = re.findall(r"^```\w+\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "list_new_products.sql").write_text(statement, encoding="utf-8")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(schema.encode())
    run = CliRunner().invoke
    assert run(app, ["new", "shop/list_new_products.sql", "--database", database_url]).stdout == module
    run(app, ["new", "shop/list_new_products.sql", "--write", "--database", database_url])
    assert (tmp_path / "shop.py").read_text("utf-8") == module
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    shown = run(app, ["show", "shop:list_new_products", "--database", database_url]).stdout
    assert "AccessShareLock on shop.products" in shown
