"""``check --offline``: functions against their locks, without a server."""

import time
from collections.abc import Iterator

from exchange_db.check.columns import Shown, check_columns
from exchange_db.check.description import Column
from exchange_db.check.directives import read_directives
from exchange_db.check.examination import AT_MOST_ONE, NO_ROWS, check_rows
from exchange_db.check.parameters import check_parameters
from exchange_db.check.report import Finding, Report
from exchange_db.check.run import OWN_DOMAINS, report_on
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Source
from exchange_db.check.subject import Subject
from exchange_db.check.targets import AnyQuery, Target, find_targets
from exchange_db.lock.declared import declaration_lines, file_lines, statement_hash
from exchange_db.lock.files import Unreadable, lock_path, orphans, read_lock
from exchange_db.lock.findings import lock_finding, orphan_finding, report_with, unreadable_finding
from exchange_db.lock.model import Lock, LockedColumn, LockedVariant
from exchange_db.proof.cardinality import RowProof
from exchange_db.proof.nullability import Proof

__all__ = ["check_offline", "current_lock"]


def check_offline(*targets: Target) -> Report:
    """Compare functions with their locks, without a server; the same report as ``check``.

    ``targets`` are what ``check`` takes. A statement or declaration that changed since the lock was written is a fault,
    and a declaration that does not fit the locked columns and parameters any more has the faults that ``check`` would
    find. Raises ``TypeError`` and ``ValueError`` for targets that are none.
    """
    start = time.monotonic()
    found = find_targets(targets or OWN_DOMAINS)
    functions = sorted(found.functions.values(), key=lambda function: function.name)
    subjects: list[Subject] = []
    findings: list[Finding] = []
    for function in functions:
        source = Source.read(function.path)
        subject = Subject(function, function.declaration, source, tuple(read_directives(source)))
        subjects.append(subject)
        findings += _check(subject)
    gone = [orphan_finding(path) for path in orphans(sorted({function.path.parent for function in functions}))]
    return report_with(report_on(found, subjects, time.monotonic() - start), [*findings, *gone])


def current_lock(function: AnyQuery) -> Lock:
    """The lock of a function, if it is one of this statement and declaration; else raises ``Unreadable``."""
    lock = read_lock(lock_path(function.path))
    if lock is None:
        raise Unreadable("lock-missing", "the query has no lock", "write it: exchange-db lock")
    if not _is_of_statement(lock, function):
        problem = "the statement, or what its header says to check, changed since the lock was written"
        raise Unreadable("lock-stale", problem, "write the lock anew: exchange-db lock")
    return lock


def _is_of_statement(lock: Lock, function: AnyQuery) -> bool:
    # The hash looks at every token; most files are as they were to the letter.
    return lock.sql == file_lines(function.path) or lock.statement == statement_hash(function.file)


def _check(subject: Subject) -> Iterator[Finding]:
    function = subject.function
    try:
        lock = current_lock(function)
    except Unreadable as error:
        yield unreadable_finding(function.name, lock_path(function.path), error)
        return
    declared = declaration_lines(subject.declaration)
    if lock.declaration == declared:
        return
    for variant in lock.variants:
        _compare(subject, lock, variant)
    yield lock_finding(
        function.name,
        lock_path(function.path),
        "lock-stale",
        "the declaration changed since the lock was written",
        expected="; ".join(line for line in declared if line not in lock.declaration),
        actual="; ".join(line for line in lock.declaration if line not in declared),
        reason=_difference(lock.declaration, declared),
        hint="write the lock anew: exchange-db lock",
    )


def _difference(before: tuple[str, ...], now: tuple[str, ...]) -> str:
    """``+`` what is new, ``-`` what is gone."""
    gone = [f"- {line}" for line in before if line not in now]
    return "; ".join([*gone, *(f"+ {line}" for line in now if line not in before)]) or "its lines are in another order"


def _compare(subject: Subject, lock: Lock, variant: LockedVariant) -> None:
    """The declaration as it is now against what the server said then: the same rooms as online."""
    names = tuple(each.name for each in variant.parameters)
    types = [_type(lock, each.type) for each in variant.parameters]
    allowed = {each.name: frozenset(each.values) for each in variant.parameters if each.values is not None}
    check_parameters(subject, names, types, allowed)
    if subject.declaration.cardinality in NO_ROWS:
        return
    shown = [_shown(subject, lock, each, n, len(variant.columns)) for n, each in enumerate(variant.columns)]
    check_columns(subject, shown)
    if subject.declaration.cardinality in AT_MOST_ONE:
        check_rows(subject, RowProof(variant.rows.at_most_one, variant.rows.reason))


def _shown(subject: Subject, lock: Lock, column: LockedColumn, n: int, columns: int) -> Shown:
    return Shown(
        Column(column.name, type=0, modifier=-1, table=0, number=0),
        _type(lock, column.type),
        None if column.not_null is None else Proof(column.not_null, column.reason),
        None if column.values is None else frozenset(column.values),
        subject.source.output(n, columns),
        column.stored_not_null,
    )


def _type(lock: Lock, name: str) -> ServerType:
    """The type as ``check`` knows it, but for its object id."""
    locked = lock.types[name]
    return ServerType(
        0,
        locked.name,
        locked.kind,
        locked.schema,
        name,
        _type(lock, locked.base) if locked.base else None,
        _type(lock, locked.element) if locked.element else None,
        locked.labels,
        is_unreadable=locked.is_unreadable,
    )
