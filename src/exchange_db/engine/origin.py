"""Which function and ``.sql`` file an error comes from."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from exchange_db.errors import ExchangeError

__all__ = ["Origin"]

E = TypeVar("E", bound=ExchangeError)


@dataclass(frozen=True)
class Origin:
    """The place that every error of one function names."""

    query: str
    path: Path | None = None
    line: int | None = None

    def error(
        self,
        kind: type[E],
        sentence: str,
        *,
        line: int | None = None,
        constraint: str | None = None,
        sqlstate: str | None = None,
    ) -> E:
        """An error of ``kind`` whose traceback, once it is raised, ends in the ``.sql`` file."""
        error = kind(
            sentence,
            query=self.query,
            path=self.path,
            line=self.line if line is None else line,
            constraint=constraint,
            sqlstate=sqlstate,
        )
        return error.with_traceback(_traceback_into(error))


def _traceback_into(error: ExchangeError) -> TracebackType | None:
    """A traceback of one frame, which lies in the error's ``.sql`` file.

    Python shows the source line of a frame's file, so a frame whose code says that it comes from the ``.sql``
    file shows the SQL. The technique is that of template engines (Jinja's ``debug.py``).
    """
    if error.path is None or error.line is None:
        return None
    source = "\n" * (error.line - 1) + "raise error"
    code = compile(source, str(error.path), "exec").replace(co_name=error.query or "<sql>")
    with suppress(ExchangeError):
        exec(code, {"error": error})  # noqa: S102  runs the constant line above
    below = error.__traceback__  # this function's own frame, and below it that of the file
    return below and below.tb_next
