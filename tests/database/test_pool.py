"""Opening pools: settings that arrive at the server, refusals with their reason, transactions over several calls."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from exchange_db.engine import Query
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, OutcomeUnknown, PoolExhausted, Unavailable
from exchange_db.pool import open_async_pool, open_pool, transaction
from exchange_db.types import RowCount
from tests.database.failing import terminate
from tests.database.hosts import KINDS, opened
from tests.database.wire import Proxy
from tests.folders import folder

SOON_S = 3
"""Less than psycopg_pool's own patience with dead connections."""


def show(url: str, name: str, **arguments: Any) -> str:
    """A setting as a session of the pool has it."""
    with open_pool(url, **arguments) as pool, pool.connection() as conn:
        (value,) = conn.execute("select current_setting(%s)", (name,)).fetchone() or ("",)
    return str(value)


# --- settings ----------------------------------------------------------------------------------------------


def test_the_defaults_arrive_at_the_server(database_url: str) -> None:
    """Name, time limit, time zone, autocommit and preparation are those that the module documents."""
    with open_pool(database_url) as pool, pool.connection() as conn:
        settings: dict[str, str] = dict(conn.execute("select name, setting from pg_settings").fetchall())
        assert settings["application_name"] == "exchange_db"
        assert settings["statement_timeout"] == "30000"
        assert settings["TimeZone"] == "UTC"
        assert (conn.autocommit, conn.prepare_threshold, conn.prepared_max) == (True, 0, None)
        parameters = conn.info.get_parameters()
        assert (parameters["connect_timeout"], parameters["keepalives_idle"]) == ("5", "30")
        assert (pool.min_size, pool.max_size, pool.timeout, pool.max_lifetime, pool.max_idle) == (1, 10, 10, 3600, 600)

    async def scenario() -> None:
        async with await open_async_pool(database_url) as apool, apool.connection() as aconn:
            cursor = await aconn.execute("select current_setting('statement_timeout'), current_setting('TimeZone')")
            assert await cursor.fetchone() == ("30s", "UTC")
            assert (aconn.autocommit, aconn.prepare_threshold, aconn.prepared_max) == (True, 0, None)
            assert (apool.min_size, apool.max_size, apool.timeout) == (1, 10, 10)
            assert (apool.max_lifetime, apool.max_idle) == (3600, 600)

    asyncio.run(scenario())


