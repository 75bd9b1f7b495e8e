"""What a new schema does to a locked query: each thing that the running version relies on, and that holds no more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange_db.check.columns import Shown
from exchange_db.check.inspection import Inspection
from exchange_db.check.report import Severity
from exchange_db.check.servertypes import ServerType
from exchange_db.check.subject import Database
from exchange_db.lock.capture import shown_type
from exchange_db.lock.inside import nullable_parts
from exchange_db.lock.kinship import holds, is_narrower, is_text
from exchange_db.lock.model import Lock, LockedColumn, LockedTable, LockedVariant
from exchange_db.lock.schema import LiveTable
from exchange_db.lock.writes import MAY_BE_NULL, NO_NULL
from exchange_db.proof.cardinality import at_most_one

__all__ = ["Change", "statement_changes", "table_changes"]


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise than it was."""

    code: str
    problem: str
    before: str = ""
    now: str = ""
    reason: str = ""
    severity: Severity = Severity.ERROR


def statement_changes(lock: Lock, variant: LockedVariant, found: Inspection, database: Database) -> Iterator[Change]:
    """Of one statement: what it takes, what it gives, how many rows."""
    for parameter, server in zip(variant.parameters, found.parameters, strict=True):
        now, what = shown_type(server), f"parameter {parameter.name!r}"
        if not _fits(lock, parameter.type, server, is_sent=True):
            yield Change("gate-parameter", f"{what} is {now} now, and was {parameter.type}", parameter.type, now)
        allowed = found.allowed.get(parameter.name)
        if allowed is not None and (refused := sorted(set(parameter.sends or ()) - allowed)):
            problem = f"{what} can be {_list(refused)}, which the new schema refuses"
            yield Change("gate-values", problem, _list(parameter.values), _list(sorted(allowed)))
    for path, proof in nullable_parts(found, database.catalog) if lock.never_null else ():
        if path in lock.never_null:
            problem = f"what is in {path!r} may be NULL now, and the code takes no None"
            yield Change("gate-null", problem, "never NULL", "may be NULL", proof.reason)
    if variant.rows.are_read:
        yield from _result_changes(lock, variant, found, database)


def _result_changes(lock: Lock, variant: LockedVariant, found: Inspection, database: Database) -> Iterator[Change]:
    before, now = [each.name for each in variant.columns], [each.name for each in found.columns]
    if before != now:  # a star, or a name that the server gives
        yield Change("gate-columns", "the statement gives other columns", ", ".join(before), ", ".join(now))
        return
    for column, shown in zip(variant.columns, found.columns, strict=True):
        yield from _column_changes(lock, column, shown)
    if variant.rows.wanted and variant.rows.at_most_one and found.tree is not None:
        proof = at_most_one(found.tree, database.catalog)
        if not proof.holds:
            problem = "more than one row may come back, and the function promises at most one"
            yield Change("gate-rows", problem, variant.rows.reason, "any number of rows", proof.reason)


def _column_changes(lock: Lock, column: LockedColumn, shown: Shown) -> Iterator[Change]:
    what = f"column {column.name!r}"
    now = shown_type(shown.type)
    if not _fits(lock, column.type, shown.type, is_sent=False):
        yield Change("gate-type", f"{what} is {now} now, and was {column.type}", column.type, now)
    if column.not_null and not column.takes_none and shown.proof is not None and not shown.proof.not_null:
        reasons = column.reason, "may be NULL", shown.proof.reason
        yield Change("gate-null", f"{what} may be NULL now, and the code takes no None", *reasons)
    if column.takes is not None and column.values is not None:
        more = None if shown.values is None else sorted(shown.values - set(column.takes))
        if more is None or more:
            problem = f"{what} may hold {'any text' if more is None else _list(more)} now, which the code does not take"
            yield Change("gate-values", problem, _list(column.takes), "any" if more is None else _list(shown.values))


def _fits(lock: Lock, before: str, now: ServerType, *, is_sent: bool) -> bool:
    """Whether code for a locked type takes another one; of enums only the values matter, which are looked at apart."""
    was, plain = lock.types[before], now.plain
    if was.base is not None:
        return _fits(lock, was.base, now, is_sent=is_sent)
    if was.element is not None and plain.element is not None:
        return _fits(lock, was.element, plain.element, is_sent=is_sent)
    if was.kind == "e":
        return plain.kind == "e" or is_text(plain.name)
    return holds(before, shown_type(plain), is_sent=is_sent)


def table_changes(name: str, before: LockedTable, now: LiveTable) -> Iterator[Change]:
    """Of one table that a statement writes to: what it would be refused."""
    columns = {column.name: column for column in now.columns}
    if before.inserts is not None:
        for column in sorted(now.required - {*before.inserts, *before.omits}):
            problem = f"{name}.{column} needs a value now, and the insert gives none"
            yield Change("gate-write", problem, "no such column, nullable, or a default", columns[column].fact)
    for column, written in before.writes.items():
        was = before.columns.get(column, "").removesuffix(" not null")
        if column in columns and is_narrower(was, columns[column].type):
            problem = f"{name}.{column} is narrower now, and what the statement writes may not fit"
            yield Change("gate-narrower", problem, was, columns[column].type)
        was_required = before.columns.get(column, "").endswith(" not null")
        if column in columns and columns[column].not_null and not was_required and written != NO_NULL:
            certain = written == MAY_BE_NULL
            yield Change(
                "gate-write",
                f"{name}.{column} takes no NULL now, and the statement {'writes' if certain else 'may write'} one",
                "nullable",
                "not null",
                severity=Severity.ERROR if certain else Severity.HINT,
            )
    for constraint in now.constraints if before.constraints is not None else ():
        if constraint not in (before.constraints or ()):
            problem = f"the constraint {constraint} on {name} is new: what the running version writes may be refused"
            yield Change("gate-constraint", problem, severity=Severity.HINT)


def _list(values: Iterable[str] | None) -> str:
    return "any" if values is None else ", ".join(map(repr, sorted(values)))
