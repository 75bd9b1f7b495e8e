"""PostgreSQL's own text form of an analysed statement, ``pg_node_tree``, as nodes.

The reader is generic: it knows how a node, a list and a value are written, and no kind of node. What is unknown to
those who walk the tree, such as a later version's expression, is there all the same, and has its tag.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

__all__ = ["Node", "Value", "parse"]

Value: TypeAlias = "str | Node | list[Value] | tuple[int, ...] | None"
"""``<>`` is ``None``; a list of numbers (``(i …)``, ``(o …)``, ``(b …)``) or bytes is a tuple."""


@dataclass(frozen=True, eq=False)
class Node:
    """``{TAG :field value …}``; the readers raise ``TypeError`` for a field of another form."""

    tag: str
    fields: Mapping[str, Value]

    def get(self, name: str) -> Value:
        """The field as it is; ``None`` where this version's nodes have none of the name."""
        return self.fields.get(name)

    def child(self, name: str) -> "Node | None":
        """The node in a field, if there is one."""
        return None if self.fields.get(name) is None else self.the(name)

    def the(self, name: str) -> "Node":
        """The node in a field that always has one."""
        value = self.fields.get(name)
        if not isinstance(value, Node):
            raise TypeError(f"{self.tag}.{name} holds no node: {value!r}")
        return value

    def children(self, name: str) -> "list[Node]":
        """The nodes of a list; other items are left out."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise TypeError(f"{self.tag}.{name} is no list of nodes: {value!r}")
        return [item for item in value if isinstance(item, Node)]

    def rows(self, name: str) -> "list[list[Node]]":
        """The nodes of each list in a list of lists."""
        value = self.fields.get(name)
        lists = value if isinstance(value, list) else []
        return [[item for item in row if isinstance(item, Node)] for row in lists if isinstance(row, list)]

    def texts(self, name: str) -> list[str]:
        """The texts of a list of names."""
        value = self.fields.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list or set of numbers, or a constant's bytes."""
        value = self.fields.get(name)
        return value if isinstance(value, tuple) else ()

    def number(self, name: str) -> int:
        """A number; 0 where this version's nodes have no such field."""
        value = self.fields.get(name)
        return int(value) if isinstance(value, str) else 0

    def flag(self, name: str) -> bool:
        """``true`` or ``false``; false where this version's nodes have no such field."""
        return self.fields.get(name) == "true"

    def text(self, name: str) -> str:
        """A name; empty where there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def inside(self) -> "Iterator[Node]":
        """The nodes directly below, in order."""
        return iter(self._inside)

    @cached_property
    def _inside(self) -> "tuple[Node, ...]":
        return tuple(node for value in self.fields.values() for node in _nodes(value))


def _nodes(value: Value) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


_TOKEN = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)
_NUMBERS = {"i", "o", "b", "x"}  # integers, object ids, a set of integers, transaction ids


def parse(text: str) -> Value:
    """The value that ``text`` writes; raises ``ValueError`` where it is no ``pg_node_tree``."""
    reader = _Reader(_TOKEN.findall(text))
    try:
        value = reader.value()
    except (IndexError, RecursionError) as error:
        raise ValueError("the text of the node tree ends too early, or nests too deep") from error
    if reader.at != len(reader.tokens):
        raise ValueError(f"text after the end of the node tree: {reader.tokens[reader.at]!r}")
    return value


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def take(self) -> str:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def value(self) -> Value:
        word = self.take()
        if word == "{":
            return self._node()
        if word == "(":
            return self._list()
        if word in ("}", ")"):
            raise ValueError(f"{word!r} where a value belongs")
        return _atom(word)

    def _node(self) -> Node:
        tag = self.take()
        fields: dict[str, Value] = {}
        while (name := self.take()) != "}":
            if not name.startswith(":"):
                raise ValueError(f"{name!r} where a field of {tag} belongs")
            fields[name[1:]] = self.value()
            if self.tokens[self.at] == "[":  # a constant's bytes stand after their number
                fields[name[1:]] = self._bytes()
        return Node(tag, fields)

    def _bytes(self) -> tuple[int, ...]:
        self.take()
        end = self.tokens.index("]", self.at)
        found = tuple(map(int, self.tokens[self.at : end]))
        self.at = end + 1
        return found

    def _list(self) -> Value:
        if self.tokens[self.at] in _NUMBERS:
            self.take()
            end = self.tokens.index(")", self.at)
            numbers = tuple(map(int, self.tokens[self.at : end]))
            self.at = end + 1
            return numbers
        items: list[Value] = []
        while self.tokens[self.at] != ")":
            items.append(self.value())
        self.take()
        return items


def _atom(word: str) -> str | None:
    if word == "<>":
        return None
    if len(word) > 1 and word[0] == word[-1] == '"':
        word = word[1:-1]
    return _ESCAPE.sub(r"\1", word) if "\\" in word else word
