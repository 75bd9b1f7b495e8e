"""What the proofs need of the database's catalog: read when first asked for, and kept."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, TypeVar

from psycopg import Connection, Cursor
from psycopg.rows import namedtuple_row

from exchange_db.proof.catalog_records import Check, Column, Function, Operator, Reference, Relation, Type, UniqueKey
from exchange_db.proof.tree import Node, parse

__all__ = ["Catalog"]

T = TypeVar("T")


class Catalog:
    """The catalog behind a connection, as it is at the first question about each thing.

    Methods raise ``KeyError`` for an object id that is not there (any more).
    """

    def __init__(self, conn: Connection[Any]) -> None:
        self._cursor = Cursor(conn, row_factory=namedtuple_row)
        self._kept: dict[tuple[str, int], Any] = {}
        self.shared: Any = None
        """What the proofs by this catalog share: theirs alone to use."""

    def relation(self, oid: int) -> Relation:
        """The table or view with this object id."""
        return self._once("relation", oid, self._read_relation)

    def view(self, oid: int) -> Node:
        """The QUERY of a view or materialized view."""
        return self._once("view", oid, self._read_view)

    def unique_keys(self, oid: int) -> tuple[UniqueKey, ...]:
        """The unique keys of a table, those of its whole and of its part (with a predicate)."""
        return self._once("unique_keys", oid, self._read_unique_keys)

    def references(self, oid: int) -> tuple[Reference, ...]:
        """The foreign keys of a table that can be relied on."""
        return self._once("references", oid, self._read_references)

    def function(self, oid: int) -> Function:
        """The function with this object id."""
        return self._once("function", oid, self._read_function)

    def operator(self, oid: int) -> Operator:
        """The operator with this object id."""
        return self._once("operator", oid, self._read_operator)

    def type(self, oid: int) -> Type:
        """The type with this object id."""
        return self._once("type", oid, self._read_type)

    def deterministic(self, collation: int) -> bool:
        """Whether texts that are equal by this collation are the same texts; true for no collation (0)."""
        return self._once("collation", collation, self._read_deterministic)

    @cached_property
    def byte_order(self) -> Literal["little", "big"]:
        """The order of bytes in the server's memory, in which node trees have their constants."""
        (row,) = self._rows(_TRUE, 0)
        true = _expressions(row.tree)[0].numbers("constvalue")
        return "little" if true[0] else "big"

    # --- reading ---

    def _once(self, kind: str, oid: int, read: Callable[[int], T]) -> T:
        if (kind, oid) not in self._kept:
            self._kept[kind, oid] = read(oid)
        found: T = self._kept[kind, oid]
        return found

    def _rows(self, statement: str, oid: int) -> list[Any]:
        self._cursor.execute(statement.encode(), {"oid": oid}, prepare=True)
        return self._cursor.fetchall()

    def _row(self, statement: str, oid: int, what: str) -> Any:
        rows = self._rows(statement, oid)
        if not rows:
            raise KeyError(f"there is no {what} with object id {oid}")
        return rows[0]

    def _read_relation(self, oid: int) -> Relation:
        row = self._row(_RELATION, oid, "relation")
        columns = {
            one.number: Column(
                one.number,
                one.name,
                one.type,
                one.typmod,
                one.not_null,
                _expression(one.default_tree),
                one.generated,
                one.identity,
            )
            for one in self._rows(_COLUMNS, oid)
        }
        checks = tuple(
            Check(one.name, condition, one.inherited)
            for one in self._rows(_CHECKS, oid)
            if (condition := _expression(one.tree)) is not None
        )
        return Relation(
            oid, row.schema, row.name, row.kind, columns, checks, tuple(row.children), row.row_triggers, row.rules
        )

    def _read_view(self, oid: int) -> Node:
        return _expressions(self._row(_VIEW, oid, "view").tree)[0]

    def _read_unique_keys(self, oid: int) -> tuple[UniqueKey, ...]:
        return tuple(
            UniqueKey(
                row.name,
                tuple(row.columns),
                tuple(row.families),
                tuple(row.collations),
                _expressions(row.expressions),
                _expression(row.predicate),
            )
            for row in self._rows(_UNIQUE_KEYS, oid)
        )

    def _read_references(self, oid: int) -> tuple[Reference, ...]:
        return tuple(
            Reference(tuple(row.columns), row.its_table, tuple(row.its_columns), tuple(row.operators))
            for row in self._rows(_REFERENCES, oid)
        )

    def _read_function(self, oid: int) -> Function:
        row = self._row(_FUNCTION, oid, "function")
        return Function(
            row.oid,
            row.schema,
            row.name,
            row.signature,
            row.kind,
            row.strict,
            row.returns_set,
            row.volatile,
            row.arguments,
            row.result,
            row.extension,
            row.language,
            parse(row.body) if row.body else None,
        )

    def _read_operator(self, oid: int) -> Operator:
        row = self._row(_OPERATOR, oid, "operator")
        return Operator(row.oid, row.name, row.schema, row.function, frozenset(row.equality), row.negator)

    def _read_type(self, oid: int) -> Type:
        row = self._row(_TYPE, oid, "type")
        return Type(
            row.oid,
            row.schema,
            row.name,
            row.kind,
            row.base,
            row.element,
            row.relation,
            row.not_null,
            tuple(row.labels),
            row.category,
        )

    def _read_deterministic(self, oid: int) -> bool:
        return all(row.deterministic for row in self._rows(_COLLATION, oid))


