"""Latencies of single calls, where a mean would hide what matters."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Latencies", "paired", "spread"]

K = TypeVar("K")


@dataclass(frozen=True)
class Latencies:
    """Of many calls, in seconds."""

    p50: float
    p95: float
    p99: float
    mean: float


def spread(seconds: Sequence[float]) -> Latencies:
    """The quantiles of so many measured times; there is at least one."""
    ordered = sorted(seconds)

    def below(share: float) -> float:
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    return Latencies(below(0.5), below(0.95), below(0.99), sum(ordered) / len(ordered))


def paired(calls: Mapping[str, Callable[[K], object]], keys: Sequence[K]) -> dict[str, Latencies]:
    """Everybody answers for the same keys, one key after the other; who is first changes from key to key."""
    names = list(calls)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number, key in enumerate(keys):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            call = calls[name]
            start = time.perf_counter()
            call(key)
            taken[name].append(time.perf_counter() - start)
    return {name: spread(seconds) for name, seconds in taken.items()}
