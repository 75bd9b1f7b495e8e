"""Playgrounds: every function with good and bad input, distances and boxes against plain Python, plans at scale."""

import asyncio
import json
import math
from collections.abc import Callable, Generator
from typing import Any, LiteralString

import psycopg
import pytest
from geographiclib.geodesic import Geodesic  # pyright: ignore[reportMissingTypeStubs] # ships none
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, open_async_pool, places
from exchange_db.errors import InvalidValue, MissingReference, NotFound
from exchange_db.places import Playground, PlaygroundFeature, PlaygroundFeatureCollection
from exchange_db.types import PlaygroundId, Point, UserId
from tests.database.pages import walked
from tests.database.plans import MODES, Plan, explain

Conn = psycopg.Connection[Any]
NOTHING = PlaygroundId(2**63 - 1)
BERLIN = Point(longitude=13.405, latitude=52.52)
in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def point(longitude: float, latitude: float) -> Point:
    return Point(longitude=longitude, latitude=latitude)


def add_user(conn: Conn, name: str = "ada") -> UserId:
    return accounts.create_user(conn, email=f"{name}@example.org", password_hash="hash").user_id


@pytest.fixture
def owner(conn: Conn) -> UserId:
    """Somebody who adds playgrounds."""
    return add_user(conn)


def add_all(conn: Conn, owner: UserId, locations: list[Point]) -> list[Playground]:
    return [
        places.add_playground(conn, added_by=owner, name=f"Playground {number}", location=location)
        for number, location in enumerate(locations)
    ]


# --- one playground --------------------------------------------------------------------------------------


def test_a_playground_lives(conn: Conn, owner: UserId) -> None:
    """Added, read, changed and deleted; each step answers with the whole record."""
    added = places.add_playground(conn, added_by=owner, name="Swings", location=BERLIN, description="Two swings.")
    assert (added.added_by, added.name, added.description, added.location) == (owner, "Swings", "Two swings.", BERLIN)
    assert places.get_playground(conn, playground_id=added.playground_id) == added
    changed = places.update_playground(
        conn, playground_id=added.playground_id, name="Slide", location=point(0, 0), description=None
    )
    assert changed == added.model_copy(update={"name": "Slide", "location": point(0, 0), "description": None})
    playground_id = added.playground_id
    assert places.update_playground(conn, playground_id=playground_id) == changed
    assert places.update_playground(conn, playground_id=playground_id, name="Sand").location == point(0, 0)
    assert places.update_playground(conn, playground_id=playground_id, location=BERLIN).name == "Sand"
    changed = places.update_playground(conn, playground_id=playground_id, description="A slide.")
    assert (changed.name, changed.location, changed.description) == ("Sand", BERLIN, "A slide.")
    assert places.delete_playground(conn, playground_id=added.playground_id) == changed
    readers: list[Callable[..., object]] = [
        places.get_playground,
        places.get_playground_geojson,
        places.delete_playground,
    ]
    for read in readers:
        with pytest.raises(NotFound):
            read(conn, playground_id=added.playground_id)
    with pytest.raises(NotFound):
        places.update_playground(conn, playground_id=NOTHING, name="x", location=BERLIN, description=None)


@pytest.mark.parametrize("name", ["", " \u200b", "x" * 201, "nul\0", "\ud800"])
def test_a_name_is_a_text_with_something_in_it(conn: Conn, owner: UserId, name: str) -> None:
    """Blank, too long, or no text at all: refused when it is added and when it is changed."""
    kept = places.add_playground(conn, added_by=owner, name="ẞ" * 200, location=BERLIN)
    with pytest.raises(InvalidValue):
        places.add_playground(conn, added_by=owner, name=name, location=BERLIN)
    with pytest.raises(InvalidValue):
        places.update_playground(conn, playground_id=kept.playground_id, name=name, location=BERLIN, description=None)
    with places.stream_playgrounds(conn) as rows:
        assert list(rows) == [kept]


def test_a_playground_needs_its_user(conn: Conn) -> None:
    """One for nobody lacks its user."""
    with pytest.raises(MissingReference) as caught:
        places.add_playground(conn, added_by=UserId(2**63 - 1), name="x", location=BERLIN)
    assert caught.value.constraint == "playgrounds_added_by_fkey"
    assert caught.value.sentence == "the user does not exist"


@pytest.mark.parametrize("ewkt", ["POINT EMPTY", "POINT(NaN NaN)", "POINT(NaN 0)"])
def test_a_location_is_a_position(conn: Conn, owner: UserId, ewkt: str) -> None:
    """What comes past the library is checked too: an empty point or one that is not a number is refused."""
    with pytest.raises(psycopg.errors.CheckViolation, match="playgrounds_location_check"):
        conn.execute("insert into exchange.playgrounds (added_by, name, location) values (%s, 'x', %s)", [owner, ewkt])


