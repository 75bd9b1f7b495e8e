"""Binding: Python values become the text that PostgreSQL reads, and wrong arguments are told."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pytest
from pydantic import AfterValidator, AwareDatetime, Field, JsonValue

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.binding import Binder, Parameter
from exchange_db.engine.origin import Origin
from exchange_db.errors import InvalidValue
from exchange_db.types import Point, Record, UserId

DogId = NewType("DogId", int)
ORIGIN = Origin("dogs.find", Path("dogs/find.sql"), 3)


class Mood(StrEnum):
    SAD = "sad"
    OK = "ok"


@dataclass
class Dataclass:
    colour: str


class Size(IntEnum):
    SMALL = 1


class Collar(Record):
    colour: str
    width_cm: Decimal | None = None


def encode(annotation: Any, value: Any) -> Any:
    return Parameter("p", Annotation(annotation)).encode(value)


def binder(declared: Callable[..., Any], order: Sequence[str]) -> Binder:
    parameters = [
        Parameter(name, Annotation(hint)) for name, hint in declared.__annotations__.items() if name != "return"
    ]
    return Binder(ORIGIN, declared, parameters, order)


# --- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (str, 'it\'s {"x"}', 'it\'s {"x"}'),
        (int, -5, "-5"),
        (bool, True, "t"),
        (bool, False, "f"),
        (float, 0.1, "0.1"),
        (float, float("inf"), "inf"),
        (float, float("nan"), "nan"),
        (float, -0.0, "-0.0"),
        (float, 3, "3"),
        (Decimal, Decimal("1.10"), "1.10"),
        (Decimal, 3, "3"),
        (date, date(1, 2, 3), "0001-02-03"),
        (time, time(1, 2, 3, 4), "01:02:03.000004"),
        (datetime, datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),
        (datetime, datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"),
        (datetime, datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5.5))), "2026-01-01T21:30:00+00:00"),
        (timedelta, timedelta(days=2, seconds=3, microseconds=4), "+2 days +3 seconds +4 microseconds"),
        (timedelta, timedelta(seconds=-1), "-1 days +86399 seconds +0 microseconds"),
        (UUID, UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (bytes, b"\x00\xff", "\\x00ff"),
        (Point, Point(longitude=1, latitude=2), "0101000020e6100000000000000000f03f0000000000000040"),
        (Mood, Mood.OK, "ok"),
        (Mood, "ok", "ok"),
        (Size, Size.SMALL, "1"),
        (Size, 1, "1"),
        (Literal["a", "b"], "b", "b"),
        (UserId, UserId(7), "7"),
        (DogId | None, 7, "7"),
        (int | None, None, None),
        (int | str, "x", "x"),
        (Annotated[int, Field(gt=0)], 1, "1"),
        (list[int], [], "{}"),
        (list[int], [1, -2], '{"1","-2"}'),
        (list[int | None], [None, 1], '{NULL,"1"}'),
        (list[str], ["NULL", "", 'a"b\\c', "{,}"], '{"NULL","","a\\"b\\\\c","{,}"}'),
        (list[list[int]], [[1], [2]], '{{"1"},{"2"}}'),
        (list[Mood], [Mood.SAD], '{"sad"}'),
        (list[bytes], [b"\x01"], '{"\\\\x01"}'),
        (tuple[int, ...], (1,), '{"1"}'),
        (Sequence[int], [1], '{"1"}'),
        (
            list[Point],
            [Point(longitude=1, latitude=2)] * 2,
            ":".join(
                [
                    '{"0101000020e6100000000000000000f03f0000000000000040"',
                    '"0101000020e6100000000000000000f03f0000000000000040"}',
                ]
            ),
        ),
        (Collar, Collar(colour="rot"), '{"colour":"rot","width_cm":null}'),
        (list[Collar], [Collar(colour="r", width_cm=Decimal("1.50"))], '[{"colour":"r","width_cm":"1.50"}]'),
        (dict[str, int], {"a": 1}, '{"a":1}'),
        (JsonValue, [1, "x", None], '[1,"x",null]'),
        (JsonValue, None, None),
    ],
)
def test_values_become_text(annotation: Any, value: Any, text: str | None) -> None:
    """Every supported type is written in one of PostgreSQL's own input forms."""
    assert encode(annotation, value) == text


def test_a_type_of_the_hosts_own_goes_to_the_driver() -> None:
    """A value of a type that is not known here is handed to psycopg as it is, checked by its class."""

    class Colour:
        pass

    colour = Colour()
    assert encode(Colour, colour) is colour
    assert encode(IPv4Address, IPv4Address("10.0.0.1")) == IPv4Address("10.0.0.1")
    with pytest.raises(ValueError, match="instance of"):
        encode(Colour, "red")


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, "5"),
        (int, True),
        (int, 5.0),
        (int, None),
        (str, 5),
        (str, b"x"),
        (bool, 1),
        (float, "1.5"),
        (float, True),
        (Decimal, 1.5),
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("Infinity")),
        (date, datetime(2026, 1, 2)),
        (datetime, date(2026, 1, 2)),
        (datetime, "2026-01-02"),
        (UUID, "00000000-0000-0000-0000-000000000001"),
        (Mood, "angry"),
        (Literal["a"], "b"),
        (list[int], [1, "2"]),
        (list[int], "12"),
        (list[int], [1, None]),
        (Point, (1, 2)),
        (Collar, {"colour": 5}),
        (Collar, "red"),
        (Annotated[int, Field(gt=0)], 0),
        (datetime, datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
        (dict[str, Any], {"a": object()}),
    ],
)
def test_values_of_another_type_are_refused(annotation: Any, value: Any) -> None:
    """Nothing is converted on the way: a text is no number, a bool no int, a datetime no date."""

    def find(*, p: Any) -> None: ...

    find.__annotations__["p"] = annotation
    with pytest.raises(InvalidValue) as error:
        binder(find, ["p"]).bind({"p": value})
    assert error.value.sentence.startswith("p")
    assert (error.value.query, error.value.path, error.value.line) == ("dogs.find", Path("dogs/find.sql"), 3)


