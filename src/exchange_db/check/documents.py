"""JSON that a statement builds, against the models that read it: keys, and what is under them, as far as it is written.

``jsonb_build_object`` and its like name their keys, ``jsonb_agg`` makes a list, ``coalesce`` and ``case`` choose. A
document that comes out of a table or a function is not looked into: validation does that, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchange_db.check.agreement import choices, described, suggestion
from exchange_db.check.columns import Shown
from exchange_db.check.fields import fields_of, model_of
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Place
from exchange_db.check.statement import constants, stripped
from exchange_db.check.subject import Database, Subject
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.faults import nearest
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import targets
from exchange_db.proof.tree import Node

__all__ = ["Document", "check_documents", "documents_of", "type_of"]

_OBJECTS = ("json_build_object", "jsonb_build_object")
_LISTS = ("json_agg", "jsonb_agg", "json_agg_strict", "jsonb_agg_strict")
_ARRAYS = ("json_build_array", "jsonb_build_array")
_AS_THEY_ARE = ("to_json", "to_jsonb", "jsonb", "json", "jsonb_strip_nulls", "json_strip_nulls")


@dataclass(frozen=True)
class Document:
    """What is known of a JSON value."""

    kind: str
    """``object`` or ``list``."""
    query: Node
    """The query that the expressions are of."""
    keys: tuple[tuple[str, Node], ...] = ()
    """Of an object: the expressions under its keys."""
    item: Node | None = None
    """Of a list: the expression of its items."""


def check_documents(subject: Subject, database: Database, tree: Node, shown: Sequence[Shown]) -> None:
    """Compare every JSON column of the result with its field."""
    record = subject.declaration.record
    fields = fields_of(record) if record else {}
    for column, expression in zip(shown, targets(tree), strict=False):
        annotation = fields[column.name].annotation if column.name in fields else None
        if record is None and len(shown) == 1:
            annotation = subject.declaration.item
        if annotation is not None and column.type.plain.name in ("json", "jsonb"):
            _Reader(subject, database, column.place).compare(expression, tree, annotation, column.name)


class _Reader:
    """One column's document."""

    def __init__(self, subject: Subject, database: Database, place: Place) -> None:
        self.subject = subject
        self.database = database
        self.place = place

    def compare(self, node: Node | None, query: Node, annotation: Annotation, path: str) -> None:
        """Compare what an expression builds with an annotation."""
        for document in _documents(node, query, self.database.catalog):
            compare = self._list if document.kind == "list" else self._object
            compare(document, annotation, path)

    def _list(self, document: Document, annotation: Annotation, path: str) -> None:
        if annotation.element is not None:
            self.compare(document.item, document.query, annotation.element, path)
        elif model_of(annotation) is not None:
            self._error(
                path,
                f"it is a list, and {described(annotation.source)} is one object",
                f"declare list[{described(annotation.source)}]",
            )

    def _object(self, document: Document, annotation: Annotation, path: str) -> None:
        model = model_of(annotation)
        if model is None:
            if annotation.element is not None:
                self._error(
                    path,
                    f"it is one object, and {described(annotation.source)} is declared",
                    "write jsonb_agg(…), or declare the model",
                )
            return
        fields = fields_of(model)
        keys = dict(document.keys)
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
        for key in keys.keys() & fields.keys():
            self._key(keys[key], document, fields[key].annotation, f"{path}.{key}")

    def _key(self, node: Node, document: Document, annotation: Annotation, path: str) -> None:
        """What is under a key: another document, or a value of a type that can be compared."""
        query, oid = document.query, _type_of(node)
        if oid is None:
            return
        server = self.database.types.get(oid)
        if server.plain.name in ("json", "jsonb"):
            self.compare(node, query, annotation, path)
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
            self._values(node, query, annotation, path)

    def _values(self, node: Node, query: Node, annotation: Annotation, path: str) -> None:
        known = [choices(member) for member in annotation.members]
        held = self._held(node, query)
        if held is None or not known or None in known:
            return
        allowed = {value for values in known for value in values or ()}
        if wrong := sorted(held - allowed):
            self._error(
                path,
                f"it can be {', '.join(map(repr, wrong))}, which {described(annotation.source)} does not take",
                "",
                path.rpartition(".")[2],
            )

    def _held(self, node: Node, query: Node) -> frozenset[str] | None:
        """The texts that an expression can be, by the table's column that it is, or as written."""
        inner = stripped(node)
        if inner is None or inner.tag != "VAR" or inner.number("varlevelsup"):
            return constants(node)
        entry = query.children("rtable")[inner.number("varno") - 1]
        if entry.number("rtekind") != 0 or inner.number("varattno") < 1:
            return None
        return self.database.column_values(entry.number("relid"), inner.number("varattno"))

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


