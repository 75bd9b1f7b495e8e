"""JSON columns: the server's text goes straight into the annotated type."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from exchange_db.engine.annotations import Annotation

__all__ = ["json_reader"]


def json_reader(annotation: Annotation) -> Callable[[bytes], Any]:
    """What makes a value of the annotation out of a JSON text; decided once for a column.

    It raises ``pydantic.ValidationError``, or ``ValueError`` for an object that nothing but an outer join has made.
    """
    if annotation.members == (str,):
        return bytes.decode
    read = _exact(annotation) if _wants_decimals(annotation.adapter.core_schema) else annotation.adapter.validate_json
    record = (annotation.element or annotation).record
    # Of a record with a value that must be there Pydantic itself says that it is not.
    if record is None or not all(_may_be_none(record, name) for name in record.model_fields):
        return read
    judge = _all_known if annotation.element else _known
    return lambda text: judge(read(text))


def _may_be_none(record: type[BaseModel], name: str) -> bool:
    return Annotation(record.model_fields[name].rebuild_annotation()).optional


def _known(item: Any, place: str = "") -> Any:
    """The item, unless it is a record of which nothing is known."""
    if isinstance(item, BaseModel) and not any(value is not None for _, value in item):
        raise ValueError(f"{place}every value of the object is null; {_ADVICE}")
    return item


def _all_known(items: Sequence[Any] | None) -> Sequence[Any] | None:
    for index, item in enumerate(items or ()):
        _known(item, f"item {index}: ")
    return items


_ADVICE = "leave out what an outer join has not found, with `filter (where child.id is not null)` or `case when`"


# --- decimals ----------------------------------------------------------------------------------------------


class _Number(float):
    """A number that is a float where a float is wanted, and has all its digits where a Decimal is made of it."""

    __slots__ = ("_digits",)
    _digits: str

    def __new__(cls, digits: str) -> "_Number":
        self = super().__new__(cls, digits)
        self._digits = digits
        return self

    def __str__(self) -> str:  # what Pydantic makes a Decimal of
        return self._digits

    def __reduce__(self) -> tuple[type[float], tuple[float]]:
        return float, (float(self),)


def _exact(annotation: Annotation) -> Callable[[bytes], Any]:
    # Pydantic's own reader of JSON makes floats of numbers, of which those with more than 15 digits are others.
    return lambda text: annotation.adapter.validate_python(json.loads(text, parse_float=_Number))


def _wants_decimals(schema: Any) -> bool:
    """Whether a Decimal is somewhere in Pydantic's schema, and nothing strict, which takes less from Python than from
    JSON: no text for a date, for one."""
    parts = list(_parts(schema))
    return any(part.get("type") == "decimal" for part in parts) and not any(part.get("strict") for part in parts)


def _parts(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        inner: list[Any] = list(schema.values())  # pyright: ignore[reportUnknownArgumentType]  # a schema's values are anything
        return [schema, *(part for value in inner for part in _parts(value))]
    if isinstance(schema, list | tuple):
        return [part for value in schema for part in _parts(value)]  # pyright: ignore[reportUnknownVariableType]
    return []
