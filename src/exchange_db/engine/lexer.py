"""The text of an SQL statement as tokens, cut where PostgreSQL's own scanner cuts it.

The rules mirror ``src/backend/parser/scan.l`` of PostgreSQL with ``standard_conforming_strings = on``; the
names in ``{braces}`` below are that file's. Two things differ. ``:name`` is a parameter, which PostgreSQL
does not know; and what the server refuses anyway (``1abc``, a bad ``\\u`` escape) is cut somehow rather than
refused here, since its own message is better than ours would be. Any input takes linear time.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

__all__ = ["NAME_CHARACTER", "Kind", "LexError", "Token", "tokenize"]


class Kind(Enum):
    """What a token is. White space is no token."""

    COMMENT = auto()
    """``-- …`` without its line end, or ``/* … */``."""
    IDENTIFIER = auto()
    """An unquoted name or keyword."""
    QUOTED_IDENTIFIER = auto()
    """``"…"`` or ``U&"…"``."""
    STRING = auto()
    """Any literal in quotes or dollars, its prefix and its continuations on later lines included.
    ``N'…'`` is an identifier and a string, as in PostgreSQL."""
    NUMBER = auto()
    PARAMETER = auto()
    """``:name``."""
    POSITIONAL = auto()
    """``$1``."""
    OPERATOR = auto()
    """A run of operator characters, ``=`` and ``*`` among them."""
    SYMBOL = auto()
    """``,`` ``;`` ``.`` ``..`` ``(`` ``)`` ``[`` ``]`` ``::`` ``:=`` and a ``:`` that separates."""
    COLON = auto()
    """A ``:`` that neither starts a parameter nor separates."""
    OTHER = auto()
    """One character that SQL has no use for, such as a backslash."""


class Token(NamedTuple):
    """The half-open span ``sql[start:end]``, in characters."""

    kind: Kind
    start: int
    end: int
    text: str


class LexError(ValueError):
    """A literal, comment or quoted identifier is not terminated; ``position`` is the offset of its start."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


# {ident_start}, {ident_cont}: any character outside ASCII may be part of a name. {dolq_cont} lacks the "$". Said by
# what of ASCII is none: a set with all of Unicode in it takes Python long to compile.
_NAME_START = r"[^\x00-@\[-\^`{-\x7f]"
NAME_CHARACTER = r"[^\x00-\x23%-/:-@\[-\^`{-\x7f]"
_NAME = _NAME_START + NAME_CHARACTER + "*"
_DOLLAR_TAG = _NAME_START + r"[^\x00-/:-@\[-\^`{-\x7f]*"

# {decinteger}: underscores between digits since PostgreSQL 16, which also brought 0x, 0o and 0b.
_DIGITS = r"[0-9](?:_?[0-9])*"

# {quotecontinue}: pieces of one literal may stand on several lines, with nothing but white space and "--"
# comments between. Possessive, so that no white space is tried in two ways.
_CONTINUED = r"'(?:[ \t\f\v]++|--[^\n\r]*+)*[\n\r](?:[ \t\n\r\f\v]++|--[^\n\r]*+[\n\r])*'"

