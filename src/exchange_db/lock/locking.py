"""``lock``: write down what ``check`` has proved, or compare it with what is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from exchange_db.check.report import Finding, Report, Severity
from exchange_db.check.run import DB, examine_all
from exchange_db.check.subject import Database, Subject
from exchange_db.check.targets import Target
from exchange_db.lock.capture import capture
from exchange_db.lock.files import Unreadable, lock_path, orphans, read_lock, remove_lock, write_lock
from exchange_db.lock.findings import lock_finding, orphan_finding, report_with, unreadable_finding
from exchange_db.lock.model import Lock

__all__ = ["Locked", "compare_locks", "lock"]


@dataclass(frozen=True)
class Locked:
    """What ``lock`` did."""

    report: Report
    """Where it has faults nothing was written: a lock is a proof."""
    written: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    """Of queries that are gone."""
    unchanged: int = 0


def lock(*targets: Target, db: DB = None) -> Locked:
    """Check functions, and write what is true of each beside its file, as ``lock/<name>.json``.

    Takes what ``check`` takes and raises as it does, and ``LockError`` where a file cannot be written. A lock that says
    the same is left as it is, whichever server it was made with.
    """
    report, locks = _captured(targets, db)
    if not report.ok:
        return Locked(report)
    written = [path for path, made in locks.items() if not _is_current(path, made)]
    for path in written:
        write_lock(path, locks[path])
    removed = orphans(_folders(locks))
    for path in removed:
        remove_lock(path)
    return Locked(report, tuple(written), tuple(removed), len(locks) - len(written))


def compare_locks(*targets: Target, db: DB = None) -> Report:
    """Check functions, and report each lock that is not what ``lock`` would write now; nothing is written."""
    report, locks = _captured(targets, db)
    findings = [finding for path, made in locks.items() for finding in _compared(path, made)]
    gone = [orphan_finding(path) for path in orphans(_folders(locks))]
    return report_with(report, [*findings, *gone])


def _captured(targets: Sequence[Target], db: DB) -> tuple[Report, dict[Path, Lock]]:
    def further(database: Database, subjects: Sequence[Subject]) -> dict[Path, Lock]:
        sound = [subject for subject in subjects if not _has_fault(subject)]
        return {lock_path(s.function.path): made for s, made in zip(sound, capture(database, sound), strict=True)}

    return examine_all(targets, db, further)


def _has_fault(subject: Subject) -> bool:
    return any(finding.severity is Severity.ERROR for finding in subject.findings)


def _is_current(path: Path, made: Lock) -> bool:
    try:
        there = read_lock(path)
    except Unreadable:
        return False
    return there is not None and there.says_the_same(made)


def _compared(path: Path, made: Lock) -> list[Finding]:
    try:
        there = read_lock(path)
    except Unreadable as error:
        return [unreadable_finding(made.query, path, error)]
    if there is None:
        problem, hint = "the query has no lock", "write it: exchange-db lock"
        return [lock_finding(made.query, path, "lock-missing", problem, hint=hint)]
    if there.says_the_same(made):
        return []
    changed = ", ".join(there.differences(made))
    problem, hint = f"the lock is stale: {changed} changed since it was written", "write it anew: exchange-db lock"
    return [lock_finding(made.query, path, "lock-stale", problem, hint=hint)]


def _folders(locks: dict[Path, Lock]) -> list[Path]:
    return [folder for folder, _ in groupby(sorted(path.parent.parent for path in locks))]
