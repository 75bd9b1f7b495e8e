"""docs/calls.md runs, as it stands, in order."""

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contract.test_readme import BLOCK, LIBPQ

PAGE = Path(__file__).parents[2] / "docs" / "calls.md"


def test_the_page_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tables, its files and its code, against the database that libpq's variables name; it prints what it says."""
    for key, value in conninfo_to_dict(database_url).items():
        if key in LIBPQ and value is not None:
            monkeypatch.setenv(LIBPQ[key], str(value))
    found = BLOCK.findall(PAGE.read_text("utf-8"))
    with psycopg.connect(database_url, autocommit=True) as conn:
        for code in [code for name, mark, code in found if (name, mark) == ("sql", " setup")]:
            conn.execute(code.encode())
    for code in [code for name, mark, code in found if (name, mark) == ("sql", "")]:
        path = tmp_path / code.splitlines()[0].removeprefix("-- ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(code.split("\n", 1)[1], encoding="utf-8")
    names: dict[str, Any] = {"__name__": "calls", "__file__": str(tmp_path / "blog.py")}
    monkeypatch.setitem(sys.modules, "calls", type(sys)("calls"))

    python = [code for name, mark, code in found if (name, mark) == ("python", "")]
    for number, code in enumerate(python):
        exec(compile(code, f"calls.md python block {number + 1}", "exec"), names)  # noqa: S102  runs the page

    assert len(python) == 5
    assert capsys.readouterr().out.splitlines() == [
        "somebody writes here under this address already",
        "call 2 of a pipeline of 2 calls; none of its calls has taken effect",
    ]
