"""Strategies from annotations: every value is one that the parameter or record takes, edges included."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, NotRequired, Required
from uuid import UUID

import annotated_types as at
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue, StringConstraints, TypeAdapter, field_validator
from typing_extensions import TypeAliasType, TypedDict

from exchange_db.testing.search import smallest_failures
from exchange_db.testing.strategies import Strategies
from exchange_db.types import Point, UserId

Size = NewType("Size", Annotated[int, Field(ge=1, le=40)])  # pyright: ignore[reportGeneralTypeIssues]  # a host may write it
Tags = TypeAliasType("Tags", list[str])


class Colour(Enum):
    RED = "red"
    BLUE = 2


class Row(TypedDict):
    name: Required[str]
    size: NotRequired[int]


class Part(BaseModel):
    name: str = Field(min_length=1, max_length=5, alias="Name")
    parts: list["Part"] = []
    even: int = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, n: int) -> int:
        if n % 2:
            raise ValueError("odd")
        return n


KINDS: list[Any] = [
    str, bool, int, float, Decimal, datetime, date, timedelta, UUID, bytes, JsonValue, Any, dict, list, None, UserId,
    Size, Point, Colour, Part, Row, Tags, int | None, Literal["a", 1], list[int], Sequence[str], tuple[int, ...],
    tuple[int, str], dict[str, int], Mapping[str, JsonValue], list[Part | None], complex,
    Annotated[int, Field(gt=0)], Annotated[int, Field(lt=10)], Annotated[float, at.Interval(ge=0, lt=1)],
    Annotated[Decimal, Field(gt=0, le=5)], Annotated[str, StringConstraints(pattern="^[a-z]{2}$")],
    Annotated[str, Field(min_length=3)], Annotated[list[int], at.Len(1, 2)],
    Annotated[int | None, Field(description="")],
    Annotated[date, Field(ge=date(2000, 1, 1))], Annotated[UserId, Field(ge=5)],
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_values_are_what_the_annotation_says(kind: Any) -> None:
    """Pydantic takes each of them, but for half a character and numbers that are none."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    @settings(max_examples=60, deadline=None)
    @given(Strategies({}).of(kind))
    def each(value: Any) -> None:
        refused = ""
        try:
            adapter.validate_python(value)
        except ValueError as error:
            refused = str(error)
        assert not refused or any(word in refused for word in ("surrogate", "unicode", "finite", "2000-01-01"))

    each()


ODD: list[tuple[Any, Callable[[Any], bool]]] = [
    (str, lambda s: "\0" in s),
    (str, lambda s: "\ud800" in s),
    (str, lambda s: len(s) > 500),
    (int, lambda n: n > 2**63),
    (int, lambda n: n == 0),
    (UserId, lambda n: n == 1),
    (float, math.isnan),
    (float, math.isinf),
    (Decimal, lambda x: x.is_nan()),
    (datetime, lambda t: t.tzinfo is not None and t.utcoffset() < timedelta(0)),
    (Part, lambda part: bool(part.parts)),
    (Row, lambda row: "size" not in row),
    (tuple[int, ...], lambda row: len(row) > 2),
    (int | None, lambda n: n is None),
]


@pytest.mark.parametrize(("kind", "wanted"), ODD)
def test_the_odd_ones_are_among_them(kind: Any, wanted: Callable[[Any], bool]) -> None:
    """What bites: NUL, half a character, beyond the server's integers, NaN, the smallest ids, what is left out."""
    find(Strategies({}).of(kind), wanted)


def test_a_strategy_can_be_given_for_a_type_at_any_depth() -> None:
    """A host's own values replace those of a type, inside of lists and models too."""
    given_ones = Strategies({int: st.just(4), UserId: st.just(7), Tags: st.just(["x"])})

    @settings(max_examples=20)
    @given(given_ones.of(list[UserId]), given_ones.of(Part), given_ones.of(Tags))
    def each(ids: list[int], part: Part, tags: list[str]) -> None:
        assert set(ids) <= {7}
        assert part.even in (0, 4)
        assert tags == ["x"]

    each()


def test_errors_that_are_no_failures_of_the_function_pass() -> None:
    """What breaks around the calls, in two ways at once, is neither hidden nor taken for a failure of the function."""

    def attempt(arguments: dict[str, int]) -> None:
        raise KeyError if arguments["n"] > 5 else ValueError

    with pytest.raises(ExceptionGroup) as raised:
        smallest_failures("shop.add", attempt, st.fixed_dictionaries({"n": st.integers()}), 50)
    assert {type(error) for error in raised.value.exceptions} == {KeyError, ValueError}
