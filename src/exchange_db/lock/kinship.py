"""Whether code that was proved with one type still works with another."""

import re

__all__ = ["holds", "is_narrower", "is_text"]

_FAMILIES = (
    (("int2", "smallint"), ("int4", "integer"), ("int8", "bigint")),
    (("float4", "real"), ("float8", "double precision")),
)
"""From narrow to wide. What is read may become either: Python's number holds all of them."""
_TEXTS = frozenset({"text", "varchar", "bpchar", "character varying", "character", "name", "citext"})
_SPATIAL = frozenset({"geometry", "geography"})

_PLACE = {
    name: (family, rank)
    for family, members in enumerate(_FAMILIES)
    for rank, names in enumerate(members)
    for name in names
}


def holds(before: str, now: str, *, is_sent: bool) -> bool:
    """Whether values of the type ``now`` will do where ``before`` was proved; types as ``pg_type`` or people name them.

    A value that is sent must not become too large; length and precision are for the server to refuse.
    """
    if before == now:
        return True
    (old, old_rest), (new, new_rest) = _split(before), _split(now)
    if old.endswith("[]") and new.endswith("[]"):
        return holds(old.removesuffix("[]"), new.removesuffix("[]"), is_sent=is_sent)
    if old == new:
        return old not in _SPATIAL or not new_rest or is_sent or old_rest == new_rest
    if old in _TEXTS and new in _TEXTS:
        return True
    if old in _PLACE and new in _PLACE:
        (old_family, old_rank), (new_family, new_rank) = _PLACE[old], _PLACE[new]
        return old_family == new_family and (not is_sent or old_rank <= new_rank)
    return False


def is_narrower(before: str, now: str) -> bool:
    """Whether a column refuses what it took: a shorter text, fewer digits before the point."""
    (old, old_rest), (new, new_rest) = _split(before), _split(now)
    old, new = old.removesuffix("[]"), new.removesuffix("[]")
    if not new_rest or not ((old in _TEXTS and new in _TEXTS) or old == new == "numeric"):
        return False
    return not old_rest or _room(new_rest) < _room(old_rest)


def _room(rest: str) -> int:
    """``(12`` -> 12 characters, ``(12,2`` -> 10 digits before the point."""
    length, *scale = map(int, re.findall(r"-?\d+", rest))
    return length - sum(scale)


def is_text(name: str) -> bool:
    """Whether values of a type are texts of any content."""
    return name in _TEXTS


def _split(name: str) -> tuple[str, str]:
    """``numeric(12,2)[]`` -> ``numeric[]``, ``(12,2)``."""
    head, bracket, rest = name.partition("(")
    inner, _, tail = rest.partition(")")
    return f"{head}{tail}", f"{bracket}{inner}"
