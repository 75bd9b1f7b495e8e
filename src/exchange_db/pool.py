"""Opening psycopg's own pools with settings that suit one-statement calls, and transactions over several calls.

Every default and its reason:

================== ======== ==================================================================================
setting            default  reason
================== ======== ==================================================================================
autocommit         on       a call is one round trip, not BEGIN + statement + COMMIT (psycopg's own advice)
min_size           1        a script opens one connection; a busy service grows the pool by itself
max_size           10       twice the cores of a usual server is where throughput peaks; more connections queue
                            inside PostgreSQL instead of here
timeout_s          10       a caller who waited this long for a connection is better told than kept waiting
max_lifetime_s     3600     an hour: sheds backends with grown caches, and follows a fail-over's new address
max_idle_s         600      ten minutes: a pool that grew for a burst gives its connections back
statement_timeout_s 30      one forgotten join cannot hold a connection for ever; ``with_timeout`` sets less for
                            one function
application_name   exchange_db   where neither the caller nor ``PGAPPNAME`` says another
connect_timeout    5        an address that does not answer fails soon
keep-alives        30/10/3  a peer that vanished without a word is noticed within a minute
prepare_threshold  0        a statement is prepared when it first runs, in the same round trip
prepared_max       no limit the statements are the application's files: a bounded set that must not be evicted
timezone           UTC      times read as UTC whatever the server's own setting
================== ======== ==================================================================================

Each checkout looks at the connection's socket, so a backend that was killed or a server that restarted is noticed
and the connection replaced, without a round trip (psycopg's ``check_connection`` would add one to every call, and
its pools wait a second after each check that fails).
"""

import math
import os
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Any, TypeAlias, overload

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.engine import AsyncDB, SyncDB
from exchange_db.engine.execution import checked_out, checked_out_async
from exchange_db.engine.failures import tells_of_loss, translate
from exchange_db.engine.liveness import has_died
from exchange_db.engine.origin import Origin
from exchange_db.errors import ExchangeError, InvalidValue, OutcomeUnknown, StatementError

__all__ = ["open_async_pool", "open_pool", "transaction"]

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
AsyncPool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]


class _CheckedPool(ConnectionPool[Connection[TupleRow]]):
    """psycopg's pool; a connection that has died while it was idle is replaced when its turn comes."""

    def getconn(self, timeout: float | None = None) -> Connection[TupleRow]:
        while has_died(conn := super().getconn(timeout)):
            conn.close()
            self.putconn(conn)
        return conn


class _CheckedAsyncPool(AsyncConnectionPool[AsyncConnection[TupleRow]]):
    """The same for asyncio."""

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[TupleRow]:
        while has_died(conn := await super().getconn(timeout)):
            await conn.close()
            await self.putconn(conn)
        return conn


_ORIGIN = Origin("open_pool")
_TRANSACTION = Origin("transaction")


def open_pool(
    conninfo: str = "",
    *,
    min_size: int = 1,
    max_size: int = 10,
    timeout_s: float = 10.0,
    max_lifetime_s: float = 3600.0,
    max_idle_s: float = 600.0,
    statement_timeout_s: float | None = 30.0,
    connection: Mapping[str, Any] | None = None,
) -> Pool:
    """Open a psycopg ``ConnectionPool``.

    ``conninfo`` is a URL or libpq's ``key=value`` form; what it leaves out comes from libpq's environment
    (``PGHOST``, ``PGDATABASE``, ``PGSSLMODE``, …). ``connection`` adds libpq or psycopg connection arguments, such
    as ``{"sslmode": "verify-full", "sslrootcert": "ca.pem"}``, and wins over everything else. Times are in seconds;
    ``statement_timeout_s=None`` leaves the server's own limit. PgBouncer has to be told to let ``options`` pass
    (``ignore_startup_parameters = options``).

    Use the pool as a context manager, or ``close()`` it; ``get_stats()`` reads its statistics. Raises
    ``Unavailable``, with the server's or libpq's reason, where no connection can be made (libpq hands on no code that
    would tell a wrong password from a server that is down), and ``InvalidValue`` for a malformed ``conninfo``.
    """
    arguments = _arguments(conninfo, statement_timeout_s, connection or {})
    try:
        # A refusal shows its reason here; the pool would go on trying and only time out.
        Connection.connect(conninfo, **arguments).close()
    except psycopg.Error as error:
        raise translate(error, _ORIGIN) from error
    return _CheckedPool(
        conninfo,
        connection_class=Connection[TupleRow],
        kwargs=arguments,
        min_size=min_size,
        max_size=max_size,
        open=True,
        configure=_configure,
        timeout=timeout_s,
        max_lifetime=max_lifetime_s,
        max_idle=max_idle_s,
    )