# What starts behind the white space at a position. The first alternative that matches wins, unlike flex, where the
# longest does: hence the order. The name of the group says what to do.
_START = re.compile(
    rf"""
    [ \t\n\r\f\v]*+ (?:                                      # {{space}}; \v since PostgreSQL 16
      (?P<comment>  --[^\n\r]* )                              # {{comment}}
    | (?P<block>    /\* )                                     # {{xcstart}}
    | (?P<escape>   [eE]' )                                   # {{xestart}}
    | (?P<bits>     [bBxX]' )                                 # {{xbstart}}, {{xhstart}}
    | (?P<quote>    (?:[uU]&)?' )                             # {{xqstart}}, {{xusstart}}
    | (?P<quoted>   (?:[uU]&)?" )                             # {{xdstart}}, {{xuistart}}
    | (?P<name>     {_NAME} )                                 # {{identifier}}
    | (?P<dollar>   \$(?:{_DOLLAR_TAG})?\$ )                  # {{dolqdelim}}
    | (?P<position> \$[0-9]+ )                                # {{param}}
    | (?P<number>   0[xX](?:_?[0-9A-Fa-f])+                   # {{hexinteger}}
                  | 0[oO](?:_?[0-7])+                         # {{octinteger}}
                  | 0[bB](?:_?[01])+                          # {{bininteger}}
                  | (?: {_DIGITS} (?:\.(?!\.)(?:{_DIGITS})?)? # {{numeric}}; {{numericfail}}: 1..2
                      | \.{_DIGITS} )
                    (?: [eE][+-]?{_DIGITS} )? )               # {{real}}
    | (?P<symbol>   :: | := | \.\. | [,;.] )                  # {{typecast}}, {{colon_equals}}, {{dot_dot}}
    | (?P<bracket>  [()\[\]] )
    | (?P<colon>    : (?:(?![eEbBxX]'|[uU]&['"]){_NAME})? )   # our own :name, else one of {{self}}
    | (?P<operator> (?:[~!@\#^&|`?+*%<>=]|-(?!-)|/(?!\*))+ )  # {{operator}}, cut where a comment starts
    | (?P<other>    . )                                       # {{other}}
    )
    """,
    re.VERBOSE | re.DOTALL,
)

_SIMPLE = {
    "comment": Kind.COMMENT,
    "name": Kind.IDENTIFIER,
    "position": Kind.POSITIONAL,
    "number": Kind.NUMBER,
    "symbol": Kind.SYMBOL,
    "bracket": Kind.SYMBOL,
    "other": Kind.OTHER,
}

# Inside a literal: the next place that may end it. Group "end" ends it; anything else is skipped.
_INSIDE = {
    "escape": re.compile(rf"\\. | '' | {_CONTINUED} | (?P<end>')", re.VERBOSE | re.DOTALL),  # <xe>
    "bits": re.compile(rf"{_CONTINUED} | (?P<end>')", re.VERBOSE),  # <xb>, <xh>: '' is two quotes
    "quote": re.compile(rf"'' | {_CONTINUED} | (?P<end>')", re.VERBOSE),  # <xq>, <xus>
    "quoted": re.compile(r'"" | (?P<end>")', re.VERBOSE),  # <xd>, <xui>
}
_COMMENT_EDGE = re.compile(r"/\*|\*/")  # {xcstart}, {xcstop}

# An operator may end in + or - only if it holds one of these, so that "a=-1" is "=" and "-".
_ALLOWS_SIGN_AT_END = re.compile(r"[~!@#^&|`?%]")

# Keywords after which an operand starts, at the places where a ":" may also separate. Nobody's columns: all
# but "between" are reserved.
_BEFORE_OPERAND = {
    "and", "asymmetric", "between", "case", "else", "from", "ilike",
    "like", "not", "or", "symmetric", "then", "to", "when",
}  # fmt: skip
# These may well be columns: they are keywords only where an operand has just ended.
_BEFORE_OPERAND_AFTER_OPERAND = {"escape", "value", "zone"}

# Without one of these no colon separates.
_MAY_SEPARATE = re.compile(r"\[|json_object", re.IGNORECASE)


