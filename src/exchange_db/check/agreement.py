"""Whether a Python annotation and a PostgreSQL type agree: of a column that is read, of a parameter that is sent.

Stricter than validation, which would take a number of seconds for a ``datetime``: what is declared is what is there.
"""

import ipaddress
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeGuard, Union, get_args, get_origin
from uuid import UUID

import pydantic
from psycopg.types.range import Range

from exchange_db.check.servertypes import FIRST_USER_OID, ServerType
from exchange_db.engine.annotations import Annotation
from exchange_db.types import Point

__all__ = ["FITS", "TEXTS", "Verdict", "choices", "column_verdict", "described", "parameter_verdict", "suggestion"]


class Verdict(NamedTuple):
    """Whether the two agree."""

    fits: bool
    problem: str = ""
    """Where they do not, or (a hint) where they do at a price: why."""
    hint: str = ""


FITS = Verdict(True)

TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext", "char", "unknown"})
_INTEGERS = frozenset({"int2", "int4", "int8", "oid"})
_FLOATS = frozenset({"float4", "float8"})
_JSON = frozenset({"json", "jsonb"})
_SPATIAL = frozenset({"geometry", "geography"})
_INET = (ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Interface, ipaddress.IPv6Interface)
_CIDR = (ipaddress.IPv4Network, ipaddress.IPv6Network)
_RANGES = frozenset({"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"})

_CLASS_OF: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    **dict.fromkeys(_INTEGERS, (int,)),
    **dict.fromkeys(_FLOATS, (float,)),
    "numeric": (Decimal,),
    **dict.fromkeys(TEXTS, (str,)),
    "uuid": (UUID,),
    "date": (date,),
    "timestamptz": (datetime,),
    "timestamp": (datetime,),
    "time": (time,),
    "timetz": (time,),
    "interval": (timedelta,),
    "bytea": (bytes,),
    "inet": _INET,
    "cidr": _CIDR,
    **dict.fromkeys(_RANGES, (Range,)),
    **dict.fromkeys(_SPATIAL, (Point,)),
}
"""What the driver reads a type as; the first one is what to write in a record."""

_SPECIAL: dict[Any, type] = {
    pydantic.AwareDatetime: datetime,
    pydantic.NaiveDatetime: datetime,
    pydantic.PastDatetime: datetime,
    pydantic.FutureDatetime: datetime,
    pydantic.PastDate: date,
    pydantic.FutureDate: date,
}
"""Pydantic's own names for a plain class."""

_WIDENS: dict[type, tuple[type, ...]] = {float: (int,), Decimal: (int,)}
"""A column of whole numbers is fine for a float or a Decimal."""

_KNOWN = tuple({cls for classes in _CLASS_OF.values() for cls in classes} | {bool})
_VALIDATORS = (pydantic.BeforeValidator, pydantic.PlainValidator, pydantic.WrapValidator)
_SEQUENCES = (set, frozenset, AbstractSet)


# --- a column under a field ----------------------------------------------------------------------------------------


def column_verdict(annotation: Annotation, server: ServerType) -> Verdict:
    """Whether the values of a column are what the annotation says, NULL aside."""
    if _converts(annotation.source):
        return FITS
    verdicts = [_column_member(member, server) for member in annotation.members]
    return _best(verdicts) if verdicts else Verdict(False, "it says None, and nothing else")


def _column_member(member: Any, server: ServerType) -> Verdict:
    base = server.plain
    if base.is_unreadable or base.kind == "p":
        hint = "select to_jsonb(…) of it into a model" if base.kind in ("c", "p") else "cast it in the SQL: …::text"
        return Verdict(False, f"the driver cannot read {server.shown}", hint)
    if member in (Any, object) or base.name in _JSON:
        return FITS  # what is in a document is looked at key by key
    if (element := _element(member)) is not None or base.element is not None:
        if element is None or base.element is None or (base.oid >= FIRST_USER_OID and not Annotation(member).element):
            return _mismatch(member, server)  # arrays of types that are no built-in ones are read into a list only
        return column_verdict(element, base.element)
    if Annotation(member).is_json:
        return FITS if base.kind == "c" else _mismatch(member, server)
    return _best([FITS if cls is None else _column_class(cls, member, server) for cls in _classes(member)])


def _column_class(cls: type[Any], member: Any, server: ServerType) -> Verdict:
    base = server.plain
    there = (str,) if base.kind == "e" else _CLASS_OF.get(base.name)
    if there is None:
        return FITS  # a host has taught its connection this type
    if zone := _zone(member, base):
        return zone
    if cls in there or there[0] in _WIDENS.get(cls, ()):
        return FITS
    if {cls, there[0]} == {float, Decimal}:
        return Verdict(True, f"{_name(cls)} over {server.shown} is not exact", f"write `{_name(there[0])}`")
    return _mismatch(member, server)


# --- an argument for a parameter -----------------------------------------------------------------------------------


def parameter_verdict(annotation: Annotation, server: ServerType) -> Verdict:
    """Whether what the engine sends for a value of the annotation is what the statement takes."""
    base = server.plain
    if annotation.is_json:
        if base.name in (*_JSON, "text"):
            return FITS
        return Verdict(False, f"a JSON document is sent, and the statement takes {server.shown}", "cast it: …::jsonb")
    verdicts = [_parameter_member(member, server) for member in annotation.members]
    return min(verdicts, key=lambda verdict: (verdict.fits, not verdict.problem)) if verdicts else FITS


