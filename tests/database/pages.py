"""Reading a list page by page, as a host does, to its end and back."""

from typing import Any, TypeVar

import psycopg

from exchange_db.engine import Query
from exchange_db.types import Page

__all__ = ["walked"]

T = TypeVar("T")


def walked(query: Query[..., Page[T]], conn: psycopg.Connection[Any], limit: int, **arguments: Any) -> list[T]:
    """All rows of the query's pages, in order; the way back shows the same pages."""

    def read(cursor: str | None) -> Page[T]:
        return query(conn, limit=limit, cursor=cursor, **arguments)

    pages = [read(None)]
    while pages[-1].next:
        pages.append(read(pages[-1].next))
        assert pages[-1].items
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages[-1]) <= limit
    back = pages[-1:]
    while back[-1].previous:
        back.append(read(back[-1].previous))
    assert [page.items for page in reversed(back)] == [page.items for page in pages]
    return [row for page in pages for row in page]
