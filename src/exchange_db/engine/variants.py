"""The static statements that one file stands for: each with its parts, its order, and its way through the pages."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import product
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from exchange_db.engine.lexer import NAME_CHARACTER, Kind, Token
from exchange_db.engine.parts import COMPARISONS, Part, PartKind, distinct, python_name

__all__ = ["Composed", "Composer", "Selection", "Towards"]


class Towards(Enum):
    """Where a page lies from the one whose cursor asks for it."""

    FIRST = "first page"
    NEXT = "next page"
    PREVIOUS = "previous page"


class Selection(NamedTuple):
    """What tells the variants of one statement from each other."""

    given: tuple[bool, ...]
    """For each parameter of an ``if``, in the order of their first parts."""
    chosen: tuple[str, ...]
    """For each parameter of a ``when``."""
    towards: Towards | None
    """``None`` for a statement without pages."""


class Composed(NamedTuple):
    """One variant's text."""

    label: str
    text: str
    """``$1…$n`` for its parameters."""
    parameters: tuple[str, ...]
    order: str
    """The words that say where a page lies; empty without pages."""


class Edit(NamedTuple):
    start: int
    end: int
    text: str


Level: TypeAlias = tuple[int, ...]
"""The brackets that a token stands in, by where they open."""

_START = attrgetter("start")
_NAME_CHARACTER = re.compile(NAME_CHARACTER)
_LINE_ENDS = re.compile(r"[\r\n]+")
_AFTER_ORDER = {"limit", "offset", "fetch", "for", "union", "intersect", "except", "window", ";"}
_TURNED = {"asc": "desc", "desc": "asc", "first": "last", "last": "first"}


