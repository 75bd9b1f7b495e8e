"""Making a real server fail: ending backends, also at the moment when they run a certain statement."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

__all__ = ["terminate", "terminated_while_running"]

_PATIENCE_S = 10


def terminate(admin: Connection[Any], pid: int) -> None:
    """End a backend, and wait until it has gone: the signal alone arrives at some later moment."""
    admin.execute("select pg_terminate_backend(%s)", (pid,))
    deadline = time.monotonic() + _PATIENCE_S
    while admin.execute("select 1 from pg_stat_activity where pid = %s", (pid,)).fetchone():
        assert time.monotonic() < deadline, "the backend does not end"
        time.sleep(0.005)


@contextmanager
def terminated_while_running(url: str, statement: str) -> Generator[None]:
    """End the first backend that runs a statement like ``statement`` (a pattern of ``like``) during the block."""
    found: list[int] = []
    thread = threading.Thread(target=_terminate_while_running, args=(url, statement, found))
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert found, f"nothing ran like {statement}"


def _terminate_while_running(url: str, statement: str, found: list[int]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    with psycopg.connect(url, autocommit=True) as admin:
        while not found and time.monotonic() < deadline:
            # Once it waits in pg_sleep or for a lock, it is past its beginning.
            found += [
                pid
                for (pid,) in admin.execute(
                    "select pid from pg_stat_activity where datname = current_database() and state = 'active' "
                    "and query like %s and wait_event is not null and pid <> pg_backend_pid()",
                    (statement,),
                )
            ]
            time.sleep(0.005)
        for pid in found:
            terminate(admin, pid)
