"""What the hot functions cost as their tables grow: the server's time, the client's, and the index behind it.

The server says itself how long it worked: with ``log_duration`` it tells each client the time of every parse, bind and
execute, planning included, which no extension and no preloaded library is needed for. The rest of a call is the client.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg.errors import Diagnostic
from rich.console import Console
from rich.table import Table

from benchmarks.cases import Case
from benchmarks.harness import Result, at_most
from benchmarks.lab import Lab
from benchmarks.plots import plot_growth
from benchmarks.probes import PROBES, Keys, Probe
from benchmarks.report import duration
from benchmarks.worlds import load

__all__ = ["CASES"]

CALLS = 30
"""Of each function at each size, every time with other keys; their medians count."""
FLAT = 3.0
"""What grows by more than so many times, from the smallest tables to the largest, is told. A tree of a hundred times as
many rows is a level or two deeper."""
UNNOTICED_S = 300e-6
"""A difference that is smaller is noise, or the cache."""


@dataclass
class Course:
    """What one function costs at each size, in seconds."""

    probe: Probe
    whole: list[float] = field(default_factory=list[float])
    server: list[float] = field(default_factory=list[float])
    answers: list[float] = field(default_factory=list[float])
    """How many rows it returns."""

    @property
    def grows_alone(self) -> bool:
        """Whether the server's work grows with the tables, and not with the answer."""
        by_answer = max(1.0, self.answers[-1] / max(self.answers[0], 1))
        more = self.server[-1] - self.server[0]
        return more > UNNOTICED_S and self.server[-1] > FLAT * by_answer * self.server[0]


def measure(lab: Lab) -> list[Result]:
    courses = [Course(probe) for probe in PROBES]
    for rows in lab.size.grown:
        with lab.database() as url:
            with psycopg.connect(url, autocommit=True) as conn:
                load(conn, rows)
            _probe(url, rows, courses)
        print(f"   {rows:,} rows are measured", flush=True)
    _print(lab.size.grown, courses)
    Path("build").mkdir(exist_ok=True)
    plot_growth(lab.size.grown, {c.probe.name: (c.server, c.whole) for c in courses}, Path("build/growth.png"))
    return [_line(lab.size.grown, course) for course in courses]


def _probe(url: str, rows: int, courses: Sequence[Course]) -> None:
    worked: list[float] = []

    def heard(notice: Diagnostic) -> None:
        if found := re.match(r"duration: ([\d.]+) ms", notice.message_primary or ""):
            worked.append(float(found[1]) / 1e3)

    with (
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as conn,
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as watched,
    ):
        keys = Keys.of(conn, rows)
        watched.add_notice_handler(heard)
        for setting in ("lc_messages = 'C'", "log_min_messages = fatal", "client_min_messages = log"):
            watched.execute(f"set {setting}".encode())
        for course in courses:
            whole, server, answers = list[float](), list[float](), list[float]()
            for _ in range(CALLS):
                arguments = course.probe.arguments(keys)
                seconds, _ = _timed(conn, course.probe, arguments)
                whole.append(seconds)
                with watched.transaction(force_rollback=True):
                    watched.execute("set local log_duration = on")
                    worked.clear()
                    answer = course.probe.function(watched, **arguments)
                    server.append(sum(worked))
                answers.append(float(len(answer)) if hasattr(answer, "__len__") else 1.0)
            # The first calls plan and prepare.
            course.whole.append(median(whole[5:]))
            course.server.append(median(server[5:]))
            course.answers.append(median(answers))


def _timed(conn: psycopg.Connection[Any], probe: Probe, arguments: dict[str, Any]) -> tuple[float, object]:
    """What a caller waits for; what was written is undone."""
    with conn.transaction(force_rollback=True):
        start = time.perf_counter()
        answer = probe.function(conn, **arguments)
        return time.perf_counter() - start, answer


def _print(sizes: Sequence[int], courses: Sequence[Course]) -> None:
    heads = ("function", "rides", *(f"{rows:,} rows" for rows in sizes), "grows")
    table = Table(*heads, title="the server's time, and the client's beside it, as tables grow")
    for course in courses:
        times = [
            f"{duration(server)} + {duration(max(whole - server, 0))}"
            for server, whole in zip(course.server, course.whole, strict=True)
        ]
        grown = f"{course.server[-1] / course.server[0]:.1f}×"
        table.add_row(
            course.probe.name,
            course.probe.rides.replace(", ", "\n").replace("; ", "\n"),
            *times,
            f"{grown} with the table" if course.grows_alone else grown,
            style="red" if course.grows_alone else "",
        )
    Console(width=200).print(table)


def _line(sizes: Sequence[int], course: Course) -> Result:
    """The server's time on the largest tables against that on the smallest."""
    more: dict[str, float | str] = {
        "rides": course.probe.rides,
        "grows_with_the_table": str(course.grows_alone).lower(),
    }
    for rows, whole, server in zip(sizes, course.whole, course.server, strict=True):
        more |= {f"server_s_{rows}": server, f"client_s_{rows}": max(whole - server, 0)}
    goal = at_most(FLAT) if course.grows_alone else None
    case = f"growth, {course.probe.name} at {sizes[-1]:,} rows"
    return Result(case, course.server[-1], f"at {sizes[0]:,} rows", course.server[0], goal, more)


CASES = (Case("growth", "the hot functions as their tables grow, the server's time and the client's apart", measure),)
