"""What tables' columns are to Python already: the ids and enums that functions read them as and compare them with."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin

import psycopg
from psycopg.rows import tuple_row

from exchange_db.check.agreement import FITS, column_verdict
from exchange_db.check.description import describe
from exchange_db.check.fields import find_field
from exchange_db.check.servertypes import ServerType
from exchange_db.check.statement import compared_columns
from exchange_db.check.subject import Database
from exchange_db.check.targets import AnyQuery
from exchange_db.engine.annotations import Annotation, unaliased
from exchange_db.proof.analysis import CannotAnalyse, analyse
from exchange_db.types import RowCount

__all__ = ["Meanings", "named"]

_REFERENCED = """
select k.confrelid::bigint, k.confkey[array_position(k.conkey, %s::int2)]::int
from pg_catalog.pg_constraint as k
where k.contype = 'f' and k.conrelid = %s and %s::int2 = any(k.conkey)
order by cardinality(k.conkey), k.conname
limit 1
"""


class Meanings:
    """What is known of columns; a foreign key means what the key that it refers to means."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._votes: dict[tuple[int, int], Counter[Any]] = {}
        self._names: dict[str, Counter[Any]] = {}
        self._learned: set[str] = set()
        self._roots: dict[tuple[int, int], tuple[int, int]] = {}

    def learn(self, functions: Iterable[AnyQuery]) -> None:
        """Take note of every id and enum that the functions have for a column."""
        for function in functions:
            path = str(function.path)
            if path in self._learned:
                continue
            self._learned.add(path)
            try:
                for table, number, name, source in self._said(function):
                    if source is None:
                        continue
                    self._names.setdefault(name, Counter())[source] += 1
                    if table:
                        self._votes.setdefault(self._root(table, number), Counter())[source] += 1
            except (psycopg.errors.Error, CannotAnalyse):  # of a statement that has a fault of its own: check tells it
                continue

    def of(self, table: int, number: int) -> Any:
        """The ``NewType`` or enum of a column; ``None`` where there is none, or they disagree."""
        votes = self._votes.get(self._root(table, number), Counter[Any]()).most_common(2)
        if not votes or (len(votes) == 2 and votes[0][1] == votes[1][1]):
            return None
        return votes[0][0]

    def by_name(self, name: str, server: ServerType) -> Any:
        """The ``NewType`` that everything of a name is, or of its last words: ``before_user_id`` is a ``user_id``."""
        words = name.removesuffix("s").split("_")
        for start in range(len(words) - 1):
            found = self._names.get("_".join(words[start:]), Counter[Any]())
            if len(found) == 1 and isinstance(source := next(iter(found)), NewType):
                return source if column_verdict(Annotation(source), server) == FITS else None
        return None

    def _said(self, function: AnyQuery) -> Iterator[tuple[int, int, str, Any]]:
        declaration, file = function.declaration, function.file
        conn = self._database.conn
        with conn.transaction(force_rollback=True):
            description = describe(conn, file)
        for column in description.columns:
            found = find_field(declaration.record, column.name) if declaration.record else None
            yield (
                column.table,
                column.number,
                column.name,
                named(found.annotation.source if found else declaration.item.source),
            )
        tree = analyse(conn, file.text, description.parameters)
        annotations = {each.name: each.annotation for each in declaration.parameters}
        for number, table, column_number in compared_columns(tree, self._database.catalog) if tree else ():
            name = file.parameters[number - 1]
            annotation = annotations.get(name)
            yield table, column_number, name.removesuffix("s"), named(annotation.source) if annotation else None

    def _root(self, table: int, number: int) -> tuple[int, int]:
        """The column at the end of the foreign keys."""
        start = at = (table, number)
        seen = {at}
        while start not in self._roots:
            cursor = self._database.conn.cursor(row_factory=tuple_row)
            row = cursor.execute(_REFERENCED, [at[1], at[0], at[1]]).fetchone()
            if row is None or (row[0], row[1]) in seen:
                self._roots[start] = at
            else:
                at = (row[0], row[1])
                seen.add(at)
        return self._roots[start]


def named(source: Any) -> Any:
    """The one ``NewType`` or enum that an annotation names, of a list that of its items; ``None``: none."""
    source = unaliased(source)
    if get_origin(source) is Annotated:
        return named(get_args(source)[0])
    if get_origin(source) in (Union, UnionType):
        members = [each for each in get_args(source) if each is not type(None)]
        return named(members[0]) if len(members) == 1 else None
    if (element := Annotation(source).element) is not None:
        return named(element.source)
    if source is RowCount:
        return None
    return source if _is_enum(source) or isinstance(source, NewType) else None


def _is_enum(source: Any) -> bool:
    return isinstance(source, type) and issubclass(source, Enum)