def test_every_wrong_argument_is_named() -> None:
    """One error tells all of them, with the place inside a list or a model."""

    def find(*, a: int, b: list[int], c: str, d: Mood) -> None: ...

    with pytest.raises(InvalidValue) as error:
        binder(find, ["a", "b", "c", "d"]).bind({"a": "1", "b": [1, "x", 3, "y"], "c": "right", "d": "angry"})
    told = error.value.sentence.split("; ")
    assert [problem.partition(":")[0] for problem in told] == ["a", "b.1", "b.3", "d"]


# --- names -------------------------------------------------------------------------------------------------


def find(*, name: str, limit: int = 20) -> None: ...


def test_arguments_are_ordered_by_the_statement() -> None:
    """The order is that of ``$1…$n``, defaults included, however the caller writes it."""
    assert binder(find, ["limit", "name"]).bind({"name": "Rex"}) == ["20", "Rex"]
    assert binder(find, ["name", "limit"]).bind({"limit": 5, "name": "Rex"}) == ["Rex", "5"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, r"find\(\) missing 1 required keyword-only argument: 'name'"),
        ({"limit": 3}, r"find\(\) missing 1 required keyword-only argument: 'name'"),
        ({"name": "a", "limt": 3}, r"find\(\) got an unexpected keyword argument 'limt'"),
        ({"nam": "a", "limit": 3}, r"find\(\) got an unexpected keyword argument 'nam'"),
        ({"nam": "a"}, r"find\(\) got an unexpected keyword argument 'nam'"),
    ],
)
def test_names_are_judged_by_python(arguments: dict[str, Any], words: str) -> None:
    """A wrong or missing name is Python's own ``TypeError``."""
    with pytest.raises(TypeError, match=words):
        binder(find, ["name", "limit"]).bind(arguments)


def test_an_error_of_the_hosts_own_passes() -> None:
    """A host's validator that fails with a KeyError is not taken for a missing argument."""

    def validator(value: str) -> str:
        return {"a": "b"}[value]

    def find(*, name: Annotated[str, AfterValidator(validator)]) -> None: ...

    assert binder(find, ["name"]).bind({"name": "a"}) == ["b"]
    with pytest.raises(KeyError, match="z"):
        binder(find, ["name"]).bind({"name": "z"})


def test_a_value_may_become_none() -> None:
    """A host's type decides what is sent: here a blank text is NULL."""
    blank_is_null = Annotated[str | None, AfterValidator(lambda text: text.strip() or None)]
    assert encode(blank_is_null, " ") is None
    assert encode(blank_is_null, "x ") == "x"


def test_what_cannot_be_sent_is_told() -> None:
    """A point without numbers, and a list of anything that turns out to hold what no array takes."""
    texts: dict[str, Any] = {"longitude": "0", "latitude": "0"}
    for annotation, value, words in (
        (Point, Point.model_construct(**texts), "a point has two numbers"),
        (list[Any], [IPv4Address("10.0.0.1")], "a list of IPv4Address cannot be sent as an array"),
    ):

        def find(*, name: object) -> None: ...

        find.__annotations__["name"] = annotation
        with pytest.raises(InvalidValue, match=f"name: {words}"):
            binder(find, ["name"]).bind({"name": value})


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        (set[int], "a set has no form in SQL"),
        (frozenset[str] | None, "a set has no form in SQL"),
        (AbstractSet[str], "a set has no form in SQL"),
        (set, "a set has no form in SQL"),
        (list[IPv4Address], "a list of IPv4Address cannot be sent as an array"),
        (list[str | IPv4Address] | None, "a list of IPv4Address cannot be sent as an array"),
        (list[list[Path]], "a list of .*Path cannot be sent as an array"),
        (Sequence[set[int]], None),
        (list[Dataclass], "a list of Dataclass cannot be sent as an array"),
        (IPv4Address, None),
        (list[Any], None),
        (list[object], None),
        (list[list[int | None]], None),
        (list[Mood], None),
        (list[Literal["a"]], None),
        (list[UserId], None),
        (list[AwareDatetime], None),
        (list[Collar], None),
        (dict[str, set[int]], None),
        (tuple[Point, ...], None),
        (Any, None),
    ],
)
def test_what_can_never_be_sent_is_a_fault(annotation: Any, problem: str | None) -> None:
    """A set, and a list of what no array takes; a single value of a host's type may have an adapter."""
    fault = Parameter("p", Annotation(annotation)).fault
    if problem is None:
        assert fault is None
    else:
        assert fault is not None
        assert re.fullmatch(problem, fault[0])


def test_defaults_are_validated() -> None:
    """A default that its own annotation does not allow is told when it is used."""

    def wrong(*, limit: int = "many") -> None: ...  # type: ignore[assignment] # pyright: ignore

    with pytest.raises(InvalidValue, match="limit"):
        binder(wrong, ["limit"]).bind({})
    assert binder(wrong, ["limit"]).bind({"limit": 1}) == ["1"]
