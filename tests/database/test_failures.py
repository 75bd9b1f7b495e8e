"""Every kind of error, raised by a real server."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import pickle
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from copy import copy
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.engine import AsyncDB, Query, SyncDB
from exchange_db.errors import (
    Conflict,
    ExchangeError,
    Forbidden,
    InvalidValue,
    MissingReference,
    OutcomeUnknown,
    PoolExhausted,
    Retryable,
    StatementError,
    Unavailable,
)
from exchange_db.pool import open_pool, transaction
from exchange_db.types import RowCount
from tests.database.failing import terminate, terminated_while_running
from tests.database.hosts import KINDS, host_connection, host_transaction, opened, settled
from tests.database.wire import Proxy
from tests.folders import folder

TABLES = """
create table owners (
  id int primary key,
  email text not null,
  age smallint,
  stay int4range,
  constraint owners_email_key unique (email),
  constraint owners_age_check check (age >= 18),
  constraint owners_stay_excl exclude using gist (stay with &&)
);
create unique index owners_lower_key on owners (lower(email)) where age > 100;
create table dogs (
  id int primary key,
  owner_id int,
  constraint dogs_owner_id_fkey foreign key (owner_id) references owners (id)
);
comment on constraint owners_email_key on owners is 'e-mail is taken, isn''t it';
comment on constraint owners_age_check on owners is 'too young';
comment on constraint owners_stay_excl on owners is 'the room is not free';
comment on index owners_lower_key is 'e-mail is taken by somebody old';
comment on constraint dogs_owner_id_fkey on dogs is 'no such owner';
create view minors as select o.id, o.email, o.age from owners as o where o.age < 20 with check option;
create table uncommented (id int constraint uncommented_pkey primary key);
insert into uncommented values (1);
insert into owners values (1, 'a@b', 30, '[1,5)'), (2, 'old@b', 101, null);
"""


@pytest.fixture
def url(database_url: str) -> str:
    """A database with tables of the host's own, whose constraints have sentences."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)
    return database_url


def failing(parent: Path, statement: str) -> Query[[], None]:
    """A function that runs the statement: ``host.fail``."""
    query = folder(Path(mkdtemp(dir=parent)), fail=statement)

    @query
    def fail() -> None: ...

    query.complete()
    return fail


