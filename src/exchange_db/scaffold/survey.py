"""Everything that the server says of one statement: parameters, columns, how many rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg

from exchange_db.check.building import outputs
from exchange_db.check.description import Column, Description, describe
from exchange_db.check.directives import read_directives
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import compared_columns, constants, nodes, stripped
from exchange_db.check.subject import Database
from exchange_db.engine.dynamic import CURSOR, GIVEN, LIMIT, page_fields
from exchange_db.engine.faults import Fault, render_faults
from exchange_db.engine.sqlfile import SqlFile, Statement
from exchange_db.errors import DeclarationError
from exchange_db.proof.analysis import CannotAnalyse, analyse
from exchange_db.proof.cardinality import RowProof, at_least_one, at_most_one
from exchange_db.proof.nullability import new_prover, prove, targets
from exchange_db.proof.tree import Node
from exchange_db.scaffold.columns import shape_of
from exchange_db.scaffold.documents import read_document
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.naming import why_no_field
from exchange_db.scaffold.shapes import Choice, Known, Many, Member, Plain, Shape, folded

__all__ = ["Given", "Read", "Survey", "describe_or_fault", "survey"]

_UPDATE, _INSERT = 2, 3
_JSON = ("json", "jsonb")
_SPATIAL = ("geography", "geometry")
_BIGINT, _TEXT = 20, 25


@dataclass(frozen=True)
class Given:
    """A parameter."""

    name: str
    shape: Shape
    optional: bool = False
    """Whether NULL means something: the statement asks for it, or writes it to a column that can hold it."""
    has_default: bool = False
    """Whether leaving it out does."""
    may_be_unset: bool = False
    """Whether the statement asks if it was given."""


@dataclass(frozen=True)
class Read:
    """A statement as the server has described and analysed it."""

    whole: SqlFile
    file: Statement
    """The variant."""
    source: Source
    description: Description
    tree: Node | None
    """``None`` where it could not be analysed."""
    note: str = ""
    """Why not."""

    @property
    def command(self) -> int:
        """As the tree has it: 1 select, 2 update, 3 insert, 4 delete, 5 merge; 0 where it is not known."""
        return self.tree.number("commandType") if self.tree else 0

    def fault(self, problem: str, place: Place, hint: str = "") -> Fault:
        return Fault(self.file.path, place.line, problem, hint or None, place.column)


@dataclass(frozen=True)
class Survey:
    """What there is to declare."""

    parameters: tuple[Given, ...]
    columns: tuple[Member, ...]
    at_most_one: RowProof
    at_least_one: RowProof
    command: int
    returns_nothing: bool
    """Whether no column comes back, or none that holds anything (void)."""
    notes: tuple[str, ...]
    is_row: bool
    """Whether the columns are a record's, and not the one of a scalar."""


def describe_or_fault(database: Database, whole: SqlFile) -> list[Read]:
    """Ask the server for every variant; raises ``DeclarationError`` with its own words and place where it refuses."""
    return [_described(database, whole, variant) for variant in whole.variants]


def _described(database: Database, whole: SqlFile, file: Statement) -> Read:
    source = Source.read(file.path)
    try:
        with database.conn.transaction(force_rollback=True):
            description = describe(database.conn, file)
        try:
            return Read(whole, file, source, description, analyse(database.conn, file.text, description.parameters))
        except CannotAnalyse as error:
            return Read(whole, file, source, description, None, error.sentence)
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate[:2] in ("57", "08"):
            raise
        diag = error.diag
        at = diag.statement_position
        place = source.server_place(file, int(at)) if at else Place(source.first_line)
        hint = "say its type: … ::bigint" if error.sqlstate == "42P18" else diag.message_hint
        fault = Fault(file.path, place.line, diag.message_primary or str(error), hint, place.column)
        raise DeclarationError(render_faults([fault]), [fault]) from error


def survey(database: Database, meanings: Meanings, reads: Sequence[Read]) -> Survey:
    """Put together what is known of a file's statements; raises ``DeclarationError`` for columns that no record has."""
    read = reads[0]
    columns = read.description.columns
    if faults := list(_column_faults(read, columns)):
        raise DeclarationError(render_faults(faults), faults)
    parameters = tuple(_parameters(database, meanings, reads))
    directives = list(read_directives(read.source))
    asserted = {name for each in directives if each.kind == "not null" for name in each.names}
    refusing = {each.name for each in parameters if not each.optional and not each.may_be_unset}
    given = [n for n, name in enumerate(read.file.parameters, 1) if name in refusing]
    catalog, tree = database.catalog, read.tree
    proofs = prove(tree, catalog, given) if tree else ()
    members = [
        _column(
            database,
            meanings,
            read,
            i,
            not_null=columns[i].name in asserted or (i < len(proofs) and proofs[i].not_null),
        )
        for i in range(len(columns))
    ]
    unknown = RowProof(False, "the statement was not analysed")
    said = (RowProof(True, each.reason) for each in directives if each.kind == "at most one row")
    return Survey(
        parameters,
        folded(members),
        next(said, None) or (at_most_one(tree, catalog) if tree else unknown),
        at_least_one(tree, catalog) if tree else unknown,
        read.command,
        not columns or all(database.types.get(column.type).name == "void" for column in columns),
        tuple(filter(None, [read.note])),
        len(columns) > 1 or any("." in column.name for column in columns),
    )


