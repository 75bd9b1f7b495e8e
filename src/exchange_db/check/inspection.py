"""What the server says of one statement, and what follows from it: the same for a check, a lock and a gate."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from exchange_db.check.agreement import TEXTS
from exchange_db.check.building import outputs
from exchange_db.check.columns import Shown
from exchange_db.check.description import Column, Description, describe
from exchange_db.check.held import held_by_all
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Source
from exchange_db.check.statement import compared_columns
from exchange_db.check.subject import Database
from exchange_db.check.values import of_type
from exchange_db.engine.sqlfile import Statement
from exchange_db.proof.analysis import CannotAnalyse, analyse
from exchange_db.proof.nullability import new_prover, prove
from exchange_db.proof.tree import Node

__all__ = ["Inspection", "inspect"]


@dataclass(frozen=True)
class Inspection:
    """One statement on one database."""

    file: Statement
    description: Description
    tree: Node | None
    """``None``: the server does not analyse it."""
    why_not: str
    """Where it could, but not for this role or in this state: why; else ""."""
    parameters: tuple[ServerType, ...]
    allowed: dict[str, frozenset[str]]
    """For a parameter that is written to or compared with a column of listed values, these."""
    columns: tuple[Shown, ...]
    given: tuple[int, ...]
    """The numbers of the parameters that are never NULL."""


def inspect(database: Database, source: Source, file: Statement, never_none: Collection[str]) -> Inspection:
    """Describe and analyse a statement, in a transaction that is open; ``never_none`` are parameters that are no NULL.

    Raises ``psycopg.Error`` where the server refuses it.
    """
    with database.conn.transaction(force_rollback=True):
        description = describe(database.conn, file)
    tree, why_not = None, ""
    try:
        tree = analyse(database.conn, file.text, description.parameters)
    except CannotAnalyse as error:
        why_not = error.sentence
    given = tuple(n for n, name in enumerate(file.parameters, 1) if name in never_none)
    return Inspection(
        file,
        description,
        tree,
        why_not,
        parameters=tuple(database.types.get(oid) for oid in description.parameters),
        allowed=dict(_allowed(database, file, description, tree)),
        columns=tuple(_shown(database, source, description.columns, tree, given)),
        given=given,
    )


def _allowed(
    database: Database, file: Statement, description: Description, tree: Node | None
) -> Iterator[tuple[str, frozenset[str]]]:
    for number, oid in enumerate(description.parameters):
        server = database.types.get(oid)
        if (labels := of_type(server.element or server)) is not None:
            yield file.parameters[number], labels
    for number, table, column in compared_columns(tree, database.catalog) if tree else ():
        known = database.column_values(table, column)
        if known is not None:
            yield file.parameters[number - 1], known


def _shown(
    database: Database, source: Source, columns: Sequence[Column], tree: Node | None, given: Sequence[int]
) -> Iterator[Shown]:
    proofs = prove(tree, database.catalog, given) if tree else ()
    for i, column in enumerate(columns):
        yield Shown(
            column,
            database.column_type(column),
            proofs[i] if i < len(proofs) else None,
            _values(database, column, tree, i),
            source.output(i, len(columns)),
            _is_stored_not_null(database, column),
        )


def _values(database: Database, column: Column, tree: Node | None, index: int) -> frozenset[str] | None:
    if column.table:  # of a table as it stands there
        return database.column_values(column.table, column.number)
    server = database.types.get(column.type)
    known = of_type(server)
    if known is not None or tree is None or (server.element or server).plain.name not in TEXTS:
        return known
    return held_by_all(database, outputs(tree, None, index + 1, new_prover(database.catalog)))


def _is_stored_not_null(database: Database, column: Column) -> bool:
    return bool(column.table) and database.catalog.relation(column.table).columns[column.number].not_null
