"""psycopg's pipeline mode, with a COMMIT that the server refuses at its end told as what it is.

Without a transaction of the caller's, what is between two Syncs is one transaction, committed by the second. Where a
deferred constraint then refuses it, psycopg 3.3 raises that error and leaves the Sync's own answer unread; so it cannot
leave pipeline mode, and raises that in the other's place.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus
from psycopg.pq.abc import PGconn

__all__ = ["piped", "piped_async"]


@contextmanager
def piped(conn: Connection[Any]) -> Generator[None]:
    """Send what the block executes in one flight, whose answers are there after it."""
    try:
        with conn.pipeline():
            yield
    except psycopg.OperationalError as error:
        raise _refusal(error, conn.pgconn) from None


@asynccontextmanager
async def piped_async(conn: AsyncConnection[Any]) -> AsyncGenerator[None]:
    """The same, awaited."""
    try:
        async with conn.pipeline():
            yield
    except psycopg.OperationalError as error:
        raise _refusal(error, conn.pgconn) from None


def _refusal(error: psycopg.OperationalError, pgconn: PGconn) -> psycopg.Error:
    """What the server said at the COMMIT, if this is the error that hides it; the connection is then usable again."""
    refusal = error.__context__
    alive = pgconn.status == ConnStatus.OK and pgconn.pipeline_status != PipelineStatus.OFF
    if error.sqlstate is not None or not alive or not isinstance(refusal, psycopg.Error):
        return error
    while pgconn.pipeline_status != PipelineStatus.OFF:
        answer = pgconn.get_result()  # it came together with the refusal
        if answer is not None and answer.status == ExecStatus.PIPELINE_SYNC:
            pgconn.exit_pipeline_mode()
    return refusal
