"""The JSON that an expression builds, as far as the statement writes it out: keys, items, and where each value stands.

``jsonb_build_object`` and its like name their keys, ``to_jsonb`` and ``row_to_json`` those of a row, ``jsonb_agg``
makes a list, ``coalesce`` and ``case`` choose. A document that comes out of a table or a function is not looked into.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from exchange_db.check.statement import constants, stripped
from exchange_db.proof.conditions import case_branches, when_known, when_true
from exchange_db.proof.joins import cases
from exchange_db.proof.nullability import targets
from exchange_db.proof.rows import find_common
from exchange_db.proof.scope import Env, Proof, Prover, alias_target, never
from exchange_db.proof.sources import known_columns
from exchange_db.proof.tree import Node

__all__ = ["Document", "Value", "choices_of", "documents_of", "items_of_array", "outputs", "type_of"]

_OBJECTS = ("json_build_object", "jsonb_build_object")
_LISTS = ("json_agg", "jsonb_agg", "array_agg")
_LISTS_WITHOUT_NULL = ("json_agg_strict", "jsonb_agg_strict")
_ARRAYS = ("json_build_array", "jsonb_build_array")
_AS_THEY_ARE = ("to_json", "to_jsonb", "row_to_json", "array_to_json", "jsonb", "json")
_STRIPPED = ("jsonb_strip_nulls", "json_strip_nulls")
_MOST_MERGED = 16
"""Of that many ways to put two documents together no more is known."""


@dataclass(frozen=True)
class Value:
    """An expression, and the place that it stands in."""

    node: Node
    place: Env
    strips: bool = False
    """Whether keys under which there is NULL are left out, all the way down."""

    @property
    def query(self) -> Node:
        """The query that the expression is of."""
        return self.place.scope.query

    @property
    def proof(self) -> Proof:
        """Whether it can be NULL."""
        found = never("no row at all")
        for case in cases(self.place):
            found = self.place.scope.prover.expression(self.node, case)
            if not found.not_null:
                break
        return found


@dataclass(frozen=True)
class Document:
    """What is known of a JSON value."""

    kind: str
    """``object``, ``list``, or ``other``: one that is not written out."""
    keys: tuple[tuple[str, Value], ...] = ()
    """Of an object: what is under its keys."""
    items: tuple[Value, ...] = ()
    """Of a list: what its items are."""
    strips: bool = False
    """Whether keys under which there is NULL are left out."""


_OTHER = Document("other")


def outputs(
    query: Node, outer: Env | None, number: int, prover: Prover, known: frozenset[int] = frozenset()
) -> list[Value]:
    """What becomes a column of a query's result, the first being 1: of a union, one expression for each part."""
    operation = query.child("setOperations")
    if operation is None:
        return [Value(targets(query)[number - 1], prover.place(query, outer, known))]
    place = prover.rows(query, outer)
    parts = (query.children("rtable")[at - 1].child("subquery") for at in _parts_of(operation))
    return [value for part in parts if part is not None for value in outputs(part, place, number, prover, known)]


def _parts_of(operation: Node) -> Iterator[int]:
    """The numbers of the tables whose rows can come out of a set operation."""
    if operation.tag == "RANGETBLREF":
        yield operation.number("rtindex")
        return
    sides = [operation.child("larg"), operation.child("rarg") if operation.number("op") == _UNION else None]
    for side in filter(None, sides):
        yield from _parts_of(side)


_UNION = 1


def documents_of(value: Value) -> list[Document]:
    """What an expression may build, or be made into by ``to_jsonb``; nothing for NULL and for constants."""
    inner = stripped(value.node)
    value = replace(value, node=inner or value.node)
    match value.node.tag:
        case "CONST":
            return []
        case "FUNCEXPR" | "AGGREF":
            return _called(value)
        case "OPEXPR":
            return _combined(value)
        case _ if (items := items_of_array(value)) is not None:
            return [Document("list", items=items)]
        case _ if (keys := _row(value)) is not None:
            return [Document("object", keys, strips=value.strips)]
        case _:
            chosen = choices_of(value)
            return [_OTHER] if chosen is None else [each for part in chosen for each in documents_of(part)]


