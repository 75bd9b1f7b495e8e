"""What is known of the rows that get to a place: facts, their opposites, and choices between them."""

from collections.abc import Iterable
from functools import reduce
from typing import TypeAlias

__all__ = [
    "ANYTHING",
    "NO_FACTS",
    "Fact",
    "Facts",
    "agreed",
    "arms_of",
    "choice",
    "contradicts",
    "following",
    "lasting",
]

Fact: TypeAlias = tuple["str | int | Fact | Facts", ...]
"""Something is not NULL: ``("row", scope, table)``, ``("column", scope, table, column)``, ``("side", scope, n)``,
``("expression", text)``. Or, with one of these as ``it``: ``("null", it)``, ``("true", it)``, ``("false", it)``,
``("value", it, constant)``. Or ``("any", facts, facts, …)``: at least one of these sets of facts holds."""
Facts: TypeAlias = frozenset[Fact]

NO_FACTS: Facts = frozenset()
ANYTHING: Fact = ("expression", "")
"""Among what is nulled: an expression that has no name, so that it could be any."""
_MOST_CHOICES = 6
_LASTING = ("row", "column", "side")


def lasting(facts: Iterable[Fact], nulled: Facts) -> Facts:
    """Those facts of rows that are facts of their groups too, where grouping sets make ``nulled`` NULL: not of these,
    and not of expressions, which may be computed from them anew."""
    return frozenset(fact for fact in facts if not nulled or (fact[0] in _LASTING and fact not in nulled))


def _opposite(fact: Fact) -> Fact:
    match fact:
        case ("null", tuple(it)):
            return it
        case ("true", it):
            return ("false", it)
        case ("false", it):
            return ("true", it)
        case _:
            return ("null", fact)


def contradicts(facts: Facts, known: Facts) -> bool:
    """Whether the facts cannot hold where those that are ``known`` do."""
    if any(_opposite(fact) in known for fact in facts):
        return True
    values = {fact[1]: fact[2] for fact in facts if fact[0] == "value"}
    return bool(values) and any(fact[0] == "value" and values.get(fact[1], fact[2]) != fact[2] for fact in known)


def choice(arms: list[Facts]) -> Facts:
    """The fact that at least one of the arms holds; nothing where that says nothing, or too much to look into."""
    if len(arms) < 2 or len(arms) > _MOST_CHOICES or not all(arms):
        return NO_FACTS
    return frozenset([("any", *arms)])


def agreed(arms: list[Facts]) -> Facts:
    """What all of the arms say, of which there is one at least."""
    return reduce(lambda one, other: one & other, arms)


def arms_of(fact: Fact, known: Facts) -> list[Facts]:
    """The arms of a choice that can hold."""
    return [arm for arm in fact[1:] if isinstance(arm, frozenset) and not contradicts(arm, known)]


def following(known: Facts) -> Facts:
    """What follows from choices of which other facts leave one arm, or whose arms agree."""
    found: set[Fact] = set()
    for fact in known:
        if fact[0] == "any" and (arms := arms_of(fact, known)):
            found |= agreed(arms)
    return frozenset(found)