def _expression(text: str | None) -> Node | None:
    found = parse(text) if text else None
    return found if isinstance(found, Node) else None


def _expressions(text: str | None) -> tuple[Node, ...]:
    found = parse(text) if text else None
    return tuple(item for item in found if isinstance(item, Node)) if isinstance(found, list) else ()


# Object ids travel as bigint: the binary form of an oid is nothing that every host's adapters know.
_RELATION = """
  select
    n.nspname::text as schema,
    c.relname::text as name,
    c.relkind::text as kind,
    array(
      with recursive child (oid) as (
        select inhrelid from pg_catalog.pg_inherits where inhparent = c.oid
        union
        select i.inhrelid from child join pg_catalog.pg_inherits as i on i.inhparent = child.oid
      )
      select oid::bigint from child
    ) as children,
    -- tgtype: 1 row, 2 before, 64 instead, 4 insert, 8 delete, 16 update
    (
      select
        concat(
          case when bool_or(t.tgtype & 4 > 0) then 'i' end,
          case when bool_or(t.tgtype & 16 > 0) then 'u' end,
          case when bool_or(t.tgtype & 8 > 0) then 'd' end
        )
      from pg_catalog.pg_trigger as t
      where t.tgrelid = c.oid and t.tgtype & 1 > 0 and t.tgtype & 66 > 0
    ) as row_triggers,
    exists (select from pg_catalog.pg_rewrite as r where r.ev_class = c.oid and r.rulename <> '_RETURN') as rules
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.oid = %(oid)s
"""

_COLUMNS = """
  select
    a.attnum::int as number,
    a.attname::text as name,
    a.atttypid::bigint as type,
    a.atttypmod as typmod,
    a.attnotnull and not exists (
      select from pg_catalog.pg_constraint as k  -- from PostgreSQL 18 on NOT NULL may be not valid
      where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and not k.convalidated
    ) as not_null,
    d.adbin::text as default_tree,
    a.attgenerated <> '' as generated,
    a.attidentity <> '' as identity
  from pg_catalog.pg_attribute as a
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped
  order by a.attnum
"""

_CHECKS = """
  select k.conname::text as name, k.conbin::text as tree, not k.connoinherit as inherited
  from pg_catalog.pg_constraint as k
  where k.conrelid = %(oid)s and k.contype = 'c' and k.convalidated
    -- from PostgreSQL 18 on a check may be not enforced
    and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
  order by k.conname
"""

_VIEW = """
  select r.ev_action::text as tree
  from pg_catalog.pg_rewrite as r
  where r.ev_class = %(oid)s and r.rulename = '_RETURN'
"""

_UNIQUE_KEYS = """
  select
    c.relname::text as name,
    array(select i.indkey[n]::int from generate_series(0, i.indnkeyatts - 1) as n order by n) as columns,
    array(
      select o.opcfamily::bigint
      from generate_series(0, i.indnkeyatts - 1) as n
      join pg_catalog.pg_opclass as o on o.oid = i.indclass[n]
      order by n
    ) as families,
    array(
      select i.indcollation[n]::bigint from generate_series(0, i.indnkeyatts - 1) as n order by n
    ) as collations,
    i.indexprs::text as expressions,
    i.indpred::text as predicate
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  where i.indrelid = %(oid)s and i.indisunique and i.indisvalid and i.indimmediate
  order by i.indisprimary desc, c.relname
"""

