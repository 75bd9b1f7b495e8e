"""Proofs of nullability and cardinality: against what is known of each query, and against what comes back."""

from collections.abc import Generator
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db.proof.analysis import analyse
from exchange_db.proof.cardinality import at_most_one
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import prove
from tests.database.nullability_corpus import CHANGED_ROWS, CHANGES, CORPUS, FILLINGS, ONE_ROW, SCHEMA
from tests.database.proving import analysed, came_back, letters
from tests.database.random_queries import SCHEMA as RANDOM_SCHEMA
from tests.database.random_queries import Queries, rows

Conn = psycopg.Connection[Any]

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


def test_parameters_are_what_is_said_of_them(host: Conn, catalog: Catalog) -> None:
    """A parameter may be NULL, and an array's element, but for those of which it is said that they never are."""
    query = analysed(host, "select $1, $2, a from unnest($2) as a", 25, 1007)
    assert letters(prove(query, catalog)) == "mmm"
    assert letters(prove(query, catalog, (1, 2))) == "nnm"
    assert letters(prove(query, catalog, (2,), (2,))) == "mnn"


def test_no_column_proved_not_null_ever_comes_back_null(host: Conn, catalog: Catalog) -> None:
    """Whatever the tables hold, proofs hold; and few columns are called nullable that never are."""
    everything = [*CORPUS, *CHANGES, *((sql, "") for sql, _ in [*ONE_ROW, *CHANGED_ROWS])]
    queries = {sql: analysed(host, sql) for sql, _ in everything}
    proved = {sql: (prove(query, catalog), at_most_one(query, catalog).holds) for sql, query in queries.items()}
    seen: set[tuple[str, int]] = set()
    for filling in FILLINGS:
        host.execute(filling.encode())
        for sql, (proofs, is_one_row) in proved.items():
            found = came_back(host, sql)
            nulls = {n for row in found for n, is_null in enumerate(row) if is_null}
            assert not [proof for n, proof in enumerate(proofs) if n in nulls and proof.not_null], sql
            assert len(found) <= 1 or not is_one_row, sql
            seen |= {(sql, n) for n in nulls}
    careful = [
        (sql, n)
        for sql, (proofs, _) in proved.items()
        for n, proof in enumerate(proofs)
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
