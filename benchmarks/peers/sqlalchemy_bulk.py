"""SQLAlchemy 2's ORM with many new rows at once, in the two ways that its documentation has.

Fair: "ORM bulk insert" is ``session.execute(insert(Model), [dictionaries])``, its fastest, for which no ids are asked
back; ``add_all`` with a commit is the unit of work, which most applications have.

https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html#orm-bulk-insert-statements
https://docs.sqlalchemy.org/en/20/orm/session_basics.html#adding-new-or-existing-items
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Engine, create_engine, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.peers.sqlalchemy_core import dialect_url

__all__ = ["NAME", "NAME_UNIT_OF_WORK", "Bulk", "open_engine"]

NAME = "SQLAlchemy ORM, bulk insert"
NAME_UNIT_OF_WORK = "SQLAlchemy ORM, add_all"


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - its documentation writes it so


class Sale(Base):
    __tablename__ = "sales"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    product_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]
    sold_at: Mapped[datetime]
    is_promo: Mapped[bool]
    from_stock: Mapped[bool]


class Bulk:
    """A session for each import."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sales(self, rows: Sequence[dict[str, Any]]) -> int:
        with Session(self._engine) as session, session.begin():
            session.execute(insert(Sale), rows)
        return len(rows)

    def sales_one_by_one(self, rows: Sequence[dict[str, Any]]) -> int:
        with Session(self._engine) as session, session.begin():
            session.add_all([Sale(**row) for row in rows])
        return len(rows)


@contextmanager
def open_engine(url: str) -> Generator[Bulk]:
    engine = create_engine(dialect_url(url))
    yield Bulk(engine)
    engine.dispose()