def choices_of(value: Value) -> list[Value] | None:
    """The expressions of which one becomes the value; ``None`` where that is not known."""
    node, place, prover = value.node, value.place, value.place.scope.prover
    found: Iterable[Value] | None = None
    match node.tag:
        case "COALESCEEXPR":
            found = (Value(part, place) for part in node.children("args"))
        case "CASEEXPR":
            around, branches = case_branches(node, place)
            found = (Value(part, around.assume(facts)) for facts, part in branches if facts is not None)
        case "SUBLINK" if node.number("subLinkType") == _SCALAR and (inner := node.child("subselect")):
            found = outputs(inner, place, 1, prover)
        case "VAR":
            found = _below(node, place)
        case _:
            pass
    return None if found is None else [replace(each, strips=value.strips) for each in found]


_SCALAR, _ARRAY = 4, 6
_VALUES = 5


def _below(column: Node, env: Env) -> list[Value] | None:
    """What a column of a subquery, view or common table expression is made of; ``None`` for any other column."""
    place, prover = env.up(column.number("varlevelsup")), env.scope.prover
    table, number = column.number("varno"), column.number("varattno")
    if number < 1:
        return None
    behind = alias_target(place.scope, table, number)
    if behind is not None:
        return [Value(behind, place)]
    entry = place.scope.table(table)
    if entry.number("rtekind") == _VALUES:
        return [Value(row[number - 1], place) for row in entry.rows("values_lists")]
    found = _query_of(entry, place)
    if found is None or number > len(targets(found[0])):
        return None
    return outputs(*found, number, prover, known_columns(place, table))


def _query_of(entry: Node, place: Env) -> tuple[Node, Env | None] | None:
    """The query whose rows an entry of FROM has, and the place that it stands in."""
    prover = place.scope.prover
    match entry.number("rtekind"):
        case 0 if entry.text("relkind") == "v":
            return prover.catalog.view(entry.number("relid")), None
        case 1 if (inner := entry.child("subquery")) is not None:
            return inner, place
        case 6 if not entry.flag("self_reference"):
            query, around, common = find_common(entry, place)
            if common.flag("cterecursive"):
                prover.solve(query, around)
            return query, around
        case _:
            return None


# --- what functions and operators build --------------------------------------------------------------------------


def _called(value: Value) -> list[Document]:
    node, place = value.node, value.place
    function = place.scope.prover.catalog.function(node.number("funcid") or node.number("aggfnoid"))
    if function.schema != "pg_catalog":
        return [_OTHER]
    if node.tag == "AGGREF":
        items = _aggregated(value, function.name)
        return [_OTHER] if items is None else [Document("list", items=items)]
    arguments = [Value(each, place, value.strips) for each in node.children("args")]
    if function.name in _OBJECTS and (keys := _keys(arguments)) is not None:
        return [Document("object", keys, strips=value.strips)]
    if function.name in _ARRAYS and not node.flag("funcvariadic"):
        return [Document("list", items=tuple(arguments))]
    if function.name in _STRIPPED:
        return documents_of(replace(arguments[0], strips=True))
    return documents_of(arguments[0]) if function.name in _AS_THEY_ARE and arguments else [_OTHER]


def _keys(arguments: Sequence[Value]) -> tuple[tuple[str, Value], ...] | None:
    """Keys and values in turn; ``None`` where a key is computed, or the arguments are one array."""
    names = [constants(each.node) for each in arguments[::2]]
    if len(arguments) % 2 or any(name is None or len(name) != 1 for name in names):
        return None
    return tuple((next(iter(name or ())), each) for name, each in zip(names, arguments[1::2], strict=True))


def _aggregated(value: Value, name: str) -> tuple[Value, ...] | None:
    """The items of an aggregate that makes a list: what it takes of each row that its filter lets through."""
    node, prover = value.node, value.place.scope.prover
    arguments = [each for target in node.children("args") if (each := target.child("expr")) is not None]
    if name not in _LISTS + _LISTS_WITHOUT_NULL or node.number("agglevelsup") or not arguments:
        return None
    place = prover.rows(value.place.scope.query, value.place.scope.outer)
    condition = node.child("aggfilter")
    if condition is not None:
        place = place.assume(when_true(condition, place) or ())
    known = when_known(arguments[0], place) if name in _LISTS_WITHOUT_NULL else ()
    return (Value(arguments[0], place.assume(known), value.strips),)


