"""Rows as the driver hands them over -> records.

Once per shape of a result (its columns' names and types) a plan is made: which columns need which conversion, and
whether their types leave anything to validate. What they leave Pydantic validates, row by row. A NULL in a field that
is not optional is always an error.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Generic, TypeAlias, TypeVar

from psycopg import adapters
from psycopg.pq import Format
from psycopg.pq.abc import PGresult
from pydantic import ValidationError

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.building import Build, CannotBuild, builder
from exchange_db.engine.columns import Group, match_columns
from exchange_db.engine.declaration import Declaration
from exchange_db.engine.json_columns import json_reader
from exchange_db.engine.origin import Origin
from exchange_db.errors import RecordMismatch
from exchange_db.types import Point

__all__ = ["Decoder", "Plan"]

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
Column: TypeAlias = tuple[str, int]
"""A column's name and the OID of its type."""
Shape: TypeAlias = tuple[str, tuple[bytes | None, ...], tuple[int, ...]]
"""The encoding, the columns' names in that encoding, and the OIDs of their types."""

_JSON = {adapters.types[name].oid for name in ("json", "jsonb")}
_JSON_ARRAYS = {adapters.types[name].array_oid for name in ("json", "jsonb")}
_FIRST_USER_OID = 16384
"""Types made after initdb (extensions, enums) have OIDs from here on: FirstNormalObjectId in PostgreSQL's source."""


class Plan(Generic[T]):
    """How the rows of one shape of result become records or scalars."""

    def __init__(
        self,
        names: Sequence[str],
        conversions: Sequence[Convert | None],
        arrange: Convert,
        validate: Convert,
        origin: Origin,
        *,
        build: Build | None = None,
    ) -> None:
        self._names = names
        self._conversions = [(i, convert) for i, convert in enumerate(conversions) if convert is not None]
        self._arrange = arrange
        self._validate = validate
        self._origin = origin
        self.build = build
        """What makes records without validation; ``None``: there is no such way."""

    def rows(self, rows: Sequence[Row]) -> list[T]:
        """The rows as records (or scalars). Raises ``RecordMismatch`` for a row that does not fit."""
        if self.build is not None:
            # What the columns' types do not prove after all is for validation to refuse, or to make the best of.
            try:
                return self.build(rows)
            except CannotBuild:
                pass
        return self._validated(rows)

    def _validated(self, rows: Iterable[Row]) -> list[T]:
        try:
            if self._conversions:
                rows = map(self._converted, rows)
            return [self._validate(value) for value in map(self._arrange, rows)]
        except ValidationError as error:
            raise self._origin.error(RecordMismatch, _explain(error)) from error
        except (ValueError, struct.error) as error:
            raise self._origin.error(RecordMismatch, str(error)) from error

    def _converted(self, row: Row) -> Row:
        values = list(row)
        for i, convert in self._conversions:
            if values[i] is not None:
                try:
                    values[i] = convert(values[i])
                except ValidationError as error:
                    within = f"{self._names[i]}." if self._names else ""
                    raise self._origin.error(RecordMismatch, _explain(error, within)) from error
                except ValueError as error:
                    within = f"{self._names[i]}: " if self._names else ""
                    raise self._origin.error(RecordMismatch, f"{within}{error}") from error
        return tuple(values)


def _flat(names: Sequence[str]) -> Callable[[Row], dict[str, Any]]:
    """A row becomes what the validation of a record takes."""
    return lambda row: dict(zip(names, row, strict=True))


class _Nest:
    """The same for a record with records in it."""

    def __init__(self, group: Group) -> None:
        self._keys = [leaf.key for leaf in group.leaves]
        self._indexes = [leaf.index for leaf in group.leaves]
        self._inner = [(each.key, each, _Nest(each)) for each in group.groups.values()]

    def __call__(self, row: Row) -> dict[str, Any]:
        values = {key: row[i] for key, i in zip(self._keys, self._indexes, strict=True)}
        for key, group, nest in self._inner:
            inner = values[key] = nest(row) if nest.is_there(row) else None
            if inner is None and not group.optional:
                raise ValueError(
                    f"{group.name}: all its columns are NULL, and the field is not optional; "
                    f"where an outer join may find nothing, declare it `{group.record.__name__} | None`"
                )
        return values

    def is_there(self, row: Row) -> bool:
        """Whether any column of the record, or of a record in it, has a value."""
        return any(row[i] is not None for i in self._indexes) or any(nest.is_there(row) for _, _, nest in self._inner)


