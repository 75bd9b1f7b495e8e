"""What a type annotation means to the engine: optional, list, JSON, a plain class."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Literal, NewType, TypeGuard, Union, get_args, get_origin, is_typeddict

from pydantic import BaseModel, ConfigDict, JsonValue, PydanticUserError, TypeAdapter

from exchange_db.types import Point

__all__ = ["Annotation", "unaliased"]


def _unwrap(source: Any) -> Any:
    """The annotation without the layers that only a type checker sees (``NewType``, ``type X = …``)."""
    while isinstance(source := unaliased(source), NewType):
        source = source.__supertype__
    return source


def unaliased(source: Any) -> Any:
    """What a ``type X = …`` stands for; anything else as it is."""
    # By name: it is typing's class from Python 3.12 on and typing_extensions' before. JsonValue is one, and recursive.
    while type(source).__name__ == "TypeAliasType" and source is not JsonValue:
        source = source.__value__
    return source


def _is_model(member: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(member, type) and issubclass(member, BaseModel) and member is not Point


@dataclass(frozen=True)
class Annotation:
    """One annotation of a parameter, a record's field, or a result."""

    source: Any
    """The annotation as written."""

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Pydantic's validation and JSON for it."""
        # A host's special type, for which pydantic knows no schema, gets an instance check. NaN goes into JSON as the
        # constant that the server refuses, not as a silent null.
        config = ConfigDict(arbitrary_types_allowed=True, ser_json_inf_nan="constants")
        try:
            return TypeAdapter(self.source, config=config)
        except PydanticUserError:  # a model has its own configuration
            return TypeAdapter(self.source)

    @cached_property
    def members(self) -> tuple[Any, ...]:
        """The alternatives of a union (one, for anything else), ``None`` left out, constraints stripped."""
        core = _unwrap(self.source)
        if get_origin(core) is Annotated:
            return Annotation(get_args(core)[0]).members
        if get_origin(core) in (Union, types.UnionType):
            return tuple(member for part in get_args(core) for member in Annotation(part).members)
        return () if core is type(None) else (core,)

    @cached_property
    def optional(self) -> bool:
        """Whether ``None`` is allowed."""
        core = _unwrap(self.source)
        if get_origin(core) is Annotated:
            return Annotation(get_args(core)[0]).optional
        if get_origin(core) in (Union, types.UnionType):
            return any(Annotation(part).optional for part in get_args(core))
        return core in (None, type(None), Any, JsonValue)

    @cached_property
    def plain(self) -> type | None:
        """The class, where the annotation says no more than "an instance of it" (or ``None``)."""
        core = _unwrap(self.source)
        if get_origin(core) in (Union, types.UnionType):
            parts = [part for part in get_args(core) if part is not type(None)]
            return Annotation(parts[0]).plain if len(parts) == 1 else None
        return core if isinstance(core, type) and get_origin(core) is None else None

    @cached_property
    def element(self) -> "Annotation | None":
        """The annotation of a list's items; ``None`` for anything but a list."""
        if len(self.members) != 1 or get_origin(self.members[0]) not in (list, tuple, Sequence):
            return None
        arguments = get_args(self.members[0])
        return Annotation(arguments[0]) if arguments else None

    @cached_property
    def models(self) -> tuple[type[BaseModel], ...]:
        """The Pydantic models among the alternatives, a list's items included."""
        inner = self.element.models if self.element else ()
        return inner + tuple(member for member in self.members if _is_model(member))

    @cached_property
    def record(self) -> type[BaseModel] | None:
        """The Pydantic model that the value is an instance of, or ``None``; there is none in a union of several."""
        one = self.members[0] if len(self.members) == 1 else None
        return one if _is_model(one) else None

    @cached_property
    def is_point(self) -> bool:
        return Point in self.members

    @cached_property
    def is_choice(self) -> bool:
        """An enum or a ``Literal``, or a list of these: the value decides, not its class."""
        if self.element is not None:
            return self.element.is_choice
        return bool(self.members) and all(
            get_origin(member) is Literal or (isinstance(member, type) and issubclass(member, Enum))
            for member in self.members
        )

    @cached_property
    def is_json(self) -> bool:
        """Whether the value travels as one JSON document: models, mappings, and lists of these."""
        if self.element is not None:
            return self.element.is_json
        return any(
            get_origin(member) in (dict, Mapping)
            or member in (dict, JsonValue)
            or is_typeddict(member)
            or _is_model(member)
            for member in self.members
        )
