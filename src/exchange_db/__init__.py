"""Hand-written SQL files become typed functions that return frozen Pydantic records.

>>> from exchange_db import open_pool, places
>>> from exchange_db.types import Point
>>> with open_pool() as pool:
...     near = places.list_nearby_playgrounds(
...         pool, origin=Point(longitude=13.405, latitude=52.52), radius_m=2_000
...     )
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from exchange_db import errors, types
from exchange_db.engine import Bound, Query, StreamQuery, sql_folder
from exchange_db.errors import ExchangeError
from exchange_db.pipelines import pipeline
from exchange_db.pool import open_async_pool, open_pool, transaction

if TYPE_CHECKING:
    from exchange_db import accounts, matching, messaging, places, profiles, sales, skills, study

__all__ = [
    "Bound",
    "ExchangeError",
    "Query",
    "StreamQuery",
    "accounts",
    "errors",
    "matching",
    "messaging",
    "open_async_pool",
    "open_pool",
    "pipeline",
    "places",
    "profiles",
    "sales",
    "skills",
    "sql_folder",
    "study",
    "transaction",
    "types",
]

_DOMAINS = ("accounts", "matching", "messaging", "places", "profiles", "sales", "skills", "study")
"""Read when they are first asked for: nobody waits for the queries of a system that the application does not use."""


def __getattr__(name: str) -> Any:
    if name in _DOMAINS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_DOMAINS})
