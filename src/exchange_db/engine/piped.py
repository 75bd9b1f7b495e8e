"""psycopg's pipeline mode, in which also a COMMIT at its end may be refused.

Without a transaction of the caller's, what is before a Sync is one transaction, which the Sync commits. Where a
deferred constraint refuses it, two answers come to the Sync: the refusal, and its own. psycopg 3.3 expects one, and
loses its way or the error (``cannot exit pipeline mode while busy``, ``pop from an empty deque``). So it is told to
expect another; one that does not come is not waited for.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg.pq import PipelineStatus

__all__ = ["piped", "piped_async"]


@contextmanager
def piped(conn: Connection[Any]) -> Generator[None]:
    """Send what the block executes in one flight, whose answers are there after it."""
    is_own = conn.pgconn.pipeline_status == PipelineStatus.OFF  # a pipeline of the caller's goes on, and is theirs
    with conn.pipeline() as pipeline:
        yield
        if is_own:
            pipeline.result_queue.append(None)


@asynccontextmanager
async def piped_async(conn: AsyncConnection[Any]) -> AsyncGenerator[None]:
    """The same, awaited."""
    is_own = conn.pgconn.pipeline_status == PipelineStatus.OFF
    async with conn.pipeline() as pipeline:
        yield
        if is_own:
            pipeline.result_queue.append(None)
