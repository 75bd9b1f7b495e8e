"""SQLModel: SQLAlchemy's ORM with Pydantic models as its entities.

Fair: as its tutorial has it, a session for each call. What it returns was not validated by Pydantic: a table model is
not.

https://sqlmodel.tiangolo.com/tutorial/select/
https://sqlmodel.tiangolo.com/tutorial/code-structure/
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import DateTime, Engine
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from benchmarks.peers.sqlalchemy_core import dialect_url

__all__ = ["NAME", "SqlModel", "open_engine"]

NAME = "SQLModel"


class Delivery(SQLModel, table=True):
    __tablename__ = "deliveries"  # pyright: ignore[reportAssignmentType] # as its documentation has it
    __table_args__ = {"schema": "bench"}

    id: int = Field(primary_key=True)
    customer_id: int
    courier: str
    street: str
    city: str
    note: str | None
    items: int
    distance_m: float
    is_paid: bool
    ordered_at: datetime = Field(sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class User(SQLModel, table=True):
    __tablename__ = "users"  # pyright: ignore[reportAssignmentType] # likewise
    __table_args__ = {"schema": "exchange"}

    user_id: int = Field(primary_key=True, sa_column_kwargs={"name": "id"})
    email: str
    username: str | None
    full_name: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class SqlModel:
    """A session for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def deliveries(self, limit: int) -> Sequence[Delivery]:
        with Session(self._engine) as session:
            return session.exec(select(Delivery).order_by(col(Delivery.id)).limit(limit)).all()

    def user(self, user_id: int) -> User | None:
        with Session(self._engine) as session:
            return session.get(User, user_id)


@contextmanager
def open_engine(url: str) -> Generator[SqlModel]:
    engine = create_engine(dialect_url(url), pool_size=10)
    yield SqlModel(engine)
    engine.dispose()
