"""sqlspec: SQL as strings, results mapped to Pydantic models by ``schema_type``, on psycopg 3.

Fair: a session is opened once and used for every call, in autocommit; psycopg prepares by itself.

https://sqlspec.dev/usage/drivers_and_querying.html
https://sqlspec.dev/getting_started/index.html
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlspec import SQLSpec
from sqlspec.adapters.psycopg import PsycopgSyncConfig

from benchmarks.models import Delivery, User
from benchmarks.statements import DELIVERIES, USER

__all__ = ["NAME", "SqlSpec", "connect"]

NAME = "sqlspec into Pydantic"


class SqlSpec:
    """In one session."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def deliveries(self, limit: int) -> list[Delivery]:
        rows: list[Delivery] = self._session.select(DELIVERIES, {"limit": limit}, schema_type=Delivery)
        return rows

    def user(self, user_id: int) -> User:
        user: User = self._session.select_one(USER, {"user_id": user_id}, schema_type=User)
        return user


@contextmanager
def connect(url: str) -> Generator[SqlSpec]:
    spec = SQLSpec()
    config = spec.add_config(PsycopgSyncConfig(connection_config={"conninfo": url, "autocommit": True}))
    with spec.provide_session(config) as session:
        yield SqlSpec(session)
    config.close_pool()