def test_the_callers_word_is_the_last(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments, the URL's own settings, and libpq's environment each win over our defaults."""
    assert show(database_url, "statement_timeout", statement_timeout_s=1.5) == "1500ms"
    assert show(database_url, "statement_timeout", statement_timeout_s=None) == "0"
    assert show(database_url + "&application_name=mine", "application_name") == "mine"
    assert show(database_url, "application_name", connection={"application_name": "mine"}) == "mine"
    options = {"options": "-c statement_timeout=7s -c timezone=Asia/Tokyo -c work_mem=5MB"}
    assert show(make_conninfo(database_url, **options), "statement_timeout") == "7s"
    assert show(database_url, "timezone", connection=options) == "Asia/Tokyo"
    assert show(make_conninfo(database_url, **options), "timezone", connection={"options": ""}) == "UTC"
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=8s")
    monkeypatch.setenv("PGAPPNAME", "from the environment")
    assert show(database_url, "statement_timeout") == "8s"
    assert show(database_url, "timezone") == "UTC"
    assert show(database_url, "application_name") == "from the environment"
    own = {"autocommit": False, "prepare_threshold": None}
    with open_pool(database_url, connection=own) as pool, pool.connection() as conn:
        assert (conn.autocommit, conn.prepare_threshold) == (False, None)


def test_libpqs_environment_is_enough(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``open_pool()`` follows ``PGHOST``, ``PGDATABASE`` and their like; its argument wins over them."""
    variables = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    given = conninfo_to_dict(database_url)
    for name, variable in variables.items():
        if given.get(name):
            monkeypatch.setenv(variable, str(given[name]))
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    with open_pool() as pool, pool.connection() as conn:
        assert conn.info.dbname == given["dbname"]
        assert conn.info.get_parameters()["connect_timeout"] == "7"
    monkeypatch.setenv("PGDATABASE", "nonsense")
    assert show(f"dbname={given['dbname']}", "application_name") == "exchange_db"


def test_sizes_and_times_are_passed_on(database_url: str) -> None:
    """The pool's arguments are psycopg's, and its statistics can be read."""
    with open_pool(database_url, min_size=2, max_size=3, timeout_s=1, max_lifetime_s=5, max_idle_s=6) as pool:
        pool.wait()
        assert (pool.min_size, pool.max_size, pool.timeout, pool.max_lifetime, pool.max_idle) == (2, 3, 1, 5, 6)
        stats = pool.get_stats()
        assert {"pool_min": 2, "pool_max": 3, "pool_size": 2, "pool_available": 2}.items() <= stats.items()


def test_a_connection_does_not_outlive_its_time(database_url: str) -> None:
    """After ``max_lifetime_s`` a connection that comes back is replaced."""

    def backend(pool: Any) -> int:
        with pool.connection() as conn:
            pid: int = conn.info.backend_pid
            time.sleep(0.15)
        return pid

    with open_pool(database_url, max_lifetime_s=0.1) as pool:
        assert backend(pool) != backend(pool)


def test_the_pool_is_psycopgs(database_url: str) -> None:
    """It needs no block: it is open at once and stays so until it is closed."""
    pool = open_pool(database_url)
    try:
        with pool.connection() as conn:
            assert conn.execute("select 1").fetchone() == (1,)
    finally:
        pool.close()
    assert pool.closed


# --- refusals ----------------------------------------------------------------------------------------------


def refusals(url: str) -> dict[str, tuple[str, str, type[ExchangeError]]]:
    """What is wrong, with a URL that has it, and what is said about it."""

    def but(**parameters: Any) -> str:
        return make_conninfo(url, **parameters)

    with Proxy(url) as proxy:
        nobody = proxy.conninfo  # its port is free again
    return {
        "database": (but(dbname="no_such_database"), "no_such_database", Unavailable),
        "role": (but(user="no_such_role"), "no_such_role", Unavailable),
        "port": (nobody, "refused", Unavailable),
        "host": (but(host="/no/such/folder"), "/no/such/folder", Unavailable),
        "keyword": ("hots=localhost", "hots", InvalidValue),
        "text": ("nonsense", "nonsense", InvalidValue),
        "url": ("postgresql://%zz", "%zz", InvalidValue),
        "sslmode": (but(sslmode="sometimes"), "sometimes", Unavailable),
        "option": (but(options="-c no_such_setting=1"), "no_such_setting", Unavailable),
    }


async def open_async(url: str) -> None:
    async with open_async_pool(url):
        pytest.fail("there is no pool")


@pytest.mark.parametrize("what", ["database", "role", "port", "host", "keyword", "text", "url", "sslmode", "option"])
def test_a_pool_that_cannot_open_says_why(database_url: str, what: str) -> None:
    """The reason is the server's or libpq's own, at once and not after the pool's patience, sync and async."""
    url, word, kind = refusals(database_url)[what]
    start = time.monotonic()
    with pytest.raises(ExchangeError, match=word) as error:
        open_pool(url)
    with pytest.raises(ExchangeError, match=word) as same:
        asyncio.run(open_async(url))
    assert time.monotonic() - start < SOON_S
    assert type(error.value) is type(same.value) is kind
    assert error.value.query == "open_pool"
    assert isinstance(error.value.__cause__, psycopg.Error)


def test_tls_is_passed_through(database_url: str) -> None:
    """TLS that is demanded is used, and a server without it is refused."""
    ssl = show(database_url, "ssl")
    with Proxy(database_url) as proxy:  # over TCP, where TLS is possible
        if ssl == "on":
            with open_pool(proxy.conninfo, connection={"sslmode": "require"}) as pool, pool.connection() as conn:
                assert conn.pgconn.ssl_in_use
        else:
            with pytest.raises(Unavailable, match="server does not support SSL, but SSL was required"):
                open_pool(proxy.conninfo, connection={"sslmode": "require"})


# --- a server that restarts --------------------------------------------------------------------------------


def test_killed_connections_are_replaced_at_once(database_url: str, tmp_path: Path) -> None:
    """A pool whose connections all died, as after a restart, serves the next callers without an error or a wait."""
    query = folder(tmp_path, one="select 1;", touch="update exchange.users set is_active = true;")

    @query
    def one() -> int: ...

    @query
    def touch() -> RowCount: ...

    query.complete()

    def kill(pids: list[int]) -> None:
        with psycopg.connect(database_url, autocommit=True) as admin:
            for pid in pids:
                terminate(admin, pid)

    with open_pool(database_url, min_size=4, max_size=4) as pool:
        for call in (one, touch):
            pool.wait()
            with pool.connection() as a, pool.connection() as b, pool.connection() as c, pool.connection() as d:
                pids = [conn.info.backend_pid for conn in (a, b, c, d)]
            kill(pids)
            start = time.monotonic()
            for _ in range(5):
                call(pool)
            with transaction(pool) as conn:
                call(conn)
            assert time.monotonic() - start < SOON_S

    async def scenario() -> None:
        async with await open_async_pool(database_url, min_size=3, max_size=3) as apool:
            await apool.wait()
            async with apool.connection() as a, apool.connection() as b, apool.connection() as c:
                pids = [conn.info.backend_pid for conn in (a, b, c)]
            await asyncio.to_thread(kill, pids)
            start = time.monotonic()
            for _ in range(5):
                await touch(apool)
            assert time.monotonic() - start < SOON_S

    asyncio.run(scenario())


def test_a_connection_that_was_closed_behind_the_pools_back(database_url: str, tmp_path: Path) -> None:
    """Who keeps a connection that it gave back, and closes it, costs the next caller nothing."""
    query = folder(tmp_path, touch="update exchange.users set is_active = true;")

    @query
    def touch() -> RowCount: ...

    with open_pool(database_url, min_size=1, max_size=1) as pool:
        with pool.connection() as kept:
            pass
        kept.close()
        assert touch(pool) == 0


@pytest.mark.parametrize("talkative", [False, True])
def test_a_notification_does_not_pass_for_a_death(database_url: str, tmp_path: Path, talkative: bool) -> None:
    """A connection that listens is readable when a notification came: it is alive, and the notification is kept; so it
    is when the server talks about it."""
    query = folder(tmp_path, touch="update exchange.users set is_active = true;")

    @query
    def touch() -> RowCount: ...

    with (
        psycopg.connect(database_url, autocommit=True) as conn,
        psycopg.connect(database_url, autocommit=True) as other,
    ):
        heard: list[str] = []
        conn.add_notify_handler(lambda notify: heard.append(notify.payload))
        conn.execute("listen news")
        if talkative:
            conn.execute("set trace_notify = on; set client_min_messages = debug1")
        for news in ("a", "b"):
            other.execute("select pg_notify('news', %s)", (news,))
            time.sleep(0.02)
            assert touch(conn) == 0
        assert heard == ["a", "b"]


# --- transactions ------------------------------------------------------------------------------------------


@pytest.fixture
def add(database_url: str, tmp_path: Path) -> Query[..., None]:
    """A write into a table with a deferred constraint."""
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "create table t (a int primary key, b int constraint t_b_key unique deferrable initially deferred, "
            "c int constraint t_c_fkey references t deferrable initially deferred)"
        )
    query = folder(tmp_path, add="insert into t (a, b) values (:a, :b);")

    @query
    def add(*, a: int, b: int | None = None) -> None: ...

    return add


