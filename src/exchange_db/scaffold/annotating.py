"""Shapes as annotations and records: those that the module has where they fit, else new ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, get_origin

from pydantic import BaseModel

from exchange_db.check.agreement import choices, column_verdict, suggestion
from exchange_db.check.fields import fields_of, model_of
from exchange_db.check.servertypes import ServerType
from exchange_db.engine.annotations import Annotation
from exchange_db.scaffold.meanings import named
from exchange_db.scaffold.namespace import Namespace
from exchange_db.scaffold.naming import camel, free, member_name, quoted
from exchange_db.scaffold.shapes import Choice, Json, Known, Many, Member, Object, Plain, Shape
from exchange_db.types import Point, Record

__all__ = ["Annotator"]

_LONGEST_LITERAL = 60
_HOMES = {
    **dict.fromkeys(("bool", "int", "float", "str", "bytes"), "builtins"),
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
    "Decimal": "decimal",
    "UUID": "uuid",
    "Point": "exchange_db.types",
}
_ADDRESSES = {
    "inet": ("IPv4Address", "IPv6Address", "IPv4Interface", "IPv6Interface"),
    "cidr": ("IPv4Network", "IPv6Network"),
}
_POINTS = ("", "point")
"""What a spatial type says where it is taken for a point: nothing, of a parameter."""
_SPATIAL = ("geography", "geometry")


@dataclass
class Annotator:
    """Writes annotations for one module, and collects the classes that they need."""

    namespace: Namespace
    classes: list[list[str]] = field(default_factory=list[list[str]])
    """The lines of each new class, in the order in which they must stand."""
    notes: dict[str, None] = field(default_factory=dict[str, None])
    """What the author should know."""
    made: list[str] = field(default_factory=list[str])
    """The names of the new classes."""

    def row(self, members: Sequence[Member], name: str) -> str:
        """The name of a record of these columns: one that is there, or a new one."""
        fitting = [known for known, record in self._records() if _fits_record(record, members)]
        if fitting:
            return name if name in fitting else fitting[0]
        name = free(name, self.namespace)
        self._tell_of_near_ones(members, name)
        self.namespace.added.add(name)
        avoid = frozenset(member.name for member in members)
        lines = [f"    {each.name}: {self.field(each, name, avoid)}" for each in members]
        base = self.namespace.refer(Record.__module__, Record.__name__)
        self._add(name, [f"class {name}({base}):", *lines])
        return name

    def field(self, member: Member, owner: str, avoid: frozenset[str] = frozenset()) -> str:
        """The annotation of a record's field."""
        shape = member.shape
        if isinstance(shape, Plain) and (written := self._without_schema(shape.server, member.name, avoid)):
            return written
        return self.optional(self.annotation(shape, member.name, owner, avoid), member.optional and not _is_any(shape))

    def optional(self, written: str, may_be_null: bool) -> str:
        """The annotation, with ``| None`` where it belongs."""
        return f"{written} | None" if may_be_null else written

    def annotation(self, shape: Shape, name: str, owner: str, avoid: frozenset[str] = frozenset()) -> str:
        """What a value is, NULL aside; ``name`` and ``owner`` name a class that it may need."""
        match shape:
            case Known(source=source):
                return self.namespace.refer(getattr(source, "__module__", ""), getattr(source, "__name__", ""), avoid)
            case Choice(values=values):
                return self._choice(values, name, owner, avoid)
            case Many(item=item):
                inner = self.annotation(item, _one_of(name), owner, avoid)
                return f"{self.namespace.refer('builtins', 'list', avoid)}[{inner}]"
            case Object(members=members):
                return self.row(members, camel(name) if camel(name) not in self.namespace else f"{owner}{camel(name)}")
            case Json():
                return self.namespace.refer("pydantic", "JsonValue", avoid)
            case _:
                return self._plain(shape.server, name, avoid)

    # --- types ---

    def _plain(self, server: ServerType, name: str, avoid: frozenset[str]) -> str:
        base = server.plain
        if base.name in _ADDRESSES:
            return " | ".join(self.namespace.refer("ipaddress", each, avoid) for each in _ADDRESSES[base.name])
        written = suggestion(server)
        if written in _HOMES and not (base.name in _SPATIAL and _kind_of(server) not in _POINTS):
            return self.namespace.refer(_HOMES[written], written, avoid)
        if base.kind not in "rm":
            self.notes[f"{name!r}: {server.shown} has no type of its own in Python; {_advice(server, name)}"] = None
            return self.namespace.refer("builtins", "str", avoid)
        return self.namespace.refer("typing", "Any", avoid)

    def _without_schema(self, server: ServerType, name: str, avoid: frozenset[str]) -> str:
        """The annotation of a type that the driver reads, and pydantic does not know: a range."""
        if server.plain.kind not in "rm":
            return ""
        self.notes[
            f"{name!r}: a {server.shown} is psycopg's Range, which pydantic does not validate: it is declared Any"
        ] = None
        return self.namespace.refer("typing", "Any", avoid)

    # --- choices ---

    def _choice(self, values: tuple[str, ...], name: str, owner: str, avoid: frozenset[str]) -> str:
        for known, thing in self.namespace.values():
            is_alias = get_origin(thing) is Literal
            is_enum = isinstance(thing, type) and issubclass(thing, Enum)
            if (is_alias or is_enum) and set(choices(thing) or ()) == set(values) and known not in avoid:
                return known
        literal = f"{self.namespace.refer('typing', 'Literal', avoid)}[{', '.join(map(quoted, values))}]"
        return literal if len(literal) <= _LONGEST_LITERAL else self._enum(values, name, owner)

    def _enum(self, values: tuple[str, ...], name: str, owner: str) -> str:
        base = self.namespace.refer("enum", "StrEnum")
        enum = free(camel(name) if camel(name) not in self.namespace else f"{owner}{camel(name)}", self.namespace)
        self.namespace.added.add(enum)
        members: dict[str, str] = {}
        for value in values:
            members[member_name(value, members)] = value
        self._add(
            enum, [f"class {enum}({base}):", *(f"    {each} = {quoted(value)}" for each, value in members.items())]
        )
        return enum

    def _add(self, name: str, lines: list[str]) -> None:
        self.classes.append(lines)
        self.made.append(name)

    # --- records that are there ---

    def _records(self) -> Iterator[tuple[str, type[BaseModel]]]:
        for name, value in self.namespace.values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value not in (BaseModel, Record, Point):
                yield name, value

    def _tell_of_near_ones(self, members: Sequence[Member], name: str) -> None:
        by_name = {member.name: member for member in members}
        for known, record in self._records():
            fields = fields_of(record)
            other = {key for key, each in fields.items() if key in by_name and not _fits(each.annotation, by_name[key])}
            missing, more = fields.keys() - by_name.keys(), by_name.keys() - fields.keys()
            if not fields or len(missing) + len(other) > 2 or len(more) > 3 or len(fields) - len(missing | other) < 2:
                continue
            if not missing and not other:
                tail = f"class {name}({known}) with {_list(more)} would do"
                self.notes[f"{known} has every column but {_list(more)}: {tail}"] = None
            else:
                told = [("has not", more), ("has besides", missing), ("has otherwise", other)]
                self.notes[
                    f"{known} is near: it {', '.join(f'{verb} {_list(names)}' for verb, names in told if names)}"
                ] = None


