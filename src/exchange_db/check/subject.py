"""The function that is being checked, and what is found on the way."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from psycopg import Connection

from exchange_db.check.description import Column
from exchange_db.check.directives import Directive
from exchange_db.check.named_errors import NamedErrorFault
from exchange_db.check.plans import Plan
from exchange_db.check.report import Comparison, Finding, Severity
from exchange_db.check.servertypes import ServerType, ServerTypes
from exchange_db.check.source import Place, Source
from exchange_db.check.targets import AnyQuery
from exchange_db.check.values import ColumnValues
from exchange_db.engine.binding import Parameter
from exchange_db.engine.declaration import Declaration
from exchange_db.proof.cardinality import RowProof
from exchange_db.proof.catalog import Catalog

if TYPE_CHECKING:  # an inspection is made of what this module has
    from exchange_db.check.inspection import Inspection

__all__ = ["Database", "Slot", "Subject"]

Slot: TypeAlias = tuple[type[Any], str]
"""A field of a record: the class that writes it, and its name."""


class Database:
    """What is known of one database; everything is asked for once."""

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn
        self.types = ServerTypes(conn)
        self.values = ColumnValues(conn)
        self.catalog = Catalog(conn)

    def column_type(self, column: Column) -> ServerType:
        """The type of a result's column: the domain, where a table's column is taken as it is."""
        if column.table:
            return self.types.get(self.values.type(column.table, column.number), column.modifier)
        return self.types.get(column.type, column.modifier)

    def column_values(self, table: int, number: int) -> frozenset[str] | None:
        """What a table's column can hold; ``None``: any text."""
        return self.values.of_column(table, number, self.types.get(self.values.type(table, number)))


@dataclass
class Subject:
    """One function."""

    function: AnyQuery
    declaration: Declaration
    source: Source
    directives: tuple[Directive, ...]
    inspections: list["Inspection"] = field(default_factory=list["Inspection"])
    """What the server says of each statement that it takes."""
    findings: dict[Finding, None] = field(default_factory=dict[Finding, None])
    """Each once, however many variants have it."""
    columns: dict[str, Comparison] = field(default_factory=dict[str, Comparison])
    parameters: dict[str, Comparison] = field(default_factory=dict[str, Comparison])
    asserted: dict[str, None] = field(default_factory=dict[str, None])
    """What the header asserts and nothing proves."""
    used: set[Directive] = field(default_factory=set[Directive])
    """The directives that were needed."""
    unridden: dict[tuple[Directive, frozenset[str]], list[tuple[str, Plan]]] = field(
        default_factory=dict[tuple[Directive, frozenset[str]], list[tuple[str, Plan]]]
    )
    """The indexes that plans do without: the labels of the variants, and what they do instead."""
    described: bool = False
    """Whether the server accepted at least one variant."""
    notes: dict[str, None] = field(default_factory=dict[str, None])
    needless: dict[Slot, Finding] = field(default_factory=dict[Slot, Finding])
    """Hints at fields that are optional without need, as far as this function goes."""
    needed: set[Slot] = field(default_factory=set[Slot])
    """Fields that have to be optional for this function's sake."""
    absent: set[str] = field(default_factory=set[str])
    """Fields with records that are not optional, and that a row may be without."""
    inside: dict[str, bool] = field(default_factory=dict[str, bool])
    """The keys and items of documents that the statement builds, as ``column.key`` and ``column[]``: whether each is
    proved to be never NULL."""
    row_bounds: list[RowProof] = field(default_factory=list[RowProof])
    """Of each variant of a list whether there is one row at most; of ``T | None`` whether there is one always."""
    named_errors: list[tuple[NamedErrorFault, ...]] = field(default_factory=list[tuple[NamedErrorFault, ...]])
    """What is wrong with the errors of ``@query.raises``, for each variant."""

    @cached_property
    def sent(self) -> dict[str, Parameter]:
        """Everything that a statement of the function takes, by name."""
        return self.declaration.sent(self.function.file)

    def error(self, code: str, place: Place, problem: str, **more: str) -> None:
        """Take note of what is wrong; ``more`` are the texts of a ``Finding``."""
        self._add(Severity.ERROR, code, place, problem, more)

    def hint(self, code: str, place: Place, problem: str, **more: str) -> None:
        """Take note of what could be better."""
        self._add(Severity.HINT, code, place, problem, more)

    def needless_optional(self, slot: Slot, place: Place, problem: str, **more: str) -> None:
        """A hint, unless another function needs the field to be optional."""
        self.needless[slot] = self._finding(Severity.HINT, "needless-optional", place, problem, **more)

    def directive(self, kind: str) -> list[Directive]:
        """The header's lines of one kind."""
        return [each for each in self.directives if each.kind == kind]

    def _add(self, severity: Severity, code: str, place: Place, problem: str, more: dict[str, str]) -> None:
        for each in self.directive("allow"):
            if each.names == (code,) and each.reason:
                self.used.add(each)
                self.asserted[f"allow {code}: {each.reason}"] = None
                return
        self.findings[self._finding(severity, code, place, problem, **more)] = None

    def _finding(
        self,
        severity: Severity,
        code: str,
        place: Place,
        problem: str,
        *,
        expected: str = "",
        actual: str = "",
        reason: str = "",
        hint: str = "",
        patch: str = "",
    ) -> Finding:
        where = (self.source.path, place.line, place.column)
        return Finding(
            self.function.name, code, severity, *where, problem, expected, actual, reason=reason, hint=hint, patch=patch
        )
