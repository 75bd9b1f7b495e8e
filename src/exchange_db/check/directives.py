"""The lines of a file's header that ``check`` reads: what the author asserts, promises or allows.

-- not null: distance_m                          a column that the proof cannot know to be never NULL
-- not null: items.name, tags[]                 the same of a key of a document, of the items of a list
-- at most one row: the key of the outer join    what no key proves
-- rides: exchange.profiles_area_idx, users_pkey the indexes that the plan must use
-- rides: products_category_idx if category      the same, of the variants that are labelled so; or: if not category
-- rides: products_tags_idx or products_pkey     one of the two, by what the values are: both must be there
-- allow: partial-order, because ties are equal  a lint that does not apply here
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from exchange_db.check.source import Source
from exchange_db.engine.faults import nearest

__all__ = ["Directive", "read_directives"]

KINDS = ("not null", "at most one row", "rides", "allow")
_LINE = re.compile(r"([a-z][a-z ]{2,20}?)\s*:\s*(.*)", re.I)
_NAME = re.compile(r'[\w$."]+(?:\[\])?')
_ALLOW = re.compile(r"([\w-]+)\s*,?\s*(?:because\b)?\s*(.*)", re.I)


@dataclass(frozen=True)
class Directive:
    """One line of a header."""

    kind: str
    """One of ``not null``, ``at most one row``, ``rides``, ``allow``; any other is a misspelling."""
    line: int
    names: tuple[str, ...] = ()
    """Columns, indexes, or the one code that is allowed."""
    reason: str = ""
    conditions: tuple[str, ...] = ()
    """Of ``rides``: parts of a variant's label, such as ``category`` or ``not category``; empty: every variant."""
    either: tuple[tuple[str, str], ...] = ()
    """Of ``rides``: pairs of names of which one is enough."""


def read_directives(source: Source) -> Iterator[Directive]:
    """The directives of a header, and what looks like a misspelt one."""
    for number, text in source.header:
        line = _LINE.fullmatch(text)
        if line is None:
            continue
        kind, rest = " ".join(line[1].lower().split()), line[2].strip()
        if kind in ("not null", "rides"):
            names, _, conditions = rest.rstrip(".").partition(" if ")
            parts = [part.strip() for part in conditions.split(",") if part.strip()]
            groups = [tuple(_NAME.findall(each)) for each in names.split(" or ")]
            found = tuple(name for group in groups for name in group)
            either = tuple((one[-1], other[0]) for one, other in pairwise(groups) if one and other)
            yield Directive(kind, number, found, conditions=tuple(parts), either=either)
        elif kind == "at most one row":
            yield Directive(kind, number, reason=rest)
        elif kind == "allow":
            allowed = _ALLOW.match(rest)
            yield Directive(kind, number, (allowed[1],), allowed[2]) if allowed else Directive(kind, number)
        elif nearest(kind, KINDS) is not None:
            yield Directive(kind, number)
