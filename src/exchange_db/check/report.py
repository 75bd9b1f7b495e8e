"""What ``check`` found, for people, for programs and for GitHub."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from exchange_db.engine.faults import Fault, render_each

__all__ = ["Comparison", "Finding", "Report", "Severity"]


class Severity(StrEnum):
    ERROR = "error"
    """Code and database disagree, or nothing proves that they agree."""
    HINT = "hint"
    """It works; it could say more, or promise less."""


@dataclass(frozen=True)
class Comparison:
    """One line of a table: a column or parameter, what Python says and what PostgreSQL says."""

    name: str
    python: str
    """"" where Python does not know it."""
    server: str
    """"" where PostgreSQL does not know it."""
    fits: bool


@dataclass(frozen=True)
class Finding:
    """One thing that ``check`` has to say about a function."""

    function: str
    """Such as ``places.get_playground``; "" for a fault of a folder as a whole."""
    code: str
    """What kind of finding it is: one word with dashes, which ``-- allow: …`` takes for lints."""
    severity: Severity
    path: Path
    """Of the ``.sql`` file, or of the module where the declaration itself is wrong."""
    line: int
    column: int | None
    problem: str
    expected: str = ""
    """What Python declares."""
    actual: str = ""
    """What PostgreSQL says."""
    reason: str = ""
    """Why it is so."""
    hint: str = ""
    """What to do."""
    patch: str = ""
    """The line to write instead."""

    @property
    def fault(self) -> Fault:
        """It in the form of every fault of the library."""
        details = (
            f"because: {self.reason}" if self.reason else "",
            f"write: {self.patch}" if self.patch else "",
        )
        problem = f"{self.severity}[{self.code}]: {self.problem}"
        known = tuple(detail for detail in details if detail)
        return Fault(_shown(self.path), self.line, problem, self.hint or None, self.column, known)


@dataclass(frozen=True)
class Report:
    """All that ``check`` found. ``ok``: there is no error in it; hints do not count."""

    findings: tuple[Finding, ...]
    functions: int
    """How many functions were checked."""
    statements: int
    """How many statements they send: more than functions where some have conditional parts."""
    seconds: float
    asserted: tuple[tuple[str, str], ...] = ()
    """What headers assert and nothing proves: function and assertion."""
    notes: tuple[str, ...] = ()
    """What was done otherwise than one would expect, and why."""
    tables: dict[str, tuple[Comparison, ...]] = field(default_factory=dict[str, tuple[Comparison, ...]])
    """For each function whose columns or parameters do not fit: all of them, side by side."""

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The errors."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def hints(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.HINT)

    def without_hints(self) -> "Report":
        """The errors alone."""
        return replace(self, findings=self.faults)

    def assert_ok(self) -> None:
        """For a test: raises ``AssertionError`` with the report where there is an error."""
        if not self.ok:
            raise AssertionError(f"\n{self}")

    def assert_clean(self) -> None:
        """For a test: raises ``AssertionError`` with the report where there is a hint or an error."""
        if self.findings:
            raise AssertionError(f"\n{self}")

    def __str__(self) -> str:
        parts: list[str] = []
        for function, group in groupby(self.findings, key=lambda finding: finding.function):
            parts += [_heading(function)] if function else []
            parts += [*render_each(finding.fault for finding in group)]
            parts += [_table(self.tables[function])] if function in self.tables else []
        parts += [f"asserted, not proved: {function}: {assertion}" for function, assertion in self.asserted]
        parts += [f"note: {note}" for note in self.notes]
        return "\n\n".join([*parts, self.summary])

    @property
    def summary(self) -> str:
        """The last line."""
        verdict = _count(len(self.faults), "fault"), _count(len(self.hints), "hint")
        sent = f" ({self.statements} statements)" if self.statements != self.functions else ""
        return f"checked {_count(self.functions, 'function')}{sent}: {', '.join(verdict)}, {self.seconds:.1f} s"

    def json(self) -> str:
        """The report for programs: ``ok``, ``functions``, ``seconds``, ``findings`` and what else is in it."""
        content: dict[str, Any] = asdict(self)
        return json.dumps({"ok": self.ok, **content}, default=str, ensure_ascii=False, indent=2)

    def github(self) -> str:
        """The findings as annotations of GitHub's workflows, one in each line, and the summary as the last."""
        return "\n".join([*map(_annotation, self.findings), self.summary])


def _heading(function: str) -> str:
    return f"── {function} " + "─" * max(3, 76 - len(function))


def _table(rows: Sequence[Comparison]) -> str:
    """An aligned table; the lines that do not fit are marked."""
    cells = [("", "", "Python", "PostgreSQL")]
    cells += [("✗" if not row.fits else "", row.name, row.python or "—", row.server or "—") for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(3)]
    return "\n".join(_aligned(line, widths) for line in cells)


def _aligned(cells: Sequence[str], widths: Iterable[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return f"  {'  '.join([*padded, cells[-1]])}".rstrip()


def _annotation(finding: Finding) -> str:
    """https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    level = "error" if finding.severity is Severity.ERROR else "notice"
    place = {"file": str(_shown(finding.path)), "line": max(finding.line, 1), "col": finding.column or 1}
    place["title"] = f"{finding.function or 'check'}: {finding.code}"
    fault = finding.fault
    message = "\n".join([finding.problem, *fault.details, *([f"hint: {fault.hint}"] if fault.hint else [])])
    properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in place.items())
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """``@actions/core``: per cent first, then line ends; in properties ``:`` and ``,`` as well."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _shown(path: Path) -> Path:
    """Relative to where one stands, as editors and GitHub want it, if it is below that."""
    here = Path(os.path.abspath(path))
    return here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else path


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