# A key of partitioned tables has a copy for each partition, with triggers of its own. Rows that a cascade should have
# removed or changed stay where a trigger that runs before, or a rule, says so.
_REFERENCES = """
  with recursive copy (root, oid) as (
    select k.oid, k.oid
    from pg_catalog.pg_constraint as k
    where k.conrelid = %(oid)s and k.contype = 'f' and k.conparentid = 0
    union all
    select copy.root, k.oid from copy join pg_catalog.pg_constraint as k on k.conparentid = copy.oid
  )
  select
    k.conkey::int[] as columns,
    k.confrelid::bigint as its_table,
    k.confkey::int[] as its_columns,
    k.conpfeqop::bigint[] as operators
  from pg_catalog.pg_constraint as k
  where
    k.conrelid = %(oid)s and k.contype = 'f' and k.conparentid = 0
    and not coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false)  -- of PostgreSQL 18: of times, not of rows
    and not exists (
      select
      from copy
      join pg_catalog.pg_constraint as one on one.oid = copy.oid
      join pg_catalog.pg_class as c on c.oid = one.confrelid
      where
        copy.root = k.oid
        and (
          not one.convalidated or one.condeferrable or c.relrowsecurity
          or not coalesce((to_jsonb(one) ->> 'conenforced')::boolean, true)
          or exists (
            select from pg_catalog.pg_trigger as t where t.tgconstraint = one.oid and t.tgenabled not in ('O', 'A')
          )
          or (
            (one.confdeltype not in ('a', 'r') or one.confupdtype not in ('a', 'r'))
            and (
              exists (
                select from pg_catalog.pg_trigger as t
                where t.tgrelid = one.conrelid and t.tgtype & 3 = 3 and t.tgtype & 24 > 0
              )
              or exists (select from pg_catalog.pg_rewrite as r where r.ev_class = one.conrelid)
            )
          )
        )
    )
  order by k.conname
"""

_FUNCTION = """
  select
    p.oid::bigint as oid,
    n.nspname::text as schema,
    p.proname::text as name,
    format(
      '%%s(%%s)', p.proname,
      array_to_string(array(
        select pg_catalog.format_type(a.type, null)
        from unnest(p.proargtypes) with ordinality as a (type, n)
        order by a.n
      ), ', ')
    ) as signature,
    p.prokind::text as kind,
    p.proisstrict as strict,
    p.proretset as returns_set,
    p.provolatile = 'v' as volatile,
    p.pronargs::int as arguments,
    p.prorettype::bigint as result,
    (
      select e.extname::text
      from pg_catalog.pg_depend as d
      join pg_catalog.pg_extension as e on e.oid = d.refobjid
      where
        d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
        and d.refclassid = 'pg_catalog.pg_extension'::regclass
    ) as extension,
    l.lanname::text as language,
    p.prosqlbody::text as body
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  join pg_catalog.pg_language as l on l.oid = p.prolang
  where p.oid = %(oid)s
"""

_OPERATOR = """
  select
    o.oid::bigint as oid,
    o.oprname::text as name,
    n.nspname::text as schema,
    o.oprcode::oid::bigint as function,
    o.oprnegate::bigint as negator,
    array(
      select a.amopfamily::bigint
      from pg_catalog.pg_amop as a
      join pg_catalog.pg_am as m on m.oid = a.amopmethod
      where a.amopopr = o.oid and m.amname = 'btree' and a.amopstrategy = 3
    ) as equality
  from pg_catalog.pg_operator as o
  join pg_catalog.pg_namespace as n on n.oid = o.oprnamespace
  where o.oid = %(oid)s
"""

_TYPE = """
  select
    t.oid::bigint as oid,
    n.nspname::text as schema,
    t.typname::text as name,
    t.typtype::text as kind,
    t.typbasetype::bigint as base,
    case when t.typcategory = 'A' then t.typelem::bigint else 0 end as element,
    t.typrelid::bigint as relation,
    t.typnotnull as not_null,
    array(
      select e.enumlabel::text from pg_catalog.pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder
    ) as labels,
    t.typcategory::text as category
  from pg_catalog.pg_type as t
  join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
  where t.oid = %(oid)s
"""

# jsonb_set(…, create_if_missing default true)
_TRUE = """
  select p.proargdefaults::text as tree
  from pg_catalog.pg_proc as p
  where p.proname = 'jsonb_set' and p.pronamespace = 'pg_catalog'::regnamespace and p.oid <> %(oid)s
"""

_COLLATION = "select c.collisdeterministic as deterministic from pg_catalog.pg_collation as c where c.oid = %(oid)s"
