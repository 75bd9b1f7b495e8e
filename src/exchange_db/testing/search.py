"""Hypothesis's search for the smallest input that breaks something."""

import re
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from exchange_db.testing.fuzzing import FuzzFailure

__all__ = ["smallest_failures"]


def smallest_failures(
    name: str,
    attempt: Callable[[dict[str, Any]], None],
    inputs: SearchStrategy[dict[str, Any]],
    max_examples: int | None,
) -> list[FuzzFailure]:
    """What ``attempt`` raised, one for each way in which it fails, by the smallest input that does it."""

    def example(*given_one: dict[str, Any]) -> None:
        attempt(*given_one)

    # Hypothesis remembers what has failed by a function's source and signature: this one's is made to tell its name.
    argument = Parameter("of_" + re.sub(r"\W", "_", name), Parameter.POSITIONAL_OR_KEYWORD)
    vars(example)["__signature__"] = Signature([argument])
    # A query may be slow and its input large: the time limit is for that, not Hypothesis's patience.
    patient = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    search = settings(
        max_examples=max_examples or settings().max_examples,
        deadline=None,
        suppress_health_check=[*settings().suppress_health_check, *patient],
    )(given(inputs)(example))
    try:
        search()
    except FuzzFailure as failure:
        return [failure]
    except BaseExceptionGroup as several:
        mine, others = several.split(FuzzFailure)
        if mine is None or others is not None:
            raise
        return [failure for failure in mine.exceptions if isinstance(failure, FuzzFailure)]
    return []
