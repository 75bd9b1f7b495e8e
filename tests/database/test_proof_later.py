"""Proofs of what only later versions than 15 have: 16's and 17's JSON, and 17's MERGE with RETURNING."""

import re
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from exchange_db.proof.cardinality import at_least_one, at_most_one
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import prove
from exchange_db.proof.tree import Node, parse
from tests.database.nullability_corpus import FILLINGS, SCHEMA
from tests.database.proving import analysed, came_back, letters

Conn = psycopg.Connection
TREES = Path(__file__).parent / "later_trees"

SOURCE = "using (values (1, 'a', null), (2, null, 2), (77, 'c', 3)) as s (id, nick, age) on s.id = p.id"
UPDATE = "when matched then update set nick = s.nick"
INSERT = "when not matched then insert (id, name, nick, checked, code) values (s.id, 'x', s.nick, 'y', 'z')"
GONE = "when not matched by source then update set nick = null"
PERSON = "merge into host.person as p"

JSON = [
    ("select any_value(p.id), any_value(p.nick) from host.person p", "mm"),
    ("select p.name, any_value(p.id) from host.person p group by p.name", "nn"),
    ("select t.note is json, t.title is json object from host.task t", "mn"),
    ("select json_array(1, null), json_object('a': p.nick) from host.person p", "nn"),
    ("select json_arrayagg(p.nick) from host.person p", "m"),
]
"""Of 16."""

LATER = [
    # every row of the table is one that was written, or was there: its own NOT NULL holds
    (f"{PERSON} {SOURCE} {UPDATE} returning p.id, p.name, p.nick", "nnm"),
    (f"{PERSON} {SOURCE} {INSERT} returning p.id, p.name, p.nick, p.age", "nnmm"),
    (f"{PERSON} {SOURCE} when matched then delete returning p.id, p.nick", "nm"),
    # what the source has is there where every row of the result has one of it
    (f"{PERSON} using host.task t on t.id = p.id {UPDATE.replace('s.nick', 't.title')} returning t.id, t.points", "nm"),
    (
        f"{PERSON} using host.task t on t.id = p.id when matched then delete {GONE} returning p.id, t.id, t.points",
        "nmm",
    ),
    (f"{PERSON} using host.task t on t.id = p.id {GONE} returning p.name, t.title, coalesce(t.title, '')", "nmn"),
    # conditions are of one action, and of the row before it
    (f"{PERSON} {SOURCE} when matched and p.nick is not null then update set nick = null returning p.nick", "m"),
    (f"{PERSON} {SOURCE} when matched and s.nick is not null then do nothing {INSERT} returning s.nick", "m"),
    # which action it was
    (f"{PERSON} {SOURCE} {UPDATE} {INSERT} {GONE} returning merge_action(), p.id, s.id", "nnm"),
    # a trigger may write what it likes, but no NULL into a column that has none
    (
        "merge into host.watched as w using host.person p on p.id = w.id when matched then update set b = 'x' "
        "when not matched then insert values (p.id, 'a', 'b') returning w.id, w.a, w.b, p.id",
        "nmmn",
    ),
    # within a statement
    (
        f"with m as ({PERSON} {SOURCE} {UPDATE} {GONE} returning p.id, p.name, s.id as s) "
        "select m.id, m.name, m.s, t.id from m left join host.task t on t.person_id = m.id",
        "nnmm",
    ),
    # 17's JSON
    ("select json_value('{}', '$.a'), json_exists('{}', '$.a'), json_query('1', '$')", "mmm"),
    ("select json('1'), json_scalar(1), json_serialize('1')", "nnn"),
    (
        "select j.n, j.a, j.b from json_table('[{},{\"a\": 1}]', '$[*]' columns "
        "(n for ordinality, a int path '$.a', b bool exists path '$.a')) as j",
        "mmm",
    ),
]
"""Of 17."""

