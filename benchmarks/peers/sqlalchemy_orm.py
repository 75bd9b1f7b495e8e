"""SQLAlchemy 2's ORM on psycopg 3, its default driver: entities, and Pydantic models made of them.

Fair: one engine with its pool, a session for each call as its documentation says ("a Session per unit of work"), the
statements written as ``select()`` so that they are compiled once and cached. ``open_engine_in_autocommit`` is in
AUTOCOMMIT, which saves it BEGIN and ROLLBACK, two round trips of each call: faster than what most write.

https://docs.sqlalchemy.org/en/21/orm/session_basics.html
https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html
https://docs.sqlalchemy.org/en/21/orm/session_basics.html#get-by-primary-key
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from benchmarks import models
from benchmarks.peers.sqlalchemy_core import dialect_url
from benchmarks.peers.sqlalchemy_models import Delivery, User

__all__ = ["NAME", "NAME_AUTOCOMMIT", "NAME_PYDANTIC", "Orm", "open_engine", "open_engine_in_autocommit"]

NAME = "SQLAlchemy ORM"
NAME_AUTOCOMMIT = "SQLAlchemy ORM, autocommit"
NAME_PYDANTIC = "SQLAlchemy ORM into Pydantic"


class Orm:
    """A session for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def deliveries(self, limit: int) -> Sequence[Delivery]:
        with Session(self._engine) as session:
            return session.scalars(select(Delivery).order_by(Delivery.id).limit(limit)).all()

    def delivery_models(self, limit: int) -> list[models.Delivery]:
        with Session(self._engine) as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id).limit(limit))
            return [models.Delivery.model_validate(row) for row in rows]

    def user(self, user_id: int) -> User:
        with Session(self._engine) as session:
            return session.get_one(User, user_id)


@contextmanager
def open_engine(url: str) -> Generator[Orm]:
    """As the documentation's examples have it."""
    engine = create_engine(dialect_url(url), pool_size=10)
    yield Orm(engine)
    engine.dispose()


@contextmanager
def open_engine_in_autocommit(url: str) -> Generator[Orm]:
    """Without transactions around what only reads."""
    engine = create_engine(dialect_url(url), pool_size=10, isolation_level="AUTOCOMMIT")
    yield Orm(engine)
    engine.dispose()
