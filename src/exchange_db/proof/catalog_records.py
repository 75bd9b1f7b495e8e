"""What a catalog tells of relations, functions, operators and types: records, and no logic but their names."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from exchange_db.proof.tree import Node, Value

__all__ = ["Check", "Column", "Function", "Operator", "Reference", "Relation", "Type", "UniqueKey"]


@dataclass(frozen=True)
class Column:
    """A column of a relation."""

    number: int
    name: str
    type: int
    """The object id of its type."""
    typmod: int
    """The type's length, precision or SRID as the type keeps it; -1: none."""
    not_null: bool
    """Whether it has a NOT NULL constraint that holds for every row; a domain's does not count."""
    default: Node | None
    """The expression of its default, or of a generated column."""
    generated: bool
    identity: bool


@dataclass(frozen=True)
class Check:
    """A check constraint, of which every row is known to be not false."""

    name: str
    condition: Node
    inherited: bool
    """Whether it holds for the rows of child tables too."""


@dataclass(frozen=True)
class UniqueKey:
    """A unique index that is valid and checked at once."""

    name: str
    columns: tuple[int, ...]
    """The columns' numbers; 0 is an expression, in their order in ``expressions``."""
    families: tuple[int, ...]
    """The operator family of each column."""
    collations: tuple[int, ...]
    expressions: tuple[Node, ...]
    predicate: Node | None
    """The condition of a partial index."""


@dataclass(frozen=True)
class Reference:
    """A foreign key by which each row of its table has the row that it names, at the end of every statement: one that
    is valid, never deferred, with its triggers on, and of a table whose rows nothing hides."""

    columns: tuple[int, ...]
    table: int
    """The object id of the table that is referred to."""
    its_columns: tuple[int, ...]
    operators: tuple[int, ...]
    """The equality of each pair of columns."""


@dataclass(frozen=True)
class Relation:
    """A table, view, materialized view, foreign table, or partitioned table."""

    oid: int
    schema: str
    name: str
    kind: str
    """``pg_class.relkind``."""
    columns: Mapping[int, Column]
    checks: tuple[Check, ...]
    children: tuple[int, ...]
    """Partitions and tables that inherit from it, their own children included."""
    row_triggers: str
    """Which of insert, update, delete (``i``, ``u``, ``d``) have a row trigger that runs before, or instead."""
    rules: bool
    """Whether there are rules other than a view's own."""

    @property
    def title(self) -> str:
        """Its name as it is written in SQL."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Function:
    """A function, procedure, aggregate or window function."""

    oid: int
    schema: str
    name: str
    signature: str
    """``name(type, type)``, without the schema of the name."""
    kind: str
    """``pg_proc.prokind``: f, a, w or p."""
    strict: bool
    returns_set: bool
    volatile: bool
    arguments: int
    """How many arguments it takes, those with defaults included."""
    result: int
    """The object id of the result's type."""
    extension: str | None
    language: str
    body: Value
    """The analysed statements of a function that was written ``begin atomic`` or ``return``."""

    @property
    def title(self) -> str:
        """Its name as it is written in SQL; the server's own have no schema."""
        return f"{self.name}()" if self.schema == "pg_catalog" else f"{self.schema}.{self.name}()"

    def is_own(self, signatures: Container[str]) -> bool:
        """Whether it is the server's own, of one of these signatures."""
        return self.schema == "pg_catalog" and self.signature in signatures


@dataclass(frozen=True)
class Operator:
    """An operator and the function behind it."""

    oid: int
    name: str
    schema: str
    function: int
    equality: frozenset[int]
    """The btree operator families in which it is the equality."""
    negator: int
    """The object id of the operator that says the contrary; 0: none."""


@dataclass(frozen=True)
class Type:
    """A type."""

    oid: int
    schema: str
    name: str
    kind: str
    """``pg_type.typtype``: b, c, d, e, p, r or m."""
    base: int
    """A domain's base type, else 0."""
    element: int
    """An array's element type, else 0."""
    relation: int
    """A composite type's relation, else 0."""
    not_null: bool
    """Whether it is a domain with NOT NULL."""
    labels: tuple[str, ...]
    """An enum's values, in their order."""
    category: str
