# mypy: disable-error-code="empty-body"
# A declaration's body is empty: the engine supplies the rest.
# ruff: noqa: S106 - passwords made up for the reader
"""The guided tour: real calls on real data, one step each.

The body of each step is shown as it stands here, so it is written to be read in a terminal of 80 columns.
"""

import asyncio
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import ModuleType
from typing import Any

import psycopg
from psycopg import Connection
from rich.console import Console

from exchange_db import accounts, open_async_pool, open_pool, places, profiles, sql_folder, transaction
from exchange_db.accounts import User
from exchange_db.authentication import sign_in, sign_up
from exchange_db.demo.stage import Stage, Step
from exchange_db.errors import Conflict, DeclarationError, InvalidValue
from exchange_db.places import NearbyPlayground, Playground
from exchange_db.pool import Pool
from exchange_db.profiles import FullProfile, Photo, PhotoOrder
from exchange_db.types import ActivityLevel, Point

__all__ = ["STEPS", "run_tour"]

GUEST = "grace@example.org"
"""Signs up in the tour, and is deleted with everything of hers when it ends."""


# --- accounts --------------------------------------------------------------------------------------------------------


def open_a_pool(url: str) -> Pool:
    """Every call takes a psycopg connection or pool. This is psycopg's own pool with settings that suit one-statement
    calls; without a URL it follows libpq's PGHOST, PGDATABASE and so on."""
    return open_pool(url)


def signing_up(pool: Pool) -> User:
    """The result is a frozen Pydantic record. Argon2 hashes the password, slowly on purpose, before a connection is
    taken from the pool."""
    return sign_up(
        pool,
        email="grace@example.org",
        password="one nanosecond is 30 cm",
        username="grace",
    )


def signing_up_twice(pool: Pool) -> User:
    """Addresses are the same without regard to case, and a unique index says so, not a look before the insert. The
    sentence is the comment on that index: fit to show to a person."""
    return sign_up(pool, email="Grace@Example.ORG", password="two")


def signing_in(pool: Pool) -> Iterator[tuple[str, str, str | None, str]]:
    """A wrong password and an unknown address cannot be told apart: the answer is the same, and takes the same time."""
    for email, password in [
        ("grace@example.org", "one nanosecond is 30 cm"),
        ("grace@example.org", "a guess"),
        ("nobody@example.org", "a guess"),
    ]:
        start = perf_counter()
        user = sign_in(pool, email=email, password=password)
        name = user.username if user else None
        yield email, password, name, f"{perf_counter() - start:.2f} s"


# --- profiles --------------------------------------------------------------------------------------------------------


def in_one_transaction(pool: Pool, grace: User) -> FullProfile:
    """Each call is one round trip and commits by itself; several become all-or-nothing in a transaction. The full
    profile, with lists in it, is one statement and one round trip too."""
    with transaction(pool) as conn:
        profiles.create_profile(
            conn,
            user_id=grace.user_id,
            name="Grace",
            birth_date=date(1906, 12, 9),
            location_name="Arlington, United States",
            location=Point(longitude=-77.0865, latitude=38.8903),
            activity_level=ActivityLevel.HIGH,
        )
        for picture in ("moth", "harbour", "compiler"):
            url = f"https://photos.example.org/{picture}.jpg"
            profiles.add_photo(conn, user_id=grace.user_id, url=url)
        profiles.add_prompt(
            conn,
            user_id=grace.user_id,
            question="Easier than permission",
            answer="To ask for forgiveness.",
        )
    return profiles.get_full_profile(pool, user_id=grace.user_id)


def another_order(pool: Pool, grace: User) -> list[Photo]:
    """Photos change places in one call, and their positions can have neither gap nor duplicate, however many callers
    race."""
    photos = profiles.list_photos(pool, user_id=grace.user_id)
    profiles.reorder_photos(
        pool,
        user_id=grace.user_id,
        photo_ids=[photo.photo_id for photo in reversed(photos)],
    )
    return profiles.list_photos(pool, user_id=grace.user_id)


def an_order_that_forgets_one(pool: Pool, grace: User) -> PhotoOrder:
    """An order that leaves a photo out is refused by a check constraint, and nothing has changed."""
    photos = profiles.list_photos(pool, user_id=grace.user_id)
    return profiles.reorder_photos(
        pool,
        user_id=grace.user_id,
        photo_ids=[photos[0].photo_id],
    )


# --- places ----------------------------------------------------------------------------------------------------------


def nearby(pool: Pool) -> list[NearbyPlayground]:
    """Within five kilometres of the middle of Berlin. The distance is geodesic, on the WGS 84 spheroid."""
    return places.list_nearby_playgrounds(
        pool,
        origin=Point(longitude=13.405, latitude=52.52),
        radius_m=5_000,
        limit=6,
    )


def nearest(pool: Pool) -> list[NearbyPlayground]:
    """Point Nemo lies farther from land than any other place on Earth. These are nearest to it all the same; the index
    yields them in order of distance, so that it need not look at the others."""
    return places.list_nearest_playgrounds(
        pool,
        origin=Point(longitude=-123.3933, latitude=-48.8767),
        limit=4,
    )


def in_a_box(pool: Pool) -> list[Playground]:
    """A map view from Fiji to Samoa crosses the 180th meridian: its west is greater than its east, and that is all
    there is to say."""
    return places.list_playgrounds_in_box(
        pool,
        south_west=Point(longitude=176, latitude=-22),
        north_east=Point(longitude=-171, latitude=-12),
    )


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


# --- the order of the tour -------------------------------------------------------------------------------------------

STEPS = (
    Step("A pool", open_a_pool, gives="pool"),
    Step("Signing up", signing_up, gives="grace"),
    Step("Signing up twice", signing_up_twice, raises=Conflict),
    Step("Signing in", signing_in, columns=("email", "password", "user", "time")),
    Step("Several calls, all or nothing", in_one_transaction),
    Step("Photos in another order", another_order, columns=("position", "url", "photo_id")),
    Step("An order that forgets a photo", an_order_that_forgets_one, raises=InvalidValue),
    Step("Playgrounds nearby", nearby, columns=("name", "distance_m", "location")),
    Step("The nearest, however far", nearest, columns=("name", "distance_m", "location")),
    Step("In a map view across the 180th meridian", in_a_box, columns=("name", "location")),
    Step("The same, awaited", awaited, columns=("name", "distance_m", "location")),
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


def run_tour(url: str, console: Console, between: Callable[[], object] = lambda: None) -> None:
    """Play all steps on a database with the sample data, and leave it as it was; ``between`` is called after each."""
    with TemporaryDirectory(prefix="tour-") as name, _importable(Path(name)) as folder, _guest(url):
        stage = Stage(console, folder, url=url)
        try:
            for step in STEPS:
                stage.play(step)
                between()
        finally:
            if "pool" in stage.names:
                stage.names["pool"].close()


@contextmanager
def _guest(url: str) -> Generator[None]:
    """The guest's account is not there before, nor after: also where an earlier tour was killed."""
    with psycopg.connect(url, autocommit=True) as connection:
        _forget_guest(connection)
        try:
            yield
        finally:
            _forget_guest(connection)


def _forget_guest(connection: Connection) -> None:
    if guest := accounts.find_user_by_email(connection, email=GUEST):
        accounts.delete_user(connection, user_id=guest.user_id)


@contextmanager
def _importable(folder: Path) -> Generator[Path]:
    """Modules in the folder can be imported, and are forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for path in folder.glob("*.py"):
            sys.modules.pop(path.stem, None)
