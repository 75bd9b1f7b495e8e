"""Strategies within the constraints of ``Annotated[…]``: bounds of numbers, lengths, patterns."""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NewType

import annotated_types as at
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

__all__ = ["constrained"]


def constrained(kind: Any, metadata: Iterable[Any], anything: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The values of ``anything``, of the annotation ``kind``, that are within what the metadata says."""
    known = list(_flat(metadata))
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    patterns = [each.pattern for each in known if isinstance(getattr(each, "pattern", None), str)]
    if patterns and kind is str:
        # Python's `$` is also before a last line break, pydantic's is not.
        return st.from_regex(str(patterns[0])).filter(lambda text: not text.endswith("\n"))
    least = max((each.min_length for each in known if isinstance(each, at.MinLen)), default=0)
    most = min((each.max_length for each in known if isinstance(each, at.MaxLen)), default=math.inf)
    if kind is str and (least or most < math.inf):
        return st.text(min_size=least, max_size=None if most == math.inf else int(most))
    if least or most < math.inf:
        return anything.filter(lambda value: value is None or least <= len(value) <= most)
    numbers = _numbers(kind, known)
    return anything if numbers is None else numbers


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    """Each constraint by itself: pydantic's ``Field`` and annotated_types' groups hold several."""
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from _flat(each.metadata)
        elif isinstance(each, at.GroupedMetadata):
            yield from _flat(each)
        yield each


def _numbers(kind: Any, known: list[Any]) -> st.SearchStrategy[Any] | None:
    """Numbers within bounds; ``None`` where there are no bounds or no numbers."""
    low = max(_values(known, at.Ge, "ge") + _values(known, at.Gt, "gt"), default=None)
    high = min(_values(known, at.Le, "le") + _values(known, at.Lt, "lt"), default=None)
    if low is None and high is None:
        return None
    if kind is int:
        numbers = st.integers(None if low is None else math.floor(low), None if high is None else math.ceil(high))
        return _within(numbers, known)
    if kind is float:
        return _within(st.floats(low, high, allow_nan=False), known)
    return _within(st.decimals(low, high, places=2), known) if kind is Decimal else None


def _values(known: list[Any], kind: type, name: str) -> list[Any]:
    return [getattr(each, name) for each in known if isinstance(each, kind)]


def _within(numbers: st.SearchStrategy[Any], known: list[Any]) -> st.SearchStrategy[Any]:
    """What the strategies above cannot say: a bound that does not belong to its range."""
    above, below = _values(known, at.Gt, "gt"), _values(known, at.Lt, "lt")
    return numbers.filter(lambda n: all(n > bound for bound in above) and all(n < bound for bound in below))
