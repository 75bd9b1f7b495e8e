"""A host application with a schema, a module and ``.sql`` files of its own, to be locked, changed and checked."""

import importlib
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import psycopg

__all__ = ["COUNT_USERS", "COUNT_USERS_MODULE", "MODULE", "SCHEMA", "STATEMENTS", "hosted", "imported", "make_schema"]

SCHEMA = """
  create schema kiosk;
  create type kiosk.mood as enum ('calm', 'busy');
  create domain kiosk.code as text check (value <> '');
  create function kiosk.shout(text) returns text language sql immutable strict as 'select upper($1)';
  create table kiosk.papers (
    id bigint generated always as identity primary key,
    title text not null,
    note text,
    price numeric(10, 2) not null,
    copies integer not null default 0,
    mood kiosk.mood not null default 'calm',
    size text not null default 's' check (size in ('s', 'm')),
    printed_at timestamptz not null default now(),
    tags text[] not null default '{}',
    code kiosk.code not null default 'x',
    data jsonb not null default '{}'
  );
  create unique index papers_title_key on kiosk.papers (lower(title));
  create table kiosk.sales (
    id bigint generated always as identity primary key,
    paper_id bigint not null references kiosk.papers (id),
    buyer text
  );
"""

COUNT_USERS = "-- How many.\nselect count(*) as users from exchange.users where users.id > 0;\n"
"""A query of a host's on this library's schema."""
COUNT_USERS_MODULE = """
from exchange_db import sql_folder
query = sql_folder("kiosk")
@query
def count_users() -> int: ...
"""

STATEMENTS = {
    "find_paper": """
      -- One paper.
      select
        papers.id as paper_id,
        papers.title,
        papers.note,
        papers.price,
        papers.copies,
        papers.mood,
        papers.size,
        papers.tags,
        papers.code,
        papers.printed_at
      from kiosk.papers
      where papers.id = :paper_id;
    """,
    "list_buyers": """
      -- Who bought what; the title in capitals.
      select
        sales.id as sale_id,
        kiosk.shout(papers.title) as title,
        sales.buyer
      from kiosk.sales
      join kiosk.papers on sales.paper_id = papers.id
      where :buyer::text is null or sales.buyer = :buyer
      order by sales.id;
    """,
    "add_paper": """
      -- A new paper.
      insert into kiosk.papers (title, note, price, mood)
      values (:title, :note, :price, :mood);
    """,
    "count_papers": """
      -- How many there are.
      select count(*) as papers
      from kiosk.papers;
    """,
}

MODULE = '''
    """The kiosk's queries."""

    from datetime import datetime
    from decimal import Decimal
    from typing import Literal, NewType

    from exchange_db import sql_folder
    from exchange_db.types import Record

    query = sql_folder("kiosk")
    PaperId = NewType("PaperId", int)
    Mood = Literal["calm", "busy"]


    class Paper(Record):
        paper_id: PaperId
        title: str
        note: str | None
        price: Decimal
        copies: int
        mood: Mood
        size: Literal["s", "m"]
        tags: list[str]
        code: str
        printed_at: datetime


    class Sale(Record):
        sale_id: int
        title: str | None
        buyer: str | None


    @query
    def find_paper(*, paper_id: PaperId) -> Paper | None: ...


    @query
    def list_buyers(*, buyer: str | None = None) -> list[Sale]: ...


    @query
    def add_paper(*, title: str, note: str | None, price: Decimal, mood: Mood = "calm") -> None: ...


    @query
    def count_papers() -> int: ...


    query.complete()
'''

_numbers = count()


def hosted(
    folder: Path, *edits: tuple[str, str], statements: Mapping[str, str] = STATEMENTS, line_end: str = "\n"
) -> Any:
    """The kiosk's module, from files in ``folder`` that are written anew with these changes; locks stay as they are."""
    queries = folder / "kiosk"
    queries.mkdir(exist_ok=True)
    for path in queries.glob("*.sql"):
        path.unlink()
    texts = {f"{name}.sql": dedent(text).lstrip() for name, text in statements.items()}
    texts["module"] = dedent(MODULE).lstrip()
    for old, new in edits:
        assert any(old in text for text in texts.values()), f"{old!r} is nowhere"
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    module = texts.pop("module")
    for name, text in texts.items():
        (queries / name).write_bytes(text.replace("\n", line_end).encode())
    return imported(folder, f"hosted_{next(_numbers)}", module)


def imported(folder: Path, name: str, text: str) -> ModuleType:
    """A module of this text beside the folder ``kiosk``."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)


def make_schema(url: str, *changes: str) -> None:
    """The kiosk's schema, and changes to it."""
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in (SCHEMA, *changes):
            conn.execute(statement.encode())
