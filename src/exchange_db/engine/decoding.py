"""Rows as the driver hands them over -> records.

Once per shape of a result (its columns' names and types) a plan is made: which columns need which conversion.
Then every row is validated by Pydantic, so a NULL in a field that is not optional is always an error.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from psycopg import AsyncCursor, Cursor, adapters
from psycopg.pq import Format
from pydantic import ValidationError

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.declaration import Declaration
from exchange_db.engine.faults import nearest
from exchange_db.engine.origin import Origin
from exchange_db.errors import RecordMismatch
from exchange_db.types import Point

__all__ = ["Decoder", "Plan"]

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
Column: TypeAlias = tuple[str, int]
"""A column's name and the OID of its type."""
Shape: TypeAlias = tuple[str, tuple[tuple[bytes, int], ...]]
"""The encoding, and the columns with their names in that encoding."""

_JSON = {adapters.types[name].oid for name in ("json", "jsonb")}
_JSON_ARRAYS = {adapters.types[name].array_oid for name in ("json", "jsonb")}
_FIRST_USER_OID = 16384
"""Types made after initdb (extensions, enums) have OIDs from here on: FirstNormalObjectId in PostgreSQL's source."""


class Plan(Generic[T]):
    """How the rows of one shape of result become records or scalars."""

    def __init__(
        self,
        names: Sequence[str] | None,
        conversions: Sequence[Convert | None],
        validate: Convert,
        origin: Origin,
    ) -> None:
        self._names = names
        self._conversions = [(i, convert) for i, convert in enumerate(conversions) if convert is not None]
        self._validate = validate
        self._origin = origin

    def rows(self, rows: Iterable[Row]) -> list[T]:
        """The rows as records (or scalars). Raises ``RecordMismatch`` for a row that does not fit."""
        try:
            if self._conversions:
                rows = map(self._converted, rows)
            if self._names is None:
                return [self._validate(row[0]) for row in rows]
            return [self._validate(dict(zip(self._names, row, strict=True))) for row in rows]
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
        return tuple(values)


class Decoder(Generic[T]):
    """The plans of one function, made when a shape of result is first seen."""

    def __init__(self, declaration: Declaration, origin: Origin) -> None:
        self._declaration = declaration
        self._origin = origin
        self._plans: dict[Shape, Plan[T]] = {}

    def plan(self, cursor: Cursor[Row] | AsyncCursor[Row]) -> Plan[T]:
        """The plan for the cursor's result. Raises ``RecordMismatch`` where its columns are not the declared ones."""
        result = cursor.pgresult
        if result is None or not result.nfields:
            raise self._origin.error(RecordMismatch, "the statement returns no columns, but a result is declared")
        encoding = cursor.connection.info.encoding
        columns = tuple((result.fname(i) or b"", result.ftype(i)) for i in range(result.nfields))
        plan = self._plans.get((encoding, columns))
        if plan is None:
            decoded = [(name.decode(encoding), oid) for name, oid in columns]
            plan = self._plans[encoding, columns] = self._make(decoded, encoding)
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
            return Plan(None, [conversion], annotation.adapter.validate_python, self._origin)
        fields = {
            field.validation_alias if isinstance(field.validation_alias, str) else field.alias or name: field
            for name, field in record.model_fields.items()
        }
        missing = [name for name, field in fields.items() if name not in names and field.is_required()]
        self._compare(record.__name__, names, list(fields), missing)
        conversions = [
            self._conversion(column, Annotation(fields[column[0]].rebuild_annotation()), encoding) for column in columns
        ]
        return Plan(names, conversions, record.__pydantic_validator__.validate_python, self._origin)

    def _compare(self, record: str, columns: Sequence[str], fields: Sequence[str], missing: Sequence[str]) -> None:
        """The columns must be the record's fields, in any order."""
        unknown = [name for name in columns if name not in fields]
        doubled = sorted({name for name in columns if columns.count(name) > 1})
        problems = [f"column {name!r} appears more than once" for name in doubled]
        problems += [f"column {name!r} is no field of {record}{_suggest(name, missing)}" for name in unknown]
        problems += [f"field {name!r} of {record} has no column{_suggest(name, unknown)}" for name in missing]
        if problems:
            raise self._origin.error(RecordMismatch, "; ".join(problems))

    def _conversion(self, column: Column, annotation: Annotation, encoding: str) -> Convert | None:
        """What a column's value needs before Pydantic sees it; ``None``: nothing."""
        name, oid = column
        if oid in _JSON:
            return _json(annotation)
        if oid in _JSON_ARRAYS:
            each = _json(annotation.element or annotation)
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


def _json(annotation: Annotation) -> Convert:
    """JSON goes from the server's text straight into the annotated type; a ``str`` gets the text itself."""
    return bytes.decode if annotation.members == (str,) else annotation.adapter.validate_json


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


def _suggest(name: str, candidates: Iterable[str]) -> str:
    match = nearest(name, candidates)
    return f" (did you mean {match!r}?)" if match else ""


def _explain(error: ValidationError, within: str = "") -> str:
    """What did not fit, field by field; the values stay out, they may be private."""
    problems: list[str] = []
    for detail in error.errors(include_url=False, include_context=False):
        field = (within + ".".join(map(str, detail["loc"]))).rstrip(".") or "the value"
        null = " (NULL in a field that is not optional)" if detail["input"] is None else ""
        problems.append(f"{field}: {detail['msg']}{null}")
    return "; ".join(problems)
