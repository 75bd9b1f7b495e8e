"""``fuzz``: any valid input returns a valid record or a documented error, for all queries of an application."""

import re
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from psycopg import Connection
from psycopg.sql import SQL
from pydantic import BaseModel

from exchange_db.engine import Query, StreamQuery, SyncDB
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.execution import checked_out
from exchange_db.errors import (
    Conflict,
    ExchangeError,
    InvalidValue,
    MissingReference,
    NotFound,
    Refused,
    Retryable,
    TimedOut,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["DOCUMENTED", "FuzzFailure", "fuzz"]

Function: TypeAlias = Query[..., Any] | StreamQuery[..., Any]

DOCUMENTED: tuple[type[ExchangeError], ...] = (
    Conflict,
    InvalidValue,
    MissingReference,
    NotFound,
    Refused,
    Retryable,
    TimedOut,
)
"""What a caller of any query has to expect. Others pass where the function's docstring names them."""

_LIMIT = SQL("set local statement_timeout = {}")
_ROWS = 1_000
"""How many rows of a stream are read."""


class FuzzFailure(AssertionError):
    """A valid input that broke a function: the call, what it raised, and the ``.sql`` file."""


def fuzz(
    functions: Function | ModuleType | Iterable[Function],
    db: SyncDB | str,
    *,
    max_examples: int | None = None,
    strategies: "Mapping[Any, SearchStrategy[Any]] | None" = None,
    errors: Collection[type[ExchangeError]] = DOCUMENTED,
    limit_s: float = 2.0,
) -> dict[str, Counter[str]]:
    """Call each function with inputs that its annotations allow, and undo each call.

    ``functions``: one, several, or a module, of which all that it holds are called. ``db``: a connection, a pool, or a
    URL. ``strategies`` replaces the values of a parameter (by its name) or of a type (by the type, at any depth).
    A call may return, or raise one of ``errors`` or an error that the function's docstring names; it may take
    ``limit_s`` seconds. ``max_examples`` are tried of each function (by default Hypothesis's own number).

    Returns how the calls of each function ended: ``{"shop.list_products": {"returned": 60, "InvalidValue": 40}}``
    ("empty" is ``None`` or ``[]``). Raises ``FuzzFailure`` with the smallest failing call of each function that has
    one; Hypothesis remembers it and begins with it the next time.
    """
    try:
        from exchange_db.testing.search import smallest_failures  # noqa: PLC0415 - hypothesis may be missing
        from exchange_db.testing.strategies import Strategies  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is missing: pip install 'exchange-db[testing]' brings it", name=error.name
        ) from error
    made = Strategies(strategies or {})
    outcomes: dict[str, Counter[str]] = {}
    failures: list[FuzzFailure] = []
    with _connection(db) as conn:
        for function in _functions(functions):
            attempt = _Attempt(function, conn, tuple(errors), limit_s)
            failures += smallest_failures(function.name, attempt, made.arguments(function), max_examples)
            outcomes[function.name] = attempt.outcomes
    if failures:
        raise FuzzFailure("\n\n".join(map(str, failures)))
    return outcomes


class _Attempt:
    """One function on one connection: a call that leaves nothing behind."""

    def __init__(
        self, function: Function, conn: Connection[Any], errors: tuple[type[ExchangeError], ...], limit_s: float
    ) -> None:
        self._function = function
        self._conn = conn
        self._errors = errors
        self._limit_ms = max(1, round(limit_s * 1000))
        self._named = set(re.findall(r"\w+", function.__doc__ or ""))
        self.outcomes: Counter[str] = Counter()

    def __call__(self, arguments: dict[str, Any]) -> None:
        """Raises ``FuzzFailure``."""
        with self._conn.transaction(force_rollback=True):
            self._conn.execute(_LIMIT.format(self._limit_ms))
            try:
                outcome = self._run(arguments)
            except Exception as error:
                if not self._is_documented(error):
                    raise FuzzFailure(self._told(arguments, error)) from error
                outcome = type(error).__name__
        self.outcomes[outcome] += 1

    def _run(self, arguments: dict[str, Any]) -> str:
        if isinstance(self._function, StreamQuery):
            with self._function(self._conn, **arguments) as rows:
                result: Any = list(islice(rows, _ROWS))
        else:
            result = self._function(self._conn, **arguments)
        for value in result if _is_list(result) else [result]:
            if isinstance(value, BaseModel):
                value.model_dump(warnings="error")  # which sees a value that is not of its field's type
        is_empty = result == [] or (
            result is None and self._function.declaration.cardinality is not Cardinality.NOTHING
        )
        return "empty" if is_empty else "returned"

    def _is_documented(self, error: Exception) -> bool:
        is_named = isinstance(error, ExchangeError) and type(error).__name__ in self._named
        return is_named or isinstance(error, self._errors)

    def _told(self, arguments: dict[str, Any], error: Exception) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        path = "" if isinstance(error, ExchangeError) else f"\n  at: {self._function.path}"
        return f"a valid call failed: {self._function.name}(conn, {given})\n{type(error).__name__}: {error}{path}"


def _is_list(result: Any) -> TypeGuard[list[Any]]:
    return isinstance(result, list)


def _functions(given: Function | ModuleType | Iterable[Function]) -> list[Function]:
    if isinstance(given, Query | StreamQuery):
        return [given]
    if not isinstance(given, ModuleType):
        return list(given)
    found: list[Any] = [each for each in vars(given).values() if isinstance(each, Query | StreamQuery)]
    if not found:
        raise ValueError(f"there is no query in the module {given.__name__}")
    return list(dict.fromkeys(found))  # one that has two names is called once


@contextmanager
def _connection(db: SyncDB | str) -> Generator[Connection[Any]]:
    if isinstance(db, str):
        with Connection[Any].connect(db, autocommit=True) as conn:
            yield conn
    else:
        with checked_out(db) as conn:
            yield conn