class Decoder(Generic[T]):
    """The plans of one function, made when a shape of result is first seen."""

    def __init__(self, declaration: Declaration, origin: Origin) -> None:
        self._declaration = declaration
        self._origin = origin
        self._plans: dict[Shape, Plan[T]] = {}

    def plan(self, result: PGresult | None, encoding: str) -> Plan[T]:
        """The plan for the result. Raises ``RecordMismatch`` where its columns are not the declared ones."""
        if result is None or not result.nfields:
            raise self._origin.error(RecordMismatch, "the statement returns no columns, but a result is declared")
        columns = range(result.nfields)
        shape = encoding, tuple(map(result.fname, columns)), tuple(map(result.ftype, columns))
        plan = self._plans.get(shape)
        if plan is None:
            names = [(name or b"").decode(encoding) for name in shape[1]]
            plan = self._plans[shape] = self._make(list(zip(names, shape[2], strict=True)), encoding)
        return plan

    def _make(self, columns: Sequence[Column], encoding: str) -> Plan[T]:
        record = self._declaration.record
        names = [name for name, _ in columns]
        if record is None:
            if len(columns) != 1:
                problem = f"a scalar is declared, but the statement returns {len(columns)} columns: {', '.join(names)}"
                raise self._origin.error(RecordMismatch, problem)
            annotation = self._declaration.item
            conversion = self._conversion(columns[0], annotation, encoding)
            return Plan((), [conversion], itemgetter(0), annotation.adapter.validate_python, self._origin)
        whole, problems = match_columns(record, names)
        if problems:
            raise self._origin.error(RecordMismatch, "; ".join(problems))
        leaves = sorted((leaf for group in whole.walk() for leaf in group.leaves), key=lambda leaf: leaf.index)
        conversions = [self._conversion(columns[leaf.index], leaf.annotation, encoding) for leaf in leaves]
        return Plan(
            names,
            conversions,
            _Nest(whole) if whole.groups else _flat(names),
            record.__pydantic_validator__.validate_python,
            self._origin,
            build=builder(whole, [oid for _, oid in columns], conversions, encoding),
        )

    def _conversion(self, column: Column, annotation: Annotation, encoding: str) -> Convert | None:
        """What a column's value needs before Pydantic sees it; ``None``: nothing."""
        name, oid = column
        if oid in _JSON:
            return json_reader(annotation)
        if oid in _JSON_ARRAYS:
            each = json_reader(annotation.element or annotation)
            return lambda values: [None if value is None else each(value) for value in values]
        if oid < _FIRST_USER_OID:
            if adapters.get_loader(oid, Format.BINARY) is not None:
                return None
            problem = f"column {name!r} has a type that the driver cannot read; cast it in the SQL: {name}::text"
            raise self._origin.error(RecordMismatch, problem)
        # Only a type that the host has taught this connection does not come as bytes.
        if annotation.element is not None:
            each = _point if annotation.element.is_point else partial(_text, encoding=encoding)
            return lambda value: _array(value, each) if isinstance(value, bytes) else value
        if annotation.is_point:
            return lambda value: _point(value) if isinstance(value, bytes) else _geo_interface(value)
        return lambda value: _text(value, encoding) if isinstance(value, bytes) else value


def _point(value: bytes) -> Point:
    return Point.from_ewkb(value)


def _geo_interface(value: Any) -> Any:
    """A point of a host's geometry library, such as shapely: https://gist.github.com/sgillies/2217756."""
    shape: Any = getattr(value, "__geo_interface__", None)
    if isinstance(value, Point) or not shape or shape["type"] != "Point":
        return value
    longitude, latitude = shape["coordinates"]
    return Point(longitude=longitude, latitude=latitude)


def _text(value: bytes, encoding: str) -> str:
    # Enums and citext send their text in binary form as well; a composite, range or hstore does not.
    try:
        text = value.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or text[:1] in _VERSIONS:
        raise ValueError("a column's type has no form that the driver can read; cast it to text in the SQL")
    return text


_VERSIONS = ("\1", "\2")
"""What the binary form of ltree and its like begins with."""

_INT32 = struct.Struct("!i")
_ARRAY_HEAD = struct.Struct("!iiI")


def _array(value: bytes, convert: Callable[[bytes], Any]) -> list[Any]:
    """A one-dimensional array in PostgreSQL's binary form: ``array_send`` in its arrayfuncs.c."""
    dimensions, _, _ = _ARRAY_HEAD.unpack_from(value)
    if dimensions == 0:
        return []
    if dimensions != 1:
        raise ValueError("an array of a user-defined type has more than one dimension")
    (count,) = _INT32.unpack_from(value, _ARRAY_HEAD.size)
    items: list[Any] = []
    at = _ARRAY_HEAD.size + 2 * _INT32.size
    for _ in range(count):
        (size,) = _INT32.unpack_from(value, at)
        at += _INT32.size
        items.append(None if size < 0 else convert(value[at : at + size]))
        at += max(size, 0)
    return items


def _explain(error: ValidationError, within: str = "") -> str:
    """What did not fit, field by field; the values stay out, they may be private."""
    problems: list[str] = []
    for detail in error.errors(include_url=False, include_context=False):
        field = (within + ".".join(map(str, detail["loc"]))).rstrip(".") or "the value"
        null = " (NULL in a field that is not optional)" if detail["input"] is None else ""
        problems.append(f"{field}: {detail['msg']}{null}")
    return "; ".join(problems)
