"""A ``.sql`` file as the statement that goes to the server, and all that is wrong with a folder of them."""

import keyword
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from exchange_db.engine.faults import Fault, line_starts, render_faults
from exchange_db.engine.lexer import Kind, LexError, Token, tokenize
from exchange_db.engine.parts import Part, PartKind, PartReader, distinct, python_name
from exchange_db.engine.variants import Composed, Composer, Selection, Towards
from exchange_db.errors import DeclarationError

__all__ = ["SqlFile", "Statement", "load_folder", "load_sql_file"]

MAX_PARAMETERS = 65_535
"""The protocol counts a statement's parameters in two bytes."""


@dataclass(frozen=True)
class Statement:
    """One static statement, ready to be sent."""

    name: str
    path: Path
    header: str
    """The text of the comments above the statement, without their dashes."""
    parameters: tuple[str, ...]
    """``parameters[0]`` is ``$1`` of ``text``: the order is that of first appearance."""
    text: bytes
    """The statement in UTF-8, ``:names`` replaced by ``$1…$n``, behind a comment with the query's name:
    that comment is what ``pg_stat_activity`` and the server's log show first."""
    is_read_only: bool
    """Whether it can be run twice without harm. ``False`` wherever that is in doubt and the header does not say
    ``reads only`` on a line of its own."""
    suits_cursor: bool
    """Whether ``declare … cursor for`` accepts it."""
    first_line: int
    """The line that the statement starts on, 1-based."""
    label: str = ""
    """Which variant of its file it is, such as ``category, not min_price / order newest``; empty for the only one."""
    order: str = ""
    """The words that say where a page lies, in one line; empty without pages."""

    def line_at(self, position: int) -> int:
        """The file's line for an error position of the server: 1-based, in characters of ``text``."""
        # Nothing that was replaced or put in front spans lines, so that text has the statement's own lines.
        return self.first_line + bisect_right(line_starts(self.text.decode()), position - 1) - 1


@dataclass(frozen=True)
class SqlFile(Statement):
    """A file's statement, as it stands there with all its parts, and every statement that a call may send."""

    parts: tuple[Part, ...] = ()
    """What not every variant has."""
    selected: Mapping[Selection, Statement] = field(default_factory=dict[Selection, Statement], hash=False)
    """The variants by what tells them from each other; empty for a file without parts."""

    @property
    def variants(self) -> tuple[Statement, ...]:
        """Every statement that a call may send; for a file without parts, the file itself."""
        return tuple(self.selected.values()) or (self,)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The parameters of ``if`` parts."""
        return distinct(part.name for part in self.parts if part.kind is PartKind.IF)

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters of ``when`` parts, each with the names of its alternatives."""
        parts = [part for part in self.parts if part.kind is PartKind.WHEN]
        return {name: distinct(part.value for part in parts if part.name == name) for name in (p.name for p in parts)}

    @property
    def has_pages(self) -> bool:
        return any(part.kind is PartKind.PAGE for part in self.parts)


_FOLDER_HINT = "give the folder that holds one .sql file per function"


def load_folder(folder: Path) -> tuple[dict[str, SqlFile], list[Fault]]:
    """Every ``.sql`` file of a folder by name, and every fault of all of them."""
    if not folder.is_dir():
        return {}, [Fault(folder, 0, "there is no such folder", _FOLDER_HINT)]
    found = sorted(path for path in folder.rglob("*") if _is_query(path.relative_to(folder)) and path.is_file())
    if not found:
        return {}, [Fault(folder, 0, "there is no .sql file in this folder", _FOLDER_HINT)]
    files: dict[str, SqlFile] = {}
    faults: list[Fault] = []
    same_name = Counter(_fold(path) for path in found if path.parent == folder)
    for path in found:
        if path.parent != folder:
            hint = f"move it to {folder}, or declare functions for {path.parent} as a folder of its own"
            faults.append(Fault(path, 0, "a .sql file in a subfolder: one folder is one domain", hint))
            continue
        if same_name[_fold(path)] > 1:
            hint = "rename one: some file systems, and people, do not tell them apart"
            faults.append(Fault(path, 0, "another file has this name but for upper and lower case", hint))
        try:
            file = load_sql_file(path, prefix=folder.name)
        except DeclarationError as error:
            faults += error.faults
        else:
            files[file.name] = file
    return files, faults


