"""Points and the base of records."""

import math
import pickle
import struct
from copy import copy, deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange_db.types import Point, Record

points = st.builds(
    Point,
    longitude=st.floats(-180, 180, allow_nan=False),
    latitude=st.floats(-90, 90, allow_nan=False),
)

EWKB = bytes.fromhex("0101000020e6100000000000000000f03f0000000000000040")
"""``select st_setsrid(st_makepoint(1, 2), 4326)``."""


class Dog(Record):
    name: str
    weight_kg: float = math.nan


@given(points)
def test_a_point_survives_its_binary_form(point: Point) -> None:
    """Reading what was written gives the same point, to the last bit."""
    assert Point.from_ewkb(point.to_ewkb()) == point


def test_the_binary_form_is_postgis() -> None:
    """The bytes are those that PostGIS itself writes."""
    assert Point(longitude=1, latitude=2).to_ewkb() == EWKB
    assert Point.from_ewkb(EWKB) == Point(longitude=1, latitude=2)


def test_both_byte_orders_and_a_missing_srid_are_read() -> None:
    """A big-endian server's form, and that of a geometry without an SRID."""
    point = Point(longitude=1, latitude=2)
    assert Point.from_ewkb(struct.pack(">BIIdd", 0, 0x2000_0001, 4326, 1, 2)) == point
    assert Point.from_ewkb(struct.pack("<BIdd", 1, 1, 1, 2)) == point


@pytest.mark.parametrize(
    ("ewkb", "problem"),
    [
        (b"", "not a geometry"),
        (b"\x07" + EWKB[1:], "not a geometry"),
        (EWKB[:8], "not a geometry"),
        (EWKB[:-1], "not a two-dimensional point"),
        (EWKB + b"\0", "not a two-dimensional point"),
        (struct.pack("<BIIdd", 1, 0x2000_0001, 3857, 1, 2), "SRID 3857"),
        (struct.pack("<BIIddd", 1, 0xA000_0001, 4326, 1, 2, 3), "not a two-dimensional point"),
        (struct.pack("<BII", 1, 0x2000_0002, 4326), "not a two-dimensional point"),
        (struct.pack("<BIIdd", 1, 0x2000_0001, 4326, math.nan, math.nan), "finite"),  # POINT EMPTY
        (struct.pack("<BIIdd", 1, 0x2000_0001, 4326, 181, 2), "180"),
    ],
)
def test_anything_but_a_point_on_earth_is_refused(ewkb: bytes, problem: str) -> None:
    """Other geometries, other coordinate systems, an empty point and torn bytes are errors with a reason."""
    with pytest.raises(ValueError, match=problem):
        Point.from_ewkb(ewkb)


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(180.1, 0), (-180.1, 0), (0, 90.1), (0, -90.1), (math.nan, 0), (0, math.inf)]
)
def test_a_point_is_on_earth(longitude: float, latitude: float) -> None:
    """Degrees beyond the globe, and what is no number, make no point."""
    with pytest.raises(ValidationError):
        Point(longitude=longitude, latitude=latitude)


def test_records_are_frozen_and_strict_about_names() -> None:
    """A field cannot be set, and an unknown one is an error; a frozen record can be a key."""
    dog = Dog(name="Rex", weight_kg=3)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(dog, "name", "Max")  # noqa: B010  the type checkers would see it
    with pytest.raises(ValidationError, match="nam"):
        Dog(name="Rex", nam="Max")  # type: ignore[call-arg] # pyright: ignore
    assert hash(dog) == hash(Dog(name="Rex", weight_kg=3))
    for again in (
        copy(dog),
        deepcopy(dog),
        pickle.loads(pickle.dumps(dog)),  # noqa: S301  our own bytes
        Dog.model_validate_json(dog.model_dump_json()),
    ):
        assert again == dog


def test_nan_in_a_record_is_no_silent_null() -> None:
    """JSON has no NaN: it is written as a constant that a JSON column refuses, not as ``null``."""
    assert Dog(name="Rex").model_dump_json() == '{"name":"Rex","weight_kg":NaN}'
