"""Pages of docs/ whose code runs, as it stands, in order, against a migrated database."""

import re
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contract.test_readme import BLOCK, LIBPQ

DOCS = Path(__file__).parents[2] / "docs"


def test_queries_md_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files are loaded, each is a statement with all its parts, and every Python block runs."""
    for key, value in conninfo_to_dict(database_url).items():
        if key in LIBPQ and value is not None:
            monkeypatch.setenv(LIBPQ[key], str(value))
    blocks = BLOCK.findall((DOCS / "queries.md").read_text("utf-8"))
    (tmp_path / "shop").mkdir()
    for code in (code for language, mark, code in blocks if language == "sql" and not mark):
        (tmp_path / code.splitlines()[0].removeprefix("-- ")).write_text(code.split("\n", 1)[1], encoding="utf-8")
    names: dict[str, Any] = {"__name__": "queries", "__file__": str(tmp_path / "queries.py")}
    monkeypatch.setitem(sys.modules, "queries", type(sys)("queries"))
    exec("from exchange_db import open_pool", names)  # noqa: S102  as every page has it
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(next(code for language, mark, code in blocks if language == "sql" and mark))
        files = sorted((tmp_path / "shop").iterdir())
        for path in files:
            result = conn.pgconn.prepare(b"", re.sub(r"(?<!:):[a-z]\w*", "null", path.read_text()).encode())
            assert not result.error_message, result.error_message.decode()
    python = [code for language, _, code in blocks if language == "python"]
    for number, code in enumerate(python):
        exec(compile(code, f"queries.md python block {number + 1}", "exec"), names)  # noqa: S102  runs the page

    assert len(files) == 4
    assert len(names["list_products"].file.variants) == 24
    assert "the cursor is not one of this list in this order" in capsys.readouterr().out
