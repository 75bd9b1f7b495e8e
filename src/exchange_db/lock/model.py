"""A lock: what was true of one query, its declaration and its schema when ``lock`` proved them to agree.

Everything in it means the same on every server: names and texts, no object ids, plans or versions. ``server`` and the
reasons are for people, and two locks that differ only there are the same.
"""

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config

__all__ = [
    "FORMAT",
    "Lock",
    "LockedColumn",
    "LockedParameter",
    "LockedRows",
    "LockedTable",
    "LockedType",
    "LockedVariant",
    "Needs",
]

FORMAT = "exchange_db lock 1"
"""The first words of every lock, with the version of what follows."""

_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedType:
    """A type, by the name that people write."""

    name: str
    """As in ``pg_type``: ``int8``."""
    kind: str = "b"
    schema: str = "pg_catalog"
    labels: tuple[str, ...] = ()
    element: str | None = None
    """Of an array: the name of its element's type in the lock."""
    base: str | None = None
    """Of a domain."""
    is_unreadable: bool = False


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedParameter:
    """A parameter as the server described it, and what the function may send."""

    name: str
    type: str
    values: tuple[str, ...] | None = None
    """What it is written to or compared with can hold; ``None``: anything."""
    takes_none: bool = False
    sends: tuple[str, ...] | None = None
    """The texts of its enum or ``Literal``; ``None``: any."""


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedColumn:
    """A column of the result as the server described it, with its proof, and what the function makes of it."""

    name: str
    type: str
    not_null: bool | None
    """Whether it is proved to be never NULL; ``None``: the statement could not be analysed."""
    reason: str
    source: str | None = None
    """``schema.table.column``, where it is one as it stands there."""
    asserted: bool = False
    """Whether the header says that it is never NULL."""
    values: tuple[str, ...] | None = None
    """What it can hold; ``None``: any value of its type."""
    stored_not_null: bool = False
    """Whether the column of the table is never NULL, whatever an outer join makes of it."""
    takes_none: bool = False
    takes: tuple[str, ...] | None = None
    """The texts of the field's enum or ``Literal``; ``None``: any."""


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedRows:
    """How many rows there are."""

    at_most_one: bool
    """Whether that is proved."""
    reason: str
    wanted: bool
    """Whether the function promises it."""
    are_read: bool
    """Whether the function reads rows at all."""


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedVariant:
    """What is true of one statement, or of several of which the same is true."""

    rows: LockedRows
    parameters: tuple[LockedParameter, ...] = ()
    columns: tuple[LockedColumn, ...] = ()
    labels: tuple[str, ...] = ("",)
    """Which; ``("",)`` for a file of one statement."""


@with_config(_STRICT)
@dataclass(frozen=True)
class LockedTable:
    """What a statement relies on in one table or view."""

    columns: dict[str, str]
    """The type of each column that it names, with ``not null`` where that holds."""
    keys: tuple[str, ...] = ()
    """The unique keys over these columns, where the statement may rely on one."""
    inserts: tuple[str, ...] | None = None
    """The columns that an ``insert`` fills; ``None``: there is none."""
    omits: tuple[str, ...] = ()
    """The columns that need a value and get none from the statement: a trigger fills them."""
    writes: dict[str, str] = field(default_factory=dict[str, str])
    """What may go into each column that it inserts or updates: ``no null``, ``null``, ``unknown``."""
    constraints: tuple[str, ...] | None = None
    """Of a table that it writes to, the names of all."""


@with_config(_STRICT)
@dataclass(frozen=True)
class Needs:
    """What the query needs of the schema."""

    tables: dict[str, LockedTable] = field(default_factory=dict[str, LockedTable])
    types: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The labels of enums, and no label for any other type of the host's own."""
    functions: dict[str, str] = field(default_factory=dict[str, str])
    """What each function returns, by its signature."""
    indexes: tuple[str, ...] = ()
    """Those that the header says it rides."""
    named: tuple[str, ...] = ()
    """The constraints and unique indexes for which ``@query.raises`` has an error."""


@with_config(_STRICT)
@dataclass(frozen=True)
class Lock:
    """One query's lock."""

    query: str
    """Such as ``places.get_playground``."""
    declaration: tuple[str, ...]
    """The signature, and below it every record, enum and id type that it names, a line for each fact."""
    statement: str
    """The hash of all statements of the file and of what its header asserts; comments and layout do not count."""
    variants: tuple[LockedVariant, ...]
    types: dict[str, LockedType]
    needs: Needs
    server: str
    """For people: the versions that it was made with."""
    sql: tuple[str, ...]
    """The lines of the file."""
    never_null: tuple[str, ...] = ()
    """What is proved to be never NULL in the documents that it builds: ``docs.name``, ``docs[]``."""

    @cached_property
    def content(self) -> dict[str, Any]:
        """As JSON has it, without the seal."""
        dumped: dict[str, Any] = _ADAPTER.dump_python(self, mode="json", exclude_defaults=True)
        return {"format": FORMAT, **dumped}

    @property
    def seal(self) -> str:
        """The hash of all of it, by which an edit by hand shows."""
        return _hash(self.content)

    @property
    def text(self) -> str:
        """The file: sorted, a line for each item, so that a difference reads like one."""
        whole = {**self.content, "seal": self.seal}
        return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def says_the_same(self, other: "Lock") -> bool:
        """Whether two locks differ only in what is for people."""
        return not self.differences(other)

    def differences(self, other: "Lock") -> list[str]:
        """What the two locks say otherwise: ``declaration``, ``statement``, ``variants`` …"""
        mine, others = self._compared, other._compared
        return [each.name for each in fields(self) if getattr(mine, each.name) != getattr(others, each.name)]

    @property
    def _compared(self) -> "Lock":
        variants = tuple(
            replace(
                each,
                columns=tuple(replace(column, reason="") for column in each.columns),
                rows=replace(each.rows, reason=""),
            )
            for each in self.variants
        )
        return replace(self, variants=variants, server="", sql=())

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> "Lock":
        """Of the parsed file; raises ``ValueError`` where it is none, or not as it was written."""
        own = {key: value for key, value in content.items() if key not in ("format", "seal")}
        if content.get("seal") != _hash({**own, "format": content.get("format")}):
            raise ValueError("it is not as it was written: its seal is broken")
        return _ADAPTER.validate_python(own)


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


_ADAPTER = TypeAdapter(Lock)