RECORDED = [
    (
        "json",
        16,
        "select json_object('a': nick), json_array(nick), json_scalar(nick), json(name) from host.person",
        "nnmn",
    ),
    (
        "json_of_rows",
        16,
        "select json_arrayagg(nick null on null), json_objectagg(id: nick) filter (where id > 1) from host.person "
        "group by name",
        "nm",
    ),
    ("json_path", 17, "select json_value(note, '$.a'), json_exists(note, '$.a') from host.task", "mm"),
    (
        "merge",
        17,
        "merge into host.task t using host.person p on p.id = t.person_id when matched then update set points = 1 "
        "returning merge_action(), t.id, t.points, t.person_id, p.id, p.nick",
        "nnmmnm",
    ),
    (
        "merge_by_source",
        17,
        "merge into host.task t using host.person p on p.id = t.person_id when matched then update set points = 1 "
        "when not matched by source then delete returning t.id, t.points, t.person_id, p.id, p.nick",
        "nmmmm",
    ),
    (
        "old_and_new",
        18,
        "update host.task set points = 1 where rank = 0 returning points, rank, old.points, new.points, old.rank",
        "nnmmm",
    ),
    ("old_of_insert", 18, "insert into host.watched values (99, 'a', 'b') returning id, old.id, new.id", "nmm"),
    ("groups", 18, "select nick, upper(nick) from host.person group by nick having upper(nick) > 'a'", "nn"),
]
"""A name, the version that has it, the statement, and its columns: what PostgreSQL 18 made of it is in
``later_trees/<name>.txt``, with the names of tables for their object ids."""


@pytest.fixture(scope="module")
def host(module_database_url: str) -> Generator[Conn]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("set jit = off")
        connection.execute(SCHEMA)
        yield connection


@pytest.mark.parametrize(
    ("version", "sql", "expected"), [*((16, *each) for each in JSON), *((17, *each) for each in LATER)]
)
def test_what_later_versions_have(host: Conn, version: int, sql: str, expected: str) -> None:
    """Each column is proved or not as expected, and no row has another; one row at most is not claimed of several."""
    if host.info.server_version < version * 10_000:
        pytest.skip(f"PostgreSQL {version} has it")
    query, catalog = analysed(host, sql), Catalog(host)
    proofs = prove(query, catalog)
    assert letters(proofs) == expected, proofs
    counts = list[int]()
    for filling in FILLINGS:
        host.execute(filling.encode())
        found = came_back(host, sql)
        counts.append(len(found))
        for row in found:
            assert not [proof for proof, is_null in zip(proofs, row, strict=True) if proof.not_null and is_null], row
    host.execute("truncate host.person, host.task, host.part, host.old, host.watched, host.gap, host.coin")
    assert max(counts) > 0
    assert max(counts) == 1 or not at_most_one(query, catalog).holds
    assert min(counts) == 1 or not at_least_one(query, catalog).holds


def recorded(conn: Conn, name: str) -> Node:
    """The tree of a statement as PostgreSQL 18 wrote it down, of the tables that are here."""
    text = (TREES / f"{name}.txt").read_text(encoding="utf-8")
    for table in set(re.findall(r"@([\w.]+)@", text)):
        row = conn.execute("select %s::regclass::oid::bigint", (table,)).fetchone()
        assert row is not None
        text = text.replace(f"@{table}@", str(row[0]))
    tree = parse(text)
    while isinstance(tree, list):
        tree = tree[0]
    assert isinstance(tree, Node)
    return tree


@pytest.mark.parametrize(("name", "version", "sql", "expected"), RECORDED)
def test_what_a_later_server_wrote_down(host: Conn, name: str, version: int, sql: str, expected: str) -> None:
    """The tree that 18 made of it is proved on this server; so is this server's own, where it is as new."""
    catalog = Catalog(host)
    assert letters(prove(recorded(host, name), catalog)) == expected
    if host.info.server_version >= version * 10_000:
        assert letters(prove(analysed(host, sql), catalog)) == expected
