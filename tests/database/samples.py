"""The demo's sample data at a size for tests, and what its tests ask of a database."""

from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from exchange_db.demo.loading import load_if_empty
from exchange_db.demo.sample import SampleTable, make_sample_data

SIZES = {"people": 300, "playgrounds": 700, "questions": 400, "sales": 4_000}


@cache
def small_sample() -> tuple[SampleTable, ...]:
    """Made once; nobody changes it."""
    return tuple(make_sample_data(**SIZES))


def load_sample(url: str) -> bool:
    """Load it into a database; False where there is something already."""
    return load_if_empty(url, lambda: [*small_sample()], lambda table, rows: None)


def column(table: str, name: str) -> list[Any]:
    """A column of the small sample."""
    (found,) = [each for each in small_sample() if each.name == table]
    return [row[found.columns.index(name)] for row in found.rows]


def count(url: str, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier("exchange", table))
    with psycopg.connect(url) as connection:
        (rows,) = connection.execute(query).fetchone() or (0,)
    return int(rows)


def contents(url: str) -> dict[str, tuple[int, str | None]]:
    """How many rows each table has, and a hash of all of them. But for cells, which stay when everybody has gone."""
    found: dict[str, tuple[int, str | None]] = {}
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = 'exchange' and tablename <> 'areas'"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("select count(*), md5(string_agg(t::text, '|' order by t::text)) from {} as t")
            found[name] = connection.execute(query.format(sql.Identifier("exchange", name))).fetchone() or (0, None)
    return found
