"""What is wrong with a folder of SQL files and its declarations: collected, then reported all at once."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Fault", "line_starts", "nearest", "render_each", "render_faults"]

# PostgreSQL ends a "--" comment at either character; editors count the pair as one line end.
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Fault:
    """One thing to put right, at a place in a file."""

    path: Path
    line: int
    """1-based; 0 is the file or folder as a whole."""
    problem: str
    hint: str | None = None
    column: int | None = None
    """1-based, in characters, where the place within the line is known."""
    details: tuple[str, ...] = ()
    """Lines that stand between the place and the hint: reasons, what was expected and what is there."""


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character; ``bisect_right(starts, offset)`` is a line number."""
    return [0, *[end.end() for end in _LINE_END.finditer(text)]]


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``name`` is most likely a misspelling of, or ``None`` when none is close."""
    close = difflib.get_close_matches(name, list(candidates), n=1)
    return close[0] if close else None


def render_faults(faults: Iterable[Fault]) -> str:
    """A report for people, ordered by file and line: place, problem, the line itself, what to do."""
    each = render_each(sorted(faults, key=lambda fault: (str(fault.path), fault.line, fault.column or 0)))
    count = "1 fault" if len(each) == 1 else f"{len(each)} faults"
    return "\n\n".join([f"{count}:", *each])


def render_each(faults: Iterable[Fault]) -> list[str]:
    """Each fault for people, in the order given."""
    lines_of = cache(_lines)  # each file is read once, and again for the next report
    return [_render(fault, lines_of(fault.path)) for fault in faults]


def _lines(path: Path) -> list[str]:
    """The lines of a file; none where it cannot be read."""
    try:
        return _LINE_END.split(path.read_bytes().decode(errors="replace"))
    except OSError:
        return []


def _render(fault: Fault, lines: list[str]) -> str:
    report = [f"{fault.path}:{fault.line}: {fault.problem}" if fault.line else f"{fault.path}: {fault.problem}"]
    line = lines[fault.line - 1] if 1 <= fault.line <= len(lines) else ""
    if line.strip():
        report.append(f"    | {line}")
        if fault.column:
            # Tabs stay tabs, so that the caret stands under its character however wide the reader's tabs are.
            indent = re.sub(r"[^\t]", " ", line[: fault.column - 1])
            report.append(f"    | {indent}^")
    report += [f"    {detail}" for detail in fault.details]
    if fault.hint:
        report.append(f"    hint: {fault.hint}")
    return "\n".join(report)
