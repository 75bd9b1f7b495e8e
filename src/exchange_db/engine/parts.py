"""Parts of a statement that a call may leave out: comments say where each begins and ends, so the file stays SQL.

``-- if :name`` … ``-- end if``: there when the parameter is given; ``-- if not :name``: when it is not.
``-- when :name = 'one'`` … ``-- when :name = 'two'`` … ``-- end when``: exactly one of the alternatives is there.
``-- page`` … ``-- end page``: there when the page lies before or after another.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from exchange_db.engine.faults import Fault, nearest
from exchange_db.engine.lexer import Kind, Token

__all__ = ["MAX_VARIANTS", "Part", "PartKind", "PartReader", "count_variants", "distinct", "python_name"]

MAX_VARIANTS = 64
"""How many statements one file may stand for: each is prepared, planned and checked on its own."""

PAGE_KEY = "page_"
"""What the name of a page's key begins with: ``:page_sold_at`` is the ``sold_at`` of the row at the page's edge."""


class PartKind(Enum):
    IF = "if"
    WHEN = "when"
    PAGE = "page"


@dataclass(frozen=True)
class Part:
    """One part of a statement and the condition under which it is there."""

    kind: PartKind
    name: str
    """The parameter that decides; empty for a page."""
    value: str
    """Of an alternative: the name that it goes by; of a part for what is not given: ``not``; else empty."""
    start: int
    """The offset of the directive that begins it."""
    end: int
    """The offset of the directive that ends it."""
    line: int
    column: int
    block: int
    """The same number for alternatives of each other."""

    def holds(self, offset: int) -> bool:
        return self.start <= offset < self.end

    def __str__(self) -> str:
        """The directive, as it is best written."""
        if self.kind is PartKind.PAGE:
            return "-- page"
        if self.kind is PartKind.IF:
            return f"-- if {self.value}{' ' * bool(self.value)}:{self.name}"
        return f"-- when :{self.name} = '{self.value.replace(chr(39), chr(39) * 2)}'"


def python_name(name: str) -> str:
    """Python reads every identifier in this normal form; so a file or a ``:name`` must be compared in it."""
    return unicodedata.normalize("NFKC", name)


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of first appearance."""
    return tuple(dict.fromkeys(values))


def count_variants(parts: Sequence[Part]) -> int:
    """Every subset of the conditions, with every alternative, and three times that of a statement with pages."""
    count = 1 << len({part.name for part in parts if part.kind is PartKind.IF})
    for name in {part.name for part in parts if part.kind is PartKind.WHEN}:
        count *= len({part.value for part in parts if part.name == name})
    return count * (3 if any(part.kind is PartKind.PAGE for part in parts) else 1)


_DIRECTIVE = re.compile(
    r"(?P<if>if\s+((?P<not>not)\s+)?:(?P<given>\S+))"
    r" | (?P<when>when\s+:(?P<chosen>\S+)\s+=\s+'(?P<value>(?:[^']|'')+)') | (?P<page>page)"
    r" | end\s+(?P<end>if|when|page)",
    re.VERBOSE,
)
# Comments that were probably meant as one.
_NEARLY = re.compile(
    r"(?:if|if\s+not|when|unless|else\s*if|elif)\s*:\s*\w | end[\s_-]*(?:if|when|page)\b | (?:page|else|endif)\W*$",
    re.VERBOSE | re.IGNORECASE,
)
_HINT = (
    "a comment is `-- if :name`, `-- if not :name`, `-- end if`, `-- when :name = 'value'`, `-- end when`, `-- page` "
    "or `-- end page` as a whole, or it begins otherwise"
)