def _documents(node: Node | None, query: Node, catalog: Catalog) -> list[Document]:
    """What an expression may build; nothing where it cannot be known."""
    node = stripped(node)
    if node is not None and node.tag in ("FUNCEXPR", "AGGREF"):
        return _called(node, query, catalog)
    return [each for part, place in _parts(node, query) for each in _documents(part, place, catalog)]


def _parts(node: Node | None, query: Node) -> list[tuple[Node | None, Node]]:
    """The expressions of which one becomes the value, each with the query that it is of."""
    match node.tag if node else "":
        case "COALESCEEXPR" if node:
            return [(part, query) for part in node.children("args")]
        case "CASEEXPR" if node:
            return [(when.child("result"), query) for when in node.children("args")] + [
                (node.child("defresult"), query)
            ]
        case "SUBLINK" if node and (inner := node.child("subselect")):
            return [(targets(inner)[0], inner)]
        case "VAR" if node and (found := _below(node, query)):
            return [found]
        case _:
            return []


def _called(node: Node, query: Node, catalog: Catalog) -> list[Document]:
    function = catalog.function(node.number("funcid") or node.number("aggfnoid"))
    if function.schema != "pg_catalog":
        return []
    arguments = node.children("args")
    if node.tag == "AGGREF":
        first = arguments[0].child("expr") if arguments else None
        return [Document("list", query, item=first)] if function.name in _LISTS else []
    if function.name in _OBJECTS:
        keys = _keys(arguments)
        return [] if keys is None else [Document("object", query, keys)]
    if function.name in _ARRAYS:
        return [Document("list", query, item=each) for each in [*arguments, None]]
    if function.name in _AS_THEY_ARE and arguments:
        return _documents(arguments[0], query, catalog)
    return []


def _keys(arguments: list[Node]) -> tuple[tuple[str, Node], ...] | None:
    """Keys and values in turn; ``None`` where a key is computed, or the arguments are one array."""
    names = [constants(each) for each in arguments[::2]]
    if len(arguments) % 2 or any(name is None or len(name) != 1 for name in names):
        return None
    return tuple((next(iter(name or ())), value) for name, value in zip(names, arguments[1::2], strict=True))


def _below(column: Node, query: Node) -> tuple[Node, Node] | None:
    """Of a column of a subquery or a common table expression, the expression there and its query."""
    if column.number("varlevelsup") or column.number("varattno") < 1:
        return None
    entry = query.children("rtable")[column.number("varno") - 1]
    inner = entry.child("subquery")
    if entry.text("ctename") and not entry.number("ctelevelsup"):
        inner = next(
            (
                cte.child("ctequery")
                for cte in query.children("cteList")
                if cte.text("ctename") == entry.text("ctename")
            ),
            None,
        )
    if inner is None or inner.child("setOperations") is not None:
        return None
    return targets(inner)[column.number("varattno") - 1], inner


_TYPE_FIELDS = (
    "vartype",
    "funcresulttype",
    "opresulttype",
    "resulttype",
    "consttype",
    "aggtype",
    "wintype",
    "coalescetype",
    "casetype",
    "minmaxtype",
    "paramtype",
    "array_typeid",
)


def _type_of(node: Node) -> int | None:
    """The OID of an expression's type, where the node says it."""
    if node.tag in ("NULLTEST", "BOOLEXPR", "BOOLEANTEST", "SCALARARRAYOPEXPR", "DISTINCTEXPR"):
        return 16
    if node.tag == "SUBLINK":
        inner = node.child("subselect")
        return _type_of(targets(inner)[0]) if inner and node.number("subLinkType") == 4 else None
    return next((node.number(name) for name in _TYPE_FIELDS if node.number(name)), None)


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


def documents_of(node: Node | None, query: Node, catalog: Catalog) -> list[Document]:
    """What an expression of a query may build; nothing where it cannot be known."""
    return _documents(node, query, catalog)


def type_of(node: Node) -> int:
    """The OID of an expression's type; 0 where its node does not say it."""
    return _type_of(node) or 0
