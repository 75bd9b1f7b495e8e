"""The draft of a declaration: its record, its signature, and the module with both in it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from psycopg import Connection

from exchange_db.check import check
from exchange_db.check.run import OWN_DOMAINS
from exchange_db.check.statement import relations
from exchange_db.check.subject import Database
from exchange_db.check.targets import AnyQuery, find_targets
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.faults import Fault, nearest, render_faults
from exchange_db.engine.sqlfile import SqlFile, load_sql_file
from exchange_db.errors import DeclarationError
from exchange_db.resources import QUERIES
from exchange_db.scaffold.annotating import Annotator
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.modulefile import ModuleFile, find_module
from exchange_db.scaffold.namespace import Import, Namespace
from exchange_db.scaffold.naming import camel, docstring, free, quoted, record_name, verb_of
from exchange_db.scaffold.shapes import Json, Many, Member, Object
from exchange_db.scaffold.survey import Given, Survey, describe_or_fault, survey
from exchange_db.scaffold.writing import Function, line_length

__all__ = ["Draft", "Drafter", "draft", "write"]

_UPDATE, _INSERT, _DELETE = 2, 3, 4
_LISTS = ("list", "search", "discover", "import", "export", "fetch")
_COUNTS = (
    "update",
    "set",
    "import",
    "delete",
    "remove",
    "purge",
    "expire",
    "prune",
    "clear",
    "archive",
    "close",
    "cancel",
    "mark",
    "touch",
)
_DIRECTIVES = ("rides", "not null", "at most one row", "allow", "reads only", "noqa", "sqlfluff")


@dataclass(frozen=True)
class Draft:
    """What would be written."""

    module: ModuleFile
    function: str
    code: str
    """The new definitions, with the imports that the module lacks above them."""
    data: bytes
    """The whole file of the module with them."""
    notes: tuple[str, ...]
    """What the author should know."""


def draft(path: Path, conn: Connection[Any], *, module: str | None = None) -> Draft:
    """The declaration of a ``.sql`` file by what the database of ``conn`` says; nothing is executed or written.

    ``module`` is the name or path of the module to declare it in; without one, the module that declares the file's
    folder, or a new one beside it. Raises ``DeclarationError`` for what is wrong with the file, the statement or the
    module, and where the function is declared already: then with what differs.
    """
    return Drafter(conn).draft(path, module=module)


class Drafter:
    """Drafts on one database: what is learned of its columns for one file is there for the next."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self._database = Database(conn)
        self._meanings = Meanings(self._database)

    @cached_property
    def _own(self) -> list[AnyQuery]:
        """This library's functions, whose ids and enums are those of its tables."""
        return list(find_targets(OWN_DOMAINS).functions.values())

    def draft(self, path: Path, *, module: str | None = None) -> Draft:
        """As the function ``draft``."""
        place = found(path)
        file = load_sql_file(place, prefix=place.resolve().parent.name)
        home = find_module(file.path.parent, module)
        namespace = home.namespace
        _refuse_declared(home, file, self._conn)
        with self._conn.transaction(force_rollback=True):
            reads = describe_or_fault(self._database, file)
            self._meanings.learn(home.functions)
            used = [each for read in reads if read.tree for each in relations(read.tree, self._database.catalog)]
            if any(each.schema == "exchange" for each in used):
                self._meanings.learn(self._own)
            known = survey(self._database, self._meanings, reads)
        return _Drafting(home, file, known, namespace).draft()


def write(made: Draft) -> None:
    """Put the definitions into the module; raises ``DeclarationError`` where its file was changed meanwhile."""
    made.module.write(made.data)


def found(path: Path) -> Path:
    """The file itself, or the one of that name among this library's own; raises ``DeclarationError``."""
    for each in (path, QUERIES / path):
        if each.is_file():
            return each
    near = nearest(path.name, [each.name for each in path.parent.glob("*.sql")]) if path.parent.is_dir() else None
    fault = Fault(
        path, 0, "there is no such file", f"did you mean {near!r}?" if near else "give the path of a .sql file"
    )
    raise DeclarationError(render_faults([fault]), [fault])


def _refuse_declared(home: ModuleFile, file: SqlFile, conn: Connection[Any]) -> None:
    """A function that is there stays as it is: what differs is told instead."""
    line = home.defined(file.name)
    if not line:
        return
    functions = [each for each in home.functions if each.__name__ == file.name]
    report = check(*functions, db=conn) if functions else None
    differs = "" if report is None else f"\n{report}" if report.findings else ": it agrees with the statement"
    fault = Fault(home.path, line, f"{file.name} is declared already{differs}")
    raise DeclarationError(render_faults([fault]), [fault])


