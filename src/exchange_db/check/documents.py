"""JSON that a statement builds, against the models that read it: keys, and what is under them, as far as it is written.

``jsonb_build_object`` and its like name their keys, ``jsonb_agg`` makes a list, ``coalesce`` and ``case`` choose. A
document that comes out of a table or a function is not looked into: validation does that, row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, get_args, get_origin
from uuid import UUID

from pydantic import JsonValue

from exchange_db.check.agreement import choices, described, suggestion
from exchange_db.check.building import Document, Value, documents_of, items_of_array, outputs, type_of
from exchange_db.check.columns import Shown
from exchange_db.check.fields import Field, fields_of, find_field, model_of
from exchange_db.check.held import held
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Place
from exchange_db.check.subject import Database, Subject
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.faults import nearest
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.tree import Node

__all__ = ["check_documents"]

_JSON = ("json", "jsonb")
_ANYTHING = (Any, object, JsonValue)
"""Annotations that take None as they are."""


def check_documents(
    subject: Subject, database: Database, tree: Node, shown: Sequence[Shown], given: Sequence[int]
) -> None:
    """Compare every JSON column of the result with its field, and what stands in every array that is built."""
    prover = new_prover(database.catalog, given)
    record = subject.declaration.record
    for number, column in enumerate(shown, 1):
        field = find_field(record, column.name) if record else None
        annotation = field.annotation if field else None
        if record is None and len(shown) == 1:
            annotation = subject.declaration.item
        if annotation is None or (field and field.converts):
            continue
        reader = _Reader(subject, database, column.place)
        for value in outputs(tree, None, number, prover):
            if column.type.plain.name in _JSON:
                reader.compare(value, annotation, column.name, field)
            else:
                reader.compare_array(value, annotation, column.name, field)


class _Reader:
    """One column's document."""

    def __init__(self, subject: Subject, database: Database, place: Place) -> None:
        self.subject = subject
        self.database = database
        self.place = place

    def compare(self, value: Value, annotation: Annotation, path: str, field: Field | None) -> None:
        """Compare what an expression builds with an annotation; ``field`` is the one that it fills."""
        for document in documents_of(value):
            if document.kind == "list":
                self._list(document, annotation, path, field)
            elif document.kind == "object":
                self._object(document, annotation, path)
            else:
                self.subject.needed.update(_slots(annotation, set()))

    def compare_array(self, value: Value, annotation: Annotation, path: str, field: Field | None) -> None:
        """Compare what stands in an array, where the statement builds it, with an annotation."""
        items = items_of_array(value)
        if items is None:
            self.subject.needed.update(_slots(annotation, set()))
        elif annotation.element is not None:
            for item in items:
                self._null(item, annotation.element, f"{path}[]", field)

    def _list(self, document: Document, annotation: Annotation, path: str, field: Field | None) -> None:
        if annotation.element is not None:
            for item in document.items:
                self._null(item, annotation.element, f"{path}[]", field)
                self.compare(item, annotation.element, path, field)
        elif model_of(annotation) is not None:
            self._error(
                path,
                f"it is a list, and {described(annotation.source)} is one object",
                f"declare list[{described(annotation.source)}]",
            )

    def _object(self, document: Document, annotation: Annotation, path: str) -> None:
        model, keys = model_of(annotation), dict(document.keys)
        if model is None:
            if annotation.element is not None:
                self._error(
                    path,
                    f"it is one object, and {described(annotation.source)} is declared",
                    "write jsonb_agg(…), or declare the model",
                )
            elif (of_key := _mapped(annotation)) is not None:
                for name, value in keys.items() if not document.strips else ():
                    self._null(value, of_key, f"{path}.{name}", None)
            return
        fields = fields_of(model)
        missing = [name for name, field in fields.items() if name not in keys and field.info.is_required()]
        unknown = [] if model.model_config.get("extra") != "forbid" else [key for key in keys if key not in fields]
        for key in unknown:
            match = nearest(key, missing)
            self._error(
                path,
                f"the key {key!r} is no field of {model.__name__}",
                f"did you mean {match!r}?" if match else "leave it out",
                key,
            )
        for name in missing:
            match = nearest(name, unknown)
            self._error(
                path,
                f"field {name!r} of {model.__name__} has no key",
                f"did you mean {match!r}?" if match else f"add '{name}', …",
                match,
            )
        for key, value in keys.items():
            if key in fields and not fields[key].converts:
                self._key(value, document, fields[key], f"{path}.{key}")

    def _key(self, value: Value, document: Document, field: Field, path: str) -> None:
        """What is under a key: another document, or a value of a type that can be compared."""
        annotation, oid = field.annotation, type_of(value.node)
        if not document.strips:
            self._null(value, annotation, path, field)
        elif field.info.is_required():  # what is left out is not there, even for a field that takes None
            self._null(value, Annotation(object), path, field)
        if not oid:
            return
        server = self.database.types.get(oid)
        if server.plain.name in _JSON or server.plain.kind in "cp":
            self.compare(value, annotation, path, field)
        elif not _may_be(annotation, server):
            written = suggestion(server)
            self._error(
                path,
                f"{described(annotation.source)} is declared, and the statement gives {server.shown}",
                f"write `{written}`" if written else "",
                path.rpartition(".")[2],
                expected=described(annotation.source),
                actual=server.shown,
            )
        else:
            self.compare_array(value, annotation, path, field)
            self._values(value, annotation, path)

    def _null(self, value: Value, annotation: Annotation, path: str, field: Field | None) -> None:
        """Whether NULL agrees with what is declared for a key, or for the items of a list."""
        subject, proof = self.subject, value.proof
        is_item = path.endswith("[]")
        slot = (field.slot[0], field.slot[1] + "[]" * is_item) if field else None
        takes = f"field {field.name!r} of {field.record.__name__}" if field and not is_item else "its annotation"
        place = self._key_place(path.removesuffix("[]").rpartition(".")[2])
        subject.inside[path] = subject.inside.get(path, True) and proof.not_null
        if proof.not_null:
            if annotation.optional and annotation.members and annotation.members[0] not in _ANYTHING and slot:
                subject.needless_optional(
                    slot,
                    place,
                    f"{takes} is optional, and what is in {path!r} is never NULL",
                    expected=described(annotation.source),
                    reason=proof.reason,
                )
        elif any(path in each.names for each in subject.directive("not null")):
            subject.asserted[f"not null: {path}"] = None
        elif annotation.optional and slot:
            subject.needed.add(slot)
        elif not annotation.optional:
            hint = f"leave it out, coalesce it, declare it `| None`, or say that it never is: -- not null: {path}"
            subject.error(
                "nullable",
                place,
                f"what is in {path!r} may be NULL, and {takes} takes no None",
                expected=described(annotation.source),
                actual="may be NULL",
                reason=proof.reason,
                hint=hint,
            )

    def _values(self, value: Value, annotation: Annotation, path: str) -> None:
        """What is under a key against an enum or ``Literal``."""
        known = [choices(member) for member in (annotation.element or annotation).members]
        texts = held(self.database, value)
        if texts is None or not known or None in known:
            return
        allowed = {value for values in known for value in values or ()}
        if wrong := sorted(texts - allowed):
            self._error(
                path,
                f"it can be {', '.join(map(repr, wrong))}, which {described(annotation.source)} does not take",
                "",
                path.rpartition(".")[2],
            )

    def _error(self, path: str, problem: str, hint: str, key: str | None = None, **more: str) -> None:
        place = self._key_place(key) if key else self.place
        self.subject.error("json", place, f"in {path!r}: {problem}", hint=hint, **more)

    def _key_place(self, key: str) -> Place:
        """The last ``'key'`` above the column's name."""
        source = self.subject.source
        places = [
            source.place(token.start)
            for token, word in zip(source.tokens, source.words, strict=True)
            if word == f"'{key.lower()}'"
        ]
        above = [place for place in places if place < self.place]
        return above[-1] if above else self.place


