"""Records built without validation, where the types of a result's columns leave nothing to validate.

For one record class and one shape of result a function is written, once, that puts each value where validation would
put it. What it makes is what validation makes. It gives up, and leaves the rows to validation, at the first value that
the column's type does not vouch for: a NULL, a text that the enum does not have.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from keyword import iskeyword
from typing import Any, TypeAlias, cast
from unicodedata import normalize

from psycopg import adapters
from pydantic import BaseModel
from pydantic_core import SchemaError, SchemaValidator, core_schema

from exchange_db.engine.adapters import is_standard
from exchange_db.engine.columns import Group, Leaf
from exchange_db.types import Record

__all__ = ["Build", "CannotBuild", "builder"]

Row: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
Build: TypeAlias = Callable[[Sequence[Row]], list[Any]]
"""Rows -> records. Raises one of ``CannotBuild`` where validation has to see them."""

CannotBuild = (ValueError, TypeError, LookupError, SchemaError)
"""Pydantic's own ValidationError is a ValueError. A field that is left out of its record, as ``OnErrorOmit`` does,
shows as a ``SchemaError`` where it is validated by itself."""

_KINDS = {
    "bool": ("bool",),
    "bytes": ("bytea",),
    "date": ("date",),
    "datetime": ("timestamp", "timestamptz"),
    "float": ("float4", "float8"),
    "int": ("int2", "int4", "int8", "oid"),
    "str": ("text", "varchar", "bpchar", "name"),
    "time": ("time", "timetz"),
    "timedelta": ("interval",),
    "uuid": ("uuid",),
}
"""Pydantic's names of classes, and the types whose values come as instances of just that class."""
_KIND_OF = {adapters.types[name].oid: kind for kind, names in _KINDS.items() for name in names}
_WITH_ZONE = adapters.types["timestamptz"].oid

_HARMLESS = {"type", "ref", "metadata", "serialization", "microseconds_precision"}
"""What a schema says besides its class and refuses or changes no instance of it."""
_MODEL = {"type", "cls", "schema", "config", "ref", "metadata", "serialization", "generic_origin"}
_MODEL_FIELDS = {"type", "fields", "model_name", "computed_fields", "ref", "metadata", "serialization"}
_CONFIG = {
    *("title", "extra_fields_behavior", "from_attributes", "validate_by_alias", "validate_by_name"),
    *("serialize_by_alias", "ser_json_inf_nan", "ser_json_bytes", "ser_json_temporal", "ser_json_timedelta"),
}

# All that an instance of a model has: https://docs.pydantic.dev/latest/api/base_model/
_SLOTS = {
    "set_dict": vars(BaseModel)["__dict__"].__set__,
    "set_fields": vars(BaseModel)["__pydantic_fields_set__"].__set__,
    "set_extra": vars(BaseModel)["__pydantic_extra__"].__set__,
    "set_private": vars(BaseModel)["__pydantic_private__"].__set__,
}


