"""The gates before a deployment: real changes of a schema, and what each does to the version that runs."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from exchange_db.errors import LockError, MigrationError, SchemaMismatch
from exchange_db.lock import gate_migrations, gate_queries, lock, verify_schema
from exchange_db.lock.files import read_lock
from tests.database.hosted import COUNT_USERS, COUNT_USERS_MODULE, STATEMENTS, hosted, imported, make_schema

STATEMENTS_OF_RELEASE = {
    **STATEMENTS,
    "rename_paper": """
      -- Rides: papers_title_key
      update kiosk.papers
      set title = :title, note = upper(note)
      where lower(papers.title) = :key
      returning papers.id;
    """,
    "keep_sale": """
      -- A sale, once.
      insert into kiosk.sales as s (paper_id, buyer)
      select papers.id, :buyer
      from kiosk.papers
      where papers.id = :paper_id
      on conflict do nothing;
    """,
    "merge_paper": """
      -- A paper with a price, or without its note where it is there.
      merge into kiosk.papers as p
      using (select :title::text as title) as s on p.title = s.title
      when matched and p.copies = 0 then delete
      when matched then update set note = null
      when not matched then insert (title, price) values (s.title, 1);
    """,
    "update_sale": """
      -- Some fields of a sale.
      update kiosk.sales
      set
        paper_id = sales.paper_id
        -- if :buyer
        , buyer = :buyer
        -- end if
      where sales.id = :sale_id;
    """,
}
FUNCTIONS = """

@query
def rename_paper(*, key: str, title: str) -> PaperId | None: ...


@query
def keep_sale(*, paper_id: PaperId, buyer: str | None) -> None: ...


@query
def merge_paper(*, title: str) -> None: ...


@query
def update_sale(*, sale_id: int, buyer: str | None = None) -> None: ...
"""


@pytest.fixture(scope="module")
def released(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a released version, whose schema the module's database has; its code is not needed any more."""
    folder = tmp_path_factory.mktemp("released")
    make_schema(module_database_url)
    module = hosted(
        folder, ("\n\nquery.complete()", f"{FUNCTIONS}\n\nquery.complete()"), statements=STATEMENTS_OF_RELEASE
    )
    done = lock(module, db=module_database_url)
    assert done.report.ok, str(done.report)
    for path in folder.rglob("*.sql"):
        path.unlink()
    return folder


@pytest.fixture
def conn(module_database_url: str) -> Generator[psycopg.Connection]:
    """A connection to the released schema; what a test changes is rolled back."""
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        yield conn


SURVIVES = {
    "nothing": "select",
    "a new table": "create table kiosk.readers (id bigint primary key)",
    "a new column": "alter table kiosk.papers add pages integer",
    "a new required column with a default": "alter table kiosk.papers add pages integer not null default 0",
    "a wider number": "alter table kiosk.papers alter copies type bigint",
    "a longer text": "alter table kiosk.papers alter size type varchar(20)",
    "another precision": "alter table kiosk.papers alter price type numeric(12, 3)",
    "null where None is taken": "alter table kiosk.sales alter buyer set default 'nobody'",
    "no null where only values are written": "alter table kiosk.papers alter title set not null",
    "no null where a part writes what is given": "alter table kiosk.sales alter buyer set not null",
    "a column that nobody reads goes": "alter table kiosk.papers drop column data",
    "an enum by another name": "alter type kiosk.mood rename to temper",
    "a narrower check that still holds": "alter table kiosk.papers add check (size in ('s', 'm', 'l'))",
    "another index": "create index on kiosk.papers (price)",
    "an enum becomes a text of the same values": (
        "alter table kiosk.papers alter mood drop default, alter mood type text; "
        "alter table kiosk.papers alter mood set default 'calm', add check (mood in ('calm', 'busy'))"
    ),
    "a list of longer texts": "alter table kiosk.papers alter tags type varchar(9)[]",
    "a text becomes a domain": "create domain kiosk.word as text; alter table kiosk.papers alter title type kiosk.word",
    "a key by another name": "alter index kiosk.papers_pkey rename to papers_key",
}


