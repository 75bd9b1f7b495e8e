"""What the tests of discovery have in common: people with wishes, and the grid of cells in plain Python."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings

from exchange_db import matching, profiles
from exchange_db.types import ActivityLevel, Point, UserId
from tests.database.matching_model import add_users

__all__ = [
    "BERLIN",
    "NOBODY",
    "Conn",
    "Person",
    "add",
    "area",
    "cosine",
    "distance_m",
    "found",
    "in_one_database",
    "point",
]

Conn = psycopg.Connection[Any]
NOBODY = UserId(2**63 - 1)
BERLIN = Point(longitude=13.405, latitude=52.52)
EARTH_M = 6_371_008.7714
in_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


def point(longitude: float, latitude: float) -> Point:
    return Point(longitude=longitude, latitude=latitude)


def years_ago(years: int) -> date:
    today = datetime.now(UTC).date()
    return date(today.year - years, today.month, min(today.day, 28))


@dataclass(frozen=True)
class Person:
    """A profile with preferences; by default one that everybody in the neighbourhood would like to meet."""

    location: Point | None = BERLIN
    age: int | None = 5
    level: ActivityLevel | None = ActivityLevel.MEDIUM
    min_age: int = 0
    max_age: int = 20
    max_distance_m: float = 40_000
    wanted: ActivityLevel = ActivityLevel.MEDIUM


def add(conn: Conn, person: Person | None = None) -> UserId:
    """A user who is this person."""
    person = person or Person()
    (user_id,) = add_users(conn, 1)
    profiles.create_profile(
        conn,
        user_id=user_id,
        name="Rex",
        birth_date=None if person.age is None else years_ago(person.age),
        location=person.location,
        activity_level=person.level,
    )
    profiles.set_preferences(
        conn,
        user_id=user_id,
        min_age=person.min_age,
        max_age=person.max_age,
        max_distance_m=person.max_distance_m,
        activity_level=person.wanted,
    )
    return user_id


def found(conn: Conn, viewer_id: UserId, **page: Any) -> list[UserId]:
    return [row.user_id for row in matching.discover_profiles(conn, viewer_id=viewer_id, **page)]


# --- the grid ----------------------------------------------------------------------------------------------


def area(location: Point) -> Point:
    """The middle of the cell."""
    line = min(math.floor((location.latitude + 90) * 200), 35_999)
    narrower = min(cosine(line / 200 - 90), cosine((line + 1) / 200 - 90))
    cells = max(1, math.floor(72_000 * narrower))
    place = math.floor((location.longitude + 180) / 360 * cells) % cells
    middle = {0: -90.0, 35_999: 90.0}.get(line, (line + 0.5) / 200 - 90)
    return point((place + 0.5) * 360 / cells - 180, middle)


def cosine(degrees: float) -> float:
    return 0.0 if abs(degrees) == 90 else math.cos(math.radians(degrees))


def distance_m(one: Point, other: Point) -> float:
    """The great circle's, on the sphere of the Earth's mean radius."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(other.longitude - one.longitude)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1, math.sqrt(half)))
