"""What can be learned of where somebody is: cells of a grid, another user's profile, and an attack on both."""

import math
from random import Random
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic  # pyright: ignore[reportMissingTypeStubs] # ships none
from hypothesis import example, given
from hypothesis import strategies as st

from exchange_db import accounts, matching, profiles
from exchange_db.errors import NotFound
from exchange_db.types import ActivityLevel, Point, UserId
from tests.database.discovery_worlds import (
    BERLIN,
    NOBODY,
    Conn,
    Person,
    add,
    area,
    cosine,
    distance_m,
    found,
    in_one_database,
    point,
)
from tests.database.matching_model import add_users


@pytest.fixture
def conn(cleared_conn: Conn) -> Conn:
    """On the database of this module, which is empty again after each test."""
    return cleared_conn


# --- the grid ----------------------------------------------------------------------------------------------


def area_in_database(conn: Conn, location: Point) -> Point:
    row = conn.execute(
        "select st_x(area), st_y(area) from"
        " (select exchange.area_of(st_setsrid(st_makepoint(%s, %s), 4326))::geometry as area) as cell",
        [location.longitude, location.latitude],
    ).fetchone()
    assert row is not None
    return point(*row)


anywhere = st.builds(
    point,
    st.sampled_from([-180.0, -90.0, 0.0, 90.0, 180.0, math.nextafter(180, 0), 5e-324]) | st.floats(-180, 180),
    st.sampled_from([-90.0, 90.0, 0.0, 89.996, -89.994, math.nextafter(90, 0)]) | st.floats(-90, 90),
)


@in_one_database
@given(location=anywhere)
@example(location=point(180, 89.9951))
@example(location=point(179, -89.9951))
def test_a_cell_is_small_but_not_too_small(conn: Conn, location: Point) -> None:
    """Everywhere on Earth: a place is within 600 m of its cell's middle, and the middle is in its own cell."""
    middle = area_in_database(conn, location)
    assert distance_m(location, middle) < 600
    assert area_in_database(conn, middle) == middle
    assert (middle.longitude, middle.latitude) == pytest.approx((area(location).longitude, area(location).latitude))


@in_one_database
@given(location=anywhere, bearing=st.floats(0, 360))
def test_neighbouring_cells_are_far_apart(conn: Conn, location: Point, bearing: float) -> None:
    """Whoever is in another cell is seen at 500 m or more, at the poles and the 180th meridian too."""
    earth: Any = Geodesic.WGS84
    there = earth.Direct(location.latitude, location.longitude, bearing, 300)
    other = point(there["lon2"], there["lat2"])
    apart = distance_m(area_in_database(conn, location), area_in_database(conn, other))
    assert apart < 1e-6 or apart > 500


@in_one_database
@given(location=anywhere, east=st.integers(-3, 3), north=st.integers(-3, 3))
@example(location=point(0, 0.0025), east=1, north=0)
@example(location=point(0, 89.9951), east=0, north=1)
def test_a_cell_has_a_number_of_its_own(conn: Conn, location: Point, east: int, north: int) -> None:
    """Two places have one number where their cells have one middle, and only there."""
    other = point(
        max(-180, min(180, location.longitude + east * 0.005)), max(-90, min(90, location.latitude + north * 0.005))
    )
    row = conn.execute(
        "select exchange.area_id(one) = exchange.area_id(other), one = other from (select"
        " exchange.area_of(st_makepoint(%s, %s)::geography) as one,"
        " exchange.area_of(st_makepoint(%s, %s)::geography) as other) as areas",
        [location.longitude, location.latitude, other.longitude, other.latitude],
    ).fetchone()
    assert row is not None
    assert row[0] == row[1]


def test_the_ends_of_the_world(conn: Conn) -> None:
    """A pole is one cell from every longitude; -180 and 180 degrees are one place; nowhere is an error."""
    for latitude in (-90.0, 90.0):
        for longitude in range(-180, 181, 7):
            for near in (latitude, latitude * 0.99996):
                assert area_in_database(conn, point(longitude, near)) == point(0, latitude)
    for latitude in (-89.99, -60.0, 0.0, 17.3, 89.99):
        west, east = area_in_database(conn, point(-180, latitude)), area_in_database(conn, point(180, latitude))
        assert west == east
        assert area_in_database(conn, point(math.nextafter(180, 0), latitude)).longitude != pytest.approx(0)
    user_id = add(conn, Person(location=None))
    assert conn.execute("select area from exchange.profiles where user_id = %s", [user_id]).fetchone() == (None,)


