"""The columns of a result and the fields of a record, matched by name.

A column is named like its field, or with dots: ``"author.home.city"`` is for the field ``city`` of the record in the
field ``home`` of the record in the field ``author``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.faults import nearest

__all__ = ["Group", "Leaf", "match_columns"]


@dataclass(frozen=True)
class Leaf:
    """One column and the field that it fills."""

    index: int
    """Of the column in the result."""
    key: str
    """The field, by the name that its record's validation takes."""
    annotation: Annotation


@dataclass
class Group:
    """The columns of one record: those of its own fields, and a group for each record in one of them."""

    record: type[BaseModel]
    key: str = ""
    """The field that holds the record, as in ``Leaf``; empty for the row as a whole."""
    name: str = ""
    """The same with dots, from the row down."""
    optional: bool = False
    """Whether that field may be ``None``, which it is where every column of the group is NULL."""
    leaves: list[Leaf] = field(default_factory=list[Leaf])
    groups: dict[str, "Group"] = field(default_factory=dict[str, "Group"])

    def walk(self) -> Iterator["Group"]:
        """This group and all below it."""
        yield self
        for group in self.groups.values():
            yield from group.walk()


def match_columns(record: type[BaseModel], columns: Sequence[str]) -> tuple[Group, list[str]]:
    """The tree of a record's columns, and all that does not fit: columns and fields must be the same set, in any order.

    A field with a default may have no column.
    """
    row = Group(record)
    found = [(name, _place(row, name, index)) for index, name in enumerate(columns)]
    unknown = [name for name, problem in found if problem]
    missing = [(group.name and f"{group.name}.") + name for group in row.walk() for name in _missing(group)]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    problems = [f"column {name!r} appears more than once" for name in doubled]
    problems += [f"column {name!r} {problem}{_suggest(name, missing)}" for name, problem in found if problem]
    problems += [
        f"field {name!r} of {group.record.__name__} has both a column and columns {f'{name}.'!r}…"
        for group in row.walk()
        for name in group.groups
        if any(leaf.key == name for leaf in group.leaves)
    ]
    problems += [f"field {name!r} of {record.__name__} has no column{_suggest(name, unknown)}" for name in missing]
    return row, problems


def _fields(record: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the names that validation takes."""
    record.model_rebuild()  # names that were not yet defined when the class was; of a complete class nothing
    return {
        info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name: info
        for name, info in record.model_fields.items()
    }


def _place(group: Group, name: str, index: int) -> str | None:
    """Put a column where it belongs in the group; else say what is wrong. ``name`` is what is left of its own."""
    fields = _fields(group.record)
    if name in fields:
        group.leaves.append(Leaf(index, name, Annotation(fields[name].rebuild_annotation())))
        return None
    head, dot, rest = name.partition(".")
    if not dot or head not in fields:
        return f"is no field of {group.record.__name__}"
    annotation = Annotation(fields[head].rebuild_annotation())
    if annotation.record is None:
        many = annotation.element is not None and annotation.element.record is not None
        reason = "is for a list: let the server make one JSON column of it" if many else "is no record"
        return f"goes into {head!r} of {group.record.__name__}, which {reason}"
    if head not in group.groups:
        path = f"{group.name}.{head}" if group.name else head
        group.groups[head] = Group(annotation.record, head, path, annotation.optional)
    return _place(group.groups[head], rest, index)


def _missing(group: Group) -> list[str]:
    """The group's own fields that must have a column and have none."""
    given = {leaf.key for leaf in group.leaves} | group.groups.keys()
    return [name for name, info in _fields(group.record).items() if info.is_required() and name not in given]


def _suggest(name: str, candidates: Sequence[str]) -> str:
    """The likely right name: like this one in the same record, or the same in another."""
    within, _, own = name.rpartition(".")
    # All names in a record begin alike: only what is behind the last dot tells them apart.
    alike = {other.rpartition(".")[2]: other for other in candidates if other.rpartition(".")[0] == within}
    match = nearest(own, alike)
    found = alike[match] if match else nearest(name, [other for other in candidates if other.rpartition(".")[2] == own])
    return f" (did you mean {found!r}?)" if found else ""