class _Drafting:
    """One function."""

    def __init__(self, home: ModuleFile, file: SqlFile, known: Survey, namespace: Namespace) -> None:
        self.home = home
        self.file = file
        self.survey = known
        self.width = line_length(home.path)
        self.namespace = namespace
        self.annotator = Annotator(namespace, notes=dict.fromkeys(known.notes))
        self.record = record_name(file.name)

    def draft(self) -> Draft:
        blocks: list[list[str]] = []
        query = self.home.decorator
        if not query:
            query = (
                free("query", self.namespace)
                if "query" not in self.namespace
                else f"{camel(self.home.folder.name).lower()}_query"
            )
            sql_folder = self.namespace.refer("exchange_db", "sql_folder")
            relative = os.path.relpath(self.home.folder.resolve(), self.home.path.resolve().parent)
            blocks.append([f"{query} = {sql_folder}({quoted(Path(relative).as_posix())})"])
        is_stream = verb_of(self.file.name) == "stream" and self.file.suits_cursor and not self.survey.returns_nothing
        returns = self._returns(is_stream=is_stream)
        parameters = tuple(self._parameter(each) for each in self.survey.parameters)
        doc = tuple(docstring(_prose(self.file.header), self.width))
        function = Function(f"{query}.stream" if is_stream else query, self.file.name, parameters, returns, doc)
        blocks += [*self.annotator.classes, function.lines(self.width)]
        if not self.home.decorator and not any(line.endswith(".complete()") for block in blocks for line in block):
            blocks.append([f"{query}.complete()"])
        self._tell_of_long_lines(blocks)
        imports = list(self.namespace.imports)
        names = [*self.annotator.made, self.file.name]
        data = self.home.with_code(blocks, imports, names, self.width)
        return Draft(self.home, self.file.name, self._code(blocks, imports, data), data, tuple(self.annotator.notes))

    def _code(self, blocks: Sequence[Sequence[str]], imports: Sequence[Import], data: bytes) -> str:
        if self.home.text is None:
            return data.decode()
        head = "\n".join(map(str, imports))
        return "\n\n\n".join(filter(None, [head, *("\n".join(block) for block in blocks)])) + "\n"

    # --- the result ---

    def _returns(self, *, is_stream: bool) -> str:
        if self.survey.returns_nothing:
            counts = self.survey.command in (_UPDATE, _INSERT, _DELETE) and verb_of(self.file.name) in _COUNTS
            return (
                self.namespace.refer("exchange_db.types", "RowCount") if counts and not self.survey.columns else "None"
            )
        cardinality = self._cardinality()
        item, may_be_null = self._item()
        if is_stream:
            return (
                f"{self.namespace.refer('collections.abc', 'Iterator')}[{self.annotator.optional(item, may_be_null)}]"
            )
        if self.file.has_pages:
            return f"{self.namespace.refer('exchange_db.types', 'Page')}[{item}]"
        if cardinality is Cardinality.MANY:
            return f"list[{self.annotator.optional(item, may_be_null)}]"
        return self.annotator.optional(item, may_be_null or cardinality is Cardinality.OPTIONAL)

    def _item(self) -> tuple[str, bool]:
        """A record, or the one column; and whether that can be NULL."""
        columns = self.survey.columns
        if self.survey.is_row:
            return self.annotator.row(columns, self.record), False
        column = _scalar(columns[0])
        name = column.name if column.name.isidentifier() else self.file.name
        if isinstance(column.shape, Json):
            # A JSON document that is the whole result: None would say that there is no row.
            return f"dict[str, {self.annotator.annotation(column.shape, name, self.record)}]", False
        return self.annotator.annotation(column.shape, name, self.record), column.optional

    def _cardinality(self) -> Cardinality:
        """As the verb says and the proof allows."""
        verb, proof = verb_of(self.file.name), self.survey.at_most_one
        if verb in _LISTS and not (self.survey.at_least_one.holds and proof.holds):
            return Cardinality.MANY
        if not proof.holds:
            if verb in ("get", "find"):
                self.annotator.notes[
                    f"a list is declared, because no key proves that {verb}_… gets one row: {proof.reason}"
                ] = None
            return Cardinality.MANY
        return Cardinality.OPTIONAL if verb == "find" and not self.survey.at_least_one.holds else Cardinality.ONE

    # --- parameters ---

    def _parameter(self, given: Given) -> str:
        written = self.annotator.annotation(given.shape, given.name, self.record)
        if isinstance(given.shape, Json):
            written = f"dict[str, {written}] | list[{written}]"  # a JsonValue alone would take None
        if given.may_be_unset:
            unset = self.namespace.refer("exchange_db.types", "UNSET")
            kind = self.namespace.refer("exchange_db.types", "Unset")
            return f"{given.name}: {self.annotator.optional(written, given.optional)} | {kind} = {unset}"
        default = " = None" if given.has_default else ""
        return f"{given.name}: {self.annotator.optional(written, given.optional)}{default}"

    def _tell_of_long_lines(self, blocks: Sequence[Sequence[str]]) -> None:
        for line in (line for block in blocks for line in block):
            if len(line) > self.width:
                self.annotator.notes[f"a line of more than {self.width} characters: run your formatter"] = None


def _scalar(column: Member) -> Member:
    """A result of one column: a document in it is no record."""
    shape = column.shape
    if isinstance(shape, Object) or (isinstance(shape, Many) and isinstance(shape.item, Object | Many | Json)):
        return Member(column.name, Json(), column.optional)
    return column


def _prose(header: str) -> str:
    """The header without the lines that are for tools."""
    lines = header.splitlines()
    return "\n".join(line for line in lines if not line.lower().strip().startswith(_DIRECTIVES))