def items_of_array(value: Value) -> tuple[Value, ...] | None:
    """What the elements of an array are that the statement builds; ``None`` for any other array."""
    node, place = stripped(value.node) or value.node, value.place
    match node.tag:
        case "ARRAYEXPR" if not node.flag("multidims"):
            return tuple(Value(each, place, value.strips) for each in node.children("elements"))
        case "SUBLINK" if node.number("subLinkType") == _ARRAY and (query := node.child("subselect")) is not None:
            return tuple(replace(each, strips=value.strips) for each in outputs(query, place, 1, place.scope.prover))
        case "AGGREF" if (name := place.scope.prover.catalog.function(node.number("aggfnoid")).name) == "array_agg":
            return _aggregated(replace(value, node=node), name)
        case _:
            return None


def _row(value: Value) -> tuple[tuple[str, Value], ...] | None:
    """The columns of a row; ``None`` for what is none, or not known."""
    node, place = value.node, value.place
    if node.tag == "ROWEXPR":
        names, parts = node.texts("colnames"), node.children("args")
        if len(names) != len(parts):
            return None
        return tuple((name, Value(part, place, value.strips)) for name, part in zip(names, parts, strict=True))
    if node.tag != "VAR" or node.number("varattno"):
        return None
    place = place.up(node.number("varlevelsup"))
    table = node.number("varno")
    place = place.assume([("row", place.scope.number, table)])
    entry = place.scope.table(table)
    return (
        tuple(
            (name, Value(_column(table, number, oid), place, value.strips))
            for number, name, oid in _columns(entry, place)
        )
        or None
    )


def _columns(entry: Node, place: Env) -> Iterator[tuple[int, str, int]]:
    """Number, name and type of the columns of what stands in FROM."""
    if entry.number("rtekind") == 0:
        for column in place.scope.prover.catalog.relation(entry.number("relid")).columns.values():
            yield column.number, column.name, column.type
    elif (found := _query_of(entry, place)) is not None and (alias := entry.child("eref")) is not None:
        for number, (name, result) in enumerate(zip(alias.texts("colnames"), targets(found[0]), strict=False), 1):
            yield number, name, type_of(result)


def _column(table: int, number: int, oid: int) -> Node:
    return Node("VAR", {"varno": str(table), "varattno": str(number), "vartype": str(oid), "varlevelsup": "0"})


def _combined(value: Value) -> list[Document]:
    """``a || b``, the keys of both, those of ``b`` before those of ``a``; ``a - 'key'``, without it."""
    node = value.node
    operator, arguments = value.place.scope.prover.catalog.operator(node.number("opno")), node.children("args")
    if operator.schema != "pg_catalog" or len(arguments) != 2 or node.number("opresulttype") != _JSONB:
        return [_OTHER]
    left = documents_of(replace(value, node=arguments[0]))
    if operator.name == "-" and (names := _removed(arguments[1])):
        return [
            replace(each, keys=tuple(one for one in each.keys if one[0] not in names))
            if each.kind == "object"
            else _OTHER
            for each in left
        ]
    right = documents_of(replace(value, node=arguments[1]))
    if operator.name != "||" or not left or not right or len(left) * len(right) > _MOST_MERGED:
        return [_OTHER]
    return [_merged(*pair) for pair in product(left, right)]


_JSONB = 3802


def _removed(node: Node) -> frozenset[str]:
    """The keys that are taken out, one or an array of them; none where they are computed."""
    found = [constants(each) for each in node.children("elements")] if node.tag == "ARRAYEXPR" else [constants(node)]
    return frozenset() if None in found else frozenset(name for names in found for name in names or ())


def _merged(left: Document, right: Document) -> Document:
    if left.kind == right.kind == "object":
        return Document("object", tuple({**dict(left.keys), **dict(right.keys)}.items()), strips=left.strips)
    if left.kind == right.kind == "list":
        return Document("list", items=left.items + right.items)
    return _OTHER


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


def type_of(node: Node) -> int:
    """The OID of an expression's type; 0 where its node does not say it."""
    if node.tag in ("NULLTEST", "BOOLEXPR", "BOOLEANTEST", "SCALARARRAYOPEXPR", "DISTINCTEXPR"):
        return 16
    if node.tag == "SUBLINK":
        inner = node.child("subselect")
        return type_of(targets(inner)[0]) if inner and node.number("subLinkType") == _SCALAR else 0
    return next((node.number(name) for name in _TYPE_FIELDS if node.number(name)), 0)
