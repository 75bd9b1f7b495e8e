"""Whom to meet next, among a million profiles."""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from math import isclose
from typing import TypeAlias

import psycopg

from benchmarks.cases import Case
from benchmarks.harness import OURS, Disagreement, Goal, Result, at_most, faster
from benchmarks.lab import Lab
from benchmarks.latency import Latencies, paired
from benchmarks.peers import geoalchemy
from benchmarks.worlds import PEOPLE, load
from exchange_db import matching, open_pool
from exchange_db.matching import DiscoveredProfile
from exchange_db.types import UserId

__all__ = ["CASES"]

Calls: TypeAlias = dict[str, Callable[[UserId], object]]

PAGE = 20
VIEWERS = 1_000
"""How many people look, once each."""
OF_PEERS = 100
"""How many of them also ask the peers, which take longer."""


def measure(lab: Lab) -> list[Result]:
    few, many = lab.size.grown[0], lab.size.grown[-1]
    least = _alone(lab, few)
    with lab.database() as url, ExitStack() as stack:
        viewers = _fill(url, many)
        pool = stack.enter_context(open_pool(url))
        peer = stack.enter_context(geoalchemy.open_discovery(url))

        def ours(viewer: UserId) -> list[DiscoveredProfile]:
            return matching.discover_profiles(pool, viewer_id=viewer, limit=PAGE)

        calls: Calls = {
            OURS: ours,
            geoalchemy.NAME: lambda viewer: peer.profiles(viewer, PAGE),
            geoalchemy.NAME_OPERATOR: lambda viewer: peer.profiles_by_operator(viewer, PAGE),
        }
        for viewer in viewers[: max(len(viewers) // 20, 5)]:
            _agree(ours(viewer), [(row[0].user_id, row[2]) for row in peer.profiles(viewer, PAGE)])
            _agree(ours(viewer), [(row[0].user_id, row[2]) for row in peer.profiles_by_operator(viewer, PAGE)])
        taken = paired(calls, viewers[-max(len(viewers) // (VIEWERS // OF_PEERS), 5) :])
        alone = paired({OURS: ours}, viewers)[OURS]
    case = f"discover, {many:,} profiles"
    return [
        _line(case, taken, geoalchemy.NAME, faster(50)),
        _line(case, taken, geoalchemy.NAME_OPERATOR, None),
        Result(f"{case}: p50", alone.p50, "1 ms", 1e-3, at_most(1)),
        Result(f"{case}: p95", alone.p95, "5 ms", 5e-3, at_most(1), {"ours_p99_s": alone.p99}),
        Result(f"{case}: p50", alone.p50, f"ours at {few:,} profiles", least.p50, at_most(2)),
    ]


def _alone(lab: Lab, rows: int) -> Latencies:
    with lab.database() as url:
        viewers = _fill(url, rows)
        with open_pool(url) as pool:
            calls: Calls = {OURS: lambda viewer: matching.discover_profiles(pool, viewer_id=viewer, limit=PAGE)}
            paired(calls, viewers[:50])
            return paired(calls, viewers)[OURS]


def _fill(url: str, rows: int) -> list[UserId]:
    """The world, and people of it who look: any, so that three in ten are in the big city."""
    with psycopg.connect(url, autocommit=True) as conn:
        load(conn, rows, PEOPLE)
        found = conn.execute("select user_id from exchange.profiles where location is not null order by 1").fetchall()
    chance = random.Random(7)  # noqa: S311 - made-up keys, no secrets
    return chance.choices([UserId(user_id) for (user_id,) in found], k=min(VIEWERS, rows))


def _line(case: str, taken: dict[str, Latencies], peer: str, goal: Goal | None) -> Result:
    more = {"ours_p95_s": taken[OURS].p95, "peer_p95_s": taken[peer].p95, "ours_mean_s": taken[OURS].mean}
    return Result(case, taken[OURS].p50, peer, taken[peer].p50, goal, more | {"peer_mean_s": taken[peer].mean})


def _agree(ours: Sequence[DiscoveredProfile], theirs: Sequence[tuple[int, float]]) -> None:
    """The same distances, and the same people but for those as far away as the last: which of these are on the page,
    and in which order, hangs on the last digit of the distance."""
    if not _same([(row.user_id, row.distance_m) for row in ours], theirs):
        raise Disagreement(f"discover: {[(row.user_id, row.distance_m) for row in ours]} is not {theirs}")


def _same(one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]]) -> bool:
    distances = zip((distance for _, distance in one), (distance for _, distance in other), strict=False)
    are_close = all(isclose(left, right, abs_tol=1e-3) for left, right in distances)
    return len(one) == len(other) and are_close and _sure(one) == _sure(other)


def _sure(rows: Sequence[tuple[int, float]]) -> set[int]:
    farthest = max((distance for _, distance in rows), default=0) - 1
    return {user_id for user_id, distance in rows if distance < farthest}


CASES = (Case("discover", "whom to meet next, among a million profiles", measure),)
