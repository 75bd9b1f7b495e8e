"""The migrated schema keeps the rules of the house, and the files computed from it are up to date."""

import re

import psycopg
from tools.catalog import Table, as_sql, read_catalog
from tools.schema import schema_files

from exchange_db.check.directives import read_directives
from exchange_db.check.source import Source
from exchange_db.resources import QUERIES


def test_every_table_and_function_says_what_it_is(conn: psycopg.Connection) -> None:
    """A table, domain or function without a comment is not finished."""
    rows = conn.execute("""
        select c.oid::regclass::text from pg_class as c
        where c.relnamespace = 'exchange'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
          and obj_description(c.oid, 'pg_class') is null
        union all
        select p.oid::regprocedure::text from pg_proc as p
        where p.pronamespace = 'exchange'::regnamespace and obj_description(p.oid, 'pg_proc') is null
        union all
        select t.oid::regtype::text from pg_type as t
        where t.typnamespace = 'exchange'::regnamespace and t.typtype = 'd'
          and obj_description(t.oid, 'pg_type') is null
    """).fetchall()
    assert rows == []


def test_every_constraint_has_a_sentence(conn: psycopg.Connection) -> None:
    """What refuses a row says why in words for a person: lower case at the start, no full stop at the end."""
    rows = conn.execute("""
        select n.conname, obj_description(n.oid, 'pg_constraint')
        from pg_constraint as n
        where n.connamespace = 'exchange'::regnamespace and n.contype <> 'n'
        union all
        select c.relname, obj_description(c.oid, 'pg_class')
        from pg_index as i
        inner join pg_class as c on c.oid = i.indexrelid
        where c.relnamespace = 'exchange'::regnamespace and i.indisunique
          and not exists (select from pg_constraint as n where n.conindid = c.oid and n.contype in ('p', 'u', 'x'))
    """).fetchall()
    assert len(rows) > 20
    assert [name for name, sentence in rows if not re.fullmatch(r"[a-z](.*[^.\s])", sentence or "")] == []


def test_every_index_names_who_rides_it(conn: psycopg.Connection) -> None:
    """An index that no query is named for is only a cost."""
    for table in read_catalog(conn).tables:
        assert [index.name for index in table.indexes if not index.comment] == []


RIDDEN_BY_NO_HEADER = {
    # The server seeks the ratings of a participant who goes because the user goes: a cascade of a cascade, which no
    # statement does itself.
    "ratings_conversation_id_rated_id_idx",
}


def test_every_index_is_ridden(conn: psycopg.Connection) -> None:
    """Some header promises to ride each index, so that check fails without it, or its reason stands above; a unique
    index is a rule, and is there for its own sake."""
    promised = {
        name.rpartition(".")[2]
        for path in QUERIES.glob("*/*.sql")
        for directive in read_directives(Source.read(path))
        if directive.kind == "rides"
        for name in directive.names
    }
    there = {index.name for table in read_catalog(conn).tables for index in table.indexes if not index.unique}
    assert len(there) > 20
    assert there - promised == RIDDEN_BY_NO_HEADER


def test_every_foreign_key_has_an_index(conn: psycopg.Connection) -> None:
    """Deleting the row that is referred to must not read the whole table that refers to it."""
    rows = conn.execute("""
        select n.conname
        from pg_constraint as n
        where n.connamespace = 'exchange'::regnamespace and n.contype = 'f'
          and not exists (
            select from pg_index as i
            where i.indrelid = n.conrelid and i.indpred is null
              and (i.indkey::int2[])[0:cardinality(n.conkey) - 1] @> n.conkey
          )
    """).fetchall()
    assert rows == []


def test_no_index_repeats_another(conn: psycopg.Connection) -> None:
    """An index is superfluous when another one of its kind begins with the same columns or expressions."""
    rows = conn.execute("""
        select i.indexrelid::regclass::text, i.indisunique,
          concat_ws(' ', i.indrelid::regclass, c.relam, pg_get_expr(i.indpred, i.indrelid)),
          array(select pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) as k)
        from pg_index as i
        inner join pg_class as c on c.oid = i.indexrelid
        where c.relnamespace = 'exchange'::regnamespace
    """).fetchall()
    repeated = [
        (name, other)
        for name, unique, kind, keys in rows
        for other, _, other_kind, other_keys in rows
        if name != other and not unique and kind == other_kind and other_keys[: len(keys)] == keys
    ]
    assert repeated == []


def test_names_follow_postgresql(conn: psycopg.Connection) -> None:
    """A constraint's name is API: table, columns, and PostgreSQL's own suffix for its kind."""
    suffixes = {"p": "_pkey", "u": "_key", "f": "_fkey", "c": "_check", "x": "_excl"}

    def wrong(table: Table) -> list[str]:
        names = [(part.name, suffixes[part.kind]) for part in table.constraints]
        names += [(index.name, "_key" if index.unique else "_idx") for index in table.indexes]
        return [name for name, suffix in names if not (name.startswith(f"{table.name}_") and name.endswith(suffix))]

    assert [name for table in read_catalog(conn).tables for name in wrong(table)] == []


def test_the_computed_files_are_up_to_date(conn: psycopg.Connection) -> None:
    """sql/schema.sql, docs/schema.md and the diagram in README.md are what `make schema` writes."""
    for path, text in schema_files(conn).items():
        assert path.read_text(encoding="utf-8") == text, f"run `make schema`: {path} is out of date"


def test_the_dump_makes_the_same_schema(conn: psycopg.Connection, empty_database_url: str) -> None:
    """sql/schema.sql leaves nothing out: run in an empty database it gives the same catalog."""
    dump = as_sql(read_catalog(conn))
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        other.execute(dump.encode())
        assert as_sql(read_catalog(other)) == dump


def test_the_dump_sees_every_change(conn: psycopg.Connection) -> None:
    """Any change of a migrated schema changes the dump, so that comparing dumps compares schemas."""
    before = as_sql(read_catalog(conn))
    changes = [
        "comment on column exchange.users.email is 'x'",
        "comment on constraint users_pkey on exchange.users is 'x'",
        "alter table exchange.users alter is_active set default false",
        "alter table exchange.users alter full_name set not null",
        "alter table exchange.users set (fillfactor = 50)",
        "alter table exchange.photos drop constraint photos_url_check",
        "create index users_x_idx on exchange.users (full_name)",
        "drop trigger users_touch_updated_at on exchange.users",
        "create or replace function exchange.fold_case(value text) returns text language sql immutable return value",
    ]
    for change in changes:
        with conn.transaction(force_rollback=True):
            conn.execute(change.encode())
            assert as_sql(read_catalog(conn)) != before, change
    assert as_sql(read_catalog(conn)) == before


def test_the_dump_refuses_what_it_cannot_write(conn: psycopg.Connection) -> None:
    """A kind of object that the dump does not know is an error, not a hole in the dump."""
    for change in [
        "create view exchange.v as select 1 as x",
        "create sequence exchange.s",
        "create type exchange.e as enum ('a')",
        "alter table exchange.users enable row level security",
    ]:
        with conn.transaction(force_rollback=True):
            conn.execute(change.encode())
            try:
                read_catalog(conn)
            except NotImplementedError:
                continue
            raise AssertionError(change)
