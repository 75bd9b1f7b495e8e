"""Every exception that the library raises, under one root.

A function's failure carries what a developer needs to act: ``query`` (``accounts.create_user``), ``path`` and
``line`` (the ``.sql`` file), ``constraint``, ``sqlstate``, and ``sentence``, which is fit to show to a person.
The driver's own exception is the ``__cause__``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time the engine imports this module, not the other way round
    from collections.abc import Sequence

    from exchange_db.engine.faults import Fault

__all__ = [
    "Conflict",
    "DeclarationError",
    "ExchangeError",
    "Forbidden",
    "InvalidCursor",
    "InvalidValue",
    "LockError",
    "MigrationError",
    "MissingReference",
    "NotFound",
    "OutcomeUnknown",
    "PoolExhausted",
    "RecordMismatch",
    "Refused",
    "Retryable",
    "SchemaMismatch",
    "StatementError",
    "TimedOut",
    "TooManyRows",
    "Unavailable",
]


class ExchangeError(Exception):
    """The root: ``except ExchangeError`` catches everything that the library raises."""

    advice: str = ""
    """What to do about it, or about errors of this kind; the last part of the message."""

    def __init__(
        self,
        sentence: str,
        *,
        query: str | None = None,
        path: Path | None = None,
        line: int | None = None,
        constraint: str | None = None,
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        """What went wrong, in words fit for a person: a constraint's own comment where it has one."""
        self.query = query
        """The function that failed, such as ``accounts.create_user``."""
        self.path = path
        """Its ``.sql`` file."""
        self.line = line
        """The line of that file that the server pointed at, or the statement's first."""
        self.constraint = constraint
        """The constraint or unique index that refused the row."""
        self.sqlstate = sqlstate
        """PostgreSQL's five-character code, where the server answered."""
        self.index: int | None = None
        """Of a pipeline, the call that failed: the first is 0. ``None``: no pipeline, or its COMMIT was refused."""
        self.others: str | None = None
        """Of a pipeline, what became of all its calls."""

    def __str__(self) -> str:
        facts = [
            f"constraint {self.constraint}" if self.constraint else "",
            f"SQLSTATE {self.sqlstate}" if self.sqlstate else "",
            ":".join(str(place) for place in (self.path, self.line) if place is not None),
        ]
        lines = [f"{self.query}: {self.sentence}" if self.query else self.sentence]
        if known := ", ".join(fact for fact in facts if fact):
            lines.append(f"  at: {known}")
        if self.others:
            lines.append(f"  in: {self.others}")
        if self.advice:
            lines.append(f"  do: {self.advice}")
        return "\n".join(lines)


# --- before anything runs --------------------------------------------------------------------------------


class DeclarationError(ExchangeError):
    """SQL files and function declarations disagree; found at import, every fault of a folder in one report."""

    def __init__(self, report: str, faults: "Sequence[Fault]" = ()) -> None:
        super().__init__(report)
        self.faults = tuple(faults)


class MigrationError(ExchangeError):
    """The migrations could not be read, applied or rolled back."""


class LockError(ExchangeError):
    """A query's lock is missing, stale or damaged, or cannot be written."""

    advice = "write the locks anew: exchange-db lock"


class SchemaMismatch(ExchangeError):
    """The live schema lacks what the locked queries rely on; every difference in one report."""

    advice = "migrate the database to the schema of this version, or run the version that fits it"


# --- what came back is not what was declared -------------------------------------------------------------


class NotFound(ExchangeError):
    """No row, where the function promises exactly one."""


class TooManyRows(ExchangeError):
    """More than one row, where the function promises at most one."""

    advice = "make the statement unique by a key, or declare a list; a write outside a transaction has taken effect"


class RecordMismatch(ExchangeError):
    """The rows that came back do not fit the declared record: other columns, another type, or an unexpected NULL."""

    advice = "compare the record with the statement's columns; a write outside a transaction has taken effect"


# --- what the database refused ---------------------------------------------------------------------------


class Conflict(ExchangeError):
    """The row collides with one that is there: a unique or exclusion constraint."""


class MissingReference(ExchangeError):
    """A foreign key does not hold: the row refers to one that is not there, or is still referred to."""


class InvalidValue(ExchangeError):
    """A value was refused: by its declared type, by a check or not-null constraint, or by PostgreSQL's own types."""


class InvalidCursor(InvalidValue):
    """A page's cursor that this function, in this order, has not made: cut, changed, or of another version."""

    advice = "nothing was sent; start again without a cursor, and pass on `next` or `previous` of a page as they are"


class Forbidden(ExchangeError):
    """The role may not do this, or the session is read-only."""

    advice = "connect with a role that has the privilege, to a server that takes writes"


class Refused(ExchangeError):
    """A rule of the domain does not let this user do this: a message to somebody who blocks them, for one."""

    advice = "nothing was changed; show the sentence"


class StatementError(ExchangeError):
    """The server refused the statement itself: a mistake in the SQL, or a schema that it was not written for."""

    advice = "check the SQL at that line, and that the database has the schema it was written for"


# --- what may go better next time ------------------------------------------------------------------------


class Unavailable(ExchangeError):
    """The database could not be asked, and nothing has changed."""

    advice = "nothing was changed; check that the server runs and that the connection settings name it"


class PoolExhausted(Unavailable):
    """No connection of the pool became free in time."""

    advice = "nothing was changed; check that the server answers, give the pool more connections, or hold each for less"


class TimedOut(Unavailable):
    """The statement, or its wait for a lock, was ended by a time limit or a cancellation."""

    advice = "nothing was changed; allow more time, or look for what holds the lock"


class Retryable(ExchangeError):
    """A deadlock or a serialization failure: the server undid the transaction to let others finish."""

    advice = "nothing was changed; run the whole transaction again"


class OutcomeUnknown(ExchangeError):
    """The connection died while a write was being committed: it may have happened or not."""

    advice = "read the data before you write again"