def test_the_index_keeps_its_order_around_the_axes(conn: Conn) -> None:
    """Neighbouring cells along the equator, the meridians of 0, 90 and 180 degrees and the poles, from each of them.

    There PostGIS's index, which rounds, may call out "index returned tuples in wrong order" for places that are
    centimetres apart.
    """
    conn.execute("""
        create temp table cells as
        select row_number() over () as id, cell as area
        from (
          select distinct exchange.area_of(st_setsrid(st_makepoint(
            case when x > 180 then x - 360 when x < -180 then x + 360 else x end, greatest(-90, least(90, y))
          ), 4326)) as cell
          from (values
            (0, 0), (90, 0), (180, 0), (-90, 0), (0, 45), (90, 45), (180, 45), (0, 90), (0, -90), (45, 35.2644)
          ) as middle (at_x, at_y),
            lateral (
              select at_x + east * 0.005 / greatest(cosd(at_y), 0.0001) as x, at_y + north * 0.005 as y
              from generate_series(-8, 8) as east, generate_series(-8, 8) as north
            ) as around
        ) as every_cell;
        create index on cells using gist (area);
        analyze cells;
        set enable_sort = off;
        set enable_seqscan = off;
    """)
    count = 0
    for (origin,) in conn.execute("select area::text from cells").fetchall():
        rows = conn.execute(
            "select area <-> %s::geography from cells order by area <-> %s::geography limit 60", [origin, origin]
        ).fetchall()
        assert rows == sorted(rows)
        assert rows[0][0] == 0
        assert rows[1][0] > 500
        count += 1
    assert count > 1000


# --- another user's profile --------------------------------------------------------------------------------


def test_a_profile_as_others_see_it(conn: Conn) -> None:
    """Photos and prompts in their order, the distance of discovery, neither birth date nor position."""
    viewer, other = add(conn), add(conn, Person(location=point(13.405, 52.6)))
    photos = [profiles.add_photo(conn, user_id=other, url=f"https://example.org/{n}.jpg") for n in range(3)]
    prompts = [profiles.add_prompt(conn, user_id=other, question=f"{n}?", answer="Yes") for n in range(3)]
    profiles.reorder_photos(conn, user_id=other, photo_ids=[photo.photo_id for photo in photos[::-1]])
    seen = matching.get_public_profile(conn, viewer_id=viewer, user_id=other)
    assert seen.photos == profiles.list_photos(conn, user_id=other)
    assert seen.prompts == prompts
    (discovered,) = matching.discover_profiles(conn, viewer_id=viewer)
    assert seen.model_dump(exclude={"photos", "prompts"}) == discovered.model_dump()
    assert not {"birth_date", "location", "area"} & set(seen.model_dump())
    own = matching.get_public_profile(conn, viewer_id=other, user_id=other)
    assert own == seen.model_copy(update={"distance_m": 0})


def test_a_distance_needs_two_locations(conn: Conn) -> None:
    """It is null when the viewer or the profile has none, and for a viewer without a profile."""
    here, nowhere = add(conn), add(conn, Person(location=None))
    (without_profile,) = add_users(conn, 1)
    for viewer, other in ((here, nowhere), (nowhere, here), (without_profile, here)):
        assert matching.get_public_profile(conn, viewer_id=viewer, user_id=other).distance_m is None


@pytest.mark.parametrize("why", ["no profile", "no user", "deactivated", "blocks", "is blocked"])
def test_a_profile_that_is_not_shown(conn: Conn, why: str) -> None:
    """Whoever is blocked learns no more than of somebody who has gone."""
    viewer, other = add(conn), add(conn)
    matching.get_public_profile(conn, viewer_id=viewer, user_id=other)
    match why:
        case "no profile":
            profiles.delete_profile(conn, user_id=other)
        case "no user":
            other = NOBODY
        case "deactivated":
            accounts.deactivate_user(conn, user_id=other)
        case "blocks":
            matching.block(conn, actor_id=other, target_id=viewer)
        case _:
            matching.block(conn, actor_id=viewer, target_id=other)
    with pytest.raises(NotFound):
        matching.get_public_profile(conn, viewer_id=viewer, user_id=other)


# --- the attack --------------------------------------------------------------------------------------------

RADIUS_M = 275
"""Half of a cell's height: who is placed more exactly than that, everywhere in their cell, is given away."""


