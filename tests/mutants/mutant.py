"""One small mistake in the library, and the tests that must notice it."""

from typing import NamedTuple

__all__ = ["Mutant"]


class Mutant(NamedTuple):
    """``old`` becomes ``new`` in ``file``, and at least one of ``tests`` fails.

    To add one, write it into a list ``MUTANTS`` of any module in this folder, and see it killed:
    ``make test ARGS="tests/mutants -m slow -k send_message"``.
    """

    file: str
    """From the top of the repository."""
    old: str
    """Occurs in the file exactly once."""
    new: str
    tests: str
    """Names of tests as pytest takes them, with a space between: few, so that a run takes seconds."""
    why: str
    """What would go wrong with it."""

    def __str__(self) -> str:
        return f"{self.file.removeprefix('src/exchange_db/').removeprefix('sql/queries/')}: {self.why}"