def _parameter_member(member: Any, server: ServerType) -> Verdict:
    base = server.plain
    if member in (Any, object):
        return FITS
    if (element := _element(member)) is not None or base.element is not None:
        if element is None or base.element is None:
            return _mismatch(member, server, "takes")
        return parameter_verdict(element, base.element)
    if (values := choices(member)) is not None:
        classes: set[type[Any]] = {type(value) for value in values}
        return _best([_parameter_class(cls, member, server, chosen=True) for cls in classes])
    known = _class_of(member)
    return FITS if known is None else _parameter_class(known, member, server, chosen=False)


def _parameter_class(cls: type[Any], member: Any, server: ServerType, *, chosen: bool) -> Verdict:
    base = server.plain
    if zone := _zone(member, base):
        return zone
    if cls is str:
        if base.kind == "e":
            hint = "take a Literal or an Enum of its labels"
            return FITS if chosen else Verdict(True, f"any text is taken for {server.shown}", hint)
        other = _CLASS_OF.get(base.name, (str,))
        # A type without a class of Python's own (regconfig, xml, ltree), a document, an address: as text.
        return FITS if str in other or other in (_INET, _CIDR) else _mismatch(member, server, "takes")
    there = (str,) if base.kind == "e" else _CLASS_OF.get(base.name, (str,))
    if cls in there or (cls is int and base.name in (*_FLOATS, "numeric")):
        return FITS
    if {cls, there[0]} == {float, Decimal}:
        return Verdict(True, f"{_name(cls)} for {server.shown} is not exact", f"take `{_name(there[0])}`")
    return _mismatch(member, server, "takes")


# --- what both need ------------------------------------------------------------------------------------------------


def choices(member: Any) -> tuple[Any, ...] | None:
    """The values of an enum or a ``Literal``; ``None`` for anything else."""
    if get_origin(member) is Literal:
        return tuple(value.value if isinstance(value, Enum) else value for value in get_args(member))
    if isinstance(member, type) and issubclass(member, Enum):
        return tuple(each.value for each in member)
    return None


def suggestion(server: ServerType) -> str:
    """The annotation to write for a type; "" where there is none."""
    base = server.plain
    if base.element is not None:
        inner = suggestion(base.element)
        return f"list[{inner}]" if inner else ""
    if base.kind == "e":
        return f"Literal[{', '.join(map(repr, base.labels))}]"
    if base.name in _JSON:
        return "dict[str, Any]"
    return _name(_CLASS_OF[base.name][0]) if base.name in _CLASS_OF else ""


def described(source: Any) -> str:
    """An annotation as one writes it."""
    origin, arguments = get_origin(source), get_args(source)
    if origin is Annotated:
        return described(arguments[0])
    if origin in (Union, UnionType):
        return " | ".join(map(described, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if source is None or source is type(None):
        return "None"
    if source is ...:
        return "..."
    name = getattr(origin or source, "__name__", None) or str(source).rpartition(".")[2]
    return f"{name}[{', '.join(map(described, arguments))}]" if origin and arguments else name


def _element(member: Any) -> Annotation | None:
    """The annotation of a list's items; a ``list`` of anything is one of ``Any``."""
    if get_origin(member) in _SEQUENCES:
        return Annotation(get_args(member)[0])
    if member in (list, tuple, set, frozenset):
        return Annotation(Any)
    return Annotation(member).element


def _class_of(member: Any) -> type | None:
    """The class of the table above that a member is or derives from; ``None``: nothing is known of it."""
    member = _SPECIAL.get(member, member)
    member = get_origin(member) or member
    for cls in member.__mro__ if _is_class(member) else ():
        if cls in _KNOWN:
            return cls
    return None


def _classes(member: Any) -> set[type[Any] | None]:
    """The class of a member, or those of the values of an enum or a ``Literal``."""
    values = choices(member)
    return {_class_of(member)} if values is None else {type(value) for value in values}


def _is_class(member: Any) -> TypeGuard[type]:
    return isinstance(member, type)


def _zone(member: Any, base: ServerType) -> Verdict | None:
    """A moment with a zone is no local time, and the other way round."""
    if member is pydantic.AwareDatetime and base.name == "timestamp":
        return Verdict(False, "a timestamp without zone holds no moment", "use timestamptz")
    if member is pydantic.NaiveDatetime and base.name == "timestamptz":
        return Verdict(False, "a timestamptz is a moment, with a zone", "write `AwareDatetime`")
    return None


def _converts(source: Any) -> bool:
    """Whether a validator of the host's own sees the value before its type is looked at."""
    return get_origin(source) is Annotated and any(isinstance(each, _VALIDATORS) for each in get_args(source)[1:])


def _best(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: (verdict.fits, not verdict.problem))


def _mismatch(member: Any, server: ServerType, verb: str = "is") -> Verdict:
    written = suggestion(server)
    problem = (
        f"{described(member)} is declared, and the statement {'takes' if verb == 'takes' else 'gives'} {server.shown}"
    )
    return Verdict(False, problem, f"write `{written}`" if written else "")


def _name(cls: type) -> str:
    return cls.__name__