class Attacker:
    """Somebody who sets their own location and wishes at will, and notes what they are told about a target."""

    def __init__(self, conn: Conn, target: UserId) -> None:
        self.conn, self.target = conn, target
        self.id = add(conn)

    def go(self, location: Point) -> None:
        profiles.update_profile(
            self.conn, user_id=self.id, name="Rex", birth_date=None, bio=None, pronouns=None, image_url=None,
            location_name=None, location=location, activity_level=None,
        )  # fmt: skip

    def is_within(self, metres: float) -> bool:
        profiles.set_preferences(self.conn, user_id=self.id, max_distance_m=metres)
        return self.target in found(self.conn, self.id, limit=100)

    def is_after(self, metres: float) -> bool:
        """By the cursor of a page."""
        profiles.set_preferences(self.conn, user_id=self.id, max_distance_m=100_000)
        return self.target in found(self.conn, self.id, after_distance_m=metres, limit=100)

    def observe(self, location: Point) -> tuple[float, ...]:
        """The distance as it is told, as the edge of the wish, and as the edge of a page."""
        self.go(location)
        profiles.set_preferences(self.conn, user_id=self.id, max_distance_m=100_000)
        told = {row.user_id: row.distance_m for row in matching.discover_profiles(self.conn, viewer_id=self.id)}
        shown = matching.get_public_profile(self.conn, viewer_id=self.id, user_id=self.target).distance_m
        assert shown == told[self.target]
        nearest, farthest = 0.0, 100_000.0
        before, after = 0.0, 100_000.0
        for _ in range(24):
            middle, cut = (nearest + farthest) / 2, (before + after) / 2
            nearest, farthest = (nearest, middle) if self.is_within(middle) else (middle, farthest)
            before, after = (cut, after) if self.is_after(cut) else (before, cut)
        return told[self.target], round(farthest, 1), round(after, 1)


def best_guess(seen: dict[Point, float]) -> Point:
    """Where the squares of the errors of all distances are least: from coarse steps down to centimetres."""
    x, y, step = BERLIN.longitude, BERLIN.latitude, 0.1

    def error(at: tuple[float, float]) -> float:
        return sum((distance_m(point(*at), origin) - metres) ** 2 for origin, metres in seen.items())

    while step > 1e-7:
        around = [(x + i * step, y + j * step) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        best = min(around, key=error)
        step = step / 2 if best == (x, y) else step
        x, y = best
    return point(x, y)


def test_nobody_can_be_trilaterated(conn: Conn) -> None:
    """Distances from many places, edges of wishes and of pages together place a target in their cell, no better.

    Targets all over one cell get the same guess, wherever the attacker goes: for those in its outer part the guess is
    off by more than the stated radius, and none of them can be told from one in the middle.
    """
    random = Random(7)
    middle = area(BERLIN)
    high, wide = 0.0025, 180 / math.floor(72_000 * cosine(52.525))
    corners = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    spots = [point(middle.longitude + i * 0.98 * wide, middle.latitude + j * 0.98 * high) for i, j in corners]
    spots.append(middle)
    origins = [point(13.405 + random.uniform(-0.2, 0.2), 52.52 + random.uniform(-0.1, 0.1)) for _ in range(6)]
    target = add(conn, Person(max_distance_m=100_000))
    attacker = Attacker(conn, target)
    told: list[dict[Point, tuple[float, ...]]] = []
    for spot in spots:
        profiles.update_profile(
            conn, user_id=target, name="Rex", birth_date=None, bio=None, pronouns=None, image_url=None,
            location_name=None, location=spot, activity_level=ActivityLevel.MEDIUM,
        )  # fmt: skip
        told.append({origin: attacker.observe(origin) for origin in origins})
    assert all(each == told[0] for each in told)  # one cell, one set of observations
    for edge in told[0].values():
        assert edge[0] == pytest.approx(edge[1], abs=0.2)
        assert edge[0] == pytest.approx(edge[2], abs=0.2)
    # The attacker knows the grid too, and so from which place each distance was really measured.
    guess = best_guess({area(origin): seen[0] for origin, seen in told[0].items()})
    assert distance_m(guess, middle) < 5
    assert all(distance_m(guess, spot) > RADIUS_M for spot in spots[:4])


def test_two_in_one_cell_are_indistinguishable(conn: Conn) -> None:
    """From everywhere: far away, next to one of them, and across the border of their cell."""
    middle = area(BERLIN)
    one, two = (
        add(conn, Person(location=point(middle.longitude + d, middle.latitude + d / 2))) for d in (-0.003, 0.003)
    )
    for east, north in ((0, 0), (-0.003, -0.0015), (0.003, 0.0015), (0.004, 0.0027), (0.1, -0.07), (-0.2, 0.01)):
        viewer = add(conn, Person(location=point(middle.longitude + east, middle.latitude + north)))
        rows = {row.user_id: row.distance_m for row in matching.discover_profiles(conn, viewer_id=viewer)}
        assert rows[one] == rows[two]
        accounts.delete_user(conn, user_id=viewer)
