"""Corpora of queries: hostile ones, each of which made a proof wrong or might have; foreign keys;
conditions and check constraints that tie columns together; those of everyday."""

from collections.abc import Generator
from typing import Any

import psycopg
import pytest

from exchange_db.proof.cardinality import at_most_one
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import prove
from tests.database.proving import Expected, analysed, came_back, corpus, letters, schema

Conn = psycopg.Connection[Any]

NAMES = ("hostile", "references", "conditions", "everyday")
QUERIES = [one for name in NAMES for one in corpus(name)]


@pytest.fixture(scope="module")
def host(module_database_url: str) -> Generator[Conn]:
    """A database with the tables of the corpora, and rows in them."""
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("set jit = off")
        for name in NAMES:
            connection.execute(schema(name))
        yield connection


@pytest.fixture(scope="module")
def catalog(host: Conn) -> Catalog:
    return Catalog(host)


@pytest.mark.parametrize("expected", QUERIES, ids=lambda one: one.sql[:60])
def test_a_query_has_the_proofs_that_it_should(host: Conn, catalog: Catalog, expected: Expected) -> None:
    """Each column is proved or not, and one row at most or not, as the corpus says."""
    query = analysed(host, expected.sql)
    proofs = prove(query, catalog)
    assert letters(proofs) == expected.letters, proofs
    assert at_most_one(query, catalog).holds is expected.one_row


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_back_refutes_no_expectation(host: Conn, name: str) -> None:
    """No column that the corpus calls never NULL comes back NULL, and no second row where it says one at most."""
    wrong: list[str] = []
    for expected in corpus(name):
        rows = came_back(host, expected.sql)
        nulls = any(row[n] for row in rows for n, letter in enumerate(expected.letters) if letter == "n")
        if nulls or (expected.one_row and len(rows) > 1):
            wrong.append(expected.sql)
    assert wrong == []
