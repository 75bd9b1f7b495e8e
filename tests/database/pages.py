"""Reading a list page by page, as a host does, to its end and back."""

from collections.abc import Callable
from typing import TypeVar

from exchange_db.types import Page

__all__ = ["walked"]

T = TypeVar("T")


def walked(read: Callable[[str | None], Page[T]], limit: int) -> list[T]:
    """All rows of the pages that ``read`` gives for their cursors, in order; the way back shows the same pages."""
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
