"""What tests of the proofs share: corpora of queries, and what comes back from them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from exchange_db.proof.analysis import analyse
from exchange_db.proof.nullability import Proof
from exchange_db.proof.tree import Node

__all__ = ["Expected", "analysed", "came_back", "corpus", "letters", "schema"]

Conn = psycopg.Connection[Any]
FOLDER = Path(__file__).parent / "proofs"


@dataclass(frozen=True)
class Expected:
    """A query, a letter for each of its columns (``n`` is never NULL, ``m`` may be), and whether one row is the most
    that it gives."""

    sql: str
    letters: str
    one_row: bool


def corpus(name: str) -> list[Expected]:
    """The queries of a file of ``proofs/``: of each, a comment with what is expected, and the text."""
    return [_expected(text) for text in (FOLDER / f"{name}.sql").read_text().split("\n\n") if text.strip()]


def _expected(text: str) -> Expected:
    head, _, sql = text.strip().partition("\n")
    found, _, rows = head.removeprefix("-- ").partition(", ")
    assert set(found) <= {"n", "m"}, head
    assert rows in ("", "one row"), head
    return Expected(sql.rstrip(";"), found, rows == "one row")


def schema(name: str) -> bytes:
    """The statements that make the tables of a corpus, and fill them."""
    return (FOLDER / f"{name}_schema.sql").read_bytes()


def analysed(conn: Conn, sql: str, *types: int) -> Node:
    query = analyse(conn, sql.encode(), types)
    assert query is not None, sql
    return query


def letters(proofs: tuple[Proof, ...]) -> str:
    return "".join("n" if proof.not_null else "m" for proof in proofs)


def came_back(conn: Conn, sql: str) -> list[list[bool]]:
    """Of each row of a statement, which value is NULL; the statement changes nothing in the end. No rows where it
    fails."""
    try:
        with conn.transaction(force_rollback=True):
            result = conn.execute(sql.encode(), prepare=False).pgresult
    except psycopg.Error:
        return []
    assert result is not None
    # As the server sent it: psycopg has None for JSON's null too.
    return [[result.get_value(row, n) is None for n in range(result.nfields)] for row in range(result.ntuples)]
