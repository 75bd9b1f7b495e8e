"""10,000 rows of 11 columns into Python, in one call on one connection."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from benchmarks.cases import Case
from benchmarks.data import fill_deliveries
from benchmarks.harness import OURS, Contender, Result, at_most, awaited, faster, race
from benchmarks.lab import Lab
from benchmarks.opened import opener
from benchmarks.ours import Delivery, list_deliveries
from benchmarks.peers import (
    aiosql_queries,
    asyncpg_bare,
    psycopg_class_row,
    psycopg_raw,
    sqlalchemy_core,
    sqlalchemy_orm,
    sqlmodel_orm,
    sqlspec_driver,
    tortoise_orm,
)

__all__ = ["CASES"]

_FIELDS = tuple(Delivery.model_fields)


def _attributes(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Records, models and entities: by their attributes."""
    return [tuple(getattr(row, name) for name in _FIELDS) for row in rows]


def _tuples(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


def measure(lab: Lab) -> list[Result]:
    rows = lab.size.rows(10_000)
    with lab.database() as url, opener(lab) as peers:
        fill_deliveries(url, rows)
        conn = peers.open(psycopg.connect(url, autocommit=True))
        raw = peers.open(psycopg_raw.connect(url))
        class_row = peers.open(psycopg_class_row.connect(url))
        bare = peers.open_async(asyncpg_bare.connect(url))
        core = peers.open(sqlalchemy_core.connect(url))
        orm = peers.open(sqlalchemy_orm.open_engine(url))
        sqlmodel = peers.open(sqlmodel_orm.open_engine(url))
        aiosql = peers.open(aiosql_queries.connect(url))
        sqlspec = peers.open(sqlspec_driver.connect(url))
        tortoise = peers.open_async(tortoise_orm.connect(url))
        return race(
            lab,
            "rows",
            Contender(OURS, lambda: list_deliveries(conn, limit=rows), _attributes),
            [
                Contender(psycopg_raw.NAME, lambda: raw.deliveries(rows), goal=at_most(1.6)),
                Contender(psycopg_class_row.NAME, lambda: class_row.deliveries(rows), _attributes, faster(1.3)),
                awaited(asyncpg_bare.NAME, lambda: bare.deliveries(rows), _tuples),
                awaited(asyncpg_bare.NAME_PYDANTIC, lambda: bare.delivery_models(rows), _attributes, faster(1.15)),
                Contender(sqlalchemy_core.NAME, lambda: core.deliveries(rows), _tuples),
                Contender(sqlalchemy_core.NAME_PYDANTIC, lambda: core.delivery_models(rows), _attributes),
                Contender(sqlalchemy_orm.NAME, lambda: orm.deliveries(rows), _attributes, faster(2)),
                Contender(sqlalchemy_orm.NAME_PYDANTIC, lambda: orm.delivery_models(rows), _attributes, faster(4)),
                Contender(sqlmodel_orm.NAME, lambda: sqlmodel.deliveries(rows), _attributes, faster(2.3)),
                Contender(aiosql_queries.NAME, lambda: aiosql.deliveries(rows), _attributes),
                Contender(sqlspec_driver.NAME, lambda: sqlspec.deliveries(rows), _attributes),
                awaited(tortoise_orm.NAME, lambda: tortoise.deliveries(rows), _attributes),
            ],
        )


CASES = (Case("rows", "10,000 rows of 11 columns", measure),)