class _Model:
    """What Pydantic's core schema says about one record class."""

    def __init__(self, record: type[BaseModel]) -> None:
        schema: Any = record.__pydantic_core_schema__
        self._record = record
        self._definitions: list[Any] = []
        if schema["type"] == "definitions":
            self._definitions, schema = schema["definitions"], schema["schema"]
        self._schema = self.resolved(schema)
        self._fields: Mapping[str, Any] = self._schema.get("schema", {}).get("fields", {})

    @property
    def is_plain(self) -> bool:
        """Whether a record is nothing but its fields: no code of its class runs when it is made."""
        config, fields = self._schema.get("config", {}), self._schema.get("schema", {})
        return (
            {key for key, value in self._schema.items() if value is not False} <= _MODEL
            and fields.keys() <= _MODEL_FIELDS
            and config.keys() <= _CONFIG
            and config.get("extra_fields_behavior") != "allow"
            and config.get("validate_by_alias", True)
            and self._record.__new__ is object.__new__
            and not any(vars(base).get("__slots__") for base in self._record.__mro__ if base is not BaseModel)
            and all(map(_can_be_written, self._fields))
            and not _asks_for_others([self._fields, self._definitions])
        )

    def names(self) -> dict[Any, str]:
        """The fields in their order, by the names that validation takes."""
        return {str(field.get("validation_alias", name)): name for name, field in self._fields.items()}

    def resolved(self, schema: Any) -> Any:
        """The schema itself, where it is a reference to one."""
        if schema["type"] == "definition-ref":
            (schema,) = [each for each in self._definitions if each["ref"] == schema["schema_ref"]]
        return schema

    def value(self, name: str) -> tuple[Any, bool]:
        """The schema of a field's value, and whether it may be ``None`` besides."""
        schema = self._fields[name]["schema"]
        if schema["type"] == "default":
            schema = schema["schema"]
        optional = schema["type"] == "nullable"
        return self.resolved(schema["schema"] if optional else schema), optional

    def validate(self, name: str) -> Convert:
        """The validation of one field."""
        schema = self._fields[name]["schema"]
        if self._definitions:
            schema = core_schema.definitions_schema(schema, self._definitions)
        return SchemaValidator(schema, self._schema.get("config")).validate_python


def _can_be_written(name: str) -> bool:
    """Whether Python reads the name back as it is; ``create_model`` takes any text for one."""
    return name.isidentifier() and not iskeyword(name) and normalize("NFKC", name) == name


def _asks_for_others(schema: Any) -> bool:
    """Whether a function in it is told of the record's other fields."""
    if isinstance(schema, dict):
        asks = cast("Mapping[str, Any]", schema).get("type") == "with-info"
        return asks or any(map(_asks_for_others, cast("Mapping[str, Any]", schema).values()))
    return isinstance(schema, list | tuple) and any(map(_asks_for_others, cast("Sequence[Any]", schema)))


def builder(whole: Group, oids: Sequence[int], conversions: Sequence[Convert | None], encoding: str) -> Build | None:
    """What builds the records of rows with these columns, each with its conversion, if it needs one. ``None``: the
    record does more with its values than to hold them, or has fields without a column."""
    if not all(_is_built(group) for group in whole.walk()):
        return None
    return _Writer(oids, conversions, encoding).function(whole)


def _is_built(group: Group) -> bool:
    model = _Model(group.record)
    if not model.is_plain or model.names().keys() != {leaf.key for leaf in group.leaves} | group.groups.keys():
        return False
    inner = [(model.value(model.names()[each.key])[0], each.record) for each in group.groups.values()]
    return all(schema["type"] == "model" and schema["cls"] is record for schema, record in inner)