def rows(url: str) -> list[int]:
    with Connection[Any].connect(url) as conn:
        return [a for (a,) in conn.execute("select t.a from t order by t.a").fetchall()]


def test_a_block_is_all_or_nothing(database_url: str, add: Query[..., None]) -> None:
    """Commit at its end, rollback of an exception that passes unchanged, savepoints for what is nested."""

    def add_and_raise(pool: ConnectionPool[Any], error: BaseException) -> None:
        with transaction(pool) as conn:
            add(conn, a=4)
            raise error

    with open_pool(database_url) as pool:
        with transaction(pool) as conn:
            add(conn, a=1)
            with suppress(ZeroDivisionError), transaction(conn):
                add(conn, a=2)
                raise ZeroDivisionError
            with suppress(Conflict), transaction(conn) as same:
                assert same is conn
                add(conn, a=1)
            add(conn, a=3)
            assert rows(database_url) == []
        assert rows(database_url) == [1, 3]
        for mine in (ZeroDivisionError("mine"), psycopg.OperationalError("mine"), KeyboardInterrupt("mine")):
            with pytest.raises(type(mine)) as error:
                add_and_raise(pool, mine)
            assert error.value is mine
        with transaction(pool) as conn:
            add(conn, a=5)
            raise psycopg.Rollback
        assert rows(database_url) == [1, 3]
        stats = pool.get_stats()
        assert stats["pool_available"] == stats["pool_size"]