visible_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
longitudes = st.floats(-180, 180, allow_nan=False)
latitudes = st.floats(-90, 90, allow_nan=False)
points = st.builds(point, longitudes, latitudes)


@in_one_database
@given(name=visible_text.map(lambda text: f"x{text}"[:200]), description=st.none() | visible_text, location=points)
@example(name="x", description="", location=point(180, 90))
@example(name="x", description=None, location=point(-180, -90))
@example(name="x", description=None, location=point(5e-324, -0.0))
def test_playgrounds_survive_the_round_trip(
    conn: Conn, owner: UserId, name: str, description: str | None, location: Point
) -> None:
    """Any text and any position, to the last bit: as a record, as GeoJSON, and through both dumps."""
    with conn.transaction(force_rollback=True):
        row = places.add_playground(conn, added_by=owner, name=name, location=location, description=description)
        assert (row.name, row.description, row.location) == (name, description, location)
        assert Playground.model_validate_json(row.model_dump_json()) == row
        feature = places.get_playground_geojson(conn, playground_id=row.playground_id)
        assert feature.geometry.coordinates == (location.longitude, location.latitude)
        assert (feature.id, feature.properties.name) == (row.playground_id, name)
        assert (feature.properties.description, feature.properties.created_at) == (description, row.created_at)
        assert PlaygroundFeature.model_validate_json(feature.model_dump_json()) == feature


# --- distance --------------------------------------------------------------------------------------------


def geodesic_m(a: Point, b: Point) -> float:
    """The distance on the WGS 84 spheroid, computed without PostGIS."""
    geodesic: Any = Geodesic.WGS84  # which has no types
    return float(geodesic.Inverse(a.latitude, a.longitude, b.latitude, b.longitude)["s12"])


def close(distance_m: float) -> Any:
    return pytest.approx(distance_m, rel=1e-6, abs=1e-5)


# Coordinates where things go wrong: poles, the 180th meridian, equal and nearly equal points beside the planes in
# which one geocentric coordinate is zero.
special_longitudes = st.sampled_from([0.0, -0.0, 180.0, -180.0, 179.99999999999997, 90.0, 1e-9, -1e-12, 5e-324])
special_latitudes = st.sampled_from([0.0, 90.0, -90.0, 89.9999999, 1e-9, -1e-12, 5e-324])
tricky_points = st.builds(point, special_longitudes | longitudes, special_latitudes | latitudes)


@in_one_database
@given(
    locations=st.lists(tricky_points, max_size=25),
    search=st.tuples(tricky_points, st.floats(0, 3e7) | st.sampled_from([0.0, 1e-3, 1e300]), st.integers(0, 30)),
)
@example(locations=[point(179.99999999999997, 0.1)], search=(point(-180, 0.1), 100, 1))
@example(locations=[point(0, lat * 1e-7) for lat in range(9)], search=(point(0, 0), 1, 5))
@example(locations=[point(x, y) for x in (0, 5e-324, 1e-200) for y in (0, 1e-200)], search=(point(0, 0), 1, 9))
def test_the_nearest_are_the_nearest(
    conn: Conn, owner: UserId, locations: list[Point], search: tuple[Point, float, int]
) -> None:
    """Against a sorted Python list: the same distances in the same order, anywhere on Earth."""
    origin, radius_m, limit = search
    with conn.transaction(force_rollback=True):
        add_all(conn, owner, locations)
        distances = sorted(geodesic_m(origin, location) for location in locations)
        nearest = places.list_nearest_playgrounds(conn, origin=origin, limit=limit)
        assert [row.distance_m for row in nearest] == [close(distance) for distance in distances[:limit]]
        nearby = places.list_nearby_playgrounds(conn, origin=origin, radius_m=radius_m, limit=limit)
        inside = [row for row in nearest if row.distance_m < radius_m - 1e-5]  # the rest is on the border or outside
        assert nearby[: len(inside)] == inside
        assert all(row.distance_m < radius_m + 1e-5 for row in nearby)
        for rows in (nearest, nearby):
            assert rows == sorted(rows, key=lambda row: (row.distance_m, row.playground_id))
            assert [row.distance_m for row in rows] == [close(geodesic_m(origin, row.location)) for row in rows]


