"""Which of its variants a call sends: looked up by what was given and chosen, never put together."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from exchange_db.engine.binding import Binder, Parameter
from exchange_db.engine.declaration import Cardinality, Declaration
from exchange_db.engine.decoding import Decoder
from exchange_db.engine.dynamic import CURSOR, GIVEN, LIMIT, page_fields
from exchange_db.engine.execution import Call
from exchange_db.engine.origin import Origin
from exchange_db.engine.paging import Edge, PageCall
from exchange_db.engine.sqlfile import SqlFile, Statement
from exchange_db.engine.variants import Selection, Towards
from exchange_db.errors import InvalidValue
from exchange_db.types import UNSET

__all__ = ["Selector"]


class Selector(Binder):
    """Keyword arguments of one function -> a call of one of its variants."""

    def __init__(self, origin: Origin, declaration: Declaration, file: SqlFile) -> None:
        parameters = declaration.parameters
        super().__init__(origin, declaration.function, parameters, [each.name for each in parameters])
        sent = declaration.sent(file)
        self._cardinality, self._errors = declaration.cardinality, declaration.errors
        self._conditions = [(name, self._defaults[name]) for name in file.conditions]
        self._choices = [sent[name] for name in file.choices]
        self._asked = [name.removesuffix(GIVEN) for name in sent if name.endswith(GIVEN) and name not in self._names]
        selected = file.selected or {Selection((), (), None): file}
        self._variants = {key: (each, [sent[name] for name in each.parameters]) for key, each in selected.items()}
        self._edges: dict[Selection, Edge] = {}
        if file.has_pages:
            self._cursor, self._limit = sent[CURSOR], sent[LIMIT]
            self._edges = _edges(origin, file, sent)

    def call(self, arguments: dict[str, Any], decoder: Decoder[Any], timeout: float | None) -> Call[Any]:
        """The call. Raises as ``bind``, and ``InvalidCursor``."""
        merged = {**self._merged(arguments)}
        for name in self._asked:
            merged[name + GIVEN] = merged[name] is not UNSET
        try:
            given = tuple([merged[name] is not default for name, default in self._conditions])
            chosen = tuple([choice.encode(merged[choice.name]) for choice in self._choices])
            if self._edges:
                return self._page_call(Selection(given, chosen, Towards.FIRST), merged, decoder, timeout)
            statement, values = self._bound(Selection(given, chosen, None), merged)
            return Call(self._origin, statement, self._cardinality, decoder, values, timeout, self._errors)
        except (ValidationError, ValueError, OverflowError, TypeError):
            raise self._invalid(merged) from None

    def _bound(self, selection: Selection, merged: Mapping[str, Any]) -> tuple[Statement, list[Any]]:
        statement, parameters = self._variants[selection]
        return statement, [parameter.encode(merged[parameter.name]) for parameter in parameters]

    def _page_call(
        self, first: Selection, merged: dict[str, Any], decoder: Decoder[Any], timeout: float | None
    ) -> PageCall[Any]:
        cursor, limit, edge = merged[CURSOR], merged[LIMIT], self._edges[first]
        self._cursor.encode(cursor)
        self._limit.encode(limit)
        if limit < 1:
            raise self._origin.error(InvalidValue, f"limit: a page has at least one row, not {limit}")
        merged[LIMIT] = limit + 1
        towards, keys = (Towards.FIRST, {}) if cursor is None else edge.read(cursor)
        statement, parameters = self._variants[first._replace(towards=towards)]
        values = [keys[n] if (n := each.name) in keys else each.encode(merged[n]) for each in parameters]
        call = PageCall(self._origin, statement, Cardinality.MANY, decoder, values, timeout, self._errors)
        call.edge, call.towards, call.limit = edge, towards, limit
        return call


def _edges(origin: Origin, file: SqlFile, sent: Mapping[str, Parameter]) -> dict[Selection, Edge]:
    """For the first page of each kind what its cursors are made of, which the variant of the next page tells."""
    fields = page_fields(file)
    edges: dict[Selection, Edge] = {}
    for selection, statement in file.selected.items():
        if selection.towards is Towards.NEXT:
            keys = {fields[name]: sent[name] for name in statement.parameters if name in fields}
            edges[selection._replace(towards=Towards.FIRST)] = Edge(origin, statement.order, keys)
    return edges
