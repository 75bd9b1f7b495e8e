"""Which texts an expression can be: those of the table's column that it is, or that the statement writes out."""

from collections.abc import Iterable

from exchange_db.check.building import Value, choices_of, items_of_array, type_of
from exchange_db.check.statement import constants, stripped
from exchange_db.check.subject import Database
from exchange_db.check.values import of_type

__all__ = ["held", "held_by_all"]

_TABLE = 0
_ONE_OF_THEM = ("min", "max", "any_value")
"""Aggregates that give one of the values that they take."""


def held_by_all(database: Database, values: Iterable[Value]) -> frozenset[str] | None:
    """What several expressions can be; ``None``: any text."""
    found = [held(database, value) for value in values]
    return None if None in found else frozenset(text for texts in found for text in texts or ())


def held(database: Database, value: Value) -> frozenset[str] | None:
    """What an expression, or an item of an array, can be, NULL aside; ``None``: any text."""
    node = stripped(value.node) or value.node
    if node.tag == "ARRAYCOERCEEXPR":  # the cast of an array
        return held(database, Value(node.the("arg"), value.place))
    value = Value(node, value.place)
    written = constants(node)
    if written is not None:
        return written
    by_type = of_type(database.types.get(oid)) if (oid := type_of(node)) else None
    return _by_what_it_is(database, value) if by_type is None else by_type


def _by_what_it_is(database: Database, value: Value) -> frozenset[str] | None:
    if (items := items_of_array(value)) is not None:
        return held_by_all(database, items)
    if value.node.tag == "AGGREF":
        return _one_of_the_rows(database, value)
    chosen = choices_of(value)
    return _of_column(database, value) if chosen is None else held_by_all(database, chosen)


def _one_of_the_rows(database: Database, value: Value) -> frozenset[str] | None:
    """Of an aggregate that picks a value, what it picks from."""
    node, place = value.node, value.place
    function = database.catalog.function(node.number("aggfnoid"))
    argument = node.children("args")[0].child("expr") if node.children("args") else None
    if function.name not in _ONE_OF_THEM or function.schema != "pg_catalog" or argument is None:
        return None
    rows = place.scope.prover.rows(place.scope.query, place.scope.outer)
    return held(database, Value(argument, rows))


def _of_column(database: Database, value: Value) -> frozenset[str] | None:
    node = value.node
    if node.tag != "VAR" or node.number("varattno") < 1:
        return None
    entry = value.place.up(node.number("varlevelsup")).scope.table(node.number("varno"))
    if entry.number("rtekind") != _TABLE:
        return None
    return database.column_values(entry.number("relid"), node.number("varattno"))
