"""``check`` on an application of somebody else's: whatever it is made of, correct declarations are found to agree."""

from pathlib import Path

import psycopg

from exchange_db.check import check
from tests.database.hosted import imported
from tests.database.transit import MODULE, SCHEMA, STATEMENTS


def test_a_correct_application_has_no_finding(conn: psycopg.Connection, tmp_path: Path) -> None:
    """No fault and no hint; what nothing can prove is asserted, three times in all."""
    conn.execute(SCHEMA.encode())
    (tmp_path / "transit").mkdir()
    for name, text in STATEMENTS.items():
        (tmp_path / "transit" / f"{name}.sql").write_text(text.lstrip(), encoding="utf-8")
    report = check(imported(tmp_path, "transit_app", MODULE), db=conn)
    assert not report.findings, str(report)
    assert report.functions == len(STATEMENTS)
    assert {function.rpartition(".")[2]: told.partition(": ")[0] for function, told in report.asserted} == {
        "find_nearby_stops": "not null",
        "get_trip_with_times": "not null",
        "list_departures": "allow timestamp-without-zone",
    }
