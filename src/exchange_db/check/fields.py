"""The fields of a record by the columns that fill them, and where in the source each is written."""

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exchange_db.engine.annotations import Annotation
from exchange_db.types import Point

__all__ = ["Field", "fields_of", "find_field", "model_of"]


@dataclass(frozen=True)
class Field:
    """One field of a record, or of a record in it."""

    record: type[BaseModel]
    name: str
    """As the class has it; a column has the alias where there is one."""
    info: FieldInfo
    in_optional: bool = False
    """Whether it is in a record that is ``None`` where all of its columns are NULL."""

    @property
    def annotation(self) -> Annotation:
        return Annotation(self.info.rebuild_annotation())

    @property
    def converts(self) -> bool:
        """Whether a validator of the record's own sees the value before its type is looked at."""
        validators = self.record.__pydantic_decorators__.field_validators.values()
        return any(
            each.info.mode in ("before", "plain", "wrap") and {self.name, "*"} & set(each.info.fields)
            for each in validators
        )

    @property
    def slot(self) -> tuple[type[Any], str]:
        """The class that writes the field, and its name: the same for all records that inherit it."""
        writes = (cls for cls in self.record.__mro__ if self.name in inspect.get_annotations(cls))
        return next(writes, self.record), self.name

    @property
    def place(self) -> str:
        """``profiles.py:52``, where the field is written; "" where the source is not known."""
        path, lines = _lines(self.slot[0])
        line = lines.get(self.name)
        return f"{path}:{line}" if line else ""


def fields_of(record: type[BaseModel]) -> dict[str, Field]:
    """A record's own fields by the names that its columns or keys have."""
    return {_key(name, info): Field(record, name, info) for name, info in record.model_fields.items()}


def find_field(record: type[BaseModel], column: str) -> Field | None:
    """The field that a column fills: ``name``, or ``author.name`` for one of the record in the field ``author``."""
    optional = False
    fields = fields_of(record)
    while column not in fields:
        head, dot, column = column.partition(".")
        inner = model_of(fields[head].annotation) if dot and head in fields else None
        if inner is None:
            return None
        optional = optional or fields[head].annotation.optional
        fields = fields_of(inner)
    found = fields[column]
    return Field(found.record, found.name, found.info, optional)


def model_of(annotation: Annotation) -> type[BaseModel] | None:
    """The one Pydantic model that an annotation names, if there is exactly one."""
    models = [each for each in annotation.members if _is_model(each)]
    return models[0] if len(models) == 1 and len(annotation.members) == 1 else None


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, BaseModel) and member is not Point


def _key(name: str, info: FieldInfo) -> str:
    return info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name


def _lines(cls: type[Any]) -> tuple[str, dict[str, int]]:
    """The name of a class's file and the lines of its annotations; nothing where the source is not known."""
    try:
        source, first = inspect.getsourcelines(cls)
        tree = ast.parse(inspect.cleandoc("\n" + "".join(source)))
    except (OSError, TypeError, SyntaxError):
        return "", {}
    written = (node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name))
    lines = {node.target.id: first + node.lineno - 1 for node in written if isinstance(node.target, ast.Name)}
    return Path(inspect.getfile(cls)).name, lines
