"""Values that a parameter's annotation does not allow, and odd ones that it does: for every function alike."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_origin
from uuid import UUID

from pydantic import BaseModel

from exchange_db.engine.annotations import Annotation
from exchange_db.types import Point

__all__ = ["odd_values", "wrong_values"]

NO_TEXT = ("nul\0", "\ud800", "half a pair \udfff")
"""What PostgreSQL's text cannot hold."""
NO_BIGINT = (2**63, -(2**63) - 1, 2**200, -(2**200))

_NUMBERS_AS_TEXT: dict[str, Any] = {"longitude": "0", "latitude": "0"}
_UNCHECKED_POINT = Point.model_construct(**_NUMBERS_AS_TEXT)

_WRONG: dict[type, tuple[Any, ...]] = {
    str: (*NO_TEXT, 5, b"bytes", ["text"]),
    bool: (1, "t", "true"),
    int: (*NO_BIGINT, "5", 5.0, True, Decimal(5)),
    float: ("5", True, "nan"),
    Decimal: (Decimal("nan"), Decimal("inf"), "5", 5.0, True),
    datetime: ("2024-02-29T12:00:00Z", date(2024, 2, 29), 0),
    date: ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), 0),
    time: ("12:00", 43_200),
    timedelta: ("1 day", 86_400),
    UUID: ("00000000-0000-0000-0000-000000000000", 0),
    bytes: ("bytes", 5),
    Point: ("POINT(0 0)", (0, 0), _UNCHECKED_POINT),
}

_ODD: dict[type, tuple[Any, ...]] = {
    str: (
        "",
        " ",
        "\u200b",
        "'; drop table exchange.users; --",
        '% _ \\ :name $1 %s {} "',
        "& | ! <-> ( ) : *",
        "\U0001f43e\u202eABC\u0301",
        "x" * 1_000_000,
    ),
    bool: (True, False),
    int: (0, -1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63)),
    float: (0.0, -1.0, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan"), 10**400),
    Decimal: (Decimal(0), Decimal(-1), Decimal("1e-30"), Decimal("1e30"), Decimal("1e20000")),
    datetime: (
        datetime(2024, 2, 29),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    ),
    date: (date.min, date.max),
    time: (time.min, time.max),
    timedelta: (timedelta(0), timedelta(-1), timedelta.max, timedelta.min),
    UUID: (UUID(int=0),),
    bytes: (b"", b"\0" * 1_000_000),
    Point: (
        *(Point(longitude=x, latitude=y) for x in (-180, 0, 180) for y in (-90, 0, 90)),
        Point.model_construct(longitude=float("nan"), latitude=1e308),
    ),
}


def wrong_values(annotation: Annotation, good: Any) -> Iterator[Any]:
    """Values that the annotation does not allow; ``good`` is one that it does."""
    if not annotation.optional:
        yield None
    kind = _kind(annotation)
    values = _WRONG.get(kind, ())
    if annotation.element is not None:
        yield from (5, "text", {"a": "mapping"})
        inner = next(iter(good or []), None)
        yield from ([item] if inner is None else [*good, item] for item in wrong_values(annotation.element, inner))
    elif annotation.is_choice:
        yield from ("nonsense", 5, b"bytes", ["low"], *NO_TEXT)
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Point:
        yield from (5, "text", ["list"])
        if isinstance(good, BaseModel):
            for name, field in kind.model_fields.items():
                if str in Annotation(field.rebuild_annotation()).members:
                    yield from (good.model_copy(update={name: text}) for text in NO_TEXT)
    else:
        yield from values


def odd_values(annotation: Annotation, good: Any) -> Iterator[Any]:
    """Values that the annotation allows and that nobody expects."""
    if annotation.optional:
        yield None
    kind = _kind(annotation)
    values = _ODD.get(kind, ())
    if annotation.element is not None:
        inner = next(iter(good or []), None)
        yield []
        if good:
            yield [*good, *good]
        yield from ([item] if inner is None else [*good, item] for item in odd_values(annotation.element, inner))
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from kind
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Point:
        if isinstance(good, BaseModel):
            for name, field in kind.model_fields.items():
                yield from (
                    good.model_copy(update={name: value})
                    for value in odd_values(Annotation(field.rebuild_annotation()), getattr(good, name))
                )
    else:
        yield from values


def _kind(annotation: Annotation) -> Any:
    """The class of the values, where there is one."""
    members = annotation.members
    return members[0] if len(members) == 1 and get_origin(members[0]) is not Literal else None
