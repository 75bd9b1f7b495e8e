"""The schema as PostgreSQL's catalog has it: read once, then written as SQL or as a document.

Not pg_dump: its output differs from version to version, and it has to be as new as the server.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import LiteralString, Protocol, TypeVar

import psycopg
from psycopg.rows import class_row, scalar_row


@dataclass(frozen=True)
class Column:
    table: int
    name: str
    type: str
    required: bool
    definition: str
    """Everything after the name in ``create table``."""
    comment: str | None


@dataclass(frozen=True)
class Constraint:
    table: int
    name: str
    kind: str
    """``p`` primary key, ``u`` unique, ``f`` foreign key, ``c`` check, ``x`` exclusion."""
    definition: str
    columns: list[str]
    target: str | None
    """The table that a foreign key refers to."""
    comment: str | None


@dataclass(frozen=True)
class Index:
    """An index that does not belong to a constraint."""

    table: int
    name: str
    unique: bool
    definition: str
    columns: list[str]
    """Those that it is made of, also inside expressions, in alphabetical order."""
    comment: str | None


@dataclass(frozen=True)
class Trigger:
    table: int
    name: str
    definition: str
    comment: str | None


@dataclass(frozen=True)
class Table:
    oid: int
    name: str
    options: str
    comment: str | None
    columns: list[Column] = field(default_factory=list[Column])
    constraints: list[Constraint] = field(default_factory=list[Constraint])
    indexes: list[Index] = field(default_factory=list[Index])
    triggers: list[Trigger] = field(default_factory=list[Trigger])


@dataclass(frozen=True)
class Piece:
    """A function or a domain, with its comments."""

    place: int
    """Its place in the order of creation; that of the first table that needs it, if that is older."""
    sql: str


@dataclass(frozen=True)
class Catalog:
    comment: str | None
    tables: list[Table]
    """In the order of creation, which is that of the oids."""
    pieces: list[Piece]


Row = TypeVar("Row")


class _OfTable(Protocol):
    @property
    def table(self) -> int: ...


Part = TypeVar("Part", bound=_OfTable)


def read_catalog(connection: psycopg.Connection) -> Catalog:
    """Raises ``NotImplementedError`` for a kind of object that this module does not know how to write."""

    def rows(kind: type[Row], query: LiteralString) -> list[Row]:
        with connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(query).fetchall()

    with connection.transaction(), connection.cursor(row_factory=scalar_row) as cursor:
        # Then the server writes the names of our objects in full, and PostGIS's types without their schema.
        cursor.execute("set local search_path = public")
        if unknown := cursor.execute(_UNKNOWN).fetchall():
            raise NotImplementedError(f"tools/catalog.py cannot write {', '.join(unknown)} yet")
        comment = cursor.execute("select obj_description('exchange'::regnamespace, 'pg_namespace')").fetchone()
        tables = rows(Table, _TABLES)
        for table in tables:
            table.columns.extend(_of(table, rows(Column, _COLUMNS)))
            table.constraints.extend(_of(table, rows(Constraint, _CONSTRAINTS)))
            table.indexes.extend(_of(table, rows(Index, _INDEXES)))
            table.triggers.extend(_of(table, rows(Trigger, _TRIGGERS)))
        return Catalog(comment, tables, rows(Piece, _FUNCTIONS) + rows(Piece, _DOMAINS))


def _of(table: Table, parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.table == table.oid]


def as_sql(catalog: Catalog) -> str:
    """A script that makes the same schema in an empty database."""
    objects = [(piece.place, 0, piece.sql) for piece in catalog.pieces]
    objects += [(table.oid, 1, _table_as_sql(table)) for table in catalog.tables]
    schema = "create schema exchange;\n" + _comment("schema", "exchange", catalog.comment)
    postgis = "create extension if not exists postgis with schema public;\n"
    return "\n".join([schema, postgis, *(text for _, _, text in sorted(objects))])


def _table_as_sql(table: Table) -> str:
    name = f"exchange.{table.name}"
    lines = [f"  {column.name} {column.definition}" for column in table.columns]
    lines += [f"  constraint {part.name} {part.definition}" for part in table.constraints]
    text = f"create table {name} (\n" + ",\n".join(lines) + f"\n){table.options};\n"
    text += _comment("table", name, table.comment)
    text += "".join(_comment("column", f"{name}.{part.name}", part.comment) for part in table.columns)
    text += "".join(_comment("constraint", f"{part.name} on {name}", part.comment) for part in table.constraints)
    for index in table.indexes:
        text += f"{index.definition};\n" + _comment("index", f"exchange.{index.name}", index.comment)
    for trigger in table.triggers:
        text += f"{trigger.definition};\n" + _comment("trigger", f"{trigger.name} on {name}", trigger.comment)
    return text


def _comment(kind: str, name: str, text: str | None) -> str:
    if text is None:
        return ""
    quoted = text.replace("'", "''")
    return f"comment on {kind} {name} is '{quoted}';\n"


_TABLES = """
select
  c.oid,
  c.relname as name,
  coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') as options,
  obj_description(c.oid, 'pg_class') as comment
