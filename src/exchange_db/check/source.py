"""The text of a ``.sql`` file and the places in it that a report points at: parameters, output columns, words."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import NamedTuple

from exchange_db.engine.faults import line_starts
from exchange_db.engine.lexer import Kind, LexError, Token, tokenize
from exchange_db.engine.sqlfile import Statement

__all__ = ["Place", "Source"]

_CLAUSES = frozenset(
    "from where group having window union intersect except order limit offset fetch for into returning ;".split()  # noqa: SIM905  a page of quotes would hide the words
)
"""Words that end a list of output columns."""


class Place(NamedTuple):
    """Where in a file: both 1-based, the column in characters."""

    line: int
    column: int | None = None


@dataclass(frozen=True)
class Source:
    """One ``.sql`` file as text and tokens."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "Source":
        """The file as it is now; one that has gone since its import is empty."""
        try:
            return cls(path, path.read_bytes().decode("utf-8-sig", errors="replace"))
        except OSError:
            return cls(path, "")

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The statement's tokens, comments left out."""
        return tuple(token for token in self._all if token.kind is not Kind.COMMENT)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The text of each token: unquoted names in lower case, quoted ones without their quotes."""
        return tuple(self._word(token) for token in self.tokens)

    @cached_property
    def first_line(self) -> int:
        """The line that the statement starts on."""
        return self.place(self.tokens[0].start).line if self.tokens else 1

    @cached_property
    def header(self) -> tuple[tuple[int, str], ...]:
        """The lines of the comments above the statement with their numbers, without dashes."""
        end = self.tokens[0].start if self.tokens else len(self.text)
        lines: list[tuple[int, str]] = []
        for token in self._all:
            if token.kind is Kind.COMMENT and token.end <= end:
                first = self.place(token.start).line
                body = self.text[token.start : token.end].splitlines()
                lines += [(first + i, line.strip().lstrip("-/*").strip()) for i, line in enumerate(body)]
        return tuple(lines)

    def place(self, offset: int) -> Place:
        """The place of a character."""
        line = bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1)

    def parameter(self, name: str) -> Place:
        """Where ``:name`` first stands."""
        found = (t.start for t in self.tokens if t.kind is Kind.PARAMETER and self.text[t.start + 1 : t.end] == name)
        return self.place(next(found, self._first_offset))

    def output(self, index: int, columns: int) -> Place:
        """Where the name of an output column stands, of so many; of a ``*``, where the list begins."""
        items = self._outputs
        if len(items) == columns:
            return self.place(self.tokens[items[index]].start)
        return self.place(self.tokens[items[0]].start if items else self._first_offset)

    def server_place(self, file: Statement, position: int) -> Place:
        """The place of an error position of the server: 1-based, in characters of ``file.text``."""
        line = file.line_at(position)
        sent = file.text.decode()
        start = max(sent.rfind("\n", 0, position - 1), sent.rfind("\r", 0, position - 1)) + 1
        before = _named(sent[start : position - 1], file.parameters)
        if start == 0:  # the label stands in front of the first line
            before = before.partition("*/ ")[2]
        written = self._line(line)
        word = re.match(r"\$\d+|\w+|.", sent[position - 1 :], re.S)
        wanted = _named(word[0], file.parameters) if word else ""
        # Where a line is not sent as it is written, the nearest occurrence of the word is the place.
        found = [match.start() for match in re.finditer(re.escape(wanted), written)] if wanted else []
        column = min(found, key=lambda at: abs(at - len(before)), default=None)
        return Place(line, None if column is None else column + 1)

    @cached_property
    def _all(self) -> tuple[Token, ...]:
        tokens: list[Token] = []
        try:
            tokens.extend(tokenize(self.text))
        except LexError:  # changed since its import, when it had no such fault
            tokens.clear()
        return tuple(tokens)

    @cached_property
    def _lines(self) -> list[int]:
        return line_starts(self.text)

    @property
    def _first_offset(self) -> int:
        return self.tokens[0].start if self.tokens else 0

    def _line(self, number: int) -> str:
        start = self._lines[number - 1]
        return self.text[start:].splitlines()[0] if self.text[start:] else ""

    def _word(self, token: Token) -> str:
        text = self.text[token.start : token.end]
        return text.strip('"') if token.kind is Kind.QUOTED_IDENTIFIER else text.lower()

    @cached_property
    def depths(self) -> tuple[int, ...]:
        """How many brackets are open at each token; a bracket stands outside of what it holds."""
        depths: list[int] = []
        depth = 0
        for word, token in zip(self.words, self.tokens, strict=True):
            closes = token.kind is Kind.SYMBOL and word in (")", "]")
            depth -= closes
            depths.append(depth)
            depth += token.kind is Kind.SYMBOL and word in ("(", "[")
        return tuple(depths)

    @cached_property
    def _outputs(self) -> list[int]:
        """The index of the last token of each item of the main list of output columns."""
        base = next((i for i in count() if i >= len(self.words) or self.words[i] != "("), 0)
        outer = [i for i, depth in enumerate(self.depths) if depth == base]
        verbs = [i for i in outer if self.words[i] in ("select", "insert", "update", "delete", "merge", "values")]
        if not verbs:
            return []
        start = verbs[0]
        if self.words[start] != "select":
            start = next((i for i in outer if self.words[i] == "returning"), len(self.words))
        inside = [i for i in outer if i > start]
        end = next((i for i in inside if self.words[i] in _CLAUSES or self.depths[i] < base), len(self.words))
        closing = next((i for i in range(start, end) if self.depths[i] < base), end)
        commas = [i for i in inside if i < closing and self.words[i] == ","]
        return [i - 1 for i in [*commas, closing] if i - 1 > start]


def _named(text: str, parameters: tuple[str, ...]) -> str:
    """The text with ``:names`` for ``$1…$n``."""
    return re.sub(r"\$(\d+)", lambda n: f":{parameters[int(n[1]) - 1]}", text)
