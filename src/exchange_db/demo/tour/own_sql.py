# mypy: disable-error-code="empty-body"
# A declaration's body is empty: the engine supplies the rest.
"""Other ways to call, and a folder of one's own SQL."""

import asyncio
import tracemalloc
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from exchange_db import open_async_pool, places, sql_folder
from exchange_db.demo.stage import Step
from exchange_db.errors import DeclarationError
from exchange_db.places import NearbyPlayground
from exchange_db.pool import Pool
from exchange_db.types import Point

__all__ = ["STEPS"]


async def awaited(url: str) -> list[NearbyPlayground]:
    """The same functions are awaited with an async pool: there is no second set of them. Four calls at once."""
    cities = [
        Point(longitude=-74.0817, latitude=4.6097),  # Bogotá
        Point(longitude=30.5238, latitude=50.4547),  # Kyiv
        Point(longitude=36.8172, latitude=-1.2833),  # Nairobi
        Point(longitude=126.9784, latitude=37.566),  # Seoul
    ]
    nearest = places.list_nearest_playgrounds
    async with open_async_pool(url) as pool:
        calls = [nearest(pool, origin=city, limit=1) for city in cities]
        found = await asyncio.gather(*calls)
    return [playground for (playground,) in found]


def a_stream(pool: Pool) -> list[tuple[str, str]]:
    """All playgrounds, a thousand at a time over a server-side cursor: memory stays flat however many there are.
    (Watching it takes most of the time here.)"""
    hemispheres: Counter[str] = Counter()
    tracemalloc.start()
    with places.stream_playgrounds(pool) as rows:
        for row in rows:
            north = row.location.latitude >= 0
            hemispheres["north" if north else "south"] += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        ("north of the equator", f"{hemispheres['north']:,}"),
        ("south of the equator", f"{hemispheres['south']:,}"),
        ("Python's memory at most", f"{peak / 1e6:.1f} MB"),
    ]


# --- your own SQL ----------------------------------------------------------------------------------------------------

_OWN_SQL = """
-- Those who have added the most playgrounds.
select
  profiles.name,
  profiles.location_name,
  count(*) as playgrounds
from exchange.playgrounds
inner join exchange.profiles on playgrounds.added_by = profiles.user_id
group by profiles.user_id
order by playgrounds desc, profiles.user_id
limit :limit;
"""

_OWN_PYTHON = """
from exchange_db import sql_folder
from exchange_db.types import Record

query = sql_folder("queries")

class Contributor(Record):
    name: str
    location_name: str | None
    playgrounds: int

@query
def list_contributors(*, limit: int) -> list[Contributor]: ...
"""

_MISSPELT_PYTHON = """
from exchange_db import sql_folder

query = sql_folder("faulty_queries")

@query
def count_contributors(*, added_afer: str) -> int: ...

query.complete()
"""

_MISSPELT_SQL = """
select count(distinct playgrounds.added_by)
from exchange.playgrounds
where playgrounds.created_at > :added_after;
"""


def own_sql(pool: Pool) -> Any:
    """A folder of your own and ten lines: the same typing, errors and records. The tables may be yours as well."""
    contributors = import_module("contributors")
    return contributors.list_contributors(pool, limit=5)


def a_plan(pool: Pool, folder: Path) -> list[str]:
    """Even this is a folder of one's own: the file behind a call, with explain before it. Each part of the view walks
    an SP-GiST index from its middle outwards."""
    statement = places.list_playgrounds_in_box.path.read_text()
    plans = folder / "plans"
    plans.mkdir()
    explain = f"explain (costs off) {statement}"
    (plans / "explain_box.sql").write_text(explain)
    query = sql_folder(plans)

    @query
    def explain_box(
        *,
        south_west: Point,
        north_east: Point,
        limit: int,
    ) -> list[str]: ...

    return explain_box(
        pool,
        south_west=Point(longitude=176, latitude=-22),
        north_east=Point(longitude=-171, latitude=-12),
        limit=20,
    )


def a_misspelling() -> ModuleType:
    """Files and functions that do not fit each other fail at import, all faults of a folder in one report."""
    return import_module("faulty")


STEPS = (
    Step("The same functions, awaited", awaited, columns=("name", "distance_m", "location")),
    Step("A stream", a_stream, columns=("what", "how much")),
    Step(
        "Your own SQL",
        own_sql,
        files={"queries/list_contributors.sql": _OWN_SQL, "contributors.py": _OWN_PYTHON},
    ),
    Step("What the server does", a_plan),
    Step(
        "A misspelling",
        a_misspelling,
        raises=DeclarationError,
        files={"faulty_queries/count_contributors.sql": _MISSPELT_SQL, "faulty.py": _MISSPELT_PYTHON},
    ),
)
