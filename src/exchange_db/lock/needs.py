"""What a query needs of the schema. The server itself says it: as the dependencies of a function with the same body."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from exchange_db.check.inspection import Inspection
from exchange_db.check.subject import Database
from exchange_db.lock.model import LockedTable, Needs
from exchange_db.lock.schema import LiveSchema, LiveTable, read_schema
from exchange_db.lock.writes import NO_NULL, Writes, columns_beside_conflicts, find_writes
from exchange_db.proof.analysis import references
from exchange_db.proof.catalog import Catalog

__all__ = ["Uses", "find_uses", "needs_of", "read_live"]

_SCHEMA = re.compile(r'("[^"]+"|\w+)\.')
_NAMED = "edr"
"""Enums, domains and ranges: the kinds of type that are no table's and no extension's."""


@dataclass
class Uses:
    """What statements name, before the facts about it are read."""

    columns: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By ``schema.table``."""
    writes: dict[str, Writes] = field(default_factory=dict[str, Writes])
    numbers: dict[str, dict[int, str]] = field(default_factory=dict[str, dict[int, str]])
    """The columns of tables that are written to, by number."""
    types: set[str] = field(default_factory=set[str])
    functions: set[str] = field(default_factory=set[str])
    """Signatures."""
    relies_on_keys: bool = False
    """Whether a unique key may be what makes a statement work: it gives at most one row, or has ``on conflict``."""
    indexes: set[str] = field(default_factory=set[str])
    named: set[str] = field(default_factory=set[str])
    """Constraints and unique indexes for which there is an error."""


def find_uses(uses: Uses, database: Database, found: Inspection) -> None:
    """Add what one statement names; of a statement that is not analysed, nothing is known."""
    if found.tree is None:
        return
    catalog = database.catalog
    conflicts = columns_beside_conflicts(found.tree)
    for kind, oid, column in references(database.conn, found.file.text, found.description.parameters):
        if kind == "pg_class":
            relation = catalog.relation(oid)
            names = uses.columns.setdefault(relation.title, set())
            if column > 0 and column in conflicts.get(oid, (column,)):
                names.add(relation.columns[column].name)
                _add_type(uses, catalog, relation.columns[column].type)
        elif kind == "pg_type":
            _add_type(uses, catalog, oid)
        else:
            function = catalog.function(oid)
            uses.functions.add(f"{function.schema}.{function.signature}")
    uses.relies_on_keys = uses.relies_on_keys or bool(conflicts)
    for oid, writes in find_writes(found.tree, found.given).items():
        relation = catalog.relation(oid)
        uses.numbers[relation.title] = {number: each.name for number, each in relation.columns.items()}
        known = uses.writes.get(relation.title)
        uses.writes[relation.title] = writes if known is None else _both(known, writes)


def _both(one: Writes, other: Writes) -> Writes:
    columns = {
        **one.columns,
        **{n: value for n, value in other.columns.items() if one.columns.get(n, NO_NULL) == NO_NULL},
    }
    inserts = one.inserts if other.inserts is None else other.inserts & (one.inserts or other.inserts)
    return Writes(columns, inserts)


def _add_type(uses: Uses, catalog: Catalog, oid: int) -> None:
    found = catalog.type(oid)
    if found.element:
        _add_type(uses, catalog, found.element)
    elif found.kind in _NAMED and found.schema != "pg_catalog":
        uses.types.add(f"{found.schema}.{found.name}")


def read_live(conn: Connection[Any], uses: Iterable[Uses]) -> LiveSchema:
    """The facts about all that is used, in one round trip."""
    every = list(uses)
    tables = sorted({name for each in every for name in each.columns})
    return read_schema(
        conn,
        table_names=[name.rpartition(".")[2] for name in tables],
        tables=tables,
        types=sorted({name for each in every for name in each.types}),
        functions=sorted({name.partition("(")[0] for each in every for name in each.functions}),
        indexes=sorted({name for each in every for name in each.indexes}),
        constraints=sorted({name for each in every for name in each.named}),
    )


def needs_of(uses: Uses, live: LiveSchema) -> Needs:
    """What is used, with its facts."""
    tables: Mapping[str, LiveTable] = {table.name: table for table in live.tables}
    functions = {_bare(signature) for signature in uses.functions}
    return Needs(
        tables={name: _table(uses, name, used, tables[name]) for name, used in uses.columns.items() if name in tables},
        types={each.name: tuple(each.labels) for each in live.types if each.name in uses.types},
        functions={each.signature: each.returns for each in live.functions if _bare(each.signature) in functions},
        indexes=tuple(sorted(uses.indexes)),
        named=tuple(sorted(uses.named)),
    )


def _bare(signature: str) -> str:
    """A function's signature without the schemas of its types, which depend on ``search_path``."""
    name, _, types = signature.partition("(")
    return f"{name}({_SCHEMA.sub('', types)}"


def _table(uses: Uses, name: str, used: set[str], live: LiveTable) -> LockedTable:
    writes = uses.writes.get(name)
    names = uses.numbers.get(name, {})
    inserts = None if writes is None or writes.inserts is None else {names[number] for number in writes.inserts}
    return LockedTable(
        columns={column.name: column.fact for column in live.columns if column.name in used},
        keys=tuple(sorted(key.text for key in live.keys if uses.relies_on_keys and used.issuperset(key.uses))),
        inserts=None if inserts is None else tuple(sorted(inserts)),
        omits=tuple(sorted(live.required - inserts)) if inserts is not None else (),
        writes={names[number]: value for number, value in writes.columns.items()} if writes else {},
        constraints=tuple(sorted(live.constraints)) if writes else None,
    )
