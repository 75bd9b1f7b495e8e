"""Python values -> the text that travels to the server.

Every parameter travels as text of unknown type, so the *server* infers its type from the statement, and a
statement is prepared once whatever the values are. (psycopg's own adaptation would send 5 as ``smallint`` and
70000 as ``integer``: two types, two prepared statements.) A type that is not known here goes through psycopg's
adaptation with the connection's own adapters, so that a host's special types keep working.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, TypeGuard, get_origin
from uuid import UUID

from pydantic import ValidationError

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.origin import Origin
from exchange_db.errors import InvalidValue
from exchange_db.types import UNSET, Point

__all__ = ["Binder", "Parameter"]


def _datetime(value: datetime) -> str:
    # Always UTC on the wire: what the session's TimeZone is must not matter. A naive value is for a `timestamp`.
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _timedelta(value: timedelta) -> str:
    # Every sign is written out: under `intervalstyle = sql_standard` a lone leading minus is for all the parts.
    return f"{value.days:+} days {value.seconds:+} seconds {value.microseconds:+} microseconds"


def _bytes(value: bytes) -> str:
    return "\\x" + value.hex()


def _point(value: Point) -> str:
    try:
        return value.to_ewkb().hex()
    except struct.error as error:  # built without validation
        raise ValueError(f"a point has two numbers: {error}") from error


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str.__str__,
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    Decimal: str,
    datetime: _datetime,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _timedelta,
    UUID: str,
    bytes: _bytes,
    Point: _point,
}
"""How each plain type is written; https://www.postgresql.org/docs/current/datatype.html has the input forms."""

_ALSO_EXACT: dict[type, tuple[type, ...]] = {float: (int,), Decimal: (int,)}
"""A whole number is a fine float or Decimal; a bool is not a fine int (its class says so)."""


_SETS = (set, frozenset, AbstractSet)


def _is_foreign(member: Any) -> bool:
    """Whether it is a class whose instances are of no type that is known here. A single one is psycopg's to send, by
    the connection's own adapters; those know no list of them."""
    return (
        isinstance(member, type)
        and not issubclass(member, (*_TEXT, Enum, list, tuple))
        and member not in (object, Any)
        and not hasattr(member, "__get_pydantic_core_schema__")  # whose values are of another class
    )


def _plain(value: Any) -> Any:
    """A validated value of any known type as text; one of an unknown type as it is."""
    if value is None:
        return None
    if isinstance(value, Enum):
        return _plain(value.value)
    for known in type(value).__mro__:
        if known in _TEXT:
            return _TEXT[known](value)
    return _array(value) if _is_sequence(value) else value


def _is_sequence(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def _array(values: Sequence[Any], delimiter: str = ",") -> str:
    """An array literal: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and (kind := kinds.pop()) in _TEXT:
        # Asked once, and not of each of a million items. Only these two have anything to escape.
        texts = map(_TEXT[kind], values)
        return '{"' + f'"{delimiter}"'.join(map(_escaped, texts) if kind in (str, bytes) else texts) + '"}'
    return "{" + delimiter.join(_element(value, delimiter) for value in values) + "}"


def _element(value: Any, delimiter: str) -> str:
    if value is None:
        return "NULL"
    if _is_sequence(value):
        return _array(value, delimiter)
    text = _plain(value)
    if not isinstance(text, str):  # the annotation allows it, and does not tell: Any, for one
        raise TypeError(f"a list of {type(value).__name__} cannot be sent as an array")
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function: what it accepts and how it is sent."""

    name: str
    annotation: Annotation
    """What it accepts, ``UNSET`` apart."""
    may_be_unset: bool = False

    @property
    def fault(self) -> tuple[str, str] | None:
        """Why no value of this annotation can be sent, and what to do; ``None``: there is no such reason."""
        if any(get_origin(member) in _SETS or member in _SETS for member in self.annotation.members):
            return "a set has no form in SQL", "take a list"
        if self.annotation.is_json:
            return None
        item = self.annotation.element
        while item is not None:
            for member in item.members:
                if _is_foreign(member):
                    problem = f"a list of {member.__name__} cannot be sent as an array"
                    return problem, "take a list of texts, and cast it in the statement"
            item = item.element
        return None

    @cached_property
    def exact(self) -> frozenset[type]:
        """The classes whose instances need no validation, because the annotation demands nothing more."""
        kind = self.annotation.plain
        if kind not in _TEXT:
            return frozenset()
        # A Decimal is validated always: NaN, which no Decimal field takes back, is an instance too.
        return frozenset(_ALSO_EXACT.get(kind, ()) if kind is Decimal else (kind, *_ALSO_EXACT.get(kind, ())))

    def encode(self, value: Any) -> Any:
        """The value as text, validated against the annotation.

        Raises ``pydantic.ValidationError``, and for a model that was made without validation ``ValueError``, where the
        value is not what the annotation says.
        """
        if type(value) in self.exact:
            return _TEXT[type(value)](value)
        if value is None and self.annotation.optional:
            return None
        if value is UNSET and self.may_be_unset:
            return None
        # Strict, so that a text is no number; but a plain text or number does for an enum or a literal.
        value = self.annotation.adapter.validate_python(value, strict=not self.annotation.is_choice)
        if value is not None and self.annotation.is_json:
            # A model made without validation may hold anything: what does not fit its field is an error, no warning.
            return self.annotation.adapter.dump_json(value, by_alias=True, warnings="error").decode()
        if self.annotation.element is not None and self.annotation.element.is_point and _is_sequence(value):
            return _array(value, delimiter=":")  # PostGIS's types have their own: typdelim in pg_type
        return _plain(value)


class Binder:
    """Keyword arguments of one function -> the list of values that its statement takes, in order."""

    def __init__(
        self, origin: Origin, declared: Callable[..., Any], parameters: Sequence[Parameter], order: Sequence[str]
    ) -> None:
        self._origin = origin
        self._declared = declared
        self._defaults: Mapping[str, Any] = getattr(declared, "__kwdefaults__", None) or {}
        by_name = {parameter.name: parameter for parameter in parameters}
        self._ordered = [by_name[name] for name in order]
        self._names = frozenset(order)

    def bind(self, arguments: dict[str, Any]) -> list[Any]:
        """The statement's values.

        Raises Python's own ``TypeError`` for a missing or unknown argument, ``InvalidValue`` for a wrong value.
        """
        merged = self._merged(arguments)
        try:
            return [parameter.encode(merged[parameter.name]) for parameter in self._ordered]
        except (ValidationError, ValueError, OverflowError, TypeError):
            raise self._invalid(merged) from None

    def _merged(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with the defaults of those that are missing. Raises Python's own ``TypeError``."""
        merged = {**self._defaults, **arguments} if self._defaults else arguments
        if merged.keys() != self._names:
            # The declared function's body is empty: calling it makes Python itself judge the argument names.
            self._declared(**arguments)
        return merged

    def _invalid(self, arguments: dict[str, Any]) -> InvalidValue:
        """Name every argument that is wrong, not only the first."""
        problems: list[str] = []
        for parameter in self._ordered:
            try:
                parameter.encode(arguments[parameter.name])
            except ValidationError as error:
                problems += [
                    f"{'.'.join(map(str, (parameter.name, *detail['loc'])))}: {detail['msg']}"
                    for detail in error.errors(include_url=False, include_context=False)
                ]
            except (ValueError, OverflowError, TypeError) as error:
                problems.append(f"{parameter.name}: {error}")
        return self._origin.error(InvalidValue, "; ".join(problems))
