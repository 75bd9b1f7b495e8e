"""The check at an application's start: the live schema against what the locked queries need of it."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange_db import open_async_pool, open_pool
from exchange_db.errors import DeclarationError, LockError, SchemaMismatch
from exchange_db.lock import lock, verify_schema
from tests.database.hosted import STATEMENTS, hosted, make_schema
from tests.database.wire import Proxy

KEEP_PAPER = """
  -- Rides: papers_title_key
  insert into kiosk.papers (title, price)
  values (:title, :price)
  on conflict (lower(title)) do update set price = excluded.price
  returning papers.id;
"""


@pytest.fixture(scope="module")
def kiosk(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The locked module of a schema that the module's database has."""
    make_schema(module_database_url)
    edit = (
        "\n\nquery.complete()",
        "\n\n@query\ndef keep_paper(*, title: str, price: Decimal) -> PaperId: ...\n\n\nquery.complete()",
    )
    module = hosted(tmp_path_factory.mktemp("kiosk"), edit, statements={**STATEMENTS, "keep_paper": KEEP_PAPER})
    done = lock(module, db=module_database_url)
    assert done.report.ok, str(done.report)
    return module


@pytest.fixture
def conn(module_database_url: str) -> Generator[psycopg.Connection]:
    """A connection to the locked schema; what a test changes is rolled back."""
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        yield conn


def test_a_pool_and_an_async_pool(kiosk: Any, module_database_url: str) -> None:
    """One line at the start of either kind of application."""
    with open_pool(module_database_url) as pool:
        assert verify_schema(pool, queries=[kiosk]) is None

    async def start() -> None:
        async with open_async_pool(module_database_url) as pool:
            await verify_schema(pool, queries=[kiosk])

    asyncio.run(start())


@pytest.mark.parametrize(
    "change",
    [
        "create table kiosk.readers (id bigint primary key)",
        "alter table kiosk.papers add pages integer",
        "alter table kiosk.papers add pages integer not null default 0",
        "alter table kiosk.sales alter buyer set not null",
        "alter table kiosk.papers alter copies type bigint",
        "alter table kiosk.papers alter price type numeric(12, 3)",
        "create index on kiosk.papers (price)",
        "create function kiosk.shout(integer) returns text language sql as 'select $1::text'",
        "set local search_path = kiosk",
        "alter table kiosk.papers drop column data",
    ],
)
def test_what_the_queries_do_not_need_does_not_matter(conn: psycopg.Connection, kiosk: Any, change: str) -> None:
    """More tables, columns and indexes, wider types, a session with another search_path."""
    conn.execute(change.encode())
    verify_schema(conn, queries=[kiosk])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("drop table kiosk.sales", "there is no table kiosk.sales (kiosk.list_buyers)"),
        ("alter table kiosk.sales rename buyer to customer", "kiosk.sales has no column buyer (kiosk.list_buyers)"),
        ("alter table kiosk.papers alter copies type text", "kiosk.papers.copies is text, not integer"),
        ("alter table kiosk.papers alter copies type smallint", "kiosk.papers.copies is smallint, not integer"),
        ("alter table kiosk.papers alter printed_at drop not null", "kiosk.papers.printed_at may be NULL"),
        (
            "alter table kiosk.papers alter title type varchar(3)",
            "kiosk.papers.title is character varying(3), not text (kiosk.add_paper, kiosk.keep_paper)",
        ),
        ("drop index kiosk.papers_title_key", "kiosk.papers has no unique key (lower(title))"),
        ("drop index kiosk.papers_title_key", "there is no index papers_title_key (kiosk.keep_paper)"),
        (
            "alter table kiosk.papers add pages integer not null",
            "kiosk.papers.pages needs a value, and the inserts give none (kiosk.add_paper, kiosk.keep_paper)",
        ),
        ("alter type kiosk.mood rename value 'calm' to 'quiet'", "kiosk.mood has no value 'calm'"),
        ("alter type kiosk.mood add value 'mad'", "kiosk.mood has a value 'mad', which the code does not know"),
        ("alter type kiosk.mood rename to temper", "there is no type kiosk.mood"),
        ("drop function kiosk.shout", "there is no function kiosk.shout(text)"),
        (
            "drop function kiosk.shout; create function kiosk.shout(text) returns int language sql as 'select 1'",
            "the function kiosk.shout(text) returns integer, not text",
        ),
    ],
)
def test_what_the_queries_need_is_told(conn: psycopg.Connection, kiosk: Any, change: str, words: str) -> None:
    """What is not there, or is otherwise, and whose queries need it."""
    conn.execute(change.encode())
    with pytest.raises(SchemaMismatch) as caught:
        verify_schema(conn, queries=[kiosk])
    assert words in str(caught.value)
    assert "migrate the database" in str(caught.value)


def test_all_differences_are_told_at_once(conn: psycopg.Connection, kiosk: Any) -> None:
    """Each once, with a few of the queries."""
    conn.execute("drop schema kiosk cascade")
    with pytest.raises(SchemaMismatch) as caught:
        verify_schema(conn, queries=[kiosk])
    lines = str(caught.value).splitlines()
    assert lines[0] == "the database lacks 6 things that the queries rely on:"
    assert "  there is no table kiosk.papers (kiosk.find_paper, kiosk.list_buyers, kiosk.add_paper and 2 more)" in lines


def test_it_is_one_round_trip(kiosk: Any, module_database_url: str) -> None:
    """However many queries there are."""
    with Proxy(module_database_url) as proxy, psycopg.connect(proxy.conninfo, autocommit=True) as conn:
        with proxy.recording() as traffic:
            verify_schema(conn, queries=[kiosk])
        assert traffic.flights == 1


def test_a_role_without_any_privilege_may_ask(conn: psycopg.Connection, kiosk: Any) -> None:
    """The catalogs are for everybody; what the role may do with the tables is another question."""
    conn.execute("create role exchange_test_stranger; set local role exchange_test_stranger")
    verify_schema(conn, queries=[kiosk])


def test_a_missing_or_stale_lock_is_an_error(conn: psycopg.Connection, tmp_path: Path) -> None:
    """Every one of them, before the database is asked."""
    module = hosted(tmp_path)
    with pytest.raises(LockError) as caught:
        verify_schema(conn, queries=[module])
    assert all(f"kiosk.{name}: the query has no lock" in str(caught.value) for name in STATEMENTS)


def test_faults_of_the_modules_come_first(conn: psycopg.Connection, tmp_path: Path) -> None:
    """As they do at import."""
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "kiosk" / "find_it.sql").write_text("select 1", encoding="utf-8")
    (tmp_path / "faulty.py").write_text(
        'from exchange_db import sql_folder\nquery = sql_folder("kiosk")\nquery.complete()\n'
    )
    with pytest.raises(DeclarationError, match=r"find_it\.sql"):
        verify_schema(conn, queries=[tmp_path / "faulty.py"])
