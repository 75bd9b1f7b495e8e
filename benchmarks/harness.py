"""Contenders that do the same work race against each other: results compared first, then timed in turns."""

import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Generic, Protocol, TypeVar

from benchmarks.lab import Lab

__all__ = [
    "OURS",
    "Contender",
    "Disagreement",
    "Entry",
    "Goal",
    "Result",
    "Sample",
    "at_most",
    "awaited",
    "faster",
    "race",
    "same",
]

T = TypeVar("T")
OURS = "exchange_db"
_COMPARED = 5
"""Calls whose results are compared: of contenders that ask for one id after the other, as many ids."""


class Disagreement(AssertionError):
    """Two contenders gave different results: nothing was timed."""


# --- goals and results -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """How our time is to compare with a peer's."""

    limit: float
    """The greatest ratio of our time to the peer's that reaches it."""
    text: str

    def is_reached(self, ratio: float) -> bool:
        return ratio <= self.limit


def at_most(times: float) -> Goal:
    """We take at most so many times as long as the peer: for what no library can beat."""
    return Goal(times, f"≤ {times:g}× the time")


def faster(times: float) -> Goal:
    """We are at least so many times as fast as the peer."""
    return Goal(1 / times, f"≥ {times:g}× faster")


@dataclass(frozen=True)
class Result:
    """One line of the report: us and one peer in one case. Times are in seconds for one call."""

    case: str
    ours_s: float
    peer: str
    peer_s: float
    goal: Goal | None = None
    more: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    """What else was measured; goes into ``bench.json`` as it is."""

    @property
    def ratio(self) -> float:
        """Our time as a multiple of the peer's: below 1 we are faster."""
        return self.ours_s / self.peer_s

    @property
    def is_reached(self) -> bool | None:
        """``None``: there is no goal."""
        return None if self.goal is None else self.goal.is_reached(self.ratio)

    def as_json(self) -> dict[str, float | str | bool | None]:
        """The line of ``bench.json``."""
        return {
            "case": self.case,
            "ours_s": self.ours_s,
            "peer": self.peer,
            "peer_s": self.peer_s,
            "ratio": self.ratio,
            "goal": self.goal.text if self.goal else None,
            "reached": self.is_reached,
            **self.more,
        }


# --- contenders ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """What one call took, on average over a turn."""

    wall_s: float
    cpu_s: float
    """Processor time of this process: the server's is not in it."""


def same(value: Any) -> Any:
    """The result as it is."""
    return value


@dataclass(frozen=True)
class Contender(Generic[T]):
    """One way to do the work of a case."""

    name: str
    call: Callable[[], T]
    """Do it once."""
    plain: Callable[[T], object] = same
    """The result in a form in which all contenders' results are equal."""
    goal: Goal | None = None
    """What we promise against this one."""

    def once(self, lab: Lab) -> object:
        """The plain result of one call."""
        return self.plain(self.call())

    def turn(self, lab: Lab, calls: int) -> Sample:
        """The time of so many calls, one after the other."""
        call = self.call
        gc.collect()  # nobody pays for what another one left behind; from here on it collects as always
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(calls):
            call()
        return _sample(wall, cpu, calls)


@dataclass(frozen=True)
class _Awaited(Contender[Awaitable[T]], Generic[T]):
    """The same for a call that is awaited; the loop runs before the clock does."""

    awaited: Callable[[T], object] = same

    def once(self, lab: Lab) -> object:
        async def run() -> T:
            return await self.call()

        return self.awaited(lab.runner.run(run()))

    def turn(self, lab: Lab, calls: int) -> Sample:
        return lab.runner.run(self._turn(calls))

    async def _turn(self, calls: int) -> Sample:
        call = self.call
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(calls):
            await call()
        return _sample(wall, cpu, calls)


def awaited(
    name: str, call: Callable[[], Awaitable[T]], plain: Callable[[T], object] = same, goal: Goal | None = None
) -> Contender[Awaitable[T]]:
    """A contender whose call is awaited, in the event loop of the lab."""
    return _Awaited(name, call, goal=goal, awaited=plain)


def _sample(wall: float, cpu: float, calls: int) -> Sample:
    return Sample((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)


class Entry(Protocol):
    """A contender, whatever its result is."""

    @property
    def name(self) -> str: ...
    @property
    def goal(self) -> Goal | None: ...
    def once(self, lab: Lab) -> object: ...
    def turn(self, lab: Lab, calls: int) -> Sample: ...


# --- the race --------------------------------------------------------------------------------------------------------


def race(lab: Lab, case: str, ours: Entry, peers: Sequence[Entry]) -> list[Result]:
    """Compare the results, warm everybody up, and take turns; each peer's line has the medians of one and the same run.

    Raises ``Disagreement`` when a peer's result is another than ours.
    """
    contenders = [ours, *peers]
    _agree(lab, case, ours, peers)
    calls = _warm_up(lab, contenders)
    samples: dict[str, list[Sample]] = {each.name: [] for each in contenders}
    for turn in range(lab.size.turns):
        first = turn % len(contenders)  # nobody is always the one that follows the same neighbour
        for each in contenders[first:] + contenders[:first]:
            samples[each.name].append(each.turn(lab, calls))
    middle = {name: _median(taken) for name, taken in samples.items()}
    return [
        Result(
            case,
            middle[ours.name].wall_s,
            peer.name,
            middle[peer.name].wall_s,
            peer.goal,
            {"ours_cpu_s": middle[ours.name].cpu_s, "peer_cpu_s": middle[peer.name].cpu_s},
        )
        for peer in peers
    ]


def _agree(lab: Lab, case: str, ours: Entry, peers: Sequence[Entry]) -> None:
    expected = [ours.once(lab) for _ in range(_COMPARED)]
    for peer in peers:
        for wanted in expected:
            found = peer.once(lab)
            if found != wanted:
                difference = _difference(wanted, found)
                raise Disagreement(f"{case}: {peer.name} has another result than {ours.name}:\n{difference}")


def _difference(expected: object, found: object) -> str:
    """Where two results differ first: of lists, the first items that do."""
    if isinstance(expected, list) and isinstance(found, list):
        pairs = list(zip(expected, found, strict=False))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # a list of anything
        for number, (left, right) in enumerate(pairs):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            if left != right:
                return f"item {number}: {left!r}\n    not {right!r}"
        return f"{len(expected)} items, not {len(found)}"  # pyright: ignore[reportUnknownArgumentType]
    return f"{expected!r}\nnot {found!r}"


def _warm_up(lab: Lab, contenders: Sequence[Entry]) -> int:
    """How many calls of the first contender fill a turn; afterwards everybody has prepared its statements, grown its
    caches, and run for a while."""
    for each in contenders:
        for _ in range(lab.size.warm_up):
            each.turn(lab, 1)
    if lab.size.turn_s == 0:
        return 1
    once = median(contenders[0].turn(lab, 1).wall_s for _ in range(5))
    return max(1, round(lab.size.turn_s / once))


def _median(samples: Sequence[Sample]) -> Sample:
    return Sample(median(each.wall_s for each in samples), median(each.cpu_s for each in samples))