class _Writer:
    """Writes the function. Its text is made of numbers and the names of fields; all else has a name in it."""

    def __init__(self, oids: Sequence[int], conversions: Sequence[Convert | None], encoding: str) -> None:
        self._oids = oids
        self._conversions = conversions
        # A server whose encoding is SQL_ASCII sends bytes of which nothing is known.
        self._unproved = "str" if encoding == "ascii" else ""
        self._names: dict[str, Any] = {"new": object.__new__, **_SLOTS}
        self._lines: list[str] = []
        self._records = 0

    def function(self, whole: Group) -> Build:
        record = self._record(whole, " " * 6)
        columns = "".join(f"c{index}," for index in range(len(self._oids)))
        text = [
            f"def make({', '.join(self._names)}):",
            "  def build(rows):",
            "    records = []",
            f"    for {columns} in rows:",
            *self._lines,
            f"      records.append({record})",
            "    return records",
            "  return build",
        ]
        made: dict[str, Any] = {}
        exec("\n".join(text), made)  # noqa: S102  of a declaration alone, see above
        build: Build = made["make"](**self._names)
        return build

    def _record(self, group: Group, indent: str) -> str:
        """Write what makes the group's record, and say what it is called."""
        model = _Model(group.record)
        self._records += 1
        number = self._records
        record, values, fields = f"record{number}", f"values{number}", model.names()
        shown: dict[str, str] = {}
        for leaf in group.leaves:
            shown[leaf.key], required = self._value(leaf, model, fields[leaf.key])
            if required:
                self._lines.append(f"{indent}if c{leaf.index} is None: raise ValueError")
        for each in group.groups.values():
            shown[each.key] = self._inner(each, indent)
        # Instances of a class share the keys of their dictionaries, which takes half the memory and time.
        self._names[f"Values{number}"] = type("Values", (), {})
        self._names[f"Record{number}"] = group.record
        self._lines += [
            f"{indent}{values} = Values{number}()",
            *[f"{indent}{values}.{name} = {shown[key]}" for key, name in fields.items()],
            f"{indent}{record} = new(Record{number})",
            f"{indent}set_dict({record}, {values}.__dict__)",
            f"{indent}set_fields({record}, {self._fields_set(group.record, number)})",
            f"{indent}set_extra({record}, None)",
            f"{indent}set_private({record}, None)",
        ]
        return record

    def _fields_set(self, record: type[BaseModel], number: int) -> str:
        """The names of the fields that were given: all."""
        name, names = f"fields{number}", set(_Model(record).names().values())
        if issubclass(record, Record) and record.model_config.get("frozen"):
            self._names[name] = names  # one for all: see Record.model_fields_set
            return name
        self._names[name] = names.copy
        return f"{name}()"

    def _inner(self, group: Group, indent: str) -> str:
        """Write what makes a record in a record; where all its columns are NULL there is none."""
        indexes = [leaf.index for each in group.walk() for leaf in each.leaves]
        self._lines.append(f"{indent}if {' and '.join(f'c{index} is None' for index in indexes)}:")
        number = len(self._lines)
        self._lines += ["", f"{indent}else:"]
        record = self._record(group, indent + "  ")
        self._lines[number] = f"{indent}  {f'{record} = None' if group.optional else 'raise ValueError'}"
        return record

    def _value(self, leaf: Leaf, model: _Model, name: str) -> tuple[str, bool]:
        """What stands for a column's value, and whether NULL is to be refused before."""
        column, index = f"c{leaf.index}", leaf.index
        schema, optional = model.value(name)
        convert = self._conversions[index]
        if convert is None and self._is_proved(schema, self._oids[index]):
            return column, not optional
        converted = column
        if convert is not None:
            self._names[f"convert{index}"] = convert
            converted = f"convert{index}({column})"
        members = _members(schema)
        if members:
            self._names[f"members{index}"] = members
            member = f"members{index}[{converted}]"
            return (f"None if {column} is None else {member}" if optional else member), not optional
        self._names[f"validate{index}"] = model.validate(name)
        if convert is not None:
            converted = f"None if {column} is None else {converted}"
        return f"validate{index}({converted})", False

    def _is_proved(self, schema: Mapping[str, Any], oid: int) -> bool:
        """Whether validation leaves every value of the type as it is."""
        kind = schema["type"]
        says = {key for key in schema if (key, schema[key]) != ("tz_constraint", "aware") or oid != _WITH_ZONE}
        return kind == _KIND_OF.get(oid) and kind != self._unproved and says <= _HARMLESS and is_standard(oid)


def _members(schema: Mapping[str, Any]) -> Mapping[Any, Any] | None:
    """What each text becomes in a field that allows certain texts; a connection may know the enum's type itself."""
    if schema["type"] == "literal":
        members = {value: value for value in schema["expected"]}
        if len(members) < len(schema["expected"]):  # a text, and an enum's member that equals it
            return None
    elif schema["type"] == "enum" and not schema.keys() - _HARMLESS - {"cls", "members", "sub_type"}:
        members = {value: member for member in schema["members"] for value in (member.value, member)}
    else:
        return None
    return members if all(type(value) is str or isinstance(value, Enum) for value in members) else None