def _slots(annotation: Annotation, seen: set[type[Any]]) -> Iterator[tuple[type[Any], str]]:
    """The fields that a document may fill of which nothing is known: of the models in an annotation, at any depth."""
    for model in annotation.models:
        if model not in seen:
            seen.add(model)
            for field in fields_of(model).values():
                yield from (field.slot, (field.slot[0], f"{field.slot[1]}[]"))
                yield from _slots(field.annotation, seen)


def _mapped(annotation: Annotation) -> Annotation | None:
    """Of a ``dict`` what its values are; ``None`` for anything else, and a ``dict`` of anything."""
    origins = [get_origin(member) for member in annotation.members]
    arguments = get_args(annotation.members[0]) if origins in ([dict], [Mapping]) else ()
    return Annotation(arguments[1]) if len(arguments) == 2 else None


def _may_be(annotation: Annotation, server: ServerType) -> bool:
    """Whether the JSON of a type can be what the annotation says; JSON knows texts, numbers, lists, true and false."""
    plain = server.plain
    form = "list" if plain.element else _FORMS.get(plain.name, "text")
    return not annotation.members or any(form in _forms(member) for member in annotation.members)


_FORMS = {
    "bool": "bool",
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "integer"),
    **dict.fromkeys(("float4", "float8", "numeric"), "number"),
}


def _forms(member: object) -> frozenset[str]:
    """The forms of JSON that validation takes for a member, without changing what it says."""
    if (values := choices(member)) is not None:
        classes: set[type[Any]] = {type(value) for value in values}
        return frozenset(form for cls in classes for form in _OF_CLASS.get(cls, _ANY))
    if Annotation(member).element is not None:
        return frozenset({"list"})
    return _OF_CLASS.get(member, _ANY) if isinstance(member, type) else _ANY


_ANY = frozenset({"bool", "integer", "number", "text", "list"})
_OF_CLASS: dict[object, frozenset[str]] = {
    bool: frozenset({"bool"}),
    int: frozenset({"integer"}),
    float: frozenset({"integer", "number"}),
    Decimal: frozenset({"integer", "number", "text"}),
    **dict.fromkeys((str, date, datetime, time, timedelta, UUID), frozenset({"text"})),
}
