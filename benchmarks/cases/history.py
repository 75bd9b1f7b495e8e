"""A million sales of the past, from Python into the table."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import psycopg

from benchmarks.cases import Case
from benchmarks.harness import OURS, Disagreement, Result, at_most, faster
from benchmarks.lab import Lab
from benchmarks.peers import psycopg_copy, sqlalchemy_bulk
from exchange_db import open_pool, sales
from exchange_db.types import ProductId

__all__ = ["CASES"]

ROWS = 1_000_000
OF_THE_ORM = 10
"""The ORM imports one row in so many, and its time for one row is what counts: it would take minutes."""
PRODUCTS = 5_000
TURNS = 3
_NAMES: tuple[str, ...] = ("product_id", "quantity", "unit_price", "sold_at", "is_promo", "from_stock")

_FILL = """
insert into exchange.products (name, price, stock, sku)
select 'Product ' || n, 1, 5, 'SKU-' || n from generate_series(1, $1::bigint) as n
"""
_CONTENT = """
select count(*), sum(hashtextextended(row(product_id, quantity, unit_price, sold_at, is_promo, from_stock)::text, 0))
from exchange.sales
"""


class Importers:
    """Everybody's way to import the same sales, given in the form that each takes."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._pool = stack.enter_context(open_pool(url, statement_timeout_s=None))
        self._copying = stack.enter_context(psycopg_copy.connect(url))
        self._bulk = stack.enter_context(sqlalchemy_bulk.open_engine(url))

    def of(self, rows: list[tuple[Any, ...]]) -> dict[str, Callable[[], int]]:
        ids, quantities, prices, sold_at, promo, _ = (list(column) for column in zip(*rows, strict=True))
        dictionaries = [dict(zip(_NAMES, row, strict=True)) for row in rows]
        return {
            OURS: lambda: sales.import_sales(
                self._pool,
                product_ids=ids,
                quantities=quantities,
                unit_prices=prices,
                sold_at=sold_at,
                are_promo=promo,
            ),
            psycopg_copy.NAME: lambda: self._copying.sales(rows),
            psycopg_copy.NAME_BINARY: lambda: self._copying.sales_in_binary(rows),
            sqlalchemy_bulk.NAME: lambda: self._bulk.sales(dictionaries),
            sqlalchemy_bulk.NAME_UNIT_OF_WORK: lambda: self._bulk.sales_one_by_one(dictionaries),
        }


def measure(lab: Lab) -> list[Result]:
    rows = _history(lab.size.rows(ROWS))
    few = rows[: max(len(rows) // OF_THE_ORM, 20)]
    with lab.database() as url, ExitStack() as stack:
        conn = stack.enter_context(psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor))
        conn.execute(_FILL, [PRODUCTS])
        conn.execute("analyze exchange.products")
        importers = Importers(url, stack)
        _agree(conn, importers.of(few))
        many, some = importers.of(rows), importers.of(few)
        chosen = {name: some[name] if name in _OF_THE_ORM else many[name] for name in many}
        per_row = _in_turns(conn, chosen, min(lab.size.turns, TURNS))
    return [
        Result(f"bulk-import, {len(rows):,} sales", per_row[OURS] * len(rows), name, per_row[name] * len(rows), goal)
        for name, goal in _GOALS.items()
    ]


_OF_THE_ORM = (sqlalchemy_bulk.NAME, sqlalchemy_bulk.NAME_UNIT_OF_WORK)
_GOALS = {
    psycopg_copy.NAME: at_most(2),
    psycopg_copy.NAME_BINARY: at_most(2),
    sqlalchemy_bulk.NAME: faster(10),
    sqlalchemy_bulk.NAME_UNIT_OF_WORK: faster(10),
}


def _history(count: int) -> list[tuple[Any, ...]]:
    """One sale a minute, of any product; in the order of time, as a till writes them."""
    chance = random.Random(11)  # noqa: S311 - made-up keys, no secrets
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [
        (
            ProductId(chance.randint(1, PRODUCTS)),
            chance.randint(1, 40),
            Decimal(chance.randrange(5_000)) / 100,
            start + timedelta(minutes=n),
            chance.random() < 0.1,
            False,
        )
        for n in range(count)
    ]


def _agree(conn: psycopg.Connection[Any], importers: Mapping[str, Callable[[], int]]) -> None:
    """Everybody leaves the same rows behind."""
    expected: Any = None
    for name, call in importers.items():
        conn.execute("truncate exchange.sales")
        call()
        content = conn.execute(_CONTENT).fetchone()
        expected = expected or content
        if content != expected:
            raise Disagreement(f"bulk-import: {name} leaves {content}, and not {expected}")


def _in_turns(
    conn: psycopg.Connection[Any], importers: Mapping[str, Callable[[], int]], turns: int
) -> dict[str, float]:
    """The median time for one row of each, always into an empty table, of which the last one's dirty pages are gone."""
    taken: dict[str, list[float]] = {name: [] for name in importers}
    for _ in range(turns):
        for name, call in importers.items():
            conn.execute("truncate exchange.sales")
            conn.execute("checkpoint")
            start = time.perf_counter()
            count = call()
            taken[name].append((time.perf_counter() - start) / count)
    return {name: median(seconds) for name, seconds in taken.items()}


CASES = (Case("bulk-import", "a million sales of the past, from Python into the table", measure),)
