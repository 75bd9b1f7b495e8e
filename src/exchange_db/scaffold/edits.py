"""Python source as bytes, with the places of its syntax tree, and insertions that leave the rest as it is."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Edit", "PythonText", "applied"]

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Edit:
    """``text`` instead of the bytes from ``start`` to ``end``; its lines end in ``\\n``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class PythonText:
    """One file; raises ``SyntaxError`` where it is none of Python, ``UnicodeDecodeError`` where it is not UTF-8."""

    data: bytes

    @property
    def ended(self) -> "PythonText":
        """The same, its last line ended as the others are."""
        return self if self.data.endswith((b"\n", b"\r")) else PythonText(self.data + self.newline.encode())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.data.decode("utf-8-sig"))

    @cached_property
    def newline(self) -> str:
        """How its lines end: as the first does."""
        found = _LINE_END.search(self.data)
        return found[0].decode() if found else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        first = len(_BOM) if self.data.startswith(_BOM) else 0
        return [first, *(match.end() for match in _LINE_END.finditer(self.data))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a place of the tree: a 1-based line and a column in bytes."""
        return self._starts[line - 1] + column

    def start(self, node: ast.stmt | ast.expr) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr) -> int:
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def line(self, number: int) -> int:
        """The offset of a line's first byte; behind the last line, the end of the file."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.data)

    def blank_lines(self, offset: int) -> int | None:
        """How many empty lines follow an offset at which a line starts; ``None``: nothing else follows."""
        rest = self.data[offset:]
        if not rest.strip():
            return None
        before = rest[: len(rest) - len(rest.lstrip())]
        return len(_LINE_END.findall(before))


def applied(source: PythonText, edits: Iterable[Edit]) -> bytes:
    """The file with all edits, which must not overlap, its line ends as they were.

    Of those at one place the first stands first.
    """
    data = source.data
    for _, edit in sorted(enumerate(edits), key=lambda each: (each[1].start, each[0]), reverse=True):
        data = data[: edit.start] + edit.text.replace("\n", source.newline).encode() + data[edit.end :]
    return data
