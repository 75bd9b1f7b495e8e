"""A report as people, programs and GitHub read it."""

import json
from pathlib import Path

import pytest

from exchange_db.check import Comparison, Finding, Report, Severity

SQL = "select\n  playgrounds.name,\n\tplaygrounds.id\nfrom exchange.playgrounds;\n"


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """One fault and one hint in a file below the working folder, and one fault of a folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sql" / "get_playground.sql"
    path.parent.mkdir()
    path.write_text(SQL, encoding="utf-8")
    function = "places.get_playground"
    fault = Finding(
        function, "nullable", Severity.ERROR, path, 2, 15, "column 'name' may be NULL", "str", "text, may be NULL",
        reason="exchange.playgrounds.name is nullable", patch="name: str | None",
    )  # fmt: skip
    hint = Finding(function, "column-type", Severity.HINT, path, 3, None, "100% a, b: exact?", hint="look\nagain")
    elsewhere = Finding("", "declaration", Severity.ERROR, Path("/elsewhere"), 0, None, "there is no such folder")
    rows = (Comparison("name", "str", "text, may be NULL", False), Comparison("id", "", "bigint", True))
    return Report((elsewhere, fault, hint), 1, 2, 0.25, (("a.b", "not null: x"),), ("small",), {function: rows})


def test_for_people(report: Report) -> None:
    """Function, place, caret, reason, what to write, a table, and a last line that says it all."""
    assert str(report) == (
        """/elsewhere: error[declaration]: there is no such folder

── places.get_playground ───────────────────────────────────────────────────────

sql/get_playground.sql:2: error[nullable]: column 'name' may be NULL
    |   playgrounds.name,
    |               ^
    because: exchange.playgrounds.name is nullable
    write: name: str | None

sql/get_playground.sql:3: hint[column-type]: 100% a, b: exact?
    | \tplaygrounds.id
    hint: look
again

           Python  PostgreSQL
  ✗  name  str     text, may be NULL
     id    —       bigint

asserted, not proved: a.b: not null: x

note: small

checked 1 function (2 statements): 2 faults, 1 hint, 0.2 s"""
    )


def test_for_programs(report: Report) -> None:
    """The same as JSON."""
    content = json.loads(report.json())
    assert (content["ok"], content["functions"], content["seconds"]) == (False, 1, 0.25)
    assert content["findings"][1]["code"] == "nullable"
    assert content["findings"][1]["severity"] == "error"
    assert content["findings"][1]["expected"] == "str"


def test_for_github(report: Report) -> None:
    """One annotation in a line, escaped as GitHub wants it, with the path from the repository."""
    elsewhere, fault, hint, summary = report.github().splitlines()
    assert elsewhere == "::error file=/elsewhere,line=1,col=1,title=check%3A declaration::there is no such folder"
    assert fault == (
        "::error file=sql/get_playground.sql,line=2,col=15,title=places.get_playground%3A nullable::"
        "column 'name' may be NULL%0Abecause: exchange.playgrounds.name is nullable%0Awrite: name: str | None"
    )
    assert hint.startswith(
        "::notice file=sql/get_playground.sql,line=3,col=1,title=places.get_playground%3A column-type"
    )
    assert hint.endswith("::100%25 a, b: exact?%0Ahint: look%0Aagain")
    assert summary == report.summary


def test_hints_do_not_count(report: Report) -> None:
    """Only errors make a report not ok."""
    with pytest.raises(AssertionError, match="2 faults, 1 hint"):
        report.assert_ok()
    assert not report.without_hints().hints
    only_hints = Report(report.hints, 1, 1, 0)
    assert only_hints.ok
    only_hints.assert_ok()
    assert only_hints.summary == "checked 1 function: 0 faults, 1 hint, 0.0 s"
