"""Pages: the cursor that names a page's edge, and the rows of one answer as a page.

A cursor is nine bytes of a digest and a JSON array, in URL-safe base64: ``[version, "next", value…]``, the values
those of the keys of the row at the edge. The digest is over these, the function and the words of its order: so a
cursor that was cut or changed, or is of another function, order or version of them, is refused before anything is sent.
It is no signature.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from exchange_db.engine.binding import Parameter
from exchange_db.engine.call import Call, Taken
from exchange_db.engine.origin import Origin
from exchange_db.engine.variants import Towards
from exchange_db.errors import InvalidCursor, RecordMismatch
from exchange_db.types import Page

__all__ = ["Edge", "PageCall"]

T = TypeVar("T")
VERSION = 1
DIGEST = 9
MAX_CHARACTERS = 16_384
"""More than any key that an index can hold needs: PostgreSQL's B-tree ends at 2,704 bytes."""


@dataclass(frozen=True)
class Edge:
    """What the cursors of one function, in one order, are made of."""

    origin: Origin
    order: str
    """The words that say where a page lies."""
    keys: Mapping[str, Parameter]
    """The record's fields that the pages are told apart by, each with the parameter that takes its value."""

    def cursor(self, row: Any, towards: Towards) -> str:
        """The cursor of the page beyond ``row``."""
        values = [
            key.annotation.adapter.dump_python(getattr(row, field), mode="json") for field, key in self.keys.items()
        ]
        payload = json.dumps([VERSION, towards.name.lower(), *values], separators=(",", ":")).encode()
        cursor = urlsafe_b64encode(self._digest(payload) + payload).decode().rstrip("=")
        if len(cursor) > MAX_CHARACTERS:
            problem = (
                f"a cursor would have {len(cursor):,} characters, of {', '.join(self.keys)}: order by shorter values"
            )
            raise self.origin.error(RecordMismatch, problem)
        return cursor

    def read(self, cursor: str) -> tuple[Towards, dict[str, Any]]:
        """Which way the page lies, and the values of the edge by parameter. Raises ``InvalidCursor``."""
        try:
            if len(cursor) > MAX_CHARACTERS:
                raise ValueError
            whole = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            digest, payload = whole[:DIGEST], whole[DIGEST:]
            # The decoder passes over what is not base64.
            if urlsafe_b64encode(whole).decode().rstrip("=") != cursor or digest != self._digest(payload):
                raise ValueError
            version, towards, *values = json.loads(payload)
            edge = {
                key.name: key.encode(key.annotation.adapter.validate_json(json.dumps(value), strict=True))
                for key, value in zip(self.keys.values(), values, strict=True)
            }
            if version != VERSION or any("\0" in text for text in edge.values()):
                raise ValueError
            return {"next": Towards.NEXT, "previous": Towards.PREVIOUS}[towards], edge
        except (ValueError, ValidationError, NotBase64, KeyError, TypeError, RecursionError):
            sentence = (
                "the cursor is not one of this list in this order: it was cut or changed, or another list, order or "
                "version made it"
            )
            raise self.origin.error(InvalidCursor, sentence) from None

    def _digest(self, payload: bytes) -> bytes:
        words = json.dumps([self.origin.query, self.order, list(self.keys)])
        return sha256(words.encode() + b"\n" + payload).digest()[:DIGEST]


@dataclass
class PageCall(Call[T], Generic[T]):
    """A call that asks for one row more than the page has, and so learns whether there is another page."""

    edge: Edge | None = None
    towards: Towards = Towards.FIRST
    limit: int = 1

    def result(self, taken: Taken[T]) -> Page[T]:
        """The rows as a page."""
        rows: list[T] = super().result(taken)
        assert self.edge is not None  # noqa: S101  a field after others with defaults needs one too
        items, has_more = rows[: self.limit], len(rows) > self.limit
        if self.towards is Towards.PREVIOUS:
            items.reverse()
        if not items:
            return Page([], None, None)
        # On the side that the page was reached from there is the row whose cursor led here, or was when it was made.
        has_next = has_more or self.towards is Towards.PREVIOUS
        has_previous = self.towards is Towards.NEXT or (self.towards is Towards.PREVIOUS and has_more)
        return Page(
            items,
            next=self.edge.cursor(items[-1], Towards.NEXT) if has_next else None,
            previous=self.edge.cursor(items[0], Towards.PREVIOUS) if has_previous else None,
        )