def load_sql_file(path: Path, *, prefix: str) -> SqlFile:
    """Read one file; ``prefix`` stands before its name in the server's view of the query.

    Raises ``DeclarationError`` with every fault of the file.
    """
    reader = _Reader(path)
    faults = [*_name_faults(path), *reader.faults()]
    if faults:
        raise DeclarationError(render_faults(faults), faults)
    return reader.file(prefix)


class _Common(TypedDict):
    """What all variants of a file share."""

    name: str
    path: Path
    header: str
    is_read_only: bool
    suits_cursor: bool
    first_line: int


class _Sent(TypedDict):
    """What a variant has of its own."""

    label: str
    text: bytes
    parameters: tuple[str, ...]
    order: str


_UNUSUAL = (Kind.PARAMETER, Kind.POSITIONAL, Kind.COLON, Kind.OTHER)


class _Reader:
    """One file's text and tokens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sql = ""
        self.lines = [0]  # the offset of each line's start
        self.tokens: list[Token] = []  # without comments
        self.comments: list[Token] = []
        self.end = 0  # the index in tokens of the statement's ";"
        self.parameters: set[str] = set()
        self.composer: Composer | None = None
        self.parts: tuple[Part, ...] = ()
        self.variants: dict[Selection, Composed] = {}

    def faults(self) -> list[Fault]:
        """Read the file; all that is wrong with it."""
        try:
            # psql passes over a byte order mark too.
            self.sql = self.path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            return [Fault(self.path, 0, f"cannot be read: {error.strerror}")]
        except UnicodeDecodeError as error:
            line = len(line_starts(error.object[: error.start].decode()))
            return [Fault(self.path, line, "the file is not UTF-8", "save it as UTF-8")]
        self.lines = line_starts(self.sql)
        if "\0" in self.sql:
            return [self._fault(self.sql.index("\0"), "a NUL character", "PostgreSQL's text cannot hold it: remove it")]
        try:
            for token in tokenize(self.sql):
                (self.comments if token.kind is Kind.COMMENT else self.tokens).append(token)
        except LexError as error:
            unterminated = [self._fault(error.position, error.problem, "close it")]
        else:
            unterminated = []
        faults = [*self._token_faults(), *(unterminated or self._statement_faults())]
        return faults or self._part_faults()

    def file(self, prefix: str) -> SqlFile:
        """The statement; only of a file without faults."""
        name = python_name(self.path.stem)
        statement = self.tokens[: self.end]
        assert self.composer is not None  # noqa: S101  made where no fault was found
        # Nothing but these characters, so that no folder's name can close the comment.
        label = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{prefix}.{name}")
        words = [token.text.strip('"').lower() for token in statement]
        header = "\n".join(_bare_comment(c.text) for c in self.comments if c.end <= statement[0].start)
        common: _Common = {
            "name": name,
            "path": self.path,
            "header": header,
            # Of a statement that only reads, each part does; of one that a cursor takes, each variant is taken.
            "is_read_only": _is_read_only(words) or _SAYS_READS_ONLY.search(header) is not None,
            "suits_cursor": _suits_cursor(words),
            "first_line": bisect_right(self.lines, statement[0].start),
        }

        def sent(composed: Composed) -> _Sent:
            text = f"/* {label} */ {composed.text}".encode()
            return {"label": composed.label, "text": text, "parameters": composed.parameters, "order": composed.order}

        selected = {key: Statement(**common, **sent(each)) for key, each in self.variants.items()}
        return SqlFile(**common, **sent(self.composer.whole()), parts=self.parts, selected=selected)

    def _part_faults(self) -> list[Fault]:
        """What is wrong with the directives of a statement that is one."""
        statement = self.tokens[: self.end + 1]
        reader = PartReader(self.sql, statement, self._fault)
        if faults := reader.faults(self.comments):
            return faults
        self.parts = tuple(reader.parts)
        self.composer = Composer(self.sql, statement, reader.directives, self.parts)
        page = next((part for part in self.parts if part.kind is PartKind.PAGE), None)
        if page and not self.composer.has_order():
            hint = "order the statement as a whole by the page's keys"
            return [self._fault(page.start, "a page of rows in no order", hint)]
        if self.parts:
            self.variants = {each: self.composer.variant(each) for each in self.composer.selections()}
        pageless = (each.label for key, each in self.variants.items() if key.towards is Towards.NEXT and not each.order)
        if page and (label := next(pageless, None)):
            hint = "say in each `if not` and `when` how the page goes on"
            return [self._fault(page.start, f"no page among these parts: {label}", hint)]
        return []

    def _token_faults(self) -> Iterator[Fault]:
        """Tokens that no statement of ours has."""
        for at, token in enumerate(self.tokens):
            if token.kind not in _UNUSUAL:
                continue
            text = token.text
            following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            if token.kind is Kind.POSITIONAL:
                yield self._fault(token.start, f"the positional parameter {text}", "give it a name, such as :user_id")
            elif token.kind is Kind.COLON and following and following.start == token.end:
                start = self.sql[following.start]
                if start in "'\"{":
                    hint = "write :name; the value is sent apart from the statement and needs no quotes"
                    yield self._fault(token.start, f"psql's quoting form :{start}…", hint)
            elif token.kind is Kind.OTHER and text == "\\":
                hint = "the file is one statement: leave psql's commands to psql"
                yield self._fault(token.start, "a backslash: a command of psql?", hint)
            elif token.kind is Kind.PARAMETER:
                name = python_name(text[1:])
                if name not in self.parameters:
                    self.parameters.add(name)
                    yield from self._parameter_faults(token, name)

    def _parameter_faults(self, token: Token, name: str) -> Iterator[Fault]:
        if keyword.iskeyword(name):
            problem = f":{name} is a keyword of Python: no function can have a parameter of this name"
            yield self._fault(token.start, problem, f"call it :{name}_, or something that says more")
        elif not name.isidentifier():
            yield self._fault(token.start, f":{name} is not a name in Python", "use letters, digits and underscores")
        if len(self.parameters) == MAX_PARAMETERS + 1:
            problem = f"more than {MAX_PARAMETERS} parameters, PostgreSQL's limit"
            yield self._fault(token.start, problem, "pass an array")

    def _statement_faults(self) -> Iterator[Fault]:
        """Anything but one statement that ends in ``;``."""
        ends = list(self._ends())
        if not self.tokens or ends[:1] == [0]:
            yield Fault(self.path, 1, "there is no statement", "write one statement that ends in ;")
        elif not ends:
            last = self.tokens[-1]
            yield self._fault(last.start, "the statement does not end in ;", "end it in ; (outside its brackets)")
        elif self.tokens[0].text.lower() in _TRANSACTION_CONTROL:
            hint = "leave transactions to the caller: transaction(db) in Python"
            yield self._fault(self.tokens[0].start, "a statement that begins or ends a transaction", hint)
        else:
            self.end = ends[0]
            rest = [token for token in self.tokens[self.end + 1 :] if token.text != ";"]
            after = sorted(self.tokens[self.end + 1 :] + self.comments, key=lambda token: token.start)
            after = [token for token in after if token.start > self.tokens[self.end].start]
            if rest:
                hint = "one file holds one statement: move this one to a file of its own"
                yield self._fault(rest[0].start, "a second statement", hint)
            elif after:
                yield self._fault(after[0].start, "text after the final ;", "move a comment above the statement")

    def _ends(self) -> Iterator[int]:
        """The indexes of the ``;`` that end statements. By psql's rules, one in brackets does not, nor does
        one of a function's body between ``begin atomic`` and its ``end``."""
        brackets = blocks = 0
        previous = ""
        for index, token in enumerate(self.tokens):
            text = token.text.lower()
            if text in ("(", ")"):
                brackets = max(0, brackets + (1 if text == "(" else -1))
            elif (previous, text) == ("begin", "atomic") or (blocks and text == "case"):
                blocks += 1
            elif blocks and text == "end":
                blocks -= 1
            elif text == ";" and not brackets and not blocks:
                yield index
            previous = text

    def _fault(self, offset: int, problem: str, hint: str) -> Fault:
        line = bisect_right(self.lines, offset)
        return Fault(self.path, line, problem, hint, column=offset - self.lines[line - 1] + 1)