def _column_faults(read: Read, columns: Sequence[Column]) -> Iterator[Fault]:
    if len(columns) < 2:
        return  # a scalar has no name
    seen: set[str] = set()
    for i, column in enumerate(columns):
        place = read.source.output(i, len(columns))
        if column.name in seen:
            yield read.fault(
                f"column {column.name!r} appears more than once", place, "give one of them another name: … as …"
            )
        seen.add(column.name)
        for part in column.name.split("."):
            if problem := why_no_field(part):
                yield read.fault(problem, place, "give it a name that Python can have: … as …")
                break


# --- columns ---


def _column(database: Database, meanings: Meanings, read: Read, index: int, *, not_null: bool) -> Member:
    column = read.description.columns[index]
    server = _of_any_shape(database.column_type(column))
    written = targets(read.tree) if read.tree else []
    expression = written[index] if index < len(written) else None
    shape = shape_of(database, meanings, server, (column.table, column.number), column.name)
    if expression is None or read.tree is None:
        pass
    elif server.plain.name in _JSON:
        values = outputs(read.tree, None, index + 1, new_prover(database.catalog))
        shape = read_document(database, meanings, values)
    elif isinstance(shape, Plain) and server.plain.name == "text" and expression and (texts := constants(expression)):
        shape = Choice(tuple(sorted(texts)), server)
    return Member(column.name, shape, not not_null, bool(column.table) and _is_not_null(database, column))


def _of_any_shape(server: ServerType) -> ServerType:
    """A spatial type without a modifier says so: ``geometry(Geometry)``."""
    return replace(server, shown=f"{server.shown}(Geometry)") if server.shown in _SPATIAL else server


def _is_not_null(database: Database, column: Column) -> bool:
    return database.catalog.relation(column.table).columns[column.number].not_null


# --- parameters ---


def _parameters(database: Database, meanings: Meanings, reads: Sequence[Read]) -> Iterator[Given]:
    """What a function takes for all variants of its statement."""
    file = reads[0].whole
    sent: dict[str, Given] = {}
    for read in reads:
        for each in _sent(database, meanings, read):
            known = sent.get(each.name)
            optional = each.optional or (known is not None and known.optional)
            sent[each.name] = replace(known or each, optional=optional)
    for name, given in sent.items():
        if name in file.choices or name in page_fields(file) or (file.has_pages and name in (LIMIT, CURSOR)):
            continue
        if not name.endswith(GIVEN) or name.removesuffix(GIVEN) not in {*sent, *file.conditions}:
            is_part = name in file.conditions
            yield replace(
                given,
                optional=given.optional or is_part,
                has_default=given.has_default or is_part,
                may_be_unset=f"{name}{GIVEN}" in sent,
            )
    text = database.types.get(_TEXT)
    yield from (Given(name, Choice(values, text)) for name, values in file.choices.items())
    if file.has_pages:
        yield Given(LIMIT, Plain(database.types.get(_BIGINT)))
        yield Given(CURSOR, Plain(text), optional=True, has_default=True)


def _sent(database: Database, meanings: Meanings, read: Read) -> Iterator[Given]:
    """What one statement takes."""
    tree = read.tree
    columns: dict[int, list[tuple[int, int]]] = {}
    for number, table, column in compared_columns(tree, database.catalog) if tree else ():
        columns.setdefault(number, []).append((table, column))
    asked = set(_asked_for_null(tree)) if tree else set[int]()
    nullable = _written_to_nullable(database, tree) if tree else dict[int, int]()
    for number, (name, oid) in enumerate(zip(read.file.parameters, read.description.parameters, strict=True), 1):
        server = database.types.get(oid)
        found = [shape_of(database, meanings, server, place, name) for place in columns.get(number, [(0, 0)])]
        shape = next((each for each in found if _says_more(each)), found[0])
        optional = number in asked or number in nullable
        yield Given(name, shape, optional, optional and (number in asked or nullable.get(number) == _INSERT))


def _says_more(shape: Shape) -> bool:
    return isinstance(shape.item if isinstance(shape, Many) else shape, Known | Choice)


def _asked_for_null(tree: Node) -> Iterator[int]:
    """The parameters that the statement has a meaning for when they are NULL: ``is null``, ``coalesce``."""
    for node in nodes(tree):
        asked = (
            [node.child("arg")]
            if node.tag == "NULLTEST"
            else node.children("args")[:-1]
            if node.tag == "COALESCEEXPR"
            else []
        )
        for each in map(stripped, asked):
            if each is not None and each.tag == "PARAM":
                yield each.number("paramid")


def _written_to_nullable(database: Database, tree: Node) -> dict[int, int]:
    """The parameters that are written to columns, all of which can be NULL, with the last command that does so."""
    found: dict[int, int] = {}
    refused: set[int] = set()
    for query in nodes(tree):
        command = query.number("commandType")
        if query.tag != "QUERY" or command not in (_UPDATE, _INSERT):
            continue
        relation = database.catalog.relation(
            query.children("rtable")[query.number("resultRelation") - 1].number("relid")
        )
        for entry in query.children("targetList"):
            number = _parameter(entry.child("expr"), query)
            column = relation.columns.get(entry.number("resno"))
            if number and column:
                found[number] = command
                refused |= {number} if column.not_null else set()
    return {number: command for number, command in found.items() if number not in refused}


def _parameter(node: Node | None, query: Node) -> int:
    """The number of the parameter that an expression is, also by way of ``insert … select`` or ``values``; else 0."""
    node = stripped(node)
    if node is not None and node.tag == "VAR" and not node.number("varlevelsup"):
        inner = query.children("rtable")[node.number("varno") - 1].child("subquery")
        if inner is not None and inner.child("setOperations") is None:
            return _parameter(targets(inner)[node.number("varattno") - 1], inner)
    return node.number("paramid") if node is not None and node.tag == "PARAM" else 0