def test_equal_distances_are_in_the_order_of_id(conn: Conn, owner: UserId) -> None:
    """Many playgrounds in one place: the limit cuts by id, so that pages of a map do not flicker."""
    rows = add_all(conn, owner, [BERLIN] * 30)
    for listed in (
        places.list_nearest_playgrounds(conn, origin=BERLIN, limit=7),
        places.list_nearby_playgrounds(conn, origin=BERLIN, radius_m=0, limit=7),
        places.list_playgrounds_in_box(conn, south_west=BERLIN, north_east=BERLIN, limit=7),
    ):
        assert [row.playground_id for row in listed] == [row.playground_id for row in rows[:7]]


def test_the_radius_includes_its_border(conn: Conn, owner: UserId) -> None:
    """A playground exactly as far away as the radius is nearby; a millimetre less, and it is not."""
    (row,) = add_all(conn, owner, [point(13.5, 52.6)])
    distance_m = places.list_nearest_playgrounds(conn, origin=BERLIN)[0].distance_m

    def nearby(radius_m: float) -> list[PlaygroundId]:
        return [each.playground_id for each in places.list_nearby_playgrounds(conn, origin=BERLIN, radius_m=radius_m)]

    assert nearby(distance_m + 1e-6) == [row.playground_id]
    assert nearby(distance_m - 1e-3) == []


@pytest.mark.parametrize("radius_m", [-1.0, -1e-300, float("nan"), float("inf"), float("-inf")])
def test_an_impossible_radius_is_refused(conn: Conn, radius_m: float) -> None:
    """With a sentence, also where there is nothing to find."""
    with pytest.raises(InvalidValue) as caught:
        places.list_nearby_playgrounds(conn, origin=BERLIN, radius_m=radius_m)
    assert caught.value.constraint == "distance_m_check"
    assert caught.value.sentence == "a distance is zero or more metres and finite"


def test_a_negative_limit_is_refused(conn: Conn, owner: UserId) -> None:
    """By every list."""
    calls: list[Callable[[], object]] = [
        lambda: places.list_nearest_playgrounds(conn, origin=BERLIN, limit=-1),
        lambda: places.list_nearby_playgrounds(conn, origin=BERLIN, radius_m=1, limit=-1),
        lambda: places.list_playgrounds_in_box(conn, south_west=BERLIN, north_east=BERLIN, limit=-1),
        lambda: places.export_playgrounds_geojson(conn, south_west=BERLIN, north_east=BERLIN, limit=-1),
        lambda: places.list_playgrounds_by_user(conn, added_by=owner, limit=-1),
    ]
    for call in calls:
        with pytest.raises(InvalidValue):
            call()


# --- map views -------------------------------------------------------------------------------------------


def in_view(location: Point, south_west: Point, north_east: Point) -> bool:
    west, east = south_west.longitude, north_east.longitude
    crosses = west > east
    inside = location.longitude >= west or location.longitude <= east if crosses else west <= location.longitude <= east
    return inside and south_west.latitude <= location.latitude <= north_east.latitude


def degrees_from_middle(location: Point, south_west: Point, north_east: Point) -> float:
    west, east = south_west.longitude, north_east.longitude
    x = location.longitude
    if west > east:
        east, x = east + 360, x + 360 if x < west else x
    return math.hypot(x - (west + east) / 2, location.latitude - (south_west.latitude + north_east.latitude) / 2)


corners = st.builds(point, st.integers(-180, 180) | longitudes, st.integers(-90, 90) | latitudes)


@in_one_database
@given(
    locations=st.lists(corners, max_size=25),
    south_west=corners,
    north_east=corners,
)
@example(locations=[point(180, 0), point(-180, 0), point(0, 0)], south_west=point(170, -1), north_east=point(-170, 1))
@example(locations=[point(180, 90), point(-180, -90)], south_west=point(-180, -90), north_east=point(180, 90))
@example(locations=[point(5e-324, 0)], south_west=point(0, 0), north_east=point(5e-324, 5e-324))
def test_a_view_shows_what_lies_in_it(
    conn: Conn, owner: UserId, locations: list[Point], south_west: Point, north_east: Point
) -> None:
    """Against plain Python: borders included, across the 180th meridian, upside-down views empty, middle first."""
    limit = 10
    view: dict[str, Any] = {"south_west": south_west, "north_east": north_east}
    with conn.transaction(force_rollback=True):
        rows = add_all(conn, owner, locations)
        inside = [row for row in rows if in_view(row.location, **view)]
        listed = places.list_playgrounds_in_box(conn, **view, limit=limit)
        assert len(listed) == min(limit, len(inside))
        assert {row.playground_id for row in listed} <= {row.playground_id for row in inside}
        degrees = sorted(degrees_from_middle(row.location, **view) for row in inside)[:limit]
        assert [degrees_from_middle(row.location, **view) for row in listed] == pytest.approx(degrees, abs=1e-9)
        exported = places.export_playgrounds_geojson(conn, **view, limit=limit)
        assert exported.features == [
            places.get_playground_geojson(conn, playground_id=row.playground_id) for row in listed
        ]


