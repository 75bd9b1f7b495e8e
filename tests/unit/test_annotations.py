"""Annotations: what the engine reads out of a type."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

import pytest
from pydantic import Field, JsonValue
from typing_extensions import TypeAliasType

from exchange_db.engine.annotations import Annotation
from exchange_db.types import Point, Record, UserId


class Mood(StrEnum):
    SAD = "sad"


class Level(Enum):
    LOW = 1


class Dog(Record):
    name: str


class Leash(TypedDict):
    length_m: float


Positive = Annotated[int, Field(gt=0)]
PuppyId = NewType("PuppyId", UserId)
Named = TypeAliasType("Named", int | None)
Old = Optional[int]  # noqa: UP045  the old spelling means the same
OldUnion = Union[int, str, None]  # noqa: UP007


@pytest.mark.parametrize(
    ("source", "optional", "members"),
    [
        (int, False, (int,)),
        (int | None, True, (int,)),
        (Old, True, (int,)),
        (OldUnion, True, (int, str)),
        (type(None), True, ()),
        (Any, True, (Any,)),
        (UserId, False, (int,)),
        (PuppyId | None, True, (int,)),
        (Named, True, (int,)),
        (Positive, False, (int,)),
        (Annotated[int | None, Field(gt=0)], True, (int,)),
        (Positive | None, True, (int,)),
        (list[int] | None, True, (list[int],)),
        (JsonValue, True, (JsonValue,)),
    ],
)
def test_optional_and_members(source: Any, optional: bool, members: tuple[Any, ...]) -> None:
    """``None`` is found, and what else is allowed, through unions, aliases, new types and constraints."""
    annotation = Annotation(source)
    assert (annotation.optional, annotation.members) == (optional, members)


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (int, int),
        (UserId, int),
        (int | None, int),
        (PuppyId | None, int),
        (Named, int),
        (Point, Point),
        (Positive, None),  # the constraint has to be checked
        (Positive | None, None),
        (int | str, None),
        (list[int], None),
        (Literal["a"], None),
    ],
)
def test_plain_is_a_class_and_nothing_more(source: Any, plain: type | None) -> None:
    """Only an annotation that demands no more than an instance of a class names that class."""
    assert Annotation(source).plain is plain


@pytest.mark.parametrize(
    ("source", "element"),
    [
        (list[int], int),
        (list[int | None] | None, int | None),
        (Sequence[Mood], Mood),
        (tuple[int, ...], int),
        (Annotated[list[int], Field(max_length=3)], int),
        (list[list[int]], list[int]),
    ],
)
def test_a_list_has_an_element(source: Any, element: Any) -> None:
    """The items' own annotation is kept."""
    assert Annotation(source).element == Annotation(element)


def test_anything_else_has_no_element() -> None:
    """A scalar, a bare list and a union of a list and something else have no element."""
    assert [Annotation(source).element for source in (int, list, list[int] | str, dict[str, int])] == [None] * 4


@pytest.mark.parametrize(
    "source", [Dog, Dog | None, list[Dog], dict[str, Any], dict, JsonValue, Leash, list[Leash | None], list[list[Dog]]]
)
def test_models_and_mappings_are_json(source: Any) -> None:
    """Models, mappings, typed dictionaries and lists of these travel as one JSON document."""
    assert Annotation(source).is_json


@pytest.mark.parametrize("source", [int, str, Point, list[int], list[Point], Mood, Any, Decimal | None])
def test_scalars_and_points_are_not_json(source: Any) -> None:
    """A ``Point`` is a model for Pydantic, and one value for the database."""
    assert not Annotation(source).is_json


@pytest.mark.parametrize(
    "source", [Mood, Level | None, Literal["a", "b"], Literal[1] | None, Mood | Literal["x"], list[Mood]]
)
def test_enums_and_literals_are_choices(source: Any) -> None:
    """Where the value decides, a plain text or number does as well as a member."""
    assert Annotation(source).is_choice


@pytest.mark.parametrize("source", [str, None, Mood | str, list[str]])
def test_other_types_are_no_choices(source: Any) -> None:
    """Elsewhere the class decides."""
    assert not Annotation(source).is_choice


def test_models_are_found_in_lists() -> None:
    """``models`` names every model among the alternatives; points are none."""
    assert Annotation(list[Dog] | None).models == (Dog,)
    assert Annotation(Dog | Point).models == (Dog,)
    assert Annotation(list[Dog | None]).models == (Dog,)
    assert Annotation(int).models == ()
