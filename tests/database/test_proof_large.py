"""Statements that nest or branch too much for a proof: what is not looked into may be NULL."""

import psycopg
import pytest

from exchange_db.proof.analysis import CannotAnalyse, analyse
from exchange_db.proof.cardinality import at_least_one, at_most_one
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import prove


def test_what_is_too_large_is_not_proved(database_url: str) -> None:
    """Forty queries, each joined twice with the one before, and sums and texts of hundreds of parts, are answered."""
    with_parts = [f"c{n} as (select x.a from c{n - 1} x left join c{n - 1} y on y.a = x.a)" for n in range(1, 40)]
    doubled = f"with c0 as (select 1 as a), {', '.join(with_parts)} select a from c39"
    with psycopg.connect(database_url, autocommit=True) as conn:
        for text in (doubled, f"select {' + '.join(['x.a'] * 200)} from (select 1 as a where {'1 + ' * 200} 1 > 0) x"):
            tree = analyse(conn, text.encode(), [])
            assert tree is not None
            assert len(prove(tree, Catalog(conn))) == 1
            at_most_one(tree, Catalog(conn))
            at_least_one(tree, Catalog(conn))
        with pytest.raises(CannotAnalyse, match="nests too deep"):
            analyse(conn, f"select {' || '.join(['a::text'] * 900)} from (select 1 as a) x".encode(), [])