def test_the_export_is_geojson(conn: Conn, owner: UserId) -> None:
    """The dump of the collection is what RFC 7946 wants, and reads back; an empty one has no features."""
    (row,) = add_all(conn, owner, [point(179.99999999999997, -1 / 3)])
    fiji: dict[str, Any] = {"south_west": point(170, -30), "north_east": point(-170, 10)}
    exported = places.export_playgrounds_geojson(conn, **fiji)
    created = row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert json.loads(exported.model_dump_json()) == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.playground_id,
                "geometry": {"type": "Point", "coordinates": [179.99999999999997, -1 / 3]},
                "properties": {
                    "name": "Playground 0",
                    "description": None,
                    "added_by": owner,
                    "created_at": created,
                },
            }
        ],
    }
    assert PlaygroundFeatureCollection.model_validate_json(exported.model_dump_json()) == exported
    assert places.export_playgrounds_geojson(conn, south_west=BERLIN, north_east=BERLIN).features == []


# --- by user, and all ------------------------------------------------------------------------------------


def test_pages_of_one_user(conn: Conn, owner: UserId) -> None:
    """Newest first, each once, nobody else's."""
    rows = add_all(conn, owner, [BERLIN] * 10)
    add_all(conn, add_user(conn, "bob"), [BERLIN])
    seen = walked(places.list_playgrounds_by_user, conn, 3, added_by=owner)
    assert seen == rows[::-1]
    assert places.list_playgrounds_by_user(conn, added_by=UserId(2**63 - 1)).items == []


def test_the_stream_has_everything_in_order(conn: Conn, owner: UserId) -> None:
    """Every playground in the order of id; a consumer may stop early; an empty table streams nothing."""
    with places.stream_playgrounds(conn) as stream:
        assert list(stream) == []
    rows = add_all(conn, owner, [BERLIN] * 20)
    with places.stream_playgrounds(conn) as stream:
        assert list(stream) == rows
    with places.stream_playgrounds(conn) as stream:
        assert next(stream) == rows[0]
    assert places.get_playground(conn, playground_id=rows[1].playground_id) == rows[1]


def test_the_same_names_are_awaited(database_url: str, conn: Conn, owner: UserId) -> None:
    """With an asynchronous pool every call gives what it gives without."""
    rows = add_all(conn, owner, [BERLIN, point(13.4, 52.5)])

    async def ask() -> tuple[object, object, list[Playground]]:
        async with await open_async_pool(database_url) as pool:
            nearest = await places.list_nearest_playgrounds(pool, origin=BERLIN)
            feature = await places.get_playground_geojson(pool, playground_id=rows[0].playground_id)
            async with places.stream_playgrounds(pool) as stream:
                return nearest, feature, [row async for row in stream]

    assert asyncio.run(ask()) == (
        places.list_nearest_playgrounds(conn, origin=BERLIN),
        places.get_playground_geojson(conn, playground_id=rows[0].playground_id),
        rows,
    )


# --- at scale --------------------------------------------------------------------------------------------