class Composer:
    """The text of any variant of one statement."""

    def __init__(
        self, sql: str, statement: Sequence[Token], directives: Sequence[Token], parts: Sequence[Part]
    ) -> None:
        """``statement``: its tokens, the ``;`` that ends it among them."""
        self._sql = sql
        self._span = (statement[0].start, statement[-1].start)
        self._tokens = statement[:-1]
        self._directives = directives
        self._parts = parts
        self._conditions = distinct(part.name for part in parts if part.kind is PartKind.IF)
        self._choices = distinct(part.name for part in parts if part.kind is PartKind.WHEN)
        self._commas = {token.start: token for token in self._separators()}

    def whole(self) -> Composed:
        """The statement with all its parts: what psql runs."""
        return self._compose("", self._tokens, [])

    def selections(self) -> Iterator[Selection]:
        """Every variant that there is."""
        values = [distinct(part.value for part in self._parts if part.name == name) for name in self._choices]
        pages = list(Towards) if any(part.kind is PartKind.PAGE for part in self._parts) else [None]
        for given in product((False, True), repeat=len(self._conditions)):
            for chosen in product(*values):
                for towards in pages:
                    yield Selection(given, chosen, towards)

    def variant(self, selection: Selection) -> Composed:
        """The statement of one selection."""
        absent = [part for part in self._parts if not self._is_there(part, selection)]
        hidden = {*self._commas, *(token.start for part in absent for token in self._inside(part))}
        present = [token for token in self._tokens if token.start not in hidden]
        edits = [Edit(part.start, part.end, self._blank(part.start, part.end)) for part in absent]
        edits += [Edit(token.start, token.end, self._blank(token.start, token.end)) for token in self._directives]
        edits += [Edit(token.start, token.end, "") for token in self._commas.values()]
        pages = (part for part in self._parts if part.kind is PartKind.PAGE)
        edges = [page for page in pages if not any(part.holds(page.start) for part in absent)]
        order = ""
        if edges:
            turned = list(self._turned(present, self._levels(present), edges))
            order = " ".join(token.text for token, _ in turned)
            if selection.towards is Towards.PREVIOUS:
                edits += [edit for _, edit in turned if edit]
        return self._compose(self._label(selection), present, edits, order)

    def has_order(self) -> bool:
        """Whether the statement as a whole has an ``order by``."""
        return any(level == 0 for level, _ in self._orders(self._tokens, self._levels(self._tokens)))

    def _compose(self, label: str, present: Sequence[Token], edits: list[Edit], order: str = "") -> Composed:
        numbers: dict[str, int] = {}
        for token in present:
            if token.kind is Kind.PARAMETER:
                number = numbers.setdefault(python_name(token.text[1:]), len(numbers) + 1)
                # "limit:n" must not become the name "limit$1".
                space = " " if _NAME_CHARACTER.match(self._sql, token.start - 1) else ""
                edits.append(Edit(token.start, token.end, f"{space}${number}"))
        return Composed(label, _edited(self._sql, *self._span, edits), tuple(numbers), order)

    def _is_there(self, part: Part, selection: Selection) -> bool:
        if part.kind is PartKind.PAGE:
            return selection.towards is not Towards.FIRST
        if part.kind is PartKind.WHEN:
            return selection.chosen[self._choices.index(part.name)] == part.value
        return selection.given[self._conditions.index(part.name)] is not bool(part.value)

    def _label(self, selection: Selection) -> str:
        given = zip(self._conditions, selection.given, strict=True)
        words = [", ".join(name if there else f"not {name}" for name, there in given)]
        words += [f"{name} {value}" for name, value in zip(self._choices, selection.chosen, strict=True)]
        words += [selection.towards.value] if selection.towards else []
        return " / ".join(word for word in words if word)

    def _separators(self) -> Iterator[Token]:
        """The commas that stand between alternatives for the sake of the whole file. Where the last alternative ends
        in one as well, the list goes on after it, and the commas are the alternatives' own."""
        blocks = distinct(str(part.block) for part in self._parts if part.kind is PartKind.WHEN)
        for block in blocks:
            ends = [
                inside[-1]
                for part in self._parts
                if part.kind is PartKind.WHEN and str(part.block) == block
                if (inside := self._inside(part))
            ]
            if ends and ends[-1].text != ",":
                yield from (token for token in ends if token.text == ",")

    def _inside(self, part: Part) -> Sequence[Token]:
        first, last = (bisect_left(self._tokens, offset, key=_START) for offset in (part.start, part.end))
        return self._tokens[first:last]

    def _blank(self, start: int, end: int) -> str:
        """Nothing but the line ends of a stretch, so that what follows stays on its line."""
        # In place of /* … */ something must keep the words at its sides apart.
        return "".join(_LINE_ENDS.findall(self._sql, start, end)) or " " * (self._sql[start:end].startswith("/*"))

    # --- backwards -------------------------------------------------------------------------------------------

    def _turned(
        self, present: Sequence[Token], levels: Sequence[Level], edges: Sequence[Part]
    ) -> Iterator[tuple[Token, Edit | None]]:
        """The words that put a page in its place, each with what it becomes backwards: those of the page parts, and
        of every ``order by`` of a select that a page part stands in."""
        flipped: set[int] = {0}
        inside = {token.start for part in edges for token in self._inside(part)}
        for token, chain in zip(present, levels, strict=True):
            if token.start in inside:
                flipped.update(chain)
                turned = COMPARISONS.get(token.text)
                yield token, Edit(token.start, token.end, turned) if turned else None
        for level, items in self._orders(present, levels):
            if level in flipped:
                for item in items:
                    yield from self._turned_item(item)

    def _turned_item(self, item: Sequence[Token]) -> Iterator[tuple[Token, Edit | None]]:
        words = [token.text.lower() for token in item]
        edits: dict[int, Edit] = {}
        last = len(item) - 1
        if words[-2:] in (["nulls", "first"], ["nulls", "last"]):
            edits[last] = Edit(item[last].start, item[last].end, _TURNED[words[last]])
            last -= 2
        if words[last] in ("asc", "desc"):
            edits[last] = Edit(item[last].start, item[last].end, _TURNED[words[last]])
        else:
            edits[last] = Edit(item[last].end, item[last].end, " desc")
        for index, token in enumerate(item):
            yield token, edits.get(index)

    def _orders(self, present: Sequence[Token], levels: Sequence[Level]) -> Iterator[tuple[int, list[list[Token]]]]:
        """Each ``order by``: the innermost bracket that it stands in (0: none), and the tokens of its items."""
        words = [token.text.lower() for token in present]
        for at in [at for at, word in enumerate(words) if word == "order"]:
            if words[at + 1 : at + 2] != ["by"]:
                continue
            level = levels[at][-1]
            items: list[list[Token]] = [[]]
            for index in range(at + 2, len(present)):
                here = levels[index][-1] == level
                if level not in levels[index] or (here and words[index] in _AFTER_ORDER):
                    break
                if here and words[index] == ",":
                    items.append([])
                else:
                    items[-1].append(present[index])
            yield level, [item for item in items if item]

    def _levels(self, present: Sequence[Token]) -> list[Level]:
        """For each token the brackets that it stands in, outermost first; 0 is the statement itself."""
        chain: Level = (0,)
        levels: list[Level] = []
        for token in present:
            text = token.text if token.kind is Kind.SYMBOL else ""
            if text in (")", "]") and len(chain) > 1:
                chain = chain[:-1]
            levels.append(chain)
            if text in ("(", "["):
                chain = (*chain, token.end)
        return levels


def _edited(sql: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """``sql[start:end]`` with the edits made; of one within another the outer counts."""
    pieces: list[str] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end > edit.start, -edit.end)):
        if edit.start >= start:
            pieces += [sql[start : edit.start], edit.text]
            start = edit.end
    return "".join([*pieces, sql[start:end]])
