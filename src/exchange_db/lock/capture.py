"""A function that ``check`` has examined -> its lock."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from exchange_db.check.agreement import choices
from exchange_db.check.columns import Shown
from exchange_db.check.description import Column
from exchange_db.check.examination import AT_MOST_ONE, NO_ROWS
from exchange_db.check.fields import Field, find_field
from exchange_db.check.inspection import Inspection
from exchange_db.check.servertypes import ServerType
from exchange_db.check.subject import Database, Subject
from exchange_db.engine.annotations import Annotation
from exchange_db.lock.declared import declaration_lines, file_lines, statement_hash
from exchange_db.lock.model import Lock, LockedColumn, LockedParameter, LockedRows, LockedType, LockedVariant
from exchange_db.lock.needs import Uses, find_uses, needs_of, read_live
from exchange_db.proof.cardinality import RowProof, at_most_one

__all__ = ["capture", "locked_types", "shown_type"]

_BARE = ("pg_catalog", "public")
"""Schemas that nobody writes in front of a type."""


def capture(database: Database, subjects: Sequence[Subject]) -> list[Lock]:
    """The locks of functions that are without fault, in their order."""
    uses = [_uses(database, subject) for subject in subjects]
    live = read_live(database.conn, uses)
    server = _server(database)
    return [
        Lock(
            query=subject.function.name,
            declaration=declaration_lines(subject.declaration),
            statement=statement_hash(subject.function.file),
            variants=_grouped(_variant(database, subject, each) for each in subject.inspections),
            types=locked_types(subject.inspections),
            needs=needs_of(used, live),
            server=server,
            sql=file_lines(subject.function.path),
            never_null=tuple(sorted(path for path, is_proved in subject.inside.items() if is_proved)),
        )
        for subject, used in zip(subjects, uses, strict=True)
    ]


def _uses(database: Database, subject: Subject) -> Uses:
    relies = subject.declaration.cardinality in AT_MOST_ONE
    uses = Uses(
        relies_on_keys=relies,
        indexes={name for each in subject.directive("rides") for name in each.names},
        named=set(subject.declaration.errors),
    )
    for each in subject.inspections:
        find_uses(uses, database, each)
    return uses


def _server(database: Database) -> str:
    row = database.conn.execute(
        "select current_setting('server_version_num')::int / 10000, "
        "(select extversion from pg_catalog.pg_extension where extname = 'postgis')"
    ).fetchone()
    major, postgis = row or (0, None)
    return f"PostgreSQL {major}" + (f", PostGIS {postgis}" if postgis else "")


def _grouped(variants: Iterable[LockedVariant]) -> tuple[LockedVariant, ...]:
    """Variants of which the same is true, once."""
    labels: dict[LockedVariant, list[str]] = {}
    for each in variants:
        labels.setdefault(replace(each, labels=()), []).extend(each.labels)
    return tuple(replace(each, labels=tuple(sorted(names))) for each, names in labels.items())


def _variant(database: Database, subject: Subject, found: Inspection) -> LockedVariant:
    sent = {name: each.annotation for name, each in subject.sent.items()}
    parameters = tuple(
        LockedParameter(
            name,
            shown_type(server),
            _listed(found.allowed.get(name)),
            sent[name].optional,
            _choices(sent[name]),
        )
        for name, server in zip(found.file.parameters, found.parameters, strict=True)
    )
    columns = tuple(_column(database, subject, each) for each in found.columns)
    return LockedVariant(_rows(database, subject, found), parameters, columns, (found.file.label,))


def _rows(database: Database, subject: Subject, found: Inspection) -> LockedRows:
    cardinality = subject.declaration.cardinality
    proof = at_most_one(found.tree, database.catalog) if found.tree else RowProof(False, found.why_not)
    return LockedRows(proof.holds, proof.reason, wanted=cardinality in AT_MOST_ONE, are_read=cardinality not in NO_ROWS)


def _column(database: Database, subject: Subject, shown: Shown) -> LockedColumn:
    record = subject.declaration.record
    field = find_field(record, shown.name) if record else None
    annotation = field.annotation if field else subject.declaration.item
    proof, column = shown.proof, shown.column
    asserted = any(shown.name in each.names for each in subject.directive("not null"))
    return LockedColumn(
        name=shown.name,
        type=shown_type(shown.type),
        source=_source(database, column),
        not_null=None if proof is None else proof.not_null,
        reason="" if proof is None else proof.reason,
        asserted=asserted,
        values=_listed(shown.values),
        stored_not_null=shown.is_stored_not_null,
        takes_none=asserted or annotation.optional or _is_left_to_others(field, shown),
        takes=_choices(annotation),
    )


def _source(database: Database, column: Column) -> str | None:
    if not column.table:
        return None
    relation = database.catalog.relation(column.table)
    return f"{relation.title}.{relation.columns[column.number].name}"


def _is_left_to_others(field: Field | None, shown: Shown) -> bool:
    """Whether a validator sees the NULL, or the record around the field is ``None`` where the join finds nothing."""
    return field is not None and (field.converts or (field.in_optional and shown.is_stored_not_null))


def _choices(annotation: Annotation) -> tuple[str, ...] | None:
    """The texts that an enum or ``Literal`` knows; ``None``: it is none, or not of texts."""
    known = [choices(member) for member in (annotation.element or annotation).members]
    if not known or None in known:
        return None
    values = {value for each in known for value in each or ()}
    return tuple(sorted(values)) if all(isinstance(value, str) for value in values) else None


def _listed(values: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(sorted(values))


# --- types -------------------------------------------------------------------------------------------------------


def shown_type(server: ServerType) -> str:
    """A type as people write it, whatever ``search_path`` is."""
    bare = server.shown.removeprefix(f"{server.schema}.").removeprefix(f'"{server.schema}".')
    return bare if server.schema in _BARE else f"{server.schema}.{bare}"


def locked_types(inspections: Iterable[Inspection]) -> dict[str, LockedType]:
    """The types of parameters and columns by their names, with those that they are made of."""
    found: dict[str, LockedType] = {}
    for each in inspections:
        for server in (*each.parameters, *(column.type for column in each.columns)):
            _add(found, server)
    return found


def _add(found: dict[str, LockedType], server: ServerType) -> None:
    found[shown_type(server)] = LockedType(
        name=server.name,
        kind=server.kind,
        schema=server.schema,
        labels=server.labels,
        element=shown_type(server.element) if server.element else None,
        base=shown_type(server.base) if server.base else None,
        is_unreadable=server.is_unreadable,
    )
    for inner in (server.element, server.base):
        if inner is not None:
            _add(found, inner)
