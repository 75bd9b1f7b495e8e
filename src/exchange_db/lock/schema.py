"""What a live database has of the things that locks name."""

from collections.abc import Iterable

from exchange_db.engine import sql_folder
from exchange_db.types import Record

__all__ = ["LiveColumn", "LiveFunction", "LiveKey", "LiveSchema", "LiveTable", "LiveType", "read_schema"]

query = sql_folder("sql")


class LiveColumn(Record):
    name: str
    type: str
    not_null: bool
    is_given: bool
    """Whether it has a value without being given one: a default, an identity, generated."""

    @property
    def fact(self) -> str:
        """As a lock has it."""
        return f"{self.type} not null" if self.not_null else self.type


class LiveKey(Record):
    """A unique key: what it is over, and the condition of a partial one."""

    columns: list[str]
    uses: list[str]
    """The table's columns in it."""
    condition: str | None

    @property
    def text(self) -> str:
        """As a lock has it."""
        condition = f" where {self.condition}" if self.condition else ""
        return f"({', '.join(self.columns)}){condition}"


class LiveTable(Record):
    name: str
    is_view: bool
    columns: list[LiveColumn]
    keys: list[LiveKey]
    constraints: list[str]

    @property
    def required(self) -> set[str]:
        """The columns that every insert has to fill."""
        return {column.name for column in self.columns if column.not_null and not column.is_given}


class LiveType(Record):
    name: str
    labels: list[str]


class LiveFunction(Record):
    name: str
    takes: list[str]
    returns: str

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(self.takes)})"


class LiveSchema(Record):
    tables: list[LiveTable]
    types: list[LiveType]
    functions: list[LiveFunction]
    indexes: list[str]
    constraints: list[str]
    """The names that constraints or unique indexes have in any schema."""

    def missing(self, indexes: Iterable[str]) -> list[str]:
        """Those of the indexes, with or without a schema, that are not there."""
        there = {*self.indexes, *(index.rpartition(".")[2] for index in self.indexes)}
        return [index for index in indexes if index not in there]


@query
def read_schema(
    *,
    table_names: list[str],
    tables: list[str],
    types: list[str],
    functions: list[str],
    indexes: list[str],
    constraints: list[str],
) -> LiveSchema:
    """What there is of the things with these names.

    All are ``schema.name``; ``table_names`` are the names of the tables alone, and an index may be without its schema.
    """
    ...


query.complete()
