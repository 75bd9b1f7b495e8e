"""Cursors that are kept with their connection, from one call of a statement to the next."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import gc
import weakref
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from exchange_db.engine import Query
from exchange_db.engine.connections import memory_of
from tests.database.hosts import KINDS, opened, settled
from tests.folders import folder


@pytest.fixture
def noon(tmp_path: Path) -> Query[..., datetime]:
    """An instant, in the session's time zone."""
    query = folder(tmp_path, noon="select timestamptz '2024-07-01 12:00Z' as noon;")

    @query
    def noon() -> datetime: ...

    return noon


@pytest.fixture
def echo(tmp_path: Path) -> Query[..., str]:
    """A text, there and back."""
    query = folder(tmp_path, echo="select :text::text || 'ö' as text;")

    @query
    def echo(*, text: str) -> str: ...

    return echo


CONNECTIONS = [kind for kind in KINDS if kind.endswith("connection")]


@pytest.mark.parametrize("kind", CONNECTIONS)
def test_a_kept_cursor_follows_the_session(
    database_url: str, noon: Query[..., datetime], echo: Query[..., str], kind: str
) -> None:
    """Another time zone and another encoding are those of the very next call."""

    async def scenario() -> None:
        async with opened(database_url, kind, autocommit=True) as conn:
            for zone, hours in (("UTC", 0), ("Asia/Tokyo", 9), ("UTC", 0)):
                await settled(conn.execute(f"set timezone to '{zone}'"))  # type: ignore[union-attr] # pyright: ignore
                for _ in range(2):
                    assert (await settled(noon(conn))).utcoffset() == timedelta(hours=hours)
            for encoding in ("utf-8", "latin1", "utf-8"):
                await settled(conn.execute(f"set client_encoding to '{encoding}'"))  # type: ignore[union-attr] # pyright: ignore
                for _ in range(2):
                    assert await settled(echo(conn, text="ä")) == "äö"

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", CONNECTIONS)
def test_a_kept_cursor_keeps_no_answer(database_url: str, echo: Query[..., str], kind: str) -> None:
    """There is one cursor for the statement, and what it has read is let go."""

    async def scenario() -> None:
        async with opened(database_url, kind, autocommit=True) as conn:
            assert await settled(echo(conn, text="x" * 1_000_000))
            (kept,) = memory_of(conn).cursors.values()  # type: ignore[arg-type] # pyright: ignore
            assert kept.pgresult is None
            assert kept._tx.pgresult is None
            await settled(echo(conn, text="y"))
            assert list(memory_of(conn).cursors.values()) == [kept]  # type: ignore[arg-type] # pyright: ignore

    asyncio.run(scenario())


def test_a_connection_is_forgotten_with_its_cursors(database_url: str, noon: Query[..., datetime]) -> None:
    """What is kept with a connection keeps nothing alive."""
    conn = psycopg.connect(database_url)
    noon(conn)
    conn.close()
    forgotten = weakref.ref(conn)
    del conn
    gc.collect()
    assert forgotten() is None
