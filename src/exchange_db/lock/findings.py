"""What is wrong with locks, in the form of ``check``'s report."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from exchange_db.check.report import Finding, Report, Severity
from exchange_db.lock.files import Unreadable

__all__ = ["lock_finding", "orphan_finding", "report_with", "unreadable_finding"]


def lock_finding(query: str, path: Path, code: str, problem: str, **more: str) -> Finding:
    """A fault of a lock as a whole."""
    return Finding(query, code, Severity.ERROR, path, 0, None, problem, **more)


def unreadable_finding(query: str, path: Path, error: Unreadable) -> Finding:
    """A fault at a line of a file that is no lock."""
    return Finding(query, error.code, Severity.ERROR, path, error.line, None, error.problem, hint=error.hint)


def orphan_finding(path: Path) -> Finding:
    """A lock whose query is gone."""
    query = f"{path.parent.parent.name}.{path.stem}"
    problem = f"there is no {path.stem}.sql any more"
    return lock_finding(query, path, "lock-orphan", problem, hint="delete the lock, or let exchange-db lock do it")


def report_with(report: Report, findings: Iterable[Finding]) -> Report:
    """A report with more in it; what belongs to one function stays together."""
    every = sorted([*report.findings, *findings], key=lambda finding: finding.function)
    return replace(report, findings=tuple(every))