@pytest.mark.parametrize("change", SURVIVES.values(), ids=SURVIVES.keys())
def test_the_running_version_survives(conn: psycopg.Connection, released: Path, change: str) -> None:
    """What a schema gains, and what widens it where the code takes that."""
    conn.execute(change.encode())
    report = gate_migrations(released, db=conn)
    assert report.ok, str(report)
    assert (report.functions, report.statements) == (8, 9)


BREAKS = {
    "a column goes": (
        "alter table kiosk.papers drop column note",
        dict.fromkeys(("add_paper", "find_paper", "merge_paper", "rename_paper"), "gate-refused"),
    ),
    "a column is renamed": (
        "alter table kiosk.sales rename id to number",
        {"list_buyers": "gate-refused", "update_sale": "gate-refused"},
    ),
    "a table goes": (
        "drop table kiosk.sales",
        dict.fromkeys(("list_buyers", "keep_sale", "update_sale"), "gate-refused"),
    ),
    "a function goes": ("drop function kiosk.shout", {"list_buyers": "gate-refused"}),
    "a column may be null": (
        "alter table kiosk.papers alter printed_at drop not null",
        {"find_paper": "gate-null"},
    ),
    "a type changes": (
        "alter table kiosk.papers alter copies type text",
        {"find_paper": "gate-type", "merge_paper": "gate-refused"},
    ),
    "a moment loses its zone": (
        "alter table kiosk.papers alter printed_at type timestamp",
        {"find_paper": "gate-type"},
    ),
    "a key becomes narrower": (
        "alter table kiosk.sales drop constraint sales_paper_id_fkey; alter table kiosk.papers alter id type integer",
        {"find_paper": "gate-parameter", "keep_sale": "gate-parameter"},
    ),
    "an enum is widened": ("alter type kiosk.mood add value 'mad'", {"find_paper": "gate-values"}),
    "an enum loses a value": (
        "alter type kiosk.mood rename value 'calm' to 'quiet'",
        {"find_paper": "gate-values", "add_paper": "gate-values"},
    ),
    "a check is widened": (
        "alter table kiosk.papers drop constraint papers_size_check, add check (size in ('s', 'm', 'l'))",
        {"find_paper": "gate-values"},
    ),
    "a check goes": ("alter table kiosk.papers drop constraint papers_size_check", {"find_paper": "gate-values"}),
    "a unique key goes": (
        "alter table kiosk.papers drop constraint papers_pkey cascade",
        {"find_paper": "gate-rows"},
    ),
    "an index that a query rides goes": (
        "drop index kiosk.papers_title_key",
        {"rename_paper": "gate-index"},
    ),
    "a new column needs a value": (
        "alter table kiosk.papers add pages integer not null",
        {"add_paper": "gate-write", "merge_paper": "gate-write"},
    ),
    "a default goes": (
        "alter table kiosk.papers alter size drop default",
        {"add_paper": "gate-write", "merge_paper": "gate-write"},
    ),
    "null is refused where it is written": (
        "alter table kiosk.papers alter note set not null",
        {"add_paper": "gate-write", "merge_paper": "gate-write"},
    ),
    "a text becomes a list": (
        "alter table kiosk.sales alter buyer type text[] using array[buyer]",
        {"list_buyers": "gate-refused", "keep_sale": "gate-parameter", "update_sale": "gate-parameter"},
    ),
    "a list becomes one of something else": (
        "alter table kiosk.papers alter tags drop default, alter tags type integer[] using '{}', "
        "alter tags set default '{}'",
        {"find_paper": "gate-type"},
    ),
    "a domain becomes a number": (
        "alter table kiosk.papers alter code drop default, alter code type integer using 1; "
        "alter table kiosk.papers alter code set default 1",
        {"find_paper": "gate-type"},
    ),
    "a text becomes shorter": (
        "alter table kiosk.papers alter title type varchar(3)",
        dict.fromkeys(("add_paper", "merge_paper", "rename_paper"), "gate-narrower"),
    ),
    "a number loses digits": (
        "alter table kiosk.papers alter price type numeric(8, 2)",
        {"add_paper": "gate-narrower"},
    ),
    "a result becomes another": (
        "drop function kiosk.shout; create function kiosk.shout(text) returns integer language sql as 'select 1'",
        {"list_buyers": "gate-type"},
    ),
}