def test_an_async_block_is_all_or_nothing(database_url: str, add: Query[..., None]) -> None:
    """The same for asyncio."""

    async def scenario() -> None:
        async with await open_async_pool(database_url) as pool:
            async with transaction(pool) as conn:
                await add(conn, a=1)
                with suppress(ZeroDivisionError):
                    async with transaction(conn):
                        await add(conn, a=2)
                        raise ZeroDivisionError
                await add(conn, a=3)
                assert rows(database_url) == []
            assert rows(database_url) == [1, 3]
            mine = psycopg.OperationalError("mine")
            try:
                async with transaction(pool) as conn:
                    await add(conn, a=4)
                    raise mine
            except psycopg.OperationalError as error:
                assert error is mine  # noqa: PT017  pytest.raises takes no async with
            async with transaction(pool) as conn:
                await add(conn, a=5)
                raise psycopg.Rollback
            assert rows(database_url) == [1, 3]

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autocommit", [True, False])
def test_what_fails_at_commit_is_told(database_url: str, add: Query[..., None], kind: str, autocommit: bool) -> None:
    """A deferred constraint that does not hold is told as it would be at once, and nothing is written."""

    async def scenario() -> None:
        async with opened(database_url, kind, autocommit=autocommit) as db:
            with pytest.raises(Conflict) as error:
                await both(db)
            assert (error.value.constraint, error.value.sqlstate) == ("t_b_key", "23505")
            assert error.value.query == "transaction"
            assert isinstance(error.value.__cause__, psycopg.errors.UniqueViolation)
            assert rows(database_url) == []

    async def both(db: Any) -> None:
        if kind.startswith("async"):
            adb: AsyncConnection[Any] = db
            async with transaction(adb) as aconn:
                await add(aconn, a=1, b=1)
                await add(aconn, a=2, b=1)
        else:
            sdb: Connection[Any] = db
            with transaction(sdb) as conn:
                add(conn, a=1, b=1)
                add(conn, a=2, b=1)

    asyncio.run(scenario())


def test_a_commit_on_a_connection_whose_time_is_up(database_url: str, add: Query[..., None]) -> None:
    """The pool closes the connection as it comes back; a violation is still a violation."""
    with open_pool(database_url, max_lifetime_s=0.1) as pool:

        def late() -> None:
            with transaction(pool) as conn:
                add(conn, a=1, b=1)
                add(conn, a=2, b=1)
                time.sleep(0.15)

        with pytest.raises(Conflict):
            late()
        assert rows(database_url) == []


def test_without_a_connection_there_is_no_transaction(database_url: str) -> None:
    """Waiting in vain, a closed pool and a dead connection are clean failures, and no ``OutcomeUnknown``."""

    def begin(db: Any) -> Callable[[], None]:
        def enter() -> None:
            pool: Connection[Any] = db
            with transaction(pool):
                pytest.fail("there is no transaction")

        return enter

    with open_pool(database_url, max_size=1, timeout_s=0.05) as pool, pool.connection(), pytest.raises(PoolExhausted):
        begin(pool)()
    with pytest.raises(Unavailable, match="closed"):
        begin(pool)()
    with psycopg.connect(database_url) as conn:
        pass
    with pytest.raises(Unavailable, match="closed") as error:
        begin(conn)()
    assert not isinstance(error.value, OutcomeUnknown)
