"""Discovery against plain Python: who is found, and in which order."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, matching, profiles
from exchange_db.errors import InvalidValue, Refused
from exchange_db.matching import DiscoveredProfile
from exchange_db.types import ActivityLevel, Point, UserId
from tests.database.discovery_worlds import (
    BERLIN,
    NOBODY,
    Conn,
    Person,
    add,
    area,
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


def test_everybody_in_reach_nearest_first(conn: Conn) -> None:
    """With what others may see and the distance between cells; not oneself."""
    viewer = add(conn)
    far, near = (add(conn, Person(location=point(13.405, 52.52 + north))) for north in (0.2, 0.1))
    rows = matching.discover_profiles(conn, viewer_id=viewer)
    assert [row.user_id for row in rows] == [near, far]
    assert rows[0].model_dump() == {
        "user_id": near,
        "name": "Rex",
        "age": 5,
        "bio": None,
        "pronouns": None,
        "image_url": None,
        "location_name": None,
        "activity_level": ActivityLevel.MEDIUM,
        "distance_m": pytest.approx(distance_m(area(BERLIN), area(point(13.405, 52.62))), rel=1e-6),
    }
    assert found(conn, viewer, limit=0) == []
    with pytest.raises(InvalidValue):
        found(conn, viewer, limit=-1)


NEAR = 12_000
"""How far away, in metres, the other one is in the tests of filters, more or less."""


@pytest.mark.parametrize(
    ("viewer", "other", "is_found"),
    [
        ({}, {}, True),
        ({"min_age": 5, "max_age": 5}, {}, True),
        ({"min_age": 6}, {}, False),
        ({"max_age": 4}, {}, False),
        ({"min_age": 6}, {"age": None}, True),
        ({}, {"min_age": 5, "max_age": 5}, True),
        ({}, {"min_age": 6}, False),
        ({}, {"max_age": 4}, False),
        ({"age": None}, {"min_age": 6}, True),
        ({"max_distance_m": NEAR - 1_000}, {}, False),
        ({"max_distance_m": NEAR + 1_000}, {}, True),
        ({"max_distance_m": 1e300}, {}, True),
        ({"max_distance_m": 1e-300}, {}, False),
        ({}, {"max_distance_m": NEAR - 1_000}, False),
        ({}, {"max_distance_m": NEAR + 1_000}, True),
        ({}, {"max_distance_m": 1e300}, True),
        ({}, {"level": ActivityLevel.HIGH}, False),
        ({}, {"level": None}, True),
        ({"wanted": ActivityLevel.HIGH}, {"level": ActivityLevel.HIGH}, True),
        ({"level": ActivityLevel.HIGH}, {}, True),
        ({}, {"location": None}, False),
    ],
)
def test_wishes_of_both_sides(conn: Conn, viewer: dict[str, Any], other: dict[str, Any], is_found: bool) -> None:
    """Ages and distances as both wish, the level as the viewer wishes, borders included; what is not told fits."""
    away = Person(location=point(13.405, 52.52 + NEAR / 111_195))
    viewer_id = add(conn, replace(Person(), **viewer))
    other_id = add(conn, replace(away, **other))
    assert found(conn, viewer_id) == ([other_id] if is_found else [])


def test_the_same_cell_is_within_any_distance(conn: Conn) -> None:
    """However small the wish: they are shown at distance 0."""
    viewer, other = (add(conn, Person(max_distance_m=1e-300)) for _ in range(2))
    assert [(row.user_id, row.distance_m) for row in matching.discover_profiles(conn, viewer_id=viewer)] == [(other, 0)]


def test_ages_change_on_the_birthday(conn: Conn) -> None:
    """Wishes are kept to the day: by the age that is shown, whatever the months and years between are long."""
    viewer = add(conn, Person(min_age=3, max_age=4))
    ages: dict[UserId, int] = {}
    for years in (3, 5):
        for days in (-366, -365, -1, 0, 1, 365, 366):
            other = add(conn)
            row = conn.execute(
                "update exchange.profiles set birth_date ="
                " (now() at time zone 'UTC')::date - make_interval(years => %s) + make_interval(days => %s)"
                " where user_id = %s returning exchange.age_in_years(birth_date)",
                [years, days, other],
            ).fetchone()
            assert row is not None
            ages[other] = row[0]
    assert set(found(conn, viewer)) == {other for other, age in ages.items() if age in (3, 4)}
    assert set(ages.values()) >= {2, 3, 4, 5}


def test_a_search_ends_after_ten_thousand_cells(conn: Conn) -> None:
    """Not counting those in which nobody has ever been; whoever is behind them is found from nearer by."""
    conn.execute("truncate exchange.areas")
    viewer = add(conn, Person(max_distance_m=1e300))
    far = add(conn, Person(location=point(13.405, 60), max_distance_m=1e300))
    for others, expected in ((9_998, [far]), (9_999, [])):
        conn.execute(
            "insert into exchange.areas (id, area) select exchange.area_id(cell.area), cell.area from ("
            "  select exchange.area_of(st_makepoint(13.4 + (n %% 100) * .01, 51.5 + n / 100 * .01)::geography) as area"
            "  from generate_series(1, %s) as n"
            ") as cell on conflict (id) do nothing",
            [others],
        )
        assert conn.execute("select count(*) - 2 from exchange.areas").fetchone() == (others,)
        assert found(conn, viewer) == expected


@pytest.mark.parametrize("how", ["as usual", "triggers switched off"])
def test_who_moves_is_found_where_they_are(conn: Conn, how: str) -> None:
    """Also in a cell that nobody has been in before, and where a bulk load switches the triggers off."""
    conn.execute("truncate exchange.areas")
    viewer, other = add(conn, Person(max_distance_m=5_000)), add(conn)
    with conn.transaction():
        if how != "as usual":
            conn.execute("set local session_replication_role = replica")
        for north, expected in ((0.2, []), (0.03, [other]), (None, []), (0.02, [other])):
            location = None if north is None else f"SRID=4326;POINT(13.405 {52.52 + north})"
            conn.execute("update exchange.profiles set location = %s where user_id = %s", [location, other])
            assert found(conn, viewer) == expected


def test_equally_far_cells_are_one(conn: Conn) -> None:
    """Whoever is as far in the east as another in the west comes in the order of id, on pages of any size."""
    middle = area(point(0, 52.52))  # where two cells are equally far to the last digit
    viewer = add(conn, Person(location=middle))
    for n in range(8):
        add(conn, Person(location=area(point(middle.longitude + (0.02 if n % 2 else -0.02), middle.latitude))))
    rows = matching.discover_profiles(conn, viewer_id=viewer)
    assert len(rows) == 8
    assert len({row.distance_m for row in rows}) == 1
    assert rows == sorted(rows, key=lambda row: (row.distance_m, row.user_id))
    for size in (1, 3):
        assert [row for page in all_pages(conn, viewer, size) for row in page] == rows


@pytest.mark.parametrize("whose", ["viewer", "other"])
def test_a_distance_is_kept_to_the_last_digit(conn: Conn, whose: str) -> None:
    """Who is shown at a distance is found by those who wish that far, and by nobody who wishes less."""
    people = {"viewer": add(conn), "other": add(conn, Person(location=point(13.405, 52.6)))}
    (row,) = matching.discover_profiles(conn, viewer_id=people["viewer"])
    for metres, is_found in ((row.distance_m, True), (math.nextafter(row.distance_m, 0), False)):
        profiles.set_preferences(
            conn, user_id=people[whose], min_age=0, max_age=20, max_distance_m=metres,
            activity_level=ActivityLevel.MEDIUM,
        )  # fmt: skip
        assert found(conn, people["viewer"]) == ([people["other"]] if is_found else [])


@pytest.mark.parametrize(
    ("done", "after"),
    [
        ("like", False),
        ("pass_on", False),
        ("block", False),
        ("liked", True),
        ("passed on", True),
        ("blocked", False),
        ("undone", True),
        ("block undone", False),
        ("blocked and undone", False),
        ("unblocked and undone", True),
        ("deactivated", False),
        ("deleted", False),
    ],
)
def test_decided_blocked_or_gone(conn: Conn, done: str, after: bool) -> None:
    """About whom one has decided, or with a block between the two: not found, until that is taken back."""
    me, other = add(conn), add(conn)
    mine: dict[str, Any] = {"actor_id": me, "target_id": other}
    theirs: dict[str, Any] = {"actor_id": other, "target_id": me}
    assert found(conn, me) == [other]
    match done:
        case "like" | "pass_on" | "block":
            getattr(matching, done)(conn, **mine)
        case "liked":
            matching.like(conn, **theirs)
        case "passed on":
            matching.pass_on(conn, **theirs)
        case "blocked":
            matching.block(conn, **theirs)
        case "undone":
            matching.like(conn, **mine)
            matching.undo_swipe(conn, **mine)
        case "block undone":
            matching.block(conn, **mine)
            matching.undo_swipe(conn, **mine)
        case "blocked and undone":
            matching.block(conn, **theirs)
            matching.undo_swipe(conn, **theirs)
        case "unblocked and undone":
            matching.block(conn, **mine)
            matching.unblock(conn, **mine)
            matching.undo_swipe(conn, **mine)
        case "deactivated":
            accounts.deactivate_user(conn, user_id=other)
        case _:
            accounts.delete_user(conn, user_id=other)
    assert found(conn, me) == ([other] if after else [])


def test_who_cannot_look_around(conn: Conn) -> None:
    """Without a profile, or without a location in it: refused with a sentence, not an empty list."""
    nowhere = add(conn, Person(location=None))
    (without_profile,) = add_users(conn, 1)
    for viewer_id, sentence in (
        (nowhere, "discovery needs a location in the profile"),
        (without_profile, "discovery needs a profile"),
        (NOBODY, "discovery needs a profile"),
    ):
        with pytest.raises(Refused) as caught:
            found(conn, viewer_id)
        assert caught.value.sentence == sentence


def nearby(east: int, north: int) -> Point:
    return point(13.4 + east / 500, 52.5 + north / 900)


levels = st.sampled_from(ActivityLevel)
people = st.builds(
    Person,
    location=st.none() | st.builds(nearby, st.integers(-60, 60), st.integers(-60, 60)),
    age=st.none() | st.integers(0, 8),
    level=st.none() | levels,
    min_age=st.integers(0, 4),
    max_age=st.integers(4, 9),
    max_distance_m=st.sampled_from([800.0, 4_000.0, 9_000.0, 30_000.0]),
    wanted=levels,
)


def fits(viewer: Person, other: Person) -> bool:
    assert viewer.location is not None
    if other.location is None:
        return False
    reach = min(viewer.max_distance_m, other.max_distance_m)
    return (
        distance_m(area(viewer.location), area(other.location)) <= reach
        and (other.age is None or viewer.min_age <= other.age <= viewer.max_age)
        and (viewer.age is None or other.min_age <= viewer.age <= other.max_age)
        and other.level in (None, viewer.wanted)
    )


@settings(in_one_database, max_examples=40)
@given(viewer=people, others=st.lists(people, max_size=12), size=st.integers(1, 5))
@example(viewer=Person(), others=[Person()] * 7, size=3)
def test_discovery_is_what_plain_python_finds(conn: Conn, viewer: Person, others: list[Person], size: int) -> None:
    """The same people in the same order, also page by page, those of one cell by id."""
    viewer = replace(viewer, location=viewer.location or BERLIN)
    with conn.transaction(force_rollback=True):
        viewer_id = add(conn, viewer)
        ids = {add(conn, other): other for other in others}
        expected = {user_id for user_id, other in ids.items() if fits(viewer, other)}
        pages = list(all_pages(conn, viewer_id, size))
        assert all(len(page) == size for page in pages[:-1])
        rows = [row for page in pages for row in page]
        assert {row.user_id for row in rows} == expected
        assert rows == sorted(rows, key=lambda row: (row.distance_m, row.user_id))
        assert rows == matching.discover_profiles(conn, viewer_id=viewer_id, limit=100)
        assert viewer.location is not None
        for row in rows:
            location = ids[row.user_id].location
            assert location is not None
            assert row.distance_m == pytest.approx(
                distance_m(area(viewer.location), area(location)), rel=1e-6, abs=1e-3
            )


def all_pages(conn: Conn, viewer_id: UserId, size: int) -> Iterator[list[DiscoveredProfile]]:
    page = matching.discover_profiles(conn, viewer_id=viewer_id, limit=size)
    while page:
        yield page
        last = page[-1]
        page = matching.discover_profiles(
            conn, viewer_id=viewer_id, after_distance_m=last.distance_m, after_user_id=last.user_id, limit=size
        )


def test_a_cursor_may_name_the_distance_alone(conn: Conn) -> None:
    """Then everybody at that distance and beyond follows; from NaN on there is nobody."""
    viewer, far, near = add(conn), add(conn, Person(location=point(13.405, 52.6))), add(conn)
    assert found(conn, viewer, after_distance_m=0.0) == [near, far]
    assert found(conn, viewer, after_distance_m=0.0, after_user_id=near) == [far]
    assert found(conn, viewer, after_distance_m=math.nan) == []
    assert found(conn, viewer, after_distance_m=-math.inf) == [near, far]
