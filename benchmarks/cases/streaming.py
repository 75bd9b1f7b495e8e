"""A million rows, one after the other, with flat memory."""

import multiprocessing
import resource
import sys
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import psycopg

from benchmarks.cases import Case
from benchmarks.harness import OURS, Contender, Disagreement, Result, at_most, race
from benchmarks.lab import Lab
from benchmarks.peers import psycopg_server_cursor
from benchmarks.worlds import load
from exchange_db import open_pool, places
from exchange_db.types import Point

__all__ = ["CASES"]

ROWS = 1_000_000
FLAT_MB = 50
STATEMENT = places.stream_playgrounds.file.text


def measure(lab: Lab) -> list[Result]:
    rows = lab.size.rows(ROWS)
    seldom = replace(
        lab, size=replace(lab.size, turns=min(lab.size.turns, 7), turn_s=0, warm_up=min(lab.size.warm_up, 1))
    )
    with lab.database() as url, ExitStack() as stack:
        with psycopg.connect(url, autocommit=True) as conn:
            load(conn, rows, ("playgrounds",))
        pool = stack.enter_context(open_pool(url))
        peer = stack.enter_context(psycopg_server_cursor.connect(url))
        _agree(places.stream_playgrounds(pool), peer.rows(STATEMENT, 1_000))
        results = race(
            seldom,
            f"stream, {rows:,} rows",
            Contender(OURS, lambda: _count(places.stream_playgrounds(pool))),
            [
                Contender(psycopg_server_cursor.NAME, lambda: _count(peer.rows(STATEMENT, 100)), goal=at_most(1.6)),
                Contender(
                    psycopg_server_cursor.NAME_LARGE, lambda: _count(peer.rows(STATEMENT, 1_000)), goal=at_most(1.6)
                ),
            ],
        )
        grown = _growth_mb(url)
    print(f"   peak memory grew by {grown:.1f} MB (less than {FLAT_MB} are promised)", flush=True)
    return [replace(result, more={**result.more, "peak_memory_growth_mb": grown}) for result in results]


def _count(stream: AbstractContextManager[Any]) -> int:
    """What every consumer does at least: have each row once."""
    count = 0
    with stream as rows:
        for _ in rows:
            count += 1
    return count


def _agree(ours: AbstractContextManager[Any], theirs: AbstractContextManager[Any]) -> None:
    with ours as records, theirs as tuples:
        for record, row in zip_longest(records, tuples):
            if record is None or row is None or _plain(row) != tuple(record.__dict__.values()):
                raise Disagreement(f"stream: {record!r} is not {row!r}")


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Their row with a position in place of its bytes."""
    return tuple(Point.from_ewkb(value) if isinstance(value, bytes) else value for value in row)


def _growth_mb(url: str) -> float:
    """By what the greatest memory of a process of its own grows while it streams everything."""
    with multiprocessing.get_context("spawn").Pool(1) as processes:
        return processes.apply(_stream_all, [url])


def _stream_all(url: str) -> float:
    with open_pool(url) as pool:
        before = _peak_mb()
        _count(places.stream_playgrounds(pool))
        return _peak_mb() - before


def _peak_mb() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts in bytes, Linux in kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


CASES = (Case("stream", "a million rows, one after the other", measure),)
