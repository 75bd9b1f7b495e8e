"""What came out: a table for people, ``bench.json`` for programs, ``bench.md`` for the documents."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.harness import OURS, Result

__all__ = ["circumstances", "print_table", "write_json", "write_markdown"]

_PACKAGES = (
    "psycopg",
    "pydantic",
    "asyncpg",
    "sqlalchemy",
    "sqlmodel",
    "aiosql",
    "sqlspec",
    "tortoise-orm",
    "geoalchemy2",
)
_HEADS = ("case", "ours", "peer", "its time", "ratio", "goal", "", "processor")


def circumstances(server: str) -> str:
    """Machine and versions, in one line."""
    cores = os.cpu_count()
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{_processor()}, {cores} cores; {platform.system()} {platform.release()}; Python {platform.python_version()}; "
        f"PostgreSQL {server}; {versions}"
    )


def print_table(results: Sequence[Result]) -> None:
    """One line for each peer; a case's name and our time stand on its first."""
    table = Table(*_HEADS, title=f"{OURS} and its peers: medians of turns taken in one run")
    for column in (1, 3, 4, 7):
        table.columns[column].justify = "right"
    before = ""
    for result in results:
        if before and result.case != before:
            table.add_section()
        table.add_row(
            *_cells(result, is_first=result.case != before), style="red" if result.is_reached is False else ""
        )
        before = result.case
    # In a file or a pipe, wide enough for every line.
    console = Console() if Console().is_terminal else Console(width=140)
    console.print(table)


def write_json(results: Iterable[Result], path: Path) -> None:
    """A list of ``{case, ours_s, peer, peer_s, ratio, …}``; ``ratio`` is our time as a multiple of the peer's."""
    path.write_text(
        json.dumps([result.as_json() for result in results], indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )


def write_markdown(results: Sequence[Result], where: str, path: Path) -> None:
    """The table as ``docs/performance.md`` has it."""
    lines = [where, "", f"| {' | '.join(_HEADS)} |", "| --- | ---: | --- | ---: | ---: | --- | --- | ---: |"]
    before = ""
    for result in results:
        lines.append(f"| {' | '.join(_cells(result, is_first=result.case != before))} |")
        before = result.case
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cells(result: Result, *, is_first: bool) -> tuple[str, ...]:
    reached = {True: "reached", False: "not reached", None: ""}[result.is_reached]
    return (
        result.case if is_first else "",
        duration(result.ours_s) if is_first else "",
        result.peer,
        duration(result.peer_s),
        _ratio(result.ratio),
        result.goal.text if result.goal else "",
        reached,
        _processor_ratio(result),
    )


def _processor_ratio(result: Result) -> str:
    """The same ratio of processor time in this process alone: on a busy machine, the steadier one."""
    ours, peer = (result.more.get(name) for name in ("ours_cpu_s", "peer_cpu_s"))
    return _ratio(ours / peer) if isinstance(ours, float) and isinstance(peer, float) and ours and peer else ""


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}× the time" if ratio >= 1 else f"{1 / ratio:.2f}× faster"


def duration(seconds: float) -> str:
    """A time with the unit that suits it."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _processor() -> str:
    """The processor's name: Linux tells it in a file."""
    file = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in file.read_text().splitlines() if line.startswith("model name")]
        if file.exists()
        else []
    )
    return names[0] if names else platform.processor() or platform.machine()
