"""Hand-written SQL files become typed functions that return frozen Pydantic records.

>>> from exchange_db import open_pool, places
>>> from exchange_db.types import Point
>>> with open_pool() as pool:
...     near = places.list_nearby_playgrounds(
...         pool, origin=Point(longitude=13.405, latitude=52.52), radius_m=2_000
...     )
"""

from exchange_db import accounts, errors, matching, messaging, places, profiles, sales, skills, study, types
from exchange_db.engine import Bound, Query, StreamQuery, sql_folder
from exchange_db.errors import ExchangeError
from exchange_db.pipelines import pipeline
from exchange_db.pool import open_async_pool, open_pool, transaction

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
