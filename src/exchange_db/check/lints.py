"""What PostgreSQL accepts and people get burnt by. Each lint has a code, which ``-- allow: …`` switches off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from exchange_db.check.report import Severity
from exchange_db.check.source import Place, Source

__all__ = ["LINTS", "Lint", "lint_text"]

LINTS = frozenset(
    {
        "select-star",
        "unqualified-table",
        "distance-filter",
        "geometry-geography",
        "page-order",
        "given-guard",
        "needless-guard",
        "needless-outer-join",
        "partial-order",
        "not-in-null",
        "timestamp-without-zone",
        "unindexed-reference",
        "values",
    }
)
"""The codes that a header can allow."""


class Lint(NamedTuple):
    """What one lint has to say about a place."""

    code: str
    place: Place
    problem: str
    reason: str
    hint: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Relation:
    """A table or view that the statement uses."""

    schema: str
    name: str


def lint_text(source: Source, relations: frozenset[Relation]) -> Iterator[Lint]:
    """The lints that the text shows; ``relations`` are those of the analysed statement."""
    yield from _select_star(source)
    yield from _unqualified(source, relations)
    yield from _distance(source)
    yield from _timestamps(source)


def _select_star(source: Source) -> Iterator[Lint]:
    words, tokens = source.words, source.tokens
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        if word != "*" or before not in ("select", "all", "distinct", "returning", ",", "."):
            continue
        opening = _opening(source, i)
        if before in (",", ".") and opening is not None and words[opening + 1] not in ("select", "with"):
            continue  # count(t.*), row(t.*): a whole row as one value
        exists = opening is not None and words[opening - 1] == "exists"
        if not exists:
            yield Lint(
                "select-star",
                source.place(tokens[i].start),
                "* takes whatever columns there are",
                "a column that a migration adds, renames or reorders changes the result of every call",
                "name the columns",
            )


def _unqualified(source: Source, relations: frozenset[Relation]) -> Iterator[Lint]:
    by_name = {relation.name: relation for relation in relations if relation.schema != "pg_catalog"}
    names = _with_names(source)
    words = source.words
    for i in _relation_places(source):
        relation = by_name.get(words[i])
        following = words[i + 1] if i + 1 < len(words) else ""
        is_call = following == "(" and words[i - 1] != "into"  # behind insert into, it is the list of columns
        if relation is None or words[i] in names or following == "." or is_call:
            continue
        in_public = relation.schema == "public"
        yield Lint(
            "unqualified-table",
            source.place(source.tokens[i].start),
            f"{words[i]} has no schema",
            f"which table it is depends on search_path; here it is {relation.schema}.{relation.name}",
            f"write {relation.schema}.{relation.name}",
            Severity.HINT if in_public else Severity.ERROR,
        )


def _relation_places(source: Source) -> Iterator[int]:
    """The indexes of tokens at which a table may stand."""
    words, depths = source.words, source.depths
    lists: set[int] = set()  # the depths at which a from clause goes on
    for i, word in enumerate(words[:-1]):
        if word in ("from", "join", "into", "update", "using"):
            lists.add(depths[i])
            yield i + 1 + (words[i + 1] in ("only", "("))
        elif word in ("where", "group", "order", "select", "set", "values", "limit", "returning", "having", "on"):
            lists.discard(depths[i])
        elif word == "," and depths[i] in lists:
            yield i + 1
        elif word == ")":
            lists = {depth for depth in lists if depth <= depths[i]}


def _with_names(source: Source) -> set[str]:
    """The names of common table expressions: ``name [(columns)] as [not materialized] (``."""
    words = source.words
    found: set[str] = set()
    for i, word in enumerate(words):
        if word == "as" and i and any(words[i + 1 : i + 1 + n][-1:] == ("(",) for n in (1, 2, 3)):
            at = i - 1
            if words[at] == ")":
                opening = _opening(source, at)
                at = opening - 1 if opening else at
            found.add(words[at])
    return found


def _distance(source: Source) -> Iterator[Lint]:
    words = source.words
    if "st_dwithin" in words:
        return  # the distance is a finer condition beside it
    for i, word in enumerate(words):
        if word != "st_distance" or words[i + 1 : i + 2] != ("(",):
            continue
        end = next(n for n in range(i + 2, len(words)) if words[n] == ")" and source.depths[n] == source.depths[i])
        after, before = words[end + 1 : end + 2], words[i - 1]
        if after in (("<",), ("<=",)) or before in (">", ">="):
            yield Lint(
                "distance-filter",
                source.place(source.tokens[i].start),
                "a condition on st_distance reads every row",
                "no index can answer it: the distance to each row of the table is computed",
                "write st_dwithin(a, b, metres), which rides a spatial index",
            )


def _timestamps(source: Source) -> Iterator[Lint]:
    words = source.words
    for i, word in enumerate(words):
        before, rest = words[i - 1] if i else "", words[i + 1 :]
        if rest[:1] == ("(",):  # how many digits its seconds have
            rest = rest[3:]
        if word != "timestamp" or not (before in ("::", "as") or (rest[:1] and rest[0].startswith("'"))):
            continue
        zone: Callable[[tuple[str, ...]], bool] = lambda words: words[:3] == ("at", "time", "zone")  # noqa: E731
        if rest[:1] == ("with",) or zone(rest) or zone(rest[1:]) or zone(rest[2:]):
            continue
        yield Lint(
            "timestamp-without-zone",
            source.place(source.tokens[i].start),
            "a timestamp without zone names no moment",
            "what it means depends on who reads it, and an hour of each year comes twice",
            "write timestamptz, or say whose clock it is: … at time zone 'UTC'",
        )


def _opening(source: Source, index: int) -> int | None:
    """The index of the bracket that a token stands in."""
    depth = source.depths[index]
    if source.words[index] in (")", "]"):
        depth += 1
    return next(
        (i for i in range(index - 1, -1, -1) if source.depths[i] == depth - 1 and source.words[i] in "(["), None
    )
