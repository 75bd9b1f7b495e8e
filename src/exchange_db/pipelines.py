"""Several calls in one round trip."""

from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar, cast, overload

from psycopg import Connection
from psycopg_pool import ConnectionPool

from exchange_db.engine import AsyncDB, Bound, Query, SyncDB
from exchange_db.engine.execution import check_db
from exchange_db.engine.flight import Flight, fly, fly_async

__all__ = ["pipeline"]

R = TypeVar("R")
R1 = TypeVar("R1")
R2 = TypeVar("R2")
R3 = TypeVar("R3")
R4 = TypeVar("R4")
R5 = TypeVar("R5")
R6 = TypeVar("R6")
R7 = TypeVar("R7")
R8 = TypeVar("R8")


@overload
def pipeline(db: SyncDB, calls: Iterable[Bound[R]], /) -> list[R]: ...
@overload
def pipeline(db: AsyncDB, calls: Iterable[Bound[R]], /) -> Coroutine[Any, Any, list[R]]: ...
@overload
def pipeline(db: SyncDB, b1: Bound[R1], /) -> tuple[R1]: ...
@overload
def pipeline(db: AsyncDB, b1: Bound[R1], /) -> Coroutine[Any, Any, tuple[R1]]: ...
@overload
def pipeline(db: SyncDB, b1: Bound[R1], b2: Bound[R2], /) -> tuple[R1, R2]: ...
@overload
def pipeline(db: AsyncDB, b1: Bound[R1], b2: Bound[R2], /) -> Coroutine[Any, Any, tuple[R1, R2]]: ...
@overload
def pipeline(db: SyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], /) -> tuple[R1, R2, R3]: ...
@overload
def pipeline(db: AsyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], /) -> Coroutine[Any, Any, tuple[R1, R2, R3]]: ...
@overload
def pipeline(db: SyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], /) -> tuple[R1, R2, R3, R4]: ...
@overload
def pipeline(
    db: AsyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], /
) -> Coroutine[Any, Any, tuple[R1, R2, R3, R4]]: ...
@overload
def pipeline(
    db: SyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], b5: Bound[R5], /
) -> tuple[R1, R2, R3, R4, R5]: ...
@overload
def pipeline(
    db: AsyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], b5: Bound[R5], /
) -> Coroutine[Any, Any, tuple[R1, R2, R3, R4, R5]]: ...
@overload
def pipeline(
    db: SyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], b5: Bound[R5], b6: Bound[R6], /
) -> tuple[R1, R2, R3, R4, R5, R6]: ...
@overload
def pipeline(
    db: AsyncDB, b1: Bound[R1], b2: Bound[R2], b3: Bound[R3], b4: Bound[R4], b5: Bound[R5], b6: Bound[R6], /
) -> Coroutine[Any, Any, tuple[R1, R2, R3, R4, R5, R6]]: ...
@overload
def pipeline(
    db: SyncDB,
    b1: Bound[R1],
    b2: Bound[R2],
    b3: Bound[R3],
    b4: Bound[R4],
    b5: Bound[R5],
    b6: Bound[R6],
    b7: Bound[R7],
    /,
) -> tuple[R1, R2, R3, R4, R5, R6, R7]: ...
@overload
def pipeline(
    db: AsyncDB,
    b1: Bound[R1],
    b2: Bound[R2],
    b3: Bound[R3],
    b4: Bound[R4],
    b5: Bound[R5],
    b6: Bound[R6],
    b7: Bound[R7],
    /,
) -> Coroutine[Any, Any, tuple[R1, R2, R3, R4, R5, R6, R7]]: ...
@overload
def pipeline(
    db: SyncDB,
    b1: Bound[R1],
    b2: Bound[R2],
    b3: Bound[R3],
    b4: Bound[R4],
    b5: Bound[R5],
    b6: Bound[R6],
    b7: Bound[R7],
    b8: Bound[R8],
    /,
) -> tuple[R1, R2, R3, R4, R5, R6, R7, R8]: ...
@overload
def pipeline(
    db: AsyncDB,
    b1: Bound[R1],
    b2: Bound[R2],
    b3: Bound[R3],
    b4: Bound[R4],
    b5: Bound[R5],
    b6: Bound[R6],
    b7: Bound[R7],
    b8: Bound[R8],
    /,
) -> Coroutine[Any, Any, tuple[R1, R2, R3, R4, R5, R6, R7, R8]]: ...
def pipeline(db: SyncDB | AsyncDB, /, *calls: Any) -> Any:
    """Make several calls in one round trip, and return what each of them returns.

    >>> user, unread = pipeline(pool, get_user.bind(user_id=1), count_unread.bind(user_id=1))

    Up to eight calls give a tuple, each result with its own type; a list of any length gives a list. With an async
    connection or pool it is awaited.

    The calls are made in order, and together they are one transaction: if the server refuses one, none of them has
    taken effect, and the error is that of this call, with its ``index`` in the pipeline. A result that is not what its
    function promises (``NotFound``, ``TooManyRows``, ``RecordMismatch``) is found once all is committed, as with a
    single call: for nothing to stay then, make the pipeline inside ``transaction(db)``, which commits after it. In a
    transaction of the caller's it is a part of that.

    Where a call writes, ``OutcomeUnknown`` says that the connection was lost with the answers: all of the calls have
    taken effect, or none has.

    On a connection that other threads or tasks use at the same moment, they would find themselves in the pipeline:
    give it a pool, or a connection of its own.

    Raises ``ValueError`` for a function with a time limit of its own; the server's ``statement_timeout`` is for each.
    """
    check_db("pipeline", db)
    many = len(calls) == 1 and not isinstance(calls[0], Bound)
    if many and not isinstance(calls[0], Iterable):
        name = calls[0].name if isinstance(calls[0], Query) else "function"
        raise TypeError(f"pipeline: give it calls: write pipeline(db, {name.rpartition('.')[2]}.bind(…))")
    bound = list(cast("Iterable[Any]", calls[0] if many else calls))
    for each in bound:
        if not isinstance(each, Bound):
            raise TypeError(f"pipeline: a call is what function.bind(…) returns, not {type(each).__name__}")
    flight = Flight(bound)
    if isinstance(db, Connection | ConnectionPool):
        answers = fly(flight, db)
        return answers if many else tuple(answers)
    return _awaited(flight, db, many=many)


async def _awaited(flight: Flight, db: AsyncDB, *, many: bool) -> Any:
    answers = await fly_async(flight, db)
    return answers if many else tuple(answers)