@pytest.mark.parametrize(("change", "expected"), BREAKS.values(), ids=BREAKS.keys())
def test_the_running_version_breaks(
    conn: psycopg.Connection, released: Path, change: str, expected: dict[str, str]
) -> None:
    """Each query that breaks is named, with the change."""
    conn.execute(change.encode())
    report = gate_migrations(released, db=conn)
    found = {(finding.function.removeprefix("kiosk."), finding.code) for finding in report.faults}
    assert set(expected.items()) <= found, str(report)
    assert {name for name, _ in found} == set(expected), str(report)
    assert all(finding.hint for finding in report.faults)


def test_what_may_break_is_a_hint(conn: psycopg.Connection, released: Path) -> None:
    """A new constraint, and NULL refused where nobody knows what is written."""
    conn.execute("alter table kiosk.papers add constraint dear check (price > 1)")
    conn.execute("alter table kiosk.papers alter note set not null")
    report = gate_migrations(released, db=conn)
    hints = {(finding.function, finding.problem) for finding in report.hints}
    assert ("kiosk.rename_paper", "kiosk.papers.note takes no NULL now, and the statement may write one") in hints
    new = "the constraint dear on kiosk.papers is new: what the running version writes may be refused"
    assert {("kiosk.add_paper", new), ("kiosk.rename_paper", new)} <= hints
    assert {(each.function, each.code) for each in report.faults} == {
        ("kiosk.add_paper", "gate-write"),
        ("kiosk.merge_paper", "gate-write"),
    }


def test_a_refusal_shows_the_line_of_the_statement(conn: psycopg.Connection, released: Path) -> None:
    """The server's words, and the line as the released version has it."""
    conn.execute("alter table kiosk.sales rename buyer to customer")
    text = str(gate_migrations(released, db=conn))
    assert "the new schema refuses the statement: column sales.buyer does not exist" in text
    assert "line 5: sales.buyer" in text


def test_no_lock_is_an_error(tmp_path: Path) -> None:
    """A gate that looks at nothing lets everything through."""
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LockError, match="there is no lock below"):
        gate_migrations(tmp_path)


def test_a_lock_that_cannot_be_read_is_a_fault(conn: psycopg.Connection, released: Path, tmp_path: Path) -> None:
    """With the others looked at all the same."""
    good = (released / "kiosk" / "lock" / "add_paper.json").read_text(encoding="utf-8")
    (tmp_path / "good.json").write_text(good, encoding="utf-8")
    (tmp_path / "damaged.json").write_text(good.replace("title", "name"), encoding="utf-8")
    report = gate_migrations(tmp_path, db=conn)
    assert [(each.path.name, each.code) for each in report.faults] == [("damaged.json", "lock-damaged")]
    assert report.statements == 1


def test_a_statement_that_this_version_reads_otherwise_is_a_fault(
    conn: psycopg.Connection, released: Path, tmp_path: Path
) -> None:
    """One that is none, and one of which there are other variants."""
    lock = read_lock(released / "kiosk" / "lock" / "add_paper.json")
    assert lock is not None
    (tmp_path / "none.json").write_text(replace(lock, sql=("select 1; select 2;",)).text, encoding="utf-8")
    (variant,) = lock.variants
    other = replace(lock, variants=(replace(variant, labels=("other",)),))
    (tmp_path / "other.json").write_text(other.text, encoding="utf-8")
    report = gate_migrations(tmp_path, db=conn)
    assert [(each.path.name, each.code) for each in report.faults] == [
        ("none.json", "gate-refused"),
        ("other.json", "gate-refused"),
    ]


