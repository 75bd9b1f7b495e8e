"""docs/systems.md names nothing that does not exist."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer.main
import yoyo.scripts.main  # pyright: ignore[reportMissingTypeStubs] # it has none
from psycopg.pq import Conninfo

import exchange_db
from exchange_db import accounts, matching, messaging
from exchange_db.cli import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "systems.md"
SEEDS = (
    "Skill exchange",
    "Dog companions (pupmatch)",
    "Past questions",
    "Retail sales (siprems)",
    "Accounts (template)",
)


def rows() -> list[list[str]]:
    """There, here, remarks: the page's tables without their heads."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("there", "---")]


def names() -> list[str]:
    """Everything that stands as code in the columns *here* and *remarks*."""
    return sorted({name for _, here, remarks in rows() for name in re.findall(r"`([^`]+)`", f"{here} {remarks}")})


@pytest.fixture(scope="module")
def catalog(module_database_url: str) -> set[str]:
    """Every table, column, constraint, index and function of the schema."""
    with psycopg.connect(module_database_url) as conn:
        found = conn.execute("""
            select c.relname from pg_class as c where c.relnamespace = 'exchange'::regnamespace
            union all
            select c.relname || '.' || a.attname
            from pg_class as c
            inner join pg_attribute as a on a.attrelid = c.oid
            where c.relnamespace = 'exchange'::regnamespace and a.attnum > 0 and not a.attisdropped
            union all
            select n.conname from pg_constraint as n where n.connamespace = 'exchange'::regnamespace
            union all
            select 'exchange.' || p.proname from pg_proc as p where p.pronamespace = 'exchange'::regnamespace
        """).fetchall()
    return {name for (name,) in found}


def is_python(name: str) -> bool:
    """A public name of the package, such as ``skills.rate_user``; a record's field; ``function(parameter)``."""
    path, _, parameter = name.rstrip(")").partition("(")
    first, *rest = path.split(".")
    try:
        found: Any = importlib.import_module(f"exchange_db.{first}") if rest else getattr(exchange_db, first)
        for part in rest:
            found = found.model_fields[part] if hasattr(found, "model_fields") else getattr(found, part)
    except (ImportError, AttributeError, KeyError):
        return False
    return not parameter or parameter in inspect.signature(found).parameters


def is_command(name: str) -> bool:
    """A command of ours or of yoyo, with options that it has."""
    program, _, rest = name.partition(" ")
    command, *options = rest.split() or [""]
    if program == "yoyo":
        return command in yoyo.scripts.main.make_argparser()[2].choices
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    if program == "make":
        return f"\n{command}:" in (ROOT / "Makefile").read_text("utf-8")
    known = {option for each in commands[command].params for option in each.opts} if command in commands else set[str]()
    return program == "exchange-db" and command in commands and set(options) <= known


def is_file(name: str) -> bool:
    return (ROOT / name).is_file()


def is_setting(name: str) -> bool:
    """A variable of libpq's environment."""
    return name.encode() in {option.envvar for option in Conninfo.get_defaults()}


KINDS: list[Callable[[str], bool]] = [is_python, is_command, is_file, is_setting]


@pytest.mark.parametrize("name", names())
def test_what_the_page_names_exists(name: str, catalog: set[str]) -> None:
    """A table, column, constraint, index, function, field, parameter, command, file or variable of that name."""
    assert name in catalog or any(known(name) for known in KINDS)


def test_the_page_covers_all_five(catalog: set[str]) -> None:
    """A chapter for each document, a place or a reason for each thing in it, and every table of ours has its use."""
    text = PAGE.read_text("utf-8")
    assert re.findall(r"^## (.*)", text, re.M) == [*SEEDS, "Moving the data of a running system"]
    assert [there for there, here, remarks in rows() if not here and not remarks] == []
    tables = set(re.findall(r"^create table exchange\.(\w+)", (ROOT / "sql" / "schema.sql").read_text("utf-8"), re.M))
    assert tables - {name.partition(".")[0] for name in names()} <= {"first_superuser"}


MADE_UP = ["users.age", "skills.rate", "exchange-db backup", "yoyo fly", "docs/x.md", "PGFOO", "open_pool(size)"]


@pytest.mark.parametrize("name", MADE_UP)
def test_what_does_not_exist_is_noticed(name: str, catalog: set[str]) -> None:
    """The check can fail: made-up names of each kind are found nowhere."""
    assert name not in catalog
    assert not any(known(name) for known in KINDS)


def test_the_sql_for_moving_data_makes_what_the_functions_make(database_url: str) -> None:
    """Pairs from swipes, and what conversations know from their messages: as if all had come by the functions."""
    blocks = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    seen = """
        select 1, low_id, high_id, low_likes, high_likes, matched_at is not null, null::timestamptz from exchange.pairs
        union all
        select 4, low_id, high_id, null, null, low_swiped_at is null, coalesce(low_swiped_at, high_swiped_at)
        from exchange.pairs
        union all
        select 2, id, last_message_id, null, null, null, last_message_at from exchange.conversations
        union all
        select 3, conversation_id, last_received_message_id, null, null, null, last_message_at
        from exchange.participants
        order by 1, 2, 3
    """
    with psycopg.connect(database_url, autocommit=True) as conn:
        ada, bob, eve = (
            accounts.create_user(conn, email=f"{name}@example.org", password_hash="hash").user_id
            for name in ("ada", "bob", "eve")
        )
        matching.like(conn, actor_id=eve, target_id=ada)
        matching.pass_on(conn, actor_id=bob, target_id=eve)
        matching.like(conn, actor_id=ada, target_id=bob)
        conversation_id = matching.like(conn, actor_id=bob, target_id=ada).conversation_id
        assert conversation_id is not None
        for sender in (ada, bob, ada):
            messaging.send_message(conn, conversation_id=conversation_id, sender_id=sender, body="hello")
        made = conn.execute(seen).fetchall()
        conn.execute("delete from exchange.pairs")
        conn.execute("update exchange.conversations set last_message_id = null, last_message_at = null")
        conn.execute("update exchange.participants set last_received_message_id = 0, last_message_at = now()")
        assert conn.execute(seen).fetchall() != made
        for block in blocks:
            conn.execute(block.encode())
        assert conn.execute(seen).fetchall() == made
