"""Proofs of nullability and cardinality: against what is known of each query, and against what comes back."""

import re
from collections.abc import Generator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db.proof.analysis import analyse
from exchange_db.proof.cardinality import at_most_one
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import Proof, prove
from exchange_db.proof.tree import Node, parse
from tests.database.nullability_corpus import CHANGED_ROWS, CHANGES, CORPUS, FILLINGS, LATER, ONE_ROW, SCHEMA
from tests.database.random_queries import SCHEMA as RANDOM_SCHEMA
from tests.database.random_queries import Queries, rows

Conn = psycopg.Connection[Any]

LATER_TREES = Path(__file__).parent / "later_trees"

# Columns that no row of the fillings has NULL in: they could be, by other rows (a stale materialized view, a schema
# that search_path does not find), or are not for reasons that the tree does not show.
TOO_CAREFUL = 34


@pytest.fixture(scope="module")
def host(module_database_url: str) -> Generator[Conn]:
    """A database with the corpus's schema, and that of the random queries."""
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("set jit = off")  # unanalysed tables look large, and compiling takes longer than running
        connection.execute(SCHEMA)
        connection.execute(RANDOM_SCHEMA)
        yield connection


@pytest.fixture(scope="module")
def catalog(host: Conn) -> Catalog:
    return Catalog(host)


def analysed(conn: Conn, sql: str, *types: int) -> Node:
    query = analyse(conn, sql.encode(), types)
    assert query is not None, sql
    return query


def letters(proofs: tuple[Proof, ...]) -> str:
    return "".join("n" if proof.not_null else "m" for proof in proofs)


@pytest.mark.parametrize(("sql", "expected"), [*CORPUS, *CHANGES])
def test_each_column_is_proved_or_not_as_expected(host: Conn, catalog: Catalog, sql: str, expected: str) -> None:
    """Each query of the corpus has exactly the columns that it should have proved not NULL, each with a reason."""
    proofs = prove(analysed(host, sql), catalog)
    assert letters(proofs) == expected, proofs
    assert all(proof.reason for proof in proofs)


@pytest.mark.parametrize(("sql", "expected"), [*ONE_ROW, *CHANGED_ROWS])
def test_one_row_at_most_is_proved_or_not_as_expected(host: Conn, catalog: Catalog, sql: str, expected: bool) -> None:
    """A unique key that is given whole, an aggregate, a limit: one row at most; nothing less is."""
    assert at_most_one(analysed(host, sql), catalog).holds is expected


def recorded(conn: Conn, name: str) -> Node:
    """The tree of a statement as PostgreSQL 18 wrote it down, of the tables that are here."""
    text = (LATER_TREES / f"{name}.txt").read_text(encoding="utf-8")
    for table in set(re.findall(r"@([\w.]+)@", text)):
        row = conn.execute("select %s::regclass::oid::bigint", (table,)).fetchone()
        assert row is not None
        text = text.replace(f"@{table}@", str(row[0]))
    tree = parse(text)
    while isinstance(tree, list):
        tree = tree[0]
    assert isinstance(tree, Node)
    return tree


@pytest.mark.parametrize(("name", "version", "sql", "expected"), LATER)
def test_statements_of_later_servers_are_proved(  # noqa: PLR0917 - two fixtures, and a row of the list
    host: Conn, catalog: Catalog, name: str, version: int, sql: str, expected: str
) -> None:
    """What is new in SQL is proved of the tree that a later server made of it, and of this server's own if it can."""
    assert letters(prove(recorded(host, name), catalog)) == expected
    if host.info.server_version >= version * 10000:
        assert letters(prove(analysed(host, sql), catalog)) == expected


def test_parameters_are_what_is_said_of_them(host: Conn, catalog: Catalog) -> None:
    """A parameter may be NULL, and an array's element, but for those of which it is said that they never are."""
    query = analysed(host, "select $1, $2, a from unnest($2) as a", 25, 1007)
    assert letters(prove(query, catalog)) == "mmm"
    assert letters(prove(query, catalog, (1, 2))) == "nnm"
    assert letters(prove(query, catalog, (2,), (2,))) == "mnn"


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


def test_no_column_proved_not_null_ever_comes_back_null(host: Conn, catalog: Catalog) -> None:
    """Whatever the tables hold, proofs hold; and few columns are called nullable that never are."""
    everything = [*CORPUS, *CHANGES, *((sql, "") for sql, _ in [*ONE_ROW, *CHANGED_ROWS])]
    queries = [(sql, analysed(host, sql)) for sql, _ in everything]
    seen: set[tuple[str, int]] = set()
    for filling in FILLINGS:
        host.execute(filling.encode())
        for sql, query in queries:
            found = came_back(host, sql)
            proofs = prove(query, catalog)
            nulls = {n for row in found for n, is_null in enumerate(row) if is_null}
            assert not [proof for n, proof in enumerate(proofs) if n in nulls and proof.not_null], sql
            assert len(found) <= 1 or not at_most_one(query, catalog).holds, sql
            seen |= {(sql, n) for n in nulls}
    careful = [
        (sql, n)
        for sql, query in queries
        for n, proof in enumerate(prove(query, catalog))
        if not proof.not_null and (sql, n) not in seen
    ]
    assert len(careful) <= TOO_CAREFUL, careful


SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, suppress_health_check=SLOW, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_queries_give_what_is_proved(host: Conn, catalog: Catalog, random: Random) -> None:
    """Of queries that nobody thought of, over rows that nobody thought of, no proof is wrong."""
    sql = Queries(random).query()
    try:
        query = analyse(host, sql.encode(), ())
    except psycopg.Error:
        return  # not every text of the grammar is a query
    assert query is not None
    proofs = prove(query, catalog)
    for _ in range(4):
        host.execute(rows(random).encode())
        found = came_back(host, sql)
        for row in found:
            assert not [proof for proof, is_null in zip(proofs, row, strict=True) if proof.not_null and is_null]
        assert len(found) <= 1 or not at_most_one(query, catalog).holds