class open_async_pool:  # noqa: N801  called like the function that it is the twin of
    """The same as ``open_pool`` for asyncio, with the same arguments.

    ``async with open_async_pool() as pool: …``, or ``pool = await open_async_pool()`` and ``await pool.close()``.
    """

    def __init__(
        self,
        conninfo: str = "",
        *,
        min_size: int = 1,
        max_size: int = 10,
        timeout_s: float = 10.0,
        max_lifetime_s: float = 3600.0,
        max_idle_s: float = 600.0,
        statement_timeout_s: float | None = 30.0,
        connection: Mapping[str, Any] | None = None,
    ) -> None:
        self._conninfo = conninfo
        self._arguments = _arguments(conninfo, statement_timeout_s, connection or {})
        self._pool: AsyncPool = _CheckedAsyncPool(
            conninfo,
            connection_class=AsyncConnection[TupleRow],
            kwargs=self._arguments,
            min_size=min_size,
            max_size=max_size,
            open=False,
            configure=_configure_async,
            timeout=timeout_s,
            max_lifetime=max_lifetime_s,
            max_idle=max_idle_s,
        )

    def __await__(self) -> Generator[Any, Any, AsyncPool]:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncPool:
        return await self._open()

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def _open(self) -> AsyncPool:
        try:
            await (await AsyncConnection.connect(self._conninfo, **self._arguments)).close()
        except psycopg.Error as error:
            raise translate(error, _ORIGIN) from error
        await self._pool.open()
        return self._pool


def _arguments(conninfo: str, statement_timeout_s: float | None, connection: Mapping[str, Any]) -> dict[str, Any]:
    """The connection arguments: our defaults, where neither the caller nor libpq's environment says otherwise."""
    try:
        given = {**conninfo_to_dict(conninfo), **connection}
    except psycopg.ProgrammingError as error:
        raise _ORIGIN.error(InvalidValue, str(error).strip()) from error
    options = str(given.get("options") or os.environ.get("PGOPTIONS", ""))
    settings = ["-c timezone=UTC"]
    if statement_timeout_s is not None:
        settings.append(f"-c statement_timeout={math.ceil(statement_timeout_s * 1000)}")
    defaults: dict[str, Any] = {
        "autocommit": True,
        "prepare_threshold": 0,
        "fallback_application_name": "exchange_db",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    if "PGCONNECT_TIMEOUT" not in os.environ:
        defaults["connect_timeout"] = 5
    chosen = {name: value for name, value in defaults.items() if name not in given}
    # The caller's own options come last: libpq's last setting of a name wins.
    return {**chosen, **connection, "options": " ".join([*settings, options]).strip()}


def _configure(conn: Connection[TupleRow]) -> None:
    conn.prepared_max = None


async def _configure_async(conn: AsyncConnection[TupleRow]) -> None:
    conn.prepared_max = None


# --- several calls, all or nothing -----------------------------------------------------------------------


@overload
def transaction(db: SyncDB) -> AbstractContextManager[Connection[Any]]: ...
@overload
def transaction(db: AsyncDB) -> AbstractAsyncContextManager[AsyncConnection[Any]]: ...
def transaction(db: SyncDB | AsyncDB) -> Any:
    """Several calls, all or nothing: ``with transaction(pool) as conn: …``, or ``async with``.

    This is psycopg's ``conn.transaction()`` (nested, it is a savepoint) on one connection of the pool, with what
    may fail at COMMIT told in this library's errors: a deferred constraint, a serialization failure
    (``Retryable``), and a connection that died while committing (``OutcomeUnknown``). What the block itself
    raises passes unchanged, after a rollback. A block that catches the error of a call and then ends ends in
    ``StatementError``, since nothing can be committed: put the call that may fail into a nested ``transaction(conn)``.
    """
    return _sync_transaction(db) if isinstance(db, Connection | ConnectionPool) else _async_transaction(db)


@contextmanager
def _sync_transaction(db: SyncDB) -> Generator[Connection[Any]]:
    ending = _Ending()
    try:
        with checked_out(db) as conn, conn.transaction(), ending.watch(conn):
            yield conn
    except psycopg.Error as error:
        if error is ending.raised:
            raise
        raise ending.told(error) from error


@asynccontextmanager
async def _async_transaction(db: AsyncDB) -> AsyncGenerator[AsyncConnection[Any]]:
    ending = _Ending()
    try:
        async with checked_out_async(db) as conn, conn.transaction():
            with ending.watch(conn):
                yield conn
    except psycopg.Error as error:
        if error is ending.raised:
            raise
        raise ending.told(error) from error


class _Ending:
    """How a transaction ended: in its block, or in what psycopg does around it."""

    def __init__(self) -> None:
        self._conn: Connection[Any] | AsyncConnection[Any] | None = None
        self.raised: BaseException | None = None
        self._committing = False

    @contextmanager
    def watch(self, conn: Connection[Any] | AsyncConnection[Any]) -> Generator[None]:
        self._conn = conn
        try:
            yield
        except BaseException as error:
            self.raised = error
            raise
        if conn.pgconn.transaction_status == TransactionStatus.INERROR:
            # The server would answer COMMIT with a rollback, and nobody would be told.
            problem = "a statement failed and its error was caught, so that nothing can be committed"
            raise _TRANSACTION.error(StatementError, problem)
        self._committing = True

    def told(self, error: psycopg.Error) -> ExchangeError:
        """Our error for one that psycopg raised at the beginning or the end."""
        if self._committing and self._conn is not None and tells_of_loss(error, self._conn.pgconn):
            return _TRANSACTION.error(OutcomeUnknown, "the connection was lost during COMMIT", sqlstate=error.sqlstate)
        return translate(error, _TRANSACTION)
