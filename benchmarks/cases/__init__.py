"""What is measured. Each module has ``CASES``; ``MODULES`` is the order of the report."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.harness import Result
from benchmarks.lab import Lab

__all__ = ["MODULES", "Case", "all_cases"]


@dataclass(frozen=True)
class Case:
    """One thing that is measured."""

    name: str
    """As on the command line and in ``bench.json``."""
    title: str
    """As in the report."""
    measure: Callable[[Lab], list[Result]]
    """Makes its data in a database of its own, lets the contenders race, and brings the results.

    Raises ``Disagreement`` when the contenders do not."""


MODULES = ("rows", "lookup", "nested", "starting", "discovery", "streaming", "history", "mixed", "growth")


def all_cases() -> list[Case]:
    """Every case, in the order of the report."""
    return [case for name in MODULES for case in import_module(f"benchmarks.cases.{name}").CASES]
