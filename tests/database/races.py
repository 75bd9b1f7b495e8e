"""Callers that meet: all at once, or one in the middle of another's transaction."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import pytest

from exchange_db.errors import ExchangeError

T = TypeVar("T")


def all_at_once(callers: int, attempt: Callable[[int], T]) -> list[T | ExchangeError]:
    """What ``attempt(0)``, ``attempt(1)``, … returned or raised, each in a thread, started together."""
    barrier = threading.Barrier(callers)

    def one(number: int) -> T | ExchangeError:
        barrier.wait()
        try:
            return attempt(number)
        except ExchangeError as error:
            return error

    with ThreadPoolExecutor(callers) as threads:
        return list(threads.map(one, range(callers)))


def wait_until_blocked(conn: psycopg.Connection[Any], statements: int = 1) -> None:
    """Return when so many statements of this database wait for a lock that another one holds."""
    for _ in range(1000):
        row = conn.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
        if row and row[0] >= statements:
            return
        threading.Event().wait(0.01)
    pytest.fail("nothing waits for a lock")
