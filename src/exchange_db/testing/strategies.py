"""Hypothesis strategies from annotations: what a parameter allows, the edges and the odd included."""

import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import EnumType
from functools import cached_property
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from pydantic import BaseModel, JsonValue, ValidationError

from exchange_db.engine import Query, StreamQuery
from exchange_db.engine.annotations import unaliased
from exchange_db.testing.constraints import constrained

__all__ = ["Strategies"]

Strategy = st.SearchStrategy[Any]

_TEXT = st.one_of(
    st.text("abc XYZ019-_.", min_size=1, max_size=12),  # what most columns take
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40),
    st.sampled_from(["", " ", "a\nb", "nul\0", "\ud800", "% _ \\ :name $1 {} '\"", "& | ! ( ) : *", "x" * 1_000]),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_ZONES = st.just(UTC) | st.builds(
    timezone,
    st.timedeltas(timedelta(hours=-15), timedelta(hours=15)).map(
        lambda d: timedelta(minutes=d // timedelta(minutes=1))
    ),
)
_INTS = st.integers(0, 9) | st.integers(-(2**63), 2**63 - 1) | st.integers()  # the last also beyond any of the server
_IDS = st.integers(1, 3) | st.integers(1, 9) | _INTS
"""Of a type of its own, such as ``UserId``: small ones are likely to be there."""
_PLAIN: dict[Any, Strategy] = {
    str: _TEXT,
    bool: st.booleans(),
    int: _INTS,
    float: st.floats(0, 1_000) | st.floats(),
    Decimal: st.decimals(0, 1_000, places=2) | st.decimals(),
    datetime: st.datetimes(timezones=_ZONES),
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    UUID: st.uuids(),
    bytes: st.binary(max_size=100),
    None: st.none(),
    type(None): st.none(),
    JsonValue: _JSON,
    Any: _JSON,
    object: _JSON,
    dict: st.dictionaries(_TEXT, _JSON, max_size=3),
    list: st.lists(_JSON, max_size=3),
}


class Strategies:
    """Strategies for annotations; ``given`` replaces those of parameters (by name) and types."""

    def __init__(self, given: Mapping[Any, Strategy]) -> None:
        self._given = given
        self._models: dict[type[BaseModel], Strategy] = {}

    def arguments(self, function: Query[..., Any] | StreamQuery[..., Any]) -> st.SearchStrategy[dict[str, Any]]:
        """Keyword arguments for a function; those with a default are sometimes left out.

        Raises ``TypeError`` for a parameter whose values are not known.
        """
        defaults: Mapping[str, Any] = getattr(function.__wrapped__, "__kwdefaults__", None) or {}
        required: dict[str, Strategy] = {}
        optional: dict[str, Strategy] = {}
        for parameter in function.declaration.parameters:
            try:
                strategy = self._given.get(parameter.name)
                if strategy is None:
                    strategy = self.of(parameter.annotation.source)
            except _UnknownTypeError as error:
                hint = f'give fuzz(…, strategies={{"{parameter.name}": …}})'
                raise TypeError(f"{function.name}: parameter {parameter.name!r}: {error}: {hint}") from error
            (optional if parameter.name in defaults else required)[parameter.name] = strategy
        return st.fixed_dictionaries(required, optional=optional)

    def of(self, source: Any) -> Strategy:
        """Values of an annotation."""
        if (given := _found(self._given, source)) is not None:
            return given
        if isinstance(source, NewType):
            return _IDS if source.__supertype__ is int else self.of(source.__supertype__)
        if (inner := unaliased(source)) is not source:
            return self.of(inner)
        if (plain := _found(_PLAIN, source)) is not None:
            return plain
        make = self._generic.get(get_origin(source))
        return self._class(source) if make is None else make(get_args(source))

    @cached_property
    def _generic(self) -> dict[Any, Callable[[tuple[Any, ...]], Strategy]]:
        """For the origin of an annotation, from its arguments."""

        def array(arguments: tuple[Any, ...]) -> Strategy:
            return st.lists(self.of(arguments[0]), max_size=4)

        def either(arguments: tuple[Any, ...]) -> Strategy:
            return st.one_of([self.of(member) for member in arguments])

        def mapping(arguments: tuple[Any, ...]) -> Strategy:
            return st.dictionaries(self.of(arguments[0]), self.of(arguments[1]), max_size=3)

        def row(arguments: tuple[Any, ...]) -> Strategy:
            return array(arguments).map(tuple) if arguments[1:] == (...,) else st.tuples(*map(self.of, arguments))

        return {
            Annotated: lambda arguments: constrained(arguments[0], arguments[1:], self.of(arguments[0])),
            Required: lambda arguments: self.of(arguments[0]),
            NotRequired: lambda arguments: self.of(arguments[0]),
            Literal: st.sampled_from,
            Union: either,
            types.UnionType: either,
            list: array,
            Sequence: array,
            tuple: row,
            dict: mapping,
            Mapping: mapping,
        }

    def _class(self, kind: Any) -> Strategy:
        if issubclass(type(kind), EnumType):
            return st.sampled_from(list[Any](kind))
        if issubclass(type(kind), type(BaseModel)):
            if kind not in self._models:
                self._models[kind] = st.deferred(lambda: self._model(kind))  # a model may hold itself
            return self._models[kind]
        if hasattr(kind, "__required_keys__"):  # a TypedDict: typing's own, or that of typing_extensions
            hints = get_type_hints(kind, include_extras=True)
            each = {name: self.of(hint) for name, hint in hints.items()}
            return st.fixed_dictionaries(
                {name: value for name, value in each.items() if name in kind.__required_keys__},
                optional={name: value for name, value in each.items() if name not in kind.__required_keys__},
            )
        return _registered(kind)

    def _model(self, kind: type[BaseModel]) -> Strategy:
        """Records with valid fields; those that the model's own validators refuse are left out."""
        fields = {name: self.of(field.rebuild_annotation()) for name, field in kind.model_fields.items()}
        required = {name for name, field in kind.model_fields.items() if field.is_required()}
        values = st.fixed_dictionaries(
            {name: value for name, value in fields.items() if name in required},
            optional={name: value for name, value in fields.items() if name not in required},
        )
        return values.map(lambda given: _validated(kind, given)).filter(lambda made: made is not None)


def _found(known: Mapping[Any, Strategy], source: Any) -> Strategy | None:
    # A text is the name of a parameter, and no annotation; a Literal with a list in it has no hash.
    return known.get(source) if isinstance(source, Hashable) and not isinstance(source, str) else None


class _UnknownTypeError(Exception):
    pass


def _registered(kind: Any) -> Strategy:
    """What Hypothesis itself knows, or was told with ``register_type_strategy``."""
    try:
        strategy = st.from_type(kind)
        strategy.validate()
    except (HypothesisException, TypeError) as error:
        raise _UnknownTypeError(f"nothing is known of the values of {kind!r}") from error
    return strategy


def _validated(kind: type[BaseModel], values: dict[str, Any]) -> BaseModel | None:
    try:
        return kind.model_validate(values, by_name=True)
    except ValidationError:
        return None
