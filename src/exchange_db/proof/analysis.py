"""A statement as the server understands it: names, joins, functions and operators resolved, nothing executed.

The server analyses the body of an SQL function when that is created, and keeps the tree. So the statement becomes the
body of a temporary function, its tree is read, and the transaction is rolled back.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, Cursor, errors
from psycopg.rows import tuple_row

from exchange_db.errors import ExchangeError
from exchange_db.proof.tree import Node, Value, parse

__all__ = ["CannotAnalyse", "analyse", "references"]

_NAME = "exchange_db_analysis"
_MAX_ARGUMENTS = 100
"""FUNC_MAX_ARGS of every PostgreSQL that was built without a change to it."""

_TYPE_NAMES = """
  select pg_catalog.format_type(t.oid, null), t.typtype
  from unnest(%s::oid[]) with ordinality as o (oid, n)
  join pg_catalog.pg_type as t on t.oid = o.oid
  order by o.n
"""

_READ_TREE = f"""
  select prosqlbody::text from pg_catalog.pg_proc
  where proname = '{_NAME}' and pronamespace = pg_catalog.pg_my_temp_schema()
"""  # noqa: S608 - a constant

_READ_REFERENCES = f"""
  select d.refclassid::regclass::text, d.refobjid::bigint, d.refobjsubid
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid
  where
    p.proname = '{_NAME}' and p.pronamespace = pg_catalog.pg_my_temp_schema()
    and d.deptype = 'n' and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
    and not exists (
      select from pg_catalog.pg_depend as e
      where e.classid = d.refclassid and e.objid = d.refobjid and e.deptype = 'e'
    )
"""  # noqa: S608 - a constant


class CannotAnalyse(ExchangeError):
    """The server does not analyse the statement for this role, or in this state; the sentence says why."""


def analyse(conn: Connection[Any], text: bytes, types: Sequence[int]) -> Node | None:
    """The QUERY node of a statement whose parameters are of the types with these object ids; ``None`` for one that
    PostgreSQL does not analyse (``explain``, ``show``, ``call``, and other utility statements).

    Nothing is left behind: it works in a transaction, or in a transaction of the caller's in a savepoint, that is
    rolled back. Raises ``CannotAnalyse`` where the role may not create temporary functions, where the server or the
    transaction is read-only, and for more than 100 parameters; ``psycopg.Error`` for what is wrong with the statement.
    """
    rows = _within_function(conn, text, types, _READ_TREE)
    try:
        return _single(parse(rows[0][0])) if rows and rows[0][0] else None
    except ValueError as error:
        raise CannotAnalyse(f"the statement cannot be looked into: {error}") from error


def references(conn: Connection[Any], text: bytes, types: Sequence[int]) -> list[tuple[str, int, int]]:
    """What a statement needs to be there, but for the server's own things and those of extensions: the catalog
    (``pg_class``, ``pg_proc``, ``pg_type``), the object id, and the number of a relation's column or 0.

    Nothing is left behind; raises as ``analyse`` does.
    """
    return _within_function(conn, text, types, _READ_REFERENCES)


def _within_function(conn: Connection[Any], text: bytes, types: Sequence[int], question: str) -> list[Any]:
    """The rows that answer a question about the function; none for a statement that no function can have."""
    if len(types) > _MAX_ARGUMENTS:
        raise CannotAnalyse(f"a statement of more than {_MAX_ARGUMENTS} parameters cannot be analysed")
    cursor = Cursor(conn, row_factory=tuple_row)
    try:
        with conn.transaction(force_rollback=True):
            _create(cursor, text, types)
            return cursor.execute(question.encode(), prepare=False).fetchall()
    except errors.InsufficientPrivilege as error:
        raise CannotAnalyse(
            f"this role cannot analyse statements: {error.diag.message_primary}; it needs TEMPORARY on the database, "
            "USAGE on the language sql, and what the statement itself needs"
        ) from error
    except errors.ReadOnlySqlTransaction as error:
        raise CannotAnalyse(
            "a read-only server or transaction cannot analyse statements: check against a primary"
        ) from error
    except errors.FeatureNotSupported as error:
        if "SQL function body" in (error.diag.message_primary or ""):
            return []
        raise


def _create(cursor: Cursor[tuple[Any, ...]], text: bytes, types: Sequence[int]) -> None:
    statement = text.rstrip().removesuffix(b";")
    arguments = _type_names(cursor, types) if types else []
    head = f"create function pg_temp.{_NAME}({', '.join(arguments)}) returns void begin atomic\n"
    # The line end closes a comment that the statement may end with.
    cursor.execute(head.encode() + statement + b"\n;\nend", prepare=False)


def _type_names(cursor: Cursor[tuple[Any, ...]], types: Sequence[int]) -> list[str]:
    found = cursor.execute(_TYPE_NAMES, [list(types)], prepare=False).fetchall()
    unfit = [name for name, kind in found if kind == "p"]
    if unfit or len(found) < len(types):
        raise CannotAnalyse(f"no parameter of a function can be of type {unfit[0] if unfit else 'that is not there'}")
    return [name for name, _ in found]


def _single(body: Value) -> Node | None:
    while isinstance(body, list) and len(body) == 1:
        body = body[0]
    return body if isinstance(body, Node) and body.tag == "QUERY" else None
