"""All of the library's own functions agree with its own schema."""

import psycopg

from exchange_db.check import check


def test_every_function_agrees_with_the_schema(conn: psycopg.Connection) -> None:
    """No fault, and no hint but at fields that another function of the same record needs to be optional."""
    report = check(db=conn)
    report.assert_ok()
    assert report.functions > 130
    assert {hint.code for hint in report.hints} <= {"needless-optional"}
