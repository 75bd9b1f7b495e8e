"""What refuses a value whatever table it goes to: a column that takes no NULL, a domain."""

from collections.abc import Collection, Iterator

from psycopg.rows import namedtuple_row

from exchange_db.check.statement import nodes
from exchange_db.check.subject import Database
from exchange_db.check.writes import written
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.tree import Node

__all__ = ["refusals"]

_DOMAIN = """
with recursive below (oid, depth) as (
  select %s::oid, 0
  union all
  select t.typbasetype, below.depth + 1 from below
  join pg_catalog.pg_type as t on t.oid = below.oid and t.typtype = 'd'
)
select
  k.conname::text as name,
  coalesce(obj_description(k.oid, 'pg_constraint'), pg_get_constraintdef(k.oid)) as told
from below
join pg_catalog.pg_constraint as k on k.contypid = below.oid and k.contype = 'c'
union all
select below.oid::regtype::text, 'not null'
from below
join pg_catalog.pg_type as t on t.oid = below.oid and t.typtype = 'd' and t.typnotnull
order by name
"""


_TYPED = {"COERCETODOMAIN": "resulttype", "PARAM": "paramtype"}
"""What a domain looks at, and where the domain is named: a parameter may be of one as it comes."""


def refusals(database: Database, tree: Node, given: Collection[int]) -> Iterator[tuple[str, str]]:
    """What is violated, and how that is told; ``given`` are the numbers of the parameters that are never NULL."""
    prover = new_prover(database.catalog, given)
    for relation, number, value, _ in written(tree, prover):
        column = relation.columns[number]
        if column.not_null and not value.proof.not_null:
            yield f"{relation.title}.{column.name}", f"{relation.name}.{column.name} is required"
    types = {node.number(_TYPED[node.tag]) for node in nodes(tree) if node.tag in _TYPED}
    for domain in sorted(oid for oid in types if database.types.get(oid).kind == "d"):
        yield from database.conn.cursor(row_factory=namedtuple_row).execute(_DOMAIN.encode(), [domain]).fetchall()
