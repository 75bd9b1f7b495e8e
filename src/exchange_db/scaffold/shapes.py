"""What a column or a value in a JSON document holds, apart from how Python writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exchange_db.check.servertypes import ServerType

__all__ = ["Choice", "Json", "Known", "Many", "Member", "Object", "Plain", "Shape", "folded"]


@dataclass(frozen=True)
class Plain:
    """A value of a type of the server."""

    server: ServerType


@dataclass(frozen=True)
class Known:
    """A value that a ``NewType`` or an enum is known for."""

    source: object
    server: ServerType


@dataclass(frozen=True)
class Choice:
    """One of a few texts."""

    values: tuple[str, ...]
    server: ServerType


@dataclass(frozen=True)
class Many:
    """A list."""

    item: "Shape"


@dataclass(frozen=True)
class Object:
    """A record within a record: the keys of a document, or the columns ``author.id``, ``author.name``."""

    members: tuple["Member", ...]


@dataclass(frozen=True)
class Json:
    """Any document."""


Shape: TypeAlias = Plain | Known | Choice | Many | Object | Json


@dataclass(frozen=True)
class Member:
    """A column or key."""

    name: str
    shape: Shape
    optional: bool
    """Whether it can be NULL."""
    always_there: bool = False
    """Whether it is NULL only where a whole row is missing, because its table holds no NULL there."""


def folded(columns: Sequence[Member]) -> tuple[Member, ...]:
    """The columns, those with a dot in their names as members of an ``Object``."""
    found: dict[str, list[Member]] = {}
    for column in columns:
        found.setdefault(column.name.partition(".")[0], []).append(column)
    return tuple(_folded(name, group) for name, group in found.items())


def _folded(name: str, group: list[Member]) -> Member:
    if len(group) == 1 and group[0].name == name:
        return group[0]
    missing = all(each.optional for each in group)
    inner = [
        Member(
            each.name.partition(".")[2],
            each.shape,
            each.optional and not (missing and each.always_there),
            each.always_there,
        )
        for each in group
    ]
    return Member(name, Object(folded(inner)), missing)