def _fits_record(record: type[BaseModel], members: Sequence[Member]) -> bool:
    fields = fields_of(record)
    return fields.keys() == {each.name for each in members} and all(
        _fits(fields[each.name].annotation, each) for each in members
    )


def _fits(annotation: Annotation, member: Member) -> bool:
    """Whether a field says of a column neither more nor less than what is known of it."""
    return _is_any(member.shape) or (annotation.optional == member.optional and _fits_shape(annotation, member.shape))


def _fits_shape(annotation: Annotation, shape: Shape) -> bool:
    match shape:
        case Known(source=source):
            return named(annotation.source) is source and annotation.element is None
        case Choice(values=values):
            return len(annotation.members) == 1 and set(choices(annotation.members[0]) or ()) == set(values)
        case Many(item=item):
            return annotation.element is not None and _fits_shape(annotation.element, item)
        case Object(members=members):
            model = model_of(annotation)
            return model is not None and _fits_record(model, members)
        case Json():
            return annotation.is_json
        case _:
            verdict = column_verdict(annotation, shape.server)
            return verdict.fits and not verdict.problem and not any(map(choices, annotation.members))


def _is_any(shape: Shape) -> bool:
    """Whether the annotation takes None as it is."""
    return isinstance(shape, Json)


def _kind_of(server: ServerType) -> str:
    """``point`` of ``geography(Point,4326)``; "" where the type says nothing."""
    return server.shown.partition("(")[2].rstrip(")").partition(",")[0].lower()


def _advice(server: ServerType, name: str) -> str:
    if server.plain.name in _SPATIAL:
        return f"str is written, which fits st_astext({name}) as {name}; st_asgeojson({name})::jsonb is JSON"
    if server.plain.kind == "c":
        return f"select to_jsonb({name}) as {name} and declare a record"
    return f"str is written, which fits {name}::text as {name}"


def _one_of(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _list(names: "set[str]") -> str:
    return ", ".join(sorted(names))