MANY = 200_000


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[Conn]:
    """200,000 playgrounds around 1,000 cities; 40,000 of them in Berlin, 40,000 on and beside the 180th meridian."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute(
            """
            select setseed(0.5);
            insert into exchange.users (email, password_hash)
            select n || '@example.org', 'hash' from generate_series(1, 1000) as n;
            create temp table city as
            select n, random() * 359 - 179.5 as x, degrees(asin(random() * 1.8 - 0.9)) as y
            from generate_series(1, 1000) as n;
            insert into city values (1001, 13.405, 52.52), (1002, 179.99, -17), (1003, 179.6, 40);
            insert into exchange.playgrounds (added_by, name, location)
            select 1 + n % 1000, 'Playground ' || n,
                   st_setsrid(st_makepoint(case when x > 180 then x - 360 else x end, y), 4326)
            from (
              select
                place.n,
                city.x + (random() + random() - 1) * 0.2 as x,
                city.y + (random() + random() - 1) * 0.15 as y
              from (
                select n, case when n % 10 < 2 then 1001 when n % 10 < 4 then 1000 + n % 10 else 1 + n % 997 end as city
                from generate_series(1, 200000) as n
              ) as place
              inner join city on place.city = city.n
            ) as spread;
            vacuum analyze
        """.replace("vacuum analyze", "analyze")
        )
        yield conn


@pytest.fixture(params=MODES)
def planned(crowded: Conn, request: pytest.FixtureRequest) -> Conn:
    """The crowded database, planning without knowledge of the values, and with it."""
    mode: LiteralString = request.param
    crowded.execute("set plan_cache_mode = " + mode)
    return crowded


def wkt(location: Point) -> str:
    return f"SRID=4326;POINT({location.longitude} {location.latitude})"


def check(plan: Plan, rows_read: int, *indexes: str) -> None:
    """The work follows the answer: only these indexes, no more rows than that."""
    assert "Seq Scan" not in plan.nodes, plan.text
    assert plan.indexes == {f"playgrounds_{index}" for index in indexes}, plan.text
    assert plan.rows_read <= rows_read, plan.text
    assert plan.cost < 100_000, plan.text


DISTANCE = ("location_point_idx", "location_idx")


@pytest.mark.parametrize("limit", [20, 500])
@pytest.mark.parametrize(
    "origin",
    [BERLIN, point(13.0, 52.52), point(179.95, -17), point(-179.95, -17), point(-179.8, 40)],
    ids=lambda origin: wkt(origin)[10:],
)
def test_distance_searches_follow_the_limit(planned: Conn, origin: Point, limit: int) -> None:
    """In a dense city and beside it, for any radius: some rows per row of the answer, not the 40,000 around."""
    most = 12 * limit + 600
    check(explain(planned, places.list_nearest_playgrounds, wkt(origin), str(limit)), most, *DISTANCE)
    for radius_m in ("1000", "100000", "20000000"):
        plan = explain(planned, places.list_nearby_playgrounds, wkt(origin), radius_m, str(limit))
        check(plan, most, *DISTANCE)


def test_a_radius_with_nothing_in_it_costs_nothing(planned: Conn) -> None:
    """In the middle of an ocean the search does not wander through the index."""
    plan = explain(planned, places.list_nearby_playgrounds, wkt(point(-140, -40)), "1000", "20")
    check(plan, 100, *DISTANCE)


@pytest.mark.parametrize(
    ("south_west", "north_east", "rows"),
    [
        (point(-180, -90), point(180, 90), 501),
        (point(13.40, 52.51), point(13.41, 52.53), 501),
        (point(179.9, -17.1), point(-179.9, -16.9), 2 * 501),
        (point(170, -40), point(-170, 10), 2 * 501),
        (point(-140, -41), point(-139, -40), 20),
    ],
)
def test_views_follow_the_limit(planned: Conn, south_west: Point, north_east: Point, rows: int) -> None:
    """The whole world costs no more than a street, also across the 180th meridian and for the export."""
    for query in (places.list_playgrounds_in_box, places.export_playgrounds_geojson):
        plan = explain(planned, query, wkt(south_west), wkt(north_east), "500")
        check(plan, rows + 50, "location_point_idx")


def test_look_ups_ride_their_indexes(planned: Conn) -> None:
    """By id, by user, and all in order."""
    check(explain(planned, places.get_playground, "77"), 1, "pkey")
    check(explain(planned, places.get_playground_geojson, "77"), 1, "pkey")
    check(explain(planned, places.delete_playground, "77"), 1, "pkey")
    for variant in ("next page", "previous page"):
        plan = explain(planned, places.list_playgrounds_by_user, "77", "100000", "51", variant=variant)
        check(plan, 250, "added_by_idx")


def test_a_stream_starts_at_once(crowded: Conn) -> None:
    """The first rows come from the primary key's order, before the other 199,998 are read."""
    with places.stream_playgrounds(crowded) as rows:
        assert [next(rows).playground_id, next(rows).playground_id] == [1, 2]


@pytest.mark.parametrize("origin", [BERLIN, point(-179.99, -17), point(0, 89)], ids=["Berlin", "Fiji", "pole"])
def test_many_distances_agree_with_geographiclib(crowded: Conn, origin: Point) -> None:
    """The 500 nearest of 200,000: right distances, right order, none left out."""
    rows = places.list_nearest_playgrounds(crowded, origin=origin, limit=500)
    assert [row.distance_m for row in rows] == [close(geodesic_m(origin, row.location)) for row in rows]
    by_brute_force = crowded.execute(
        "select id from exchange.playgrounds order by st_distance(location, %s::geography), id limit 500", [wkt(origin)]
    ).fetchall()
    assert [row.playground_id for row in rows] == [row_id for (row_id,) in by_brute_force]
