"""Everything that is to be shown of one function."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from exchange_db.check.agreement import described
from exchange_db.check.fields import find_field
from exchange_db.check.plans import SMALL, explain
from exchange_db.check.subject import Database
from exchange_db.check.targets import AnyQuery
from exchange_db.proof.nullability import prove
from exchange_db.scaffold.survey import Read, describe_or_fault
from exchange_db.show.effects import Effects, find_effects
from exchange_db.show.planning import plan_and_locks

__all__ = ["Portrait", "Variant", "portray"]


@dataclass(frozen=True)
class Variant:
    """One statement that the function may send."""

    label: str
    plan: tuple[str, ...]
    """The lines of the generic plan."""
    indexes: tuple[str, ...]
    table_locks: tuple[tuple[str, str], ...]
    """Tables and the modes in which they are locked."""
    small_tables: bool
    """Whether the statistics of a table are too small, or missing, for its plan to say anything about a large one."""


@dataclass(frozen=True)
class Portrait:
    """What can be said offline; and with a database, the rest."""

    name: str
    signature: str
    docstring: str
    path: str
    line: int
    sql: str
    parameters: tuple[tuple[str, str, str], ...]
    """Name, Python's type, the server's."""
    columns: tuple[tuple[str, str, str, str], ...] = ()
    """Name, Python's type, the server's, and why it is never NULL or may be."""
    variants: tuple[Variant, ...] = ()
    effects: Effects | None = None
    """``None``: there was no database to ask, or it could not analyse the statement."""


def portray(function: AnyQuery, conn: Connection[Any] | None = None) -> Portrait:
    """All that is known of a function; without a connection, what its module and its file say.

    Raises ``DeclarationError`` where the server refuses the statement; nothing is executed.
    """
    if conn is None:
        return _portrait(function, {}, (), (), None)
    with conn.transaction(force_rollback=True):
        database = Database(conn)
        reads = describe_or_fault(database, function.file)
        types = {
            name: database.types.get(oid).shown
            for read in reads
            for name, oid in zip(read.file.parameters, read.description.parameters, strict=True)
        }
        variants = tuple(_variant(conn, read) for read in reads)
        trees = [(read.tree, _given(function, read)) for read in reads if read.tree is not None]
        effects = find_effects(database, trees, function.declaration.errors) if trees else None
        return _portrait(function, types, _columns(function, database, reads[0]), variants, effects)


def _portrait(
    function: AnyQuery,
    types: "dict[str, str]",
    columns: tuple[tuple[str, str, str, str], ...],
    variants: Sequence[Variant],
    effects: Effects | None,
) -> Portrait:
    return Portrait(
        name=function.name,
        signature=f"{function.__name__}{inspect.signature(function)}",
        docstring=inspect.cleandoc(function.__doc__ or ""),
        path=str(function.path),
        line=function.file.first_line,
        sql=function.path.read_text(encoding="utf-8-sig"),
        parameters=tuple(
            (each.name, described(each.annotation.source), types.get(each.name, ""))
            for each in function.declaration.parameters
        ),
        columns=columns,
        variants=tuple(variants),
        effects=effects,
    )


def _columns(function: AnyQuery, database: Database, read: Read) -> tuple[tuple[str, str, str, str], ...]:
    declaration = function.declaration
    proofs = prove(read.tree, database.catalog, _given(function, read)) if read.tree else ()
    shown: list[tuple[str, str, str, str]] = []
    for i, column in enumerate(read.description.columns):
        field = find_field(declaration.record, column.name) if declaration.record else None
        python = described(field.annotation.source if field else declaration.item.source)
        null = (
            "" if i >= len(proofs) else ("never NULL: " if proofs[i].not_null else "may be NULL: ") + proofs[i].reason
        )
        shown.append((column.name, python, database.column_type(column).shown, null))
    return tuple(shown)


def _given(function: AnyQuery, read: Read) -> list[int]:
    """The numbers of the parameters that are never NULL."""
    parameters = function.declaration.parameters
    optional = {each.name for each in parameters if each.annotation.optional or each.may_be_unset}
    return [n for n, name in enumerate(read.file.parameters, 1) if name not in optional]


def _variant(conn: Connection[Any], read: Read) -> Variant:
    types = read.description.parameters
    plan, locks, smallest = plan_and_locks(conn, read.file, types)
    indexes = tuple(sorted(explain(conn, read.file, types).indexes))
    return Variant(read.file.label, tuple(plan), indexes, tuple(locks), smallest < SMALL)