def test_columns_by_a_star_are_told_as_such(conn: psycopg.Connection, tmp_path: Path) -> None:
    """A statement that takes all columns gets others than its record has."""
    statements = {
        "list_sales": "-- Allow: select-star, because of this test\nselect s.* from kiosk.sales as s order by s.id;"
    }
    text = (
        'from exchange_db import sql_folder\nfrom exchange_db.types import Record\nquery = sql_folder("kiosk")\n'
        "class Sale(Record):\n    id: int\n    paper_id: int\n    buyer: str | None\n\n"
        "@query\ndef list_sales() -> list[Sale]: ...\n"
    )
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "kiosk" / "list_sales.sql").write_text(statements["list_sales"], encoding="utf-8")
    done = lock(imported(tmp_path, "stars", text), db=conn)
    assert done.report.ok, str(done.report)
    conn.execute("alter table kiosk.sales add bought_at timestamptz")
    assert [each.code for each in gate_migrations(tmp_path, db=conn).faults] == ["gate-columns"]


def test_a_lost_connection_is_no_verdict(released: Path, module_database_url: str) -> None:
    """A server that cannot be asked is an error, not a fault of a query."""
    with (
        psycopg.connect(module_database_url) as holder,
        psycopg.connect(module_database_url, autocommit=True) as conn,
    ):
        holder.execute("lock table kiosk.papers")
        conn.execute("set statement_timeout = '50ms'")
        with pytest.raises(psycopg.OperationalError):
            gate_migrations(released, db=conn)


def test_new_queries_on_the_old_schema(tmp_path: Path) -> None:
    """A query is fine where its tables are there; a migration that is none is no verdict."""
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "kiosk" / "count_users.sql").write_text(COUNT_USERS, encoding="utf-8")
    report = gate_queries(imported(tmp_path, "newer", COUNT_USERS_MODULE), until="0002")
    assert report.ok, str(report)
    assert report.functions == 1
    with pytest.raises(MigrationError, match="not the name of one migration"):
        gate_queries(until="9999")


TAGS = """
  create schema if not exists kiosk;
  create table kiosk.tags (
    id bigint primary key,
    name text not null constraint tags_name_key unique
  );
"""
TAGGED = '''
from exchange_db import sql_folder
from exchange_db.errors import Conflict
from exchange_db.types import Record
query = sql_folder("kiosk")


class Taken(Conflict):
    """this name is taken"""


class Doc(Record):
    name: str
    parts: list[str]


class Tags(Record):
    docs: list[Doc]
    tags: int


@query.raises(tags_name_key=Taken)
def add_tag(*, tag_id: int, name: str) -> None: ...


@query
def get_tags() -> Tags: ...
'''
TAG_STATEMENTS = {
    "add_tag": "-- A tag.\ninsert into kiosk.tags (id, name) values (:tag_id, :name);",
    "get_tags": """
      -- All tags.
      select
        coalesce(
          jsonb_agg(jsonb_build_object('name', tags.name, 'parts', array[tags.name]) order by tags.id), '[]'
        ) as docs,
        count(*) as tags
      from kiosk.tags;
    """,
}


@pytest.mark.parametrize(
    ("change", "code", "words", "gone"),
    [
        ("alter column name drop not null", "gate-null", "what is in 'docs.name' may be NULL now", "name may be NULL"),
        (
            "drop constraint tags_name_key",
            "gate-raises",
            "the constraint tags_name_key is gone",
            "there is no constraint tags_name_key",
        ),
    ],
)
def test_what_is_inside_documents_and_behind_named_errors(  # noqa: PLR0917  each case is its row
    conn: psycopg.Connection, tmp_path: Path, change: str, code: str, words: str, gone: str
) -> None:
    """A key or item that may be NULL, and a constraint for which there is an error; at an application's start too."""
    conn.execute(TAGS)
    (tmp_path / "kiosk").mkdir()
    for name, text in TAG_STATEMENTS.items():
        (tmp_path / "kiosk" / f"{name}.sql").write_text(text, encoding="utf-8")
    module = imported(tmp_path, "tagged", TAGGED)
    done = lock(module, db=conn)
    assert done.report.ok, str(done.report)
    assert gate_migrations(tmp_path, db=conn).ok
    conn.execute(f"alter table kiosk.tags {change}".encode())
    report = gate_migrations(tmp_path, db=conn)
    assert {each.code for each in report.faults} == {code}
    assert words in str(report)
    with pytest.raises(SchemaMismatch, match=gone):
        verify_schema(conn, queries=[module])
