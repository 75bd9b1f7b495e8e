"""docs/checking.md: its example is checked as it stands, and its tables name what there is."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange_db.check import check
from exchange_db.check.lints import LINTS
from tests.database.applications import load_copy

PAGE = (Path(__file__).parents[2] / "docs" / "checking.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(?:(?:--|#) (\S+\.\w+)\n)?(.*?)^```", re.M | re.S)


@pytest.fixture
def files() -> dict[str, str]:
    """The page's blocks by the names of their files; the report has none."""
    return {name: code for _, name, code in BLOCK.findall(PAGE)}


def test_the_example_is_reported_as_shown(
    files: dict[str, str], conn: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's schema, query and module give the page's report, and its test fails."""
    (report,) = (code for language, _, code in BLOCK.findall(PAGE) if language == "text")
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "orders").mkdir(parents=True)
    target.mkdir()
    for name in ("queries.py", "orders/get_order.sql"):
        (source / name).write_text(files[name], encoding="utf-8")
    conn.execute(files["schema.sql"].encode())
    queries = load_copy(target, source / "queries.py", source / "orders", [])
    monkeypatch.chdir(target)
    found = str(check(queries, db=conn))
    assert re.sub(r", \d+\.\d s$", "\n", found) == report

    monkeypatch.setitem(__import__("sys").modules, "queries", queries)
    names: dict[str, Any] = {}
    exec(files["test_sql.py"], names)  # noqa: S102  runs the page
    with pytest.raises(AssertionError, match="4 faults"):
        names["test_sql"](conn)


def test_every_code_is_on_the_page() -> None:
    """What a reader can come across, and what can be switched off."""
    text = "".join(path.read_text("utf-8") for path in Path(check.__code__.co_filename).parent.glob("*.py"))
    codes = set(re.findall(r"subject\.(?:error|hint)\(\s*\"([a-z-]+)\"", text)) | LINTS | {"declaration"}
    assert len(codes) > 15
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []
