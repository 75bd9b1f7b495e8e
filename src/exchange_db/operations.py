"""Operations: several queries, and work between them, behind one function for sync and async callers.

An operation is written once, as a generator that asks for its steps and does none of them itself; two drivers of
a few lines do the steps, one waiting and one awaiting.

    def _rename(*, user_id: UserId, name: str) -> Steps[User]:
        user = yield from ask(accounts.get_user, user_id=user_id)
        …

    rename = Operation(_rename)          # rename(pool, user_id=…, name=…), awaited with an async pool
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar, get_args, get_type_hints, overload

from psycopg import Connection
from psycopg_pool import ConnectionPool

from exchange_db.engine import AsyncDB, Query, SyncDB
from exchange_db.engine.execution import check_db

__all__ = ["Operation", "Steps", "ask", "pause", "work"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Step:
    """One thing to do, in its two ways."""

    wait: Callable[[Any], Any]
    """Takes a sync connection or pool, returns the answer."""
    start: Callable[[Any], Awaitable[Any]]
    """Takes an async connection or pool; what it returns is awaited for the answer."""


Steps: TypeAlias = Generator[Step, Any, R]
"""What an operation's generator is: it asks for steps and returns an ``R``."""


def ask(query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> Steps[R]:
    """Call a query on the operation's connection or pool."""

    def call(db: SyncDB) -> R:
        return query(db, *args, **kwargs)

    def call_async(db: AsyncDB) -> Awaitable[R]:
        return query(db, *args, **kwargs)

    answer: R = yield Step(call, call_async)
    return answer


def work(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Steps[R]:
    """Do what keeps the processor busy; an event loop stays free meanwhile."""
    answer: R = yield Step(
        lambda _: function(*args, **kwargs),
        lambda _: asyncio.to_thread(function, *args, **kwargs),
    )
    return answer


def pause(seconds: float) -> Steps[None]:
    """Let time pass, holding no pooled connection."""
    yield Step(lambda _: time.sleep(seconds), lambda _: asyncio.sleep(seconds))


class Operation(Generic[P, R]):
    """A function over a connection or pool, sync or async, like a ``Query``."""

    def __init__(self, steps: Callable[P, Steps[R]]) -> None:
        self._steps = steps
        update_wrapper(self, steps)
        self.__name__ = steps.__name__.lstrip("_")
        declared = inspect.signature(steps)
        db = inspect.Parameter("db", inspect.Parameter.POSITIONAL_ONLY)
        *_, result = get_args(get_type_hints(steps)["return"])  # the R of Steps[R]
        self.__signature__ = declared.replace(parameters=[db, *declared.parameters.values()], return_annotation=result)

    @overload
    def __call__(self, db: SyncDB, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, db: AsyncDB, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]: ...

    def __call__(self, db: SyncDB | AsyncDB, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        check_db(self.__name__, db)
        steps = self._steps(*args, **kwargs)
        return _run(steps, db) if isinstance(db, Connection | ConnectionPool) else _run_async(steps, db)


def _run(steps: Steps[R], db: SyncDB) -> R:
    try:
        step = next(steps)
        while True:
            step = steps.send(step.wait(db))
    except StopIteration as finished:
        result: R = finished.value
        return result


async def _run_async(steps: Steps[R], db: AsyncDB) -> R:
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as finished:
            result: R = finished.value
            return result
        answer = await step.start(db)