def _is_query(path: Path) -> bool:
    # Names that start with a dot are editors' and file managers' own (.#query.sql, ._query.sql).
    return path.suffix.lower() == ".sql" and not any(part.startswith(".") for part in path.parts)


def _fold(path: Path) -> str:
    return python_name(path.stem).casefold()


def _name_faults(path: Path) -> Iterator[Fault]:
    name = python_name(path.stem)
    if not name.isidentifier() or keyword.iskeyword(name):
        hint = "the file has the name of its function: letters, digits and underscores"
        yield Fault(path, 0, f"{name!r} cannot be the name of a function", hint)
    elif path.name != path.name.lower():
        yield Fault(path, 0, "the file's name has upper-case letters", f"rename it {path.name.lower()}")


def _bare_comment(comment: str) -> str:
    if comment.startswith("--"):
        return comment.lstrip("-").removeprefix(" ").rstrip()
    return "\n".join(line.strip() for line in comment[2:-2].strip().splitlines())


# --- what the statement does -------------------------------------------------------------------------------

# A line of its own in the header, for a statement that calls functions of a schema which only read.
_SAYS_READS_ONLY = re.compile(r"^reads only\.?$", re.M | re.I)
_TRANSACTION_CONTROL = {"abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start"}
_READS = {"select", "values", "table", "with", "show", "explain"}
_CHANGES = {"insert", "update", "delete", "merge"}
# Words of statements and clauses that do more than read. A column of such a name leaves it in doubt.
_DOES_MORE = _CHANGES | {"call", "copy", "do", "execute", "into", "lock", "refresh", "share", "truncate"}
# Words that open a bracket and call nothing: keywords, and types with a length.
_NO_CALL = frozenset(
    "all and any array as bit by case char character decimal distinct else except exists filter from group having in "  # noqa: SIM905  a page of quotes would hide the words
    "first intersect interval join lateral like limit materialized not numeric offset on or order over row select some "
    "table then time timestamp timestamptz union using values varchar varying when where with within".split()
)
# PostgreSQL's and PostGIS's functions that only read. Any other may do more: who knows what it does.
_FUNCTION_READS = re.compile(
    r"abs|age|array_\w+|avg|bit_\w+|bool_\w+|box|btrim|cardinality|cast|ceil|ceiling|char_length|clock_timestamp|coalesce|"
    r"concat|concat_ws|corr|count|cume_dist|current_\w+|date|date_\w+|daterange|decode|dense_rank|div|encode|every|exp|"
    r"extract|first_value|floor|format|gen_random_uuid|generate_\w+|geography|geometry|greatest|grouping|initcap|isempty|"
    r"isfinite|jsonb?_\w+|justify_\w+|lag|last_value|lead|least|left|length|ln|log|lower|lpad|ltrim|make_\w+|max|md5|min|"
    r"mod|mode|now|nth_value|ntile|nullif|num_nonnulls|num_nulls|octet_length|overlay|percent_rank|percentile_\w+|"
    r"(phrase|plain|websearch_)to_tsquery|pg_(backend_pid|get_\w+|sleep|typeof|\w+_size)|point|position|power|quote_\w+|"
    r"random|rank|regexp_\w+|repeat|replace|reverse|right|round|row_number|row_to_json|rpad|rtrim|sha\d+|sign|similarity|"
    r"split_part|sqrt|st_\w+|starts_with|statement_timestamp|stddev\w*|string_\w+|strpos|substr|substring|sum|timezone|"
    r"to_\w+|transaction_timestamp|translate|trim|trunc|ts_(headline|rank|rank_cd)|tsrange|tstzrange|unnest|upper|"
    r"var_\w+|variance|width_bucket|word_similarity"
)


def _is_read_only(words: list[str]) -> bool:
    return (
        _first_word(words) in _READS
        and _DOES_MORE.isdisjoint(words)
        and all(_only_reads(words, at) for at, word in enumerate(words) if word == "(")
    )


def _only_reads(words: list[str], bracket: int) -> bool:
    """Whether what stands before this bracket is no call, or that of a function which is known to only read."""
    alias, schema, word = ["", "", "", *words[:bracket]][-3:]
    if not (word.isidentifier() or word[:1].isalpha()) or word in _NO_CALL or schema == "as":
        return True
    if schema == "." and alias != "pg_catalog":
        return False
    return _FUNCTION_READS.fullmatch(word) is not None


def _suits_cursor(words: list[str]) -> bool:
    # A clause that changes rows opens a bracket or follows one: "with x as (delete …) …",
    # "with x as (…) update …". Elsewhere the word is a lock's (for update) or a column's (t.update).
    return (
        _first_word(words) in _READS - {"show", "explain"}
        and "into" not in words
        and not any(word in _CHANGES and before in ("(", ")") for before, word in pairwise(words))
    )


def _first_word(words: list[str]) -> str:
    return next((word for word in words if word != "("), "")