def failure(call: Any) -> ExchangeError:
    """The error of a call that must fail, with everything that every error has."""
    with pytest.raises(ExchangeError) as raised:
        call()
    error = raised.value
    assert error.query
    assert isinstance(error.__cause__, psycopg.Error)
    assert error.sqlstate == error.__cause__.sqlstate
    for again in (copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  our own bytes
        assert (type(again), vars(again), str(again)) == (type(error), vars(error), str(error))
    if error.path:
        last = traceback.extract_tb(error.__traceback__)[-1]
        assert last.lineno
        assert error.path == Path(last.filename)
        assert error.line == last.lineno
        assert last.line == error.path.read_text(encoding="utf-8").splitlines()[last.lineno - 1].strip()
    return error


# --- what the database refuses -----------------------------------------------------------------------------

Refusal: TypeAlias = tuple[str, type[ExchangeError], str, str | None, str]

REFUSALS: list[Refusal] = [
    ("insert into owners values (3, 'a@b');", Conflict, "23505", "owners_email_key", "e-mail is taken, isn't it"),
    (
        "insert into owners values (3, 'OLD@b', 102);",
        Conflict,
        "23505",
        "owners_lower_key",
        "e-mail is taken by somebody old",
    ),
    ("insert into owners values (3, 'c', 20, '[4,9)');", Conflict, "23P01", "owners_stay_excl", "the room is not free"),
    ("insert into dogs values (1, 99);", MissingReference, "23503", "dogs_owner_id_fkey", "no such owner"),
    ("insert into owners values (3, 'c', 3);", InvalidValue, "23514", "owners_age_check", "too young"),
    ("insert into owners values (3, null);", InvalidValue, "23502", None, "owners.email is required"),
    (
        "insert into uncommented values (1);",
        Conflict,
        "23505",
        "uncommented_pkey",
        'duplicate key value violates unique constraint "uncommented_pkey"',
    ),
    ("insert into owners values (3, 'c', 99999);", InvalidValue, "22003", None, "smallint out of range"),
    ("select 1 / 0;", InvalidValue, "22012", None, "division by zero"),
    ("select 'abc'::date;", InvalidValue, "22007", None, 'invalid input syntax for type date: "abc"'),
    ("select convert_from('\\xff', 'utf8');", InvalidValue, "22021", None, "invalid byte sequence"),
    ("select '{'::jsonb;", InvalidValue, "22P02", None, "invalid input syntax for type json"),
    ("select x.y from nowhere as x;", StatementError, "42P01", None, 'relation "nowhere" does not exist'),
    ("select nonsense(1);", StatementError, "42883", None, "function nonsense(integer) does not exist"),
    ("select select;", StatementError, "42601", None, 'syntax error at or near "select"'),
    ("do $$ begin raise exception 'the host says no'; end $$;", StatementError, "P0001", None, "the host says no"),
    ("do $$ begin raise sqlstate '40001'; end $$;", Retryable, "40001", None, "40001"),
    ("do $$ begin raise sqlstate '53100'; end $$;", Unavailable, "53100", None, "53100"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=[f"{r[2]} {r[3] or ''}" for r in REFUSALS])
def test_what_the_server_refuses(url: str, tmp_path: Path, refusal: Refusal) -> None:
    """Kind, code, constraint and sentence; the traceback shows the statement; twice, as the sentence is kept."""
    statement, kind, state, constraint, sentence = refusal
    fail = failing(tmp_path, statement)
    with open_pool(url) as pool:
        pool.wait()
        for _ in range(2):
            error = failure(lambda: fail(pool))
            assert type(error) is kind
            assert (error.query, error.path, error.line) == ("host.fail", fail.path, 1)
            assert (error.sqlstate, error.constraint) == (state, constraint)
            assert error.sentence.startswith(sentence)
        stats = pool.get_stats()
        assert stats["pool_available"] == stats["pool_size"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autocommit", [True, False])
def test_the_sentence_on_every_host(url: str, tmp_path: Path, kind: str, autocommit: bool) -> None:
    """Every kind of connection has the same error; where the server answers no more, as a transaction has failed, the
    sentence is the server's own until it was asked once."""
    fail = failing(tmp_path, "insert into owners values (3, 'a@b');")

    async def scenario() -> None:
        async with opened(url, kind, autocommit=autocommit) as db:
            with pytest.raises(Conflict) as error:
                await settled(fail(db))
            assert error.value.constraint == "owners_email_key"
            if autocommit:
                assert error.value.sentence == "e-mail is taken, isn't it"
            async with host_connection(db) as conn:
                await settled(conn.rollback())
                assert await settled((await settled(conn.execute("select 1"))).fetchone()) == (1,)
                await settled(conn.rollback())

    asyncio.run(scenario())


def test_our_own_sentences_need_no_question(conn: Connection[Any], tmp_path: Path) -> None:
    """Inside of a caller's transaction, which has failed with the statement, a constraint of the library's schema is
    still told with its comment: those of constraints, and of unique indexes."""
    query = folder(
        tmp_path,
        add="insert into exchange.users (email, password_hash) values (:email, 'x');",
        boast="update exchange.users set username = repeat('x', 51);",
    )

    @query
    def add(*, email: str) -> None: ...

    @query
    def boast() -> None: ...

    query.complete()
    add(conn, email="a@b.example")
    assert conn.execute("select obj_description('exchange.users_email_key'::regclass, 'pg_class')").fetchone() == (
        "e-mail is already taken",
    )
    with conn.transaction(force_rollback=True):
        error = failure(lambda: add(conn, email="A@B.example"))
    assert (error.constraint, error.sentence) == ("users_email_key", "e-mail is already taken")
    with conn.transaction(force_rollback=True):
        error = failure(lambda: boast(conn))
    assert error.constraint == "users_username_check"
    assert error.sentence == "a username is not blank and has at most 50 characters"


@pytest.mark.parametrize("action", ["restrict", "no action"])
def test_a_foreign_key_has_two_sides(url: str, tmp_path: Path, action: str) -> None:
    """Who refers to what is not there reads one half of the sentence, who deletes what is referred to the other one."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            f"""
            alter table dogs drop constraint dogs_owner_id_fkey;
            alter table dogs add constraint dogs_owner_id_fkey foreign key (owner_id) references owners (id)
              on delete {action};
            comment on constraint dogs_owner_id_fkey on dogs
              is 'no such owner; when it is deleted: an owner with dogs stays';
            insert into dogs values (1, 1);
        """.encode()
        )
        error = failure(lambda: failing(tmp_path, "insert into dogs values (2, 99);")(conn))
        assert (type(error), error.constraint, error.sentence) == (
            MissingReference,
            "dogs_owner_id_fkey",
            "no such owner",
        )
        for change in ("delete from owners where id = 1;", "update owners set id = 7 where id = 1;"):
            error = failure(lambda change=change: failing(tmp_path, change)(conn))
            assert (type(error), error.constraint, error.sentence) == (
                MissingReference,
                "dogs_owner_id_fkey",
                "an owner with dogs stays",
            )


def test_a_line_of_the_file(database_url: str, tmp_path: Path) -> None:
    """The server's position is the file's line, past comments, parameters and characters of several bytes."""
    statement = "-- größe\n\n/* ö */ select\n  :größe::text as \"ö\",\n  'ööö',\n  :n::int,\n  wrong\nfrom\n  t;\n"
    query = folder(tmp_path, find=statement)

    @query
    def find(*, größe: str, n: int) -> None: ...  # noqa: PLC2401

    for encoding in ("utf8", "latin1"):
        with (
            Connection[Any].connect(database_url, client_encoding=encoding) as conn,
            pytest.raises(StatementError) as error,
        ):
            find(conn, größe="x", n=1)
        assert (error.value.line, error.value.sentence) == (9, 'relation "t" does not exist')


def test_texts_that_cannot_be_sent(database_url: str, pool: ConnectionPool[Any], tmp_path: Path) -> None:
    """A NUL, a lone surrogate, and what the connection's encoding has not are ``InvalidValue`` wherever they stand, and
    the connection goes on."""
    query = folder(
        tmp_path, echo="select :text::text;", list_echo="select :texts::text[];", json="select :json::jsonb;"
    )

    @query
    def echo(*, text: str) -> str: ...

    @query
    def list_echo(*, texts: list[str]) -> list[list[str]]: ...

    @query
    def json(*, json: dict[str, str]) -> str: ...

    query.complete()
    for bad in ("a\0b", "\ud800", "\0"):
        for call in (
            lambda bad=bad: echo(pool, text=bad),
            lambda bad=bad: list_echo(pool, texts=["good", bad]),
            lambda bad=bad: json(pool, json={"key": bad}),
            lambda bad=bad: json(pool, json={"key": f"in the middle {bad} of it"}),
        ):
            with pytest.raises(InvalidValue) as error:
                call()
            assert error.value.query
            assert echo(pool, text="good") == "good"
    with Connection[Any].connect(database_url, client_encoding="latin1") as conn:
        with pytest.raises(InvalidValue, match="cannot be encoded"):
            echo(conn, text="дом")
        assert echo(conn, text="größe") == "größe"


def test_numbers_beyond_their_type(pool: ConnectionPool[Any], tmp_path: Path) -> None:
    """Integers and decimals that PostgreSQL's types do not hold are refused by the server, and none is cut."""
    query = folder(tmp_path, whole="select :n::bigint;", exact="select :n::numeric(4, 2);")

    @query
    def whole(*, n: int) -> int: ...

    @query
    def exact(*, n: Decimal) -> Decimal: ...

    query.complete()
    for n in (2**63, -(2**63) - 1, 10**30):
        with pytest.raises(InvalidValue, match="out of range"):
            whole(pool, n=n)
    with pytest.raises(InvalidValue, match="numeric field overflow"):
        exact(pool, n=Decimal("1E+1000"))
    with pytest.raises(InvalidValue, match="digits"):
        whole(pool, n=10**5000)


# --- who may do what ---------------------------------------------------------------------------------------


def test_a_role_without_the_privilege(url: str, tmp_path: Path) -> None:
    """Another role is ``Forbidden``, and so is a write in a read-only session."""
    read = failing(tmp_path, "select o.id from owners as o;")
    write = failing(tmp_path, "update owners set age = 40;")
    with open_pool(url, connection={"options": "-c role=pg_monitor"}) as pool:
        error = failure(lambda: read(pool))
        assert (type(error), error.sqlstate) == (Forbidden, "42501")
        assert "permission denied for table owners" in error.sentence
    with open_pool(url, connection={"options": "-c default_transaction_read_only=on"}) as pool:
        error = failure(lambda: write(pool))
        assert (type(error), error.sqlstate) == (Forbidden, "25006")
        assert "read-only" in error.sentence


# --- what may go better next time --------------------------------------------------------------------------


def test_a_deadlock(url: str, tmp_path: Path) -> None:
    """Two transactions that wait for each other: one is told to run again, the other goes through."""
    query = folder(tmp_path, grow="update owners set age = age + 1 where id = :id;")

    @query
    def grow(*, id: int) -> RowCount: ...  # noqa: A002

    barrier = threading.Barrier(2)
    outcomes: list[ExchangeError | None] = []

    def both(pool: ConnectionPool[Any], first: int, second: int) -> None:
        try:
            with transaction(pool) as conn:
                grow(conn, id=first)
                barrier.wait()
                grow(conn, id=second)
        except ExchangeError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)

    with open_pool(url, connection={"options": "-c deadlock_timeout=50ms"}) as pool:
        threads = [threading.Thread(target=both, args=(pool, *ids)) for ids in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (error,) = (outcome for outcome in outcomes if outcome)
    assert (type(error), error.sqlstate, error.query) == (Retryable, "40P01", "host.grow")
    assert "run the whole transaction again" in str(error)


def test_a_serialization_failure(url: str, tmp_path: Path) -> None:
    """A snapshot that has become too old."""
    query = folder(
        tmp_path, grow="update owners set age = age + 1 where id = 1;", ages="select sum(o.age) from owners as o;"
    )

    @query
    def grow() -> None: ...

    @query
    def ages() -> int: ...

    query.complete()
    with open_pool(url) as pool, psycopg.connect(url) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        ages(conn)
        grow(pool)
        error = failure(lambda: grow(conn))
        assert (type(error), error.sqlstate) == (Retryable, "40001")


# --- no connection -----------------------------------------------------------------------------------------


def test_a_pool_without_a_free_connection(database_url: str, tmp_path: Path) -> None:
    """Waiting in vain, and a queue that is full."""
    one = failing(tmp_path, "select 1;")
    with open_pool(database_url, max_size=1, timeout_s=0.05) as pool, pool.connection():
        error = failure(lambda: one(pool))
        assert type(error) is PoolExhausted
        assert "more connections" in str(error)
        with pytest.raises(PoolExhausted), transaction(pool):
            pytest.fail("there is no connection")


def test_a_pool_that_is_closed(database_url: str, tmp_path: Path) -> None:
    """A pool after its end, and one that was never opened."""
    one = failing(tmp_path, "select 1;")
    with open_pool(database_url) as pool:
        pass
    error = failure(lambda: one(pool))
    assert (type(error), error.sentence) == (Unavailable, f"the pool {pool.name!r} is already closed")
    never: ConnectionPool[Any] = ConnectionPool(database_url, open=False)
    assert type(failure(lambda: one(never))) is Unavailable


def test_a_connection_that_is_closed(database_url: str, tmp_path: Path) -> None:
    """A host's own connection after its end."""
    read, write = failing(tmp_path, "select 1;"), failing(tmp_path, "select nextval('x');")
    with psycopg.connect(database_url) as conn:
        pass
    assert type(failure(lambda: read(conn))) is Unavailable
    assert type(failure(lambda: write(conn))) is Unavailable


def test_a_server_that_goes_away_and_comes_back(database_url: str, tmp_path: Path) -> None:
    """While nobody listens, calls are ``Unavailable`` within the pool's own patience; later they work again."""
    one = failing(tmp_path, "select 1;")
    with Proxy(database_url) as proxy, open_pool(proxy.conninfo, timeout_s=0.3) as pool:
        one(pool)
        proxy.refuse()
        for _ in range(2):
            error = failure(lambda: one(pool))
            assert isinstance(error, Unavailable)
        proxy.accept_again()
        with open_pool(proxy.conninfo) as other:
            one(other)


# --- the connection dies -----------------------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path: Path, url: str) -> dict[str, Query[[], Any]]:
    """A read and a write that take their time."""
    query = folder(
        tmp_path,
        slow_read="select o.id from owners as o cross join pg_sleep(30) as s;",
        slow_write="insert into uncommented select 2 from pg_sleep(30) as s;",
    )

    @query
    def slow_read() -> list[int]: ...

    @query
    def slow_write() -> RowCount: ...

    query.complete()
    return {"read": slow_read, "write": slow_write}


DEATHS = {
    "autocommit read": Unavailable,
    "autocommit write": OutcomeUnknown,
    "autocommit write in a transaction": Unavailable,
    "write": Unavailable,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("death", DEATHS)
def test_a_backend_that_dies_during_a_call(url: str, slow: dict[str, Query[[], Any]], kind: str, death: str) -> None:
    """Only an autocommit write may have happened: its outcome is unknown, all the others are clean failures."""
    what = "read" if "read" in death else "write"
    autocommit, inside, function = "autocommit" in death, "in a transaction" in death, slow[what]

    async def call(db: Any) -> None:
        if not inside:
            await settled(function(db))
            return
        async with host_connection(db) as conn, host_transaction(conn):
            await settled(function(conn))

    async def scenario() -> None:
        async with opened(url, kind, autocommit=autocommit) as db:
            with terminated_while_running(url, f"%host.slow_{what}%"), pytest.raises(ExchangeError) as error:
                await call(db)
            assert type(error.value) is DEATHS[death]
            assert error.value.sqlstate == "57P01"
            assert isinstance(error.value.__cause__, psycopg.Error)
            if kind.endswith("pool"):
                async with host_connection(db) as conn:  # the pool replaces what died
                    cursor = await settled(conn.execute("select count(*) from uncommented"))
                    assert await settled(cursor.fetchone()) == (1,)

    asyncio.run(scenario())


def _backend(pool: ConnectionPool[Any]) -> int:
    """The process of the connection that the pool hands out; asked of the server, so that it is alive."""
    with pool.connection() as conn:
        (pid,) = conn.execute("select pg_backend_pid()").fetchone() or (0,)
    return int(pid)


def test_a_backend_that_died_while_idle(url: str, tmp_path: Path) -> None:
    """Our pool replaces the connection and nobody notices, whether a query or the host itself takes it out; on a
    connection of the host's nothing was sent, so that also a write is a clean failure."""
    read, write = failing(tmp_path, "select 1;"), failing(tmp_path, "update owners set age = 50;")
    with psycopg.connect(url, autocommit=True) as admin:
        with open_pool(url) as pool:
            for call in (read, write) * 3:
                terminate(admin, _backend(pool))
                terminate(admin, _backend(pool))
                call(pool)
        for call in (read, write):
            with psycopg.connect(url, autocommit=True) as conn:
                terminate(admin, conn.info.backend_pid)
                with pytest.raises(ExchangeError) as error:
                    call(conn)
                assert type(error.value) is Unavailable


@contextmanager
def answer_lost(url: str, to: bytes) -> Generator[str]:
    """A URL whose line dies at the answer to a message that contains ``to``."""
    with Proxy(url) as proxy:
        proxy.cut_after(to)
        yield proxy.conninfo


def count(url: str) -> int:
    with Connection[Any].connect(url) as conn:
        (rows,) = conn.execute("select count(*) from uncommented").fetchone() or (0,)
    return int(rows)


def test_the_answer_to_a_write_is_lost(url: str, tmp_path: Path) -> None:
    """The server has done it and the line dies: the outcome is unknown to us, and there it is."""
    write = failing(tmp_path, "insert into uncommented values (2);")
    with answer_lost(url, b"host.fail") as cut, open_pool(cut) as pool:
        error = failure(lambda: write(pool))
        assert (type(error), error.sqlstate) == (OutcomeUnknown, None)
        assert "read the data before you write again" in str(error)
    assert count(url) == 2


@pytest.mark.parametrize("kind", ["pool", "async pool"])
def test_the_answer_to_a_commit_is_lost(url: str, tmp_path: Path, kind: str) -> None:
    """In ``transaction()``, and where a pool without autocommit commits after the call."""
    write = failing(tmp_path, "insert into uncommented values (2);")
    read = failing(tmp_path, "select 1;")

    async def in_transaction(db: SyncDB | AsyncDB) -> None:
        if isinstance(db, ConnectionPool):
            with transaction(db) as conn:
                write(conn)
        elif isinstance(db, AsyncConnectionPool):
            async with transaction(db) as aconn:
                await write(aconn)

    async def scenario() -> None:
        with answer_lost(url, b"COMMIT") as cut:
            async with opened(cut, kind, autocommit=False) as db:
                with pytest.raises(OutcomeUnknown) as error:
                    await settled(write(db))
                assert error.value.query == "host.fail"
        assert count(url) == 2
        with psycopg.connect(url) as conn:
            conn.execute("delete from uncommented where id = 2")
        with answer_lost(url, b"COMMIT") as cut:
            async with opened(cut, kind, autocommit=True) as db:
                with pytest.raises(OutcomeUnknown, match="lost during COMMIT") as error:
                    await in_transaction(db)
                assert isinstance(error.value.__cause__, psycopg.OperationalError)
        assert count(url) == 2
        with answer_lost(url, b"COMMIT") as cut:
            async with opened(cut, kind, autocommit=False) as db:
                with pytest.raises(Unavailable):
                    await settled(read(db))

    asyncio.run(scenario())


def test_a_backend_that_dies_in_its_commit(url: str, tmp_path: Path) -> None:
    """The same with a real death: a deferred trigger is at work in COMMIT."""
    write = failing(tmp_path, "insert into uncommented values (2);")
    with psycopg.connect(url) as conn:
        conn.execute(
            "create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(30); return null; end'"
        )
        conn.execute(
            "create constraint trigger naps after insert on uncommented deferrable initially deferred "
            "for each row execute function nap()"
        )
    with open_pool(url) as pool:
        with (
            terminated_while_running(url, "COMMIT%"),
            pytest.raises(OutcomeUnknown, match="lost during COMMIT") as error,
            transaction(pool) as conn,
        ):
            write(conn)
        assert error.value.sqlstate == "57P01"
    assert count(url) == 1


def test_a_violation_on_a_connection_whose_time_is_up(url: str, tmp_path: Path) -> None:
    """A pool closes a connection that has lived long enough when it comes back; the error is still the server's."""
    fail = failing(tmp_path, "insert into owners select 3, 'a@b' from pg_sleep(0.3);")
    with open_pool(url, max_lifetime_s=0.2) as pool:
        assert type(failure(lambda: fail(pool))) is Conflict


def test_a_failed_transaction_that_goes_on(pool: ConnectionPool[Any], tmp_path: Path) -> None:
    """After an error that the caller swallowed, the transaction takes no more statements."""
    one = failing(tmp_path, "select 1;")
    with pool.connection() as conn, conn.transaction(force_rollback=True):
        with pytest.raises(psycopg.Error):
            conn.execute("select wrong")
        with pytest.raises(StatementError, match="transaction is aborted") as error:
            one(conn)
    assert error.value.sqlstate == "25P02"