from pg_class as c
where c.relnamespace = 'exchange'::regnamespace and c.relkind = 'r'
order by c.oid
"""

_COLUMNS = """
select
  a.attrelid as "table",
  a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as required,
  concat_ws(
    ' ',
    format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> t.typcollation then 'collate ' || quote_ident(l.collname) end,
    case when a.attnotnull then 'not null' end,
    case a.attidentity
      when 'a' then 'generated always as identity'
      when 'd' then 'generated by default as identity'
    end,
    case a.attgenerated
      when 's' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
      else 'default ' || pg_get_expr(d.adbin, d.adrelid)
    end
  ) as definition,
  col_description(a.attrelid, a.attnum) as comment
from pg_attribute as a
inner join pg_class as c on c.oid = a.attrelid
inner join pg_type as t on t.oid = a.atttypid
left join pg_collation as l on l.oid = a.attcollation
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relnamespace = 'exchange'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""

_CONSTRAINTS = """
select
  n.conrelid as "table",
  n.conname as name,
  n.contype::text as kind,
  pg_get_constraintdef(n.oid, true) as definition,
  array(
    select a.attname::text
    from unnest(n.conkey) with ordinality as k (attnum, place)
    inner join pg_attribute as a on a.attrelid = n.conrelid and a.attnum = k.attnum
    order by k.place
  ) as columns,
  f.relname as target,
  obj_description(n.oid, 'pg_constraint') as comment
from pg_constraint as n
left join pg_class as f on f.oid = n.confrelid
where n.connamespace = 'exchange'::regnamespace and n.conrelid <> 0 and n.contype in ('p', 'u', 'f', 'c', 'x')
order by n.conrelid, position(n.contype in 'puxfc'), n.conname
"""

_INDEXES = """
select
  i.indrelid as "table",
  c.relname as name,
  i.indisunique as "unique",
  pg_get_indexdef(c.oid) as definition,
  array(
    select distinct a.attname::text
    from pg_depend as d
    inner join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refobjid = i.indrelid
    order by 1
  ) as columns,
  obj_description(c.oid, 'pg_class') as comment
from pg_index as i
inner join pg_class as c on c.oid = i.indexrelid
where c.relnamespace = 'exchange'::regnamespace
  and not exists (select from pg_constraint as n where n.conindid = c.oid and n.contype in ('p', 'u', 'x'))
order by c.relname
"""

_TRIGGERS = r"""
select
  g.tgrelid as "table",
  g.tgname as name,
  pg_get_triggerdef(g.oid, true)
    || case g.tgenabled
      when 'A' then format(E';\nalter table %s enable always trigger %I', g.tgrelid::regclass, g.tgname)
      else ''
    end as definition,
  obj_description(g.oid, 'pg_trigger') as comment
from pg_trigger as g
inner join pg_class as c on c.oid = g.tgrelid
where c.relnamespace = 'exchange'::regnamespace and not g.tgisinternal
order by g.tgname
"""

_FUNCTIONS = r"""
select
  least(
    p.oid::bigint,
    -- A column that was added later may be computed by a function that is younger than its table.
    (
      select min(a.adrelid::bigint)
      from pg_depend as d
      inner join pg_attrdef as a on a.oid = d.objid
      where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
    ),
    -- So may a trigger.
    (select min(g.tgrelid::bigint) from pg_trigger as g where g.tgfoid = p.oid)
  ) as place,
  concat(
    rtrim(pg_get_functiondef(p.oid), E'\n'),
    E';\n',
    'comment on function ' || p.oid::regprocedure || ' is '
      || quote_literal(obj_description(p.oid, 'pg_proc')) || E';\n'
  ) as sql
from pg_proc as p
where p.pronamespace = 'exchange'::regnamespace
"""

_DOMAINS = r"""
select
  t.oid as place,
  concat(
    format('create domain %s as %s', t.oid::regtype, format_type(t.typbasetype, t.typtypmod)),
    case when t.typnotnull then ' not null' end,
    ' default ' || t.typdefault,
    string_agg(
      format(E'\n  constraint %I %s', n.conname, pg_get_constraintdef(n.oid, true)),
      '' order by n.conname
    ),
    E';\n',
    'comment on domain ' || t.oid::regtype || ' is '
      || quote_literal(obj_description(t.oid, 'pg_type')) || E';\n',
    string_agg(
      format(E'comment on constraint %I on domain %s is ', n.conname, t.oid::regtype)
      || quote_literal(obj_description(n.oid, 'pg_constraint')) || E';\n',
      '' order by n.conname
    )
  ) as sql
from pg_type as t
left join pg_constraint as n on n.contypid = t.oid and n.contype = 'c'
where t.typnamespace = 'exchange'::regnamespace and t.typtype = 'd'
group by t.oid
"""

_UNKNOWN = """
select c.oid::regclass::text
from pg_class as c
where c.relnamespace = 'exchange'::regnamespace
  and (
    c.relkind not in ('r', 'i', 'S', 't')
    or c.relrowsecurity
    or c.relpersistence <> 'p'
    or c.relhassubclass
    or c.relispartition
    or c.relhasrules
    or c.relkind = 'S' and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'i')
  )
union all
select t.oid::regtype::text
from pg_type as t
where t.typnamespace = 'exchange'::regnamespace and t.typtype not in ('d', 'c') and t.typelem = 0
union all
select p.oid::regprocedure::text
from pg_proc as p
where p.pronamespace = 'exchange'::regnamespace and p.prokind <> 'f'
"""