class PartReader:
    """The directives among a statement's comments: its parts, and what is wrong with them."""

    def __init__(self, sql: str, statement: Sequence[Token], place: Callable[[int, str, str], Fault]) -> None:
        self._sql = sql
        self._statement = statement
        self._place = place
        self._open: list[tuple[Part, Token]] = []
        self._names = [python_name(t.text[1:]) for t in statement if t.kind is Kind.PARAMETER]
        self.parts: list[Part] = []
        self.directives: list[Token] = []

    def faults(self, comments: Iterable[Token]) -> list[Fault]:
        """Read the directives; all that is wrong with them."""
        first, last = self._statement[0].start, self._statement[-1].end
        for comment in comments:
            text = self._bare(comment)
            if match := _DIRECTIVE.fullmatch(text):
                if not first < comment.start < last:
                    hint = "move it below the statement's first word"
                    return [self._place(comment.start, "a directive outside of the statement", hint)]
                self.directives.append(comment)
                if fault := self._close(comment, match["end"]) if match["end"] else self._begin(comment, match):
                    return [fault]  # what follows would be told of in the wrong place
            elif self._is_nearly(text):
                return [self._place(comment.start, f"nearly a directive: {text}", _HINT)]
        if self._open:
            part, comment = self._open[-1]
            return [self._place(comment.start, f"`{part}` is not closed", f"close it: -- end {part.kind.value}")]
        self.parts.sort(key=lambda part: part.start)
        return list(self._content_faults())

    def _begin(self, comment: Token, match: re.Match[str]) -> Fault | None:
        kind = PartKind(next(kind.value for kind in PartKind if match[kind.value]))
        name = python_name(match["given"] or match["chosen"] or "")
        block = comment.start
        if kind is PartKind.WHEN and self._open and self._open[-1][0].name == name:
            block = self._end(comment).block
        value = match["not"] or (match["value"] or "").replace("''", "'")
        part = Part(kind, name, value, comment.start, 0, 0, 0, block)
        outer = next((other for other, _ in self._open if kind in (PartKind.IF, other.kind)), None)
        if outer:
            hint = "a part in an `if`, or an `if` in a part, would be missing without a word: close the outer one first"
            return self._place(comment.start, f"`{part}` within `{outer}`", hint)
        self._open.append((part, comment))
        return None

    def _close(self, comment: Token, kind: str) -> Fault | None:
        if not self._open:
            problem = f"`-- end {kind}` without `-- {kind}`"
            return self._place(comment.start, problem, "remove it, or begin the part above it")
        part, _ = self._open[-1]
        if part.kind.value != kind:
            problem = f"`-- end {kind}` where `{part}` is open"
            return self._place(comment.start, problem, f"close the inner one first: -- end {part.kind.value}")
        self._end(comment)
        return None

    def _end(self, comment: Token) -> Part:
        part, begin = self._open.pop()
        place = self._place(begin.start, "", "")
        part = Part(
            part.kind, part.name, part.value, begin.start, comment.start, place.line, place.column or 1, part.block
        )
        self.parts.append(part)
        return part

    def _is_nearly(self, text: str) -> bool:
        if _NEARLY.match(text):
            return True
        words = re.fullmatch(r"(\w+)\s+(:?)(\w+)", text)
        if not words:
            return False
        # "iff :name", and "if name" without its colon.
        known = ["if", "when"]
        return words[1] in known and words[3] in self._names if not words[2] else nearest(words[1], known) is not None

    # --- what stands in the parts ----------------------------------------------------------------------------

    def _content_faults(self) -> Iterator[Fault]:
        for part in self.parts:
            inside = [token for token in self._statement if part.holds(token.start)]
            yield from self._bracket_faults(part, inside)
            if part.kind is PartKind.PAGE:
                yield from self._page_faults(part, inside)
        yield from self._condition_faults()
        yield from self._key_faults()
        yield from self._alternative_faults()
        if (count := count_variants(self.parts)) > MAX_VARIANTS:
            problem = f"{count} variants of one statement, where {MAX_VARIANTS} are the most"
            hint = "split it in two files, or write `(:name::type is null or …)` for what needs no plan of its own"
            yield self._place(self.parts[0].start, problem, hint)

    def _bracket_faults(self, part: Part, inside: Sequence[Token]) -> Iterator[Fault]:
        depth = 0
        for token in inside:
            text = token.text if token.kind is Kind.SYMBOL else ""
            depth += (text in ("(", "[")) - (text in (")", "]"))
            if depth < 0:
                break
        if depth:
            hint = "move the directives so that brackets open and close on the same side of them"
            yield self._place(part.start, f"a bracket crosses the edge of `{part}`", hint)

    def _page_faults(self, part: Part, inside: Sequence[Token]) -> Iterator[Fault]:
        texts = [token.text.lower() for token in inside]
        if not any(text.startswith(f":{PAGE_KEY}") for text in texts) or not any(t in COMPARISONS for t in texts):
            hint = "such as `and (sales.sold_at, sales.id) < (:page_sold_at, :page_id)`"
            yield self._place(part.start, "a page that compares with no :page_… key", hint)
        elif "between" in texts:
            at = inside[texts.index("between")].start
            yield self._place(at, "`between` in a page cannot be turned round", "write it with <= and >=")

    def _condition_faults(self) -> Iterator[Fault]:
        conditions = {part.name: part for part in reversed(self.parts) if part.kind is PartKind.IF}
        used: set[str] = set()
        for token, name in self._parameters():
            if name in conditions:
                if any(part.name == name and not part.value and part.holds(token.start) for part in self.parts):
                    used.add(name)
                else:
                    hint = f"use it within `-- if :{name}` only: it is not sent without that part"
                    yield self._place(token.start, f":{name} outside of its part", hint)
        for name, part in conditions.items():
            if name not in used:
                match = nearest(name, (other for other in self._names if other not in conditions))
                hint = f"did you mean {match!r}?" if match else f"use :{name} in the part"
                yield self._place(part.start, f"`{part}`: no :{name} in the part", hint)

    def _key_faults(self) -> Iterator[Fault]:
        pages = [part for part in self.parts if part.kind is PartKind.PAGE]
        for token, name in self._parameters() if pages else ():
            if name.startswith(PAGE_KEY) and not any(part.holds(token.start) for part in pages):
                hint = "keys are there with the page only; a parameter of another kind needs another name"
                yield self._place(token.start, f":{name} outside of `-- page`", hint)

    def _alternative_faults(self) -> Iterator[Fault]:
        names: dict[str, tuple[str, ...]] = {}
        for part in self.parts:
            if part.kind is not PartKind.WHEN or part.start != part.block:
                continue
            values = [other.value for other in self.parts if other.block == part.block and other.kind is part.kind]
            if doubled := next((value for value in values if values.count(value) > 1), None):
                yield self._place(part.start, f"two alternatives go by {doubled!r}", "give each a name of its own")
            known = names.setdefault(part.name, distinct(values))
            for value in sorted(set(known) ^ set(values)):
                match = nearest(value, {*known, *values} - {value})
                hint = (
                    f"did you mean {match!r}?" if match else "say it in each, with nothing in it where nothing differs"
                )
                yield self._place(
                    part.start, f"{value!r} is an alternative of :{part.name} here or above, not both", hint
                )

    def _parameters(self) -> Iterator[tuple[Token, str]]:
        for token in self._statement:
            if token.kind is Kind.PARAMETER:
                yield token, python_name(token.text[1:])

    def _bare(self, comment: Token) -> str:
        text = comment.text
        return (text[2:] if text.startswith("--") else text[2:-2]).strip()


COMPARISONS = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""What each comparison becomes where a page is read backwards."""
