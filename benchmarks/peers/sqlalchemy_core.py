"""SQLAlchemy 2 Core with textual SQL, on psycopg 3, its default driver: rows, and Pydantic models made of them.

Fair: the connection stays open from call to call and is in AUTOCOMMIT, which its documentation names for reading
without a transaction and which saves it two round trips; psycopg prepares by itself; ``text()`` is made once, as its
documentation asks for the cache's sake. It offers no way to ask for binary results.

https://docs.sqlalchemy.org/en/21/tutorial/dbapi_transactions.html
https://docs.sqlalchemy.org/en/21/core/connections.html#setting-transaction-isolation-levels-including-dbapi-autocommit
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, Row, create_engine, text

from benchmarks.address import address
from benchmarks.models import Delivery, User
from benchmarks.statements import DELIVERIES, USER

__all__ = ["NAME", "NAME_PYDANTIC", "Core", "Pooled", "connect", "dialect_url", "open_pool"]

NAME = "SQLAlchemy Core, text"
NAME_PYDANTIC = "SQLAlchemy Core, text into Pydantic"

_DELIVERIES = text(DELIVERIES)
_USER = text(USER)


class Core:
    """On one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def deliveries(self, limit: int) -> Sequence[Row[Any]]:
        return self._conn.execute(_DELIVERIES, {"limit": limit}).all()

    def delivery_models(self, limit: int) -> list[Delivery]:
        rows = self._conn.execute(_DELIVERIES, {"limit": limit}).mappings()
        return [Delivery.model_validate(row) for row in rows]

    def user_model(self, user_id: int) -> User:
        return User.model_validate(self._conn.execute(_USER, {"user_id": user_id}).mappings().one())


class Pooled:
    """On a connection of the engine's pool for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def user_model(self, user_id: int) -> User:
        with self._engine.connect() as conn:
            return Core(conn).user_model(user_id)


def dialect_url(url: str, driver: str = "psycopg") -> URL:
    """The address as SQLAlchemy has it, with its driver. The folder of a unix socket is an argument of the driver's."""
    parts = address(url)
    where = {"host": parts["host"], "port": str(parts["port"])} if parts["host"] else {}
    return URL.create(f"postgresql+{driver}", parts["user"], parts["password"], database=parts["database"], query=where)


@contextmanager
def connect(url: str) -> Generator[Core]:
    engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        yield Core(conn)
    engine.dispose()


@contextmanager
def open_pool(url: str) -> Generator[Pooled]:
    engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT", pool_size=10)
    yield Pooled(engine)
    engine.dispose()