class _Brackets:
    """What the grammar, not the scanner, knows: whether a ``:`` separates two operands.

    It does in an array slice ``a[lo:hi]`` and in PostgreSQL 16's ``json_object(key: value)``, and only where
    an operand has just ended: the others, as in ``a[:first : :last]`` and ``json_object('id' : :id)``, start
    parameters.
    """

    def __init__(self) -> None:
        self._open: list[str] = []  # for each open bracket: "[", or the unquoted name before the "("
        self._name = ""  # the unquoted name just passed, if any
        self._operand = False  # whether an operand has just ended

    def colon_separates(self) -> bool:
        return self._operand and bool(self._open) and self._open[-1] in ("[", "json_object", "json_objectagg")

    def see(self, token: Token) -> None:
        """Take note of a token that is not a comment."""
        kind, _, _, text = token
        name = ""
        if kind is Kind.IDENTIFIER:
            name = text.lower()
            keyword = name in _BEFORE_OPERAND or (self._operand and name in _BEFORE_OPERAND_AFTER_OPERAND)
            self._operand = not keyword
        elif kind is not Kind.SYMBOL:
            self._operand = kind not in (Kind.OPERATOR, Kind.COLON, Kind.OTHER)
        elif text in "([":
            self._open.append(text if text == "[" else self._name)
            self._operand = False
        elif text in ")]":
            closed = self._open.pop() if self._open else ""
            self._operand = closed != "operator"  # a operator(pg_catalog.+) b
        else:
            self._operand = False
        self._name = name


def tokenize(sql: str) -> Iterator[Token]:
    """The tokens of ``sql`` from left to right, comments included.

    Raises ``LexError`` at a literal, comment or quoted identifier that is not terminated.
    """
    brackets = _Brackets() if _MAY_SEPARATE.search(sql) else None
    position = 0
    while found := _START.match(sql, position):
        rule = found.lastgroup
        assert rule is not None  # noqa: S101  every alternative of _START is a named group
        start, position = found.span(rule)
        kind = _SIMPLE.get(rule)
        if kind is Kind.COMMENT:
            yield Token(kind, start, position, sql[start:position])
            continue
        if kind is None:
            if rule == "operator":
                *signs, (kind, start, position, _) = _operators(start, found[rule])
                yield from signs
            elif rule == "colon":
                kind, position = _colon(start, position, separates=brackets is not None and brackets.colon_separates())
            elif rule == "block":
                position = _end_of_comment(sql, start)
                yield Token(Kind.COMMENT, start, position, sql[start:position])
                continue
            elif rule == "dollar":
                kind, position = Kind.STRING, _end_of_dollar_quote(sql, start, found[rule])
            else:
                kind = Kind.QUOTED_IDENTIFIER if rule == "quoted" else Kind.STRING
                position = _end_of_quotes(sql, start, position, rule)
        token = Token(kind, start, position, sql[start:position])
        yield token
        if brackets is not None:
            brackets.see(token)


def _colon(start: int, end: int, *, separates: bool) -> tuple[Kind, int]:
    """A parameter, or the colon alone: then the name after it is a token of its own."""
    if separates:
        return Kind.SYMBOL, start + 1
    return (Kind.PARAMETER if end > start + 1 else Kind.COLON), end


def _operators(start: int, run: str) -> list[Token]:
    """Cut a run of operator characters as ``{operator}``'s action does.

    The signs that it strips from the end come back as single characters: nothing but signs follows them.
    """
    length = len(run)
    if run[-1] in "+-" and not _ALLOWS_SIGN_AT_END.search(run):
        length = len(run.rstrip("+-")) or 1
    signs = range(length, len(run))
    return [
        Token(Kind.OPERATOR, start, start + length, run[:length]),
        *(Token(Kind.OPERATOR, start + i, start + i + 1, run[i]) for i in signs),
    ]


def _end_of_comment(sql: str, start: int) -> int:
    """Comments nest (``<xc>``)."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise LexError("the comment /* is not closed", start)


def _end_of_dollar_quote(sql: str, start: int, tag: str) -> int:
    """Nothing inside has a meaning but the same tag again (``<xdolq>``)."""
    found = sql.find(tag, start + len(tag))
    if found < 0:
        raise LexError(f"the dollar-quoted string {tag} is not closed", start)
    return found + len(tag)


def _end_of_quotes(sql: str, start: int, inside: int, rule: str) -> int:
    for stop in _INSIDE[rule].finditer(sql, inside):
        if stop["end"]:
            return stop.end()
    what = "quoted identifier" if rule == "quoted" else "string"
    raise LexError(f"the {what} is not closed", start)
