"""A service under load: reads, writes and discovery at once, from threads and from tasks, with equal pools."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psycopg

from benchmarks.cases import Case
from benchmarks.harness import Disagreement, Result, at_most, faster
from benchmarks.lab import Lab
from benchmarks.latency import Latencies, spread
from benchmarks.peers import sqlalchemy_service
from benchmarks.worlds import load
from exchange_db import accounts, matching, messaging, open_async_pool, open_pool, profiles, sales
from exchange_db.engine import Query

__all__ = ["CASES"]

THREADS, TASKS, CONNECTIONS = 16, 64, 16
ROWS = 100_000
LEAST = 2_000  # so that there are conversations in which nobody blocks anybody
ROUNDS = 5
TURN_S = 0.1
"""How long each contender is under load in each round, for each of the turns that other cases take."""
DECK = {"user": 30, "profile": 20, "history": 20, "send": 12, "sell": 12, "discover": 6}
"""Of one hundred requests."""
Request = tuple[str, tuple[int, ...]]


# --- our side --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One of our functions, and what it is called with."""

    function: Query[..., Any]
    keys: tuple[str, ...]
    """The parameters that a request's keys are for."""
    shown: Callable[[Any], object]
    """What shows that it did its work."""
    beside: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Arguments that are always the same."""

    def arguments(self, request: Request) -> dict[str, Any]:
        return {**dict(zip(self.keys, request[1], strict=True)), **self.beside}


OPERATIONS = {
    "user": Operation(accounts.get_user, ("user_id",), lambda user: user.email),
    "profile": Operation(
        profiles.get_full_profile,
        ("user_id",),
        lambda full: (full.name, len(full.photos), len(full.prompts), full.preferences.max_distance_m),
    ),
    "history": Operation(
        messaging.list_messages,
        ("user_id", "conversation_id"),
        lambda page: [message.body for message in page],
        {"limit": 20},
    ),
    "discover": Operation(
        matching.discover_profiles, ("viewer_id",), lambda rows: [round(row.distance_m) for row in rows], {"limit": 20}
    ),
    "send": Operation(
        messaging.send_message,
        ("sender_id", "conversation_id"),
        lambda message: message.body,
        {"body": "On my way."},
    ),
    "sell": Operation(sales.record_sale, ("product_id",), lambda sale: sale.unit_price),
}


# --- requests --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Town:
    """Whom and what requests are about."""

    talks: list[tuple[int, int]]
    """Users and conversations that they are in."""
    viewers: list[int]
    products: list[int]

    def requests(self, worker: int, deck: dict[str, int]) -> list[Request]:
        """A thousand requests for one worker, the same for every contender."""
        chance = random.Random(worker)  # noqa: S311 - made-up keys, no secrets
        kinds = chance.choices(list(deck), weights=list(deck.values()), k=1_000)
        return [(kind, self._keys(kind, chance)) for kind in kinds]

    def _keys(self, kind: str, chance: random.Random) -> tuple[int, ...]:
        if kind == "sell":
            return (chance.choice(self.products),)
        return chance.choice(self.talks) if kind in ("history", "send") else (chance.choice(self.viewers),)


def _town(url: str, rows: int) -> Town:
    with psycopg.connect(url, autocommit=True) as conn:
        load(conn, rows, ("people", "messages", "shop"))
        conn.execute("update exchange.products set stock = 1000000000")

        def column(statement: str) -> list[Any]:
            return conn.execute(statement.encode()).fetchall()

        return Town(
            column(
                "select m.sender_id, m.conversation_id from exchange.messages as m"
                " left join exchange.conversations as c on m.conversation_id = c.id"
                " left join exchange.pairs as p on c.low_id = p.low_id and c.high_id = p.high_id"
                " where p.low_id is null group by 1, 2 order by 2, 1 limit 5000"
            ),
            [key for (key,) in column("select user_id from exchange.profiles where location is not null order by 1")],
            [key for (key,) in column("select id from exchange.products order by 1")],
        )


# --- the load --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """What a round of load came to."""

    per_request_s: float
    """The time of the round over the requests that were answered in it."""
    latencies: Latencies


def _threads(answer: Callable[[Request], object], decks: Sequence[Sequence[Request]], seconds: float) -> Load:
    def work(deck: Sequence[Request]) -> list[float]:
        taken: list[float] = []
        while True:
            for request in deck:
                before = time.perf_counter()
                if before > end:
                    return taken
                answer(request)
                taken.append(time.perf_counter() - before)

    start = time.perf_counter()
    end = start + seconds
    with ThreadPoolExecutor(len(decks)) as workers:
        taken = [latency for each in workers.map(work, decks) for latency in each]
    return Load((time.perf_counter() - start) / len(taken), spread(taken))


async def _tasks(
    answer: Callable[[Request], Awaitable[object]], decks: Sequence[Sequence[Request]], seconds: float
) -> Load:
    taken: list[float] = []

    async def work(deck: Sequence[Request]) -> None:
        while True:
            for request in deck:
                before = time.perf_counter()
                if before > end:
                    return
                await answer(request)
                taken.append(time.perf_counter() - before)

    start = time.perf_counter()
    end = start + seconds
    await asyncio.gather(*(work(deck) for deck in decks))
    return Load((time.perf_counter() - start) / len(taken), spread(taken))


# --- the contest -----------------------------------------------------------------------------------------------------


def measure(lab: Lab) -> list[Result]:
    seconds = TURN_S * lab.size.turns
    rounds = min(lab.size.turns, ROUNDS)
    with lab.database() as url:
        town = _town(url, max(lab.size.rows(ROWS), LEAST))
        without = {kind: share for kind, share in DECK.items() if kind != "discover"}
        results: list[Result] = []
        for deck, title in ((DECK, "mixed"), (without, "mixed without discovery")):
            threads = [town.requests(worker, deck) for worker in range(THREADS)]
            tasks = [town.requests(worker, deck) for worker in range(TASKS)]
            results += _lines(f"{title}, {THREADS} threads", *_in_threads(url, threads, seconds, rounds))
            loads = lab.runner.run(_in_tasks(url, tasks, seconds, rounds))
            results += _lines(f"{title}, {TASKS} tasks", *loads)
    return results


def _in_threads(
    url: str, decks: Sequence[Sequence[Request]], seconds: float, rounds: int
) -> tuple[list[Load], list[Load]]:
    with ExitStack() as stack:
        pool = stack.enter_context(open_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, timeout_s=60))
        sessions = stack.enter_context(sqlalchemy_service.open_service(url, CONNECTIONS))

        def ours(request: Request) -> object:
            operation = OPERATIONS[request[0]]
            return operation.shown(operation.function(pool, **operation.arguments(request)))

        def theirs(request: Request) -> object:
            with sessions() as session:
                return sqlalchemy_service.OPERATIONS[request[0]](session, *request[1])

        for request in decks[0][:60]:
            _agree(request, ours(request), theirs(request))
        _threads(ours, decks, seconds / 3)
        _threads(theirs, decks, seconds / 3)
        loads = [(_threads(ours, decks, seconds), _threads(theirs, decks, seconds)) for _ in range(rounds)]
    return [one for one, _ in loads], [other for _, other in loads]


async def _in_tasks(
    url: str, decks: Sequence[Sequence[Request]], seconds: float, rounds: int
) -> tuple[list[Load], list[Load]]:
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_async_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, timeout_s=60)
        )
        sessions = await stack.enter_async_context(sqlalchemy_service.open_async_service(url, CONNECTIONS))

        async def ours(request: Request) -> object:
            operation = OPERATIONS[request[0]]
            return operation.shown(await operation.function(pool, **operation.arguments(request)))

        async def theirs(request: Request) -> object:
            async with sessions() as session:
                return await session.run_sync(sqlalchemy_service.OPERATIONS[request[0]], *request[1])

        for request in decks[0][:60]:
            _agree(request, await ours(request), await theirs(request))
        await _tasks(ours, decks, seconds / 3)
        await _tasks(theirs, decks, seconds / 3)
        loads = [(await _tasks(ours, decks, seconds), await _tasks(theirs, decks, seconds)) for _ in range(rounds)]
    return [one for one, _ in loads], [other for _, other in loads]


def _agree(request: Request, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise Disagreement(f"mixed: {request}: {ours!r} is not {theirs!r}")


def _lines(case: str, ours: Sequence[Load], theirs: Sequence[Load]) -> list[Result]:
    def middle(loads: Sequence[Load], value: Callable[[Load], float]) -> float:
        return median(map(value, loads))

    def one(value: Callable[[Load], float]) -> tuple[float, float]:
        return middle(ours, value), middle(theirs, value)

    per_request, p99 = one(lambda load: load.per_request_s), one(lambda load: load.latencies.p99)
    p50 = one(lambda load: load.latencies.p50)
    more = {
        "ours_requests_per_s": 1 / per_request[0],
        "peer_requests_per_s": 1 / per_request[1],
        "ours_p50_s": p50[0],
        "peer_p50_s": p50[1],
    }
    return [
        Result(f"{case}: a request", per_request[0], sqlalchemy_service.NAME, per_request[1], faster(3), more),
        Result(f"{case}: p99", p99[0], sqlalchemy_service.NAME, p99[1], at_most(1)),
    ]


CASES = (Case("mixed", "reads, writes and discovery at once, from threads and from tasks", measure),)
