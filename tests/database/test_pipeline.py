"""Several calls in one round trip, with their types, their errors and their fate."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import logging
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection, Connection
from psycopg_pool import ConnectionPool

from exchange_db import Bound, Query, pipeline
from exchange_db.accounts import count_users
from exchange_db.errors import (
    Conflict,
    ExchangeError,
    InvalidValue,
    MissingReference,
    NotFound,
    OutcomeUnknown,
    PoolExhausted,
    RecordMismatch,
    StatementError,
    TooManyRows,
    Unavailable,
)
from exchange_db.pool import open_async_pool, open_pool, transaction
from exchange_db.types import Record, RowCount
from tests.database.failing import terminated_while_running
from tests.database.hosts import KINDS, host_connection, host_transaction, opened, settled
from tests.database.wire import Proxy
from tests.folders import folder

Conn = Connection[Any]

TABLES = """
create table dogs (id int primary key, name text not null);
comment on constraint dogs_pkey on dogs is 'there is such a dog';
create table walks (dog_id int constraint walks_dog_id_fkey references dogs deferrable initially deferred);
comment on constraint walks_dog_id_fkey on walks is 'no such dog to walk';
"""


class Dog(Record):
    id: int
    name: str


class Functions:
    """A folder of a host's own."""

    def __init__(self, parent: Path) -> None:
        query = folder(
            parent,
            add_dog="insert into dogs (id, name) values (:id, :name) returning id, name;",
            get_dog="select d.id, d.name from dogs as d where d.id = :id;",
            find_dog="select d.id, d.name from dogs as d where d.name = :name;",
            rename_dog="update dogs as d set name = :name where d.id = :id returning d.id, d.name;",
            list_names="select d.name from dogs as d order by d.id;",
            add_walk="insert into walks (dog_id) values (:dog_id);",
            clear="delete from dogs;",
            read_day="select :day::date;",
            nap="insert into dogs (id, name) select 5, 'nap' from pg_sleep(:seconds);",
            stream_dogs="select d.id, d.name from dogs as d;",
        )

        @query
        def add_dog(*, id: int, name: str) -> Dog: ...  # noqa: A002
        @query
        def get_dog(*, id: int) -> Dog: ...  # noqa: A002
        @query
        def find_dog(*, name: str) -> Dog | None: ...
        @query
        def rename_dog(*, id: int, name: str) -> Dog: ...  # noqa: A002
        @query
        def list_names() -> list[str]: ...
        @query
        def add_walk(*, dog_id: int) -> RowCount: ...
        @query
        def clear() -> None: ...
        @query
        def read_day(*, day: str) -> date: ...
        @query
        def nap(*, seconds: float) -> None: ...
        @query.stream
        def stream_dogs() -> Iterator[Dog]: ...

        query.complete()
        self.add_dog, self.get_dog, self.find_dog, self.rename_dog = add_dog, get_dog, find_dog, rename_dog
        self.list_names, self.add_walk, self.clear, self.read_day = list_names, add_walk, clear, read_day
        self.nap, self.stream_dogs = nap, stream_dogs


@pytest.fixture
def dogs(tmp_path: Path) -> Functions:
    return Functions(tmp_path)


@pytest.fixture
def url(database_url: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)
    return database_url


@pytest.fixture
def admin(url: str) -> Generator[Conn]:
    with psycopg.connect(url, autocommit=True) as conn:
        yield conn


def names(admin: Conn) -> list[str]:
    return [name for (name,) in admin.execute("select name from dogs order by id")]


def refusal(call: Any) -> ExchangeError:
    """The error of a pipeline that must fail."""
    with pytest.raises(ExchangeError) as raised:
        call()
    assert raised.value.others
    assert f"  in: {raised.value.others}" in str(raised.value)
    return raised.value


NONE = "none of its calls has taken effect"


# --- what works ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings",
    [{"autocommit": True}, {"autocommit": False}, {"autocommit": True, "prepare_threshold": 0}],
    ids=["autocommit", "transactions", "prepared"],
)
def test_every_call_returns_its_own(url: str, dogs: Functions, kind: str, settings: dict[str, Any]) -> None:
    """On each kind of connection and pool the results come in order, each in its own shape, and later calls see what
    earlier ones did; in the caller's transaction and outside of it; again and again."""

    async def scenario() -> None:
        async with opened(url, kind, **settings) as db:
            for _ in range(3):
                got = await settled(
                    pipeline(
                        db,
                        dogs.clear.bind(),
                        dogs.add_dog.bind(id=1, name="Rex"),
                        dogs.add_walk.bind(dog_id=1),
                        dogs.list_names.bind(),
                        dogs.find_dog.bind(name="Nobody"),
                        dogs.get_dog.bind(id=1),
                    )
                )
                rex = Dog(id=1, name="Rex")
                assert got == (None, rex, 1, ["Rex"], None, rex)
                await settled(pipeline(db, [dogs.rename_dog.bind(id=1, name="Bello")]))
                async with host_connection(db) as conn:
                    async with host_transaction(conn):
                        assert await settled(pipeline(conn, dogs.list_names.bind())) == (["Bello"],)
                    await settled(conn.execute("delete from walks"))

    asyncio.run(scenario())


def test_a_list_of_any_length(url: str, dogs: Functions) -> None:
    """Hundreds of calls, with more data than any buffer holds in both directions, and none at all."""
    big = "x" * 20_000
    with open_pool(url) as pool:
        added = pipeline(pool, [dogs.add_dog.bind(id=n, name=f"{n}{big}") for n in range(1_000)])
        assert [dog.id for dog in added] == list(range(1_000))
        found = pipeline(pool, (dogs.get_dog.bind(id=n) for n in reversed(range(1_000))))
        assert [dog.name for dog in found] == [f"{n}{big}" for n in reversed(range(1_000))]
        assert pipeline(pool, []) == []
        assert pipeline(pool) == ()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # no use in it

    async def nothing() -> None:
        async with open_async_pool(url) as apool:
            assert await pipeline(apool, []) == []

    asyncio.run(nothing())


def test_a_pipeline_is_one_round_trip(url: str, dogs: Functions) -> None:
    """The first time and later: every statement in one flight, with one Sync at its end."""
    with Proxy(url) as proxy, open_pool(proxy.conninfo, max_size=1) as pool:
        pool.wait()
        for n in range(3):
            with proxy.recording() as wire:
                pipeline(pool, dogs.add_dog.bind(id=n, name="x"), dogs.get_dog.bind(id=n), dogs.list_names.bind())
            assert wire.flights == 1
            assert wire.kinds == ("PBDE" * 3 + "S" if n == 0 else "BDE" * 3 + "S")
        with proxy.recording() as wire, transaction(pool) as conn:
            pipeline(conn, dogs.rename_dog.bind(id=1, name="y"), dogs.list_names.bind())
        assert wire.flights == 3
        with proxy.recording() as wire:
            pipeline(pool, [])
        assert wire.flights == 0


def test_a_bound_call_is_used_again(url: str, dogs: Functions) -> None:
    """By one pipeline more than once, and by many threads at once."""
    names = dogs.list_names.bind()
    assert repr(names) == "<Bound host.list_names>"
    with open_pool(url, max_size=3) as pool, ThreadPoolExecutor(6) as threads:
        dogs.add_dog(pool, id=1, name="Rex")
        answers = [threads.submit(pipeline, pool, [names] * 5) for _ in range(60)]
        assert all(answer.result() == [["Rex"]] * 5 for answer in answers)


def test_in_a_pipeline_of_the_hosts(url: str, dogs: Functions) -> None:
    """The host's own pipeline goes on after it."""
    with psycopg.connect(url, autocommit=True) as conn:
        with conn.pipeline():
            mine = conn.execute("select 5")
            assert pipeline(conn, dogs.add_dog.bind(id=1, name="Rex"), dogs.list_names.bind())[1] == ["Rex"]
            also = conn.execute("select 6")
            assert (mine.fetchone(), also.fetchone()) == ((5,), (6,))
            with pytest.raises(Conflict):
                pipeline(conn, dogs.add_dog.bind(id=1, name="Rex"))
        assert conn.execute("select 7").fetchone() == (7,)


def test_in_an_async_pipeline_of_the_hosts(url: str, dogs: Functions) -> None:
    """The same, awaited."""

    async def scenario() -> None:
        async with await AsyncConnection[Any].connect(url, autocommit=True) as conn:
            async with conn.pipeline():
                mine = await conn.execute("select 5")
                added, names = await pipeline(conn, dogs.add_dog.bind(id=1, name="Rex"), dogs.list_names.bind())
                assert (added.name, names, await mine.fetchone()) == ("Rex", ["Rex"], (5,))
            assert await dogs.list_names(conn) == ["Rex"]

    asyncio.run(scenario())


# --- what fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("known", [False, True], ids=["first", "later"])
def test_the_server_refuses_one(url: str, admin: Conn, dogs: Functions, kind: str, known: bool) -> None:
    """The error is that of the call which failed, with its sentence; nothing of any of them stays; and the connection
    is as good as before. No log is written about it."""

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True, prepare_threshold=0) as db:
            await settled(pipeline(db, dogs.add_dog.bind(id=1, name="Rex")))
            if known:
                await settled(pipeline(db, dogs.list_names.bind(), dogs.rename_dog.bind(id=1, name="Rex")))
            with pytest.raises(Conflict) as raised:
                await settled(
                    pipeline(
                        db,
                        dogs.add_dog.bind(id=2, name="new"),
                        dogs.add_dog.bind(id=1, name="again"),
                        dogs.rename_dog.bind(id=1, name="later"),
                    )
                )
            error = raised.value
            assert (error.query, error.constraint, error.index) == ("host.add_dog", "dogs_pkey", 1)
            assert error.sentence == "there is such a dog"
            assert error.others == f"call 2 of a pipeline of 3 calls; {NONE}"
            assert isinstance(error.__cause__, psycopg.errors.UniqueViolation)
            assert await settled(pipeline(db, dogs.list_names.bind())) == (["Rex"],)

    asyncio.run(scenario())
    assert names(admin) == ["Rex"]


def test_an_early_answer(url: str, admin: Conn, dogs: Functions, caplog: pytest.LogCaptureFixture) -> None:
    """An error that comes while later calls are still being sent is that of its own call, and nothing stays."""
    with caplog.at_level(logging.WARNING), open_pool(url, max_size=1) as pool:
        calls: list[Bound[Dog]] = [dogs.add_dog.bind(id=n % 900, name="x" * 50_000) for n in range(1_000)]
        error = refusal(lambda: pipeline(pool, calls))
        assert (type(error), error.index) == (Conflict, 900)
        assert pipeline(pool, dogs.list_names.bind()) == ([],)
    assert names(admin) == []
    assert caplog.records == []


def test_a_result_that_is_not_what_is_promised(url: str, admin: Conn, dogs: Functions, tmp_path: Path) -> None:
    """No row, too many, and a wrong record are told with the call; what is committed stays, as with a single call, and
    in a transaction nothing does."""
    query = folder(tmp_path, too_many="select d.id from dogs as d;", wrong="select d.name from dogs as d;")

    @query
    def too_many() -> int: ...
    @query
    def wrong() -> list[Dog]: ...

    with open_pool(url, max_size=1) as pool:
        pipeline(pool, dogs.add_dog.bind(id=1, name="a"), dogs.add_dog.bind(id=2, name="b"))
        bad: list[tuple[Bound[Any], type[ExchangeError]]] = [
            (dogs.get_dog.bind(id=99), NotFound),
            (too_many.bind(), TooManyRows),
            (wrong.bind(), RecordMismatch),
        ]
        for n, (call, kind) in enumerate(bad):
            with pytest.raises(kind) as raised:
                pipeline(pool, dogs.rename_dog.bind(id=1, name=f"{n}"), call, dogs.list_names.bind())
            assert raised.value.index == 1
            assert "the server has done all of its calls" in str(raised.value)
            assert names(admin)[0] == f"{n}"
            with pytest.raises(kind), transaction(pool) as conn:
                pipeline(conn, dogs.rename_dog.bind(id=1, name="never"), call)
            assert names(admin)[0] == f"{n}"
    with ConnectionPool[Conn](url, open=True) as host, pytest.raises(NotFound):
        pipeline(host, dogs.rename_dog.bind(id=1, name="never"), dogs.get_dog.bind(id=99))
    assert names(admin)[0] == "2"


def test_a_value_that_python_cannot_hold(url: str, dogs: Functions) -> None:
    """A date in the year 20000 is told with its call."""
    with open_pool(url) as pool:
        error = refusal(
            lambda: pipeline(pool, dogs.read_day.bind(day="2024-01-01"), dogs.read_day.bind(day="infinity"))
        )
    assert (type(error), error.index) == (RecordMismatch, 1)

    async def scenario() -> None:
        async with open_async_pool(url) as apool:
            with pytest.raises(RecordMismatch):
                await pipeline(apool, dogs.read_day.bind(day="infinity"))

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_sent_is_found_before(url: str, admin: Conn, dogs: Functions, kind: str) -> None:
    """A text that PostgreSQL cannot hold: the call is named, and those before it were not made."""

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True, client_encoding="latin1") as db:
            for text in ("nul\0", "Straße №1"):
                with pytest.raises(InvalidValue) as raised:
                    await settled(pipeline(db, dogs.add_dog.bind(id=1, name="x"), dogs.add_dog.bind(id=2, name=text)))
                assert (raised.value.index, raised.value.query) == (1, "host.add_dog")
                assert NONE in str(raised.value)

    asyncio.run(scenario())
    assert names(admin) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_commit_is_refused(url: str, admin: Conn, dogs: Functions, kind: str) -> None:
    """A deferred constraint refuses all of them at the end; that one is of no single call."""

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True, prepare_threshold=0) as db:
            for _ in range(2):
                with pytest.raises(MissingReference) as raised:
                    await settled(pipeline(db, dogs.add_dog.bind(id=1, name="x"), dogs.add_walk.bind(dog_id=99)))
                error = raised.value
                assert (error.query, error.index, error.sentence) == ("pipeline", None, "no such dog to walk")
                assert error.others == f"the COMMIT of a pipeline of 2 calls; {NONE}"
                assert await settled(pipeline(db, dogs.list_names.bind())) == ([],)

    asyncio.run(scenario())


def test_the_answers_are_lost(url: str, admin: Conn, dogs: Functions) -> None:
    """Of writes nobody knows, and the error says that it is all or none; of reads nothing can have changed."""
    with Proxy(url) as proxy, open_pool(proxy.conninfo, max_size=1) as pool:
        proxy.cut_after(b"insert into dogs")
        error = refusal(lambda: pipeline(pool, dogs.list_names.bind(), dogs.add_dog.bind(id=1, name="x")))
        assert (type(error), error.index, error.query) == (OutcomeUnknown, 1, "host.add_dog")
        assert "all together, or none" in str(error)
        proxy.cut_after(b"order by d.id")
        error = refusal(lambda: pipeline(pool, dogs.list_names.bind(), dogs.get_dog.bind(id=1)))
        assert (type(error), error.index) == (Unavailable, 0)
        assert pipeline(pool, dogs.list_names.bind())[0] in (["x"], [])


def test_the_backend_dies(url: str, admin: Conn, dogs: Functions) -> None:
    """Killed in the middle of the pipeline, nothing of which is there afterwards."""
    with open_pool(url, max_size=1) as pool:
        with terminated_while_running(url, "%host.nap%"):
            calls = (dogs.add_dog.bind(id=1, name="x"), dogs.nap.bind(seconds=10), dogs.list_names.bind())
            error = refusal(lambda: pipeline(pool, *calls))
        assert type(error) is OutcomeUnknown
        assert pipeline(pool, dogs.list_names.bind()) == ([],)


def test_in_a_transaction_that_has_failed(url: str, dogs: Functions) -> None:
    """The server's own refusal, of the first call."""
    with psycopg.connect(url) as conn:
        with pytest.raises(psycopg.errors.DivisionByZero):
            conn.execute("select 1 / 0")
        error = refusal(lambda: pipeline(conn, dogs.list_names.bind(), dogs.list_names.bind()))
        assert (type(error), error.sqlstate, error.index) == (StatementError, "25P02", 0)


def test_no_connection_is_to_be_had(url: str, dogs: Functions) -> None:
    """A pool without a free connection, and a closed one."""
    with open_pool(url, max_size=1, timeout_s=0.1) as pool, pool.connection(), pytest.raises(PoolExhausted) as raised:
        pipeline(pool, dogs.list_names.bind())
    assert (raised.value.query, raised.value.index, raised.value.others) == ("pipeline", None, None)


def test_tables_change_under_a_pipeline(url: str, admin: Conn, dogs: Functions) -> None:
    """All of it is made again, once, with statements that are as new as the tables; also on a host's own pool."""
    calls = (dogs.rename_dog.bind(id=1, name="Rex"), dogs.get_dog.bind(id=1), dogs.list_names.bind())

    async def scenario() -> None:
        settings: dict[str, Any] = {"prepare_threshold": 0, "autocommit": False}
        async with open_async_pool(url, max_size=1) as apool, opened(url, "async pool", **settings) as ahost:
            with open_pool(url, max_size=1) as pool, ConnectionPool[Conn](url, kwargs=settings, open=True) as host:
                pipeline(pool, dogs.add_dog.bind(id=1, name="Rex"))
                for n in range(3):
                    for db in (pool, host, apool, ahost):
                        for _ in range(2):
                            assert (await settled(pipeline(db, *calls)))[1] == Dog(id=1, name="Rex")
                    kind = ("varchar(9)", "varchar", "text")[n]
                    admin.execute(f"alter table dogs alter column name type {kind}, add column c{n} int".encode())
                admin.execute("alter table dogs alter column name type varchar")
                with pytest.raises(Conflict):  # found when it is made again
                    pipeline(pool, *calls, dogs.add_dog.bind(id=1, name="Rex"))

    asyncio.run(scenario())


def test_what_is_no_call(url: str, dogs: Functions) -> None:
    """What is not bound, a stream, a function with a time limit, and a db that is none are mistakes of the caller's."""
    with open_pool(url) as pool:
        with pytest.raises(TypeError, match=r"what function\.bind\(…\) returns, not Query"):
            pipeline(pool, dogs.list_names, dogs.list_names)  # type: ignore[call-overload]  # pyright: ignore
        with pytest.raises(AttributeError, match="bind"):
            dogs.stream_dogs.bind()  # type: ignore[attr-defined]  # pyright: ignore
        with pytest.raises(ValueError, match=r"host.list_names.with_timeout"):
            pipeline(pool, dogs.list_names.with_timeout(1).bind())
        with pytest.raises(TypeError, match="connection or pool, not str"):
            pipeline(url, dogs.list_names.bind())  # type: ignore[call-overload]  # pyright: ignore
        with pytest.raises(InvalidValue):
            dogs.add_dog.bind(id="x", name="y")  # type: ignore[arg-type]  # pyright: ignore
        with pytest.raises(TypeError, match="unexpected keyword"):
            dogs.get_dog.bind(nmae="x")  # type: ignore[call-arg]  # pyright: ignore
        with pytest.raises(TypeError, match="positional"):
            dogs.get_dog.bind(1)  # type: ignore[call-arg]  # pyright: ignore


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.lists(st.tuples(st.sampled_from(["add", "rename", "get"]), st.integers(0, 3)), min_size=1, max_size=8))
def test_a_pipeline_is_its_calls_one_by_one(admin: Conn, dogs: Functions, data: list[tuple[str, int]]) -> None:
    """It returns and leaves what the same calls do in a transaction, and raises what they raise, at the same one."""

    functions: dict[str, Query[..., Dog]] = {"add": dogs.add_dog, "rename": dogs.rename_dog, "get": dogs.get_dog}

    def arguments(kind: str, n: int) -> dict[str, Any]:
        return {"id": n} if kind == "get" else {"id": n, "name": f"{kind} {n}"}

    def one_by_one(conn: Conn) -> list[Any]:
        done: list[Any] = []
        for kind, n in data:
            try:
                done.append(functions[kind](conn, **arguments(kind, n)))
            except ExchangeError as error:
                return [type(error), len(done)]
        return done

    def together(conn: Conn) -> list[Any]:
        try:
            return pipeline(conn, [functions[kind].bind(**arguments(kind, n)) for kind, n in data])
        except ExchangeError as error:
            return [type(error), error.index]

    outcomes: list[Any] = []
    for act in (one_by_one, together):
        with admin.transaction(force_rollback=True):
            outcomes.append(act(admin))
    first, second = outcomes
    # A row that is missing is found after the server has refused a later call, if it did.
    assert first == second or (first[0] is NotFound and second[0] is Conflict)


@pytest.mark.parametrize("call", [count_users, 1])
def test_a_function_without_bind_is_told_what_to_write(conn: psycopg.Connection, call: Any) -> None:
    """Not that something is not iterable."""
    with pytest.raises(TypeError, match=r"write pipeline\(db, \w+\.bind\(…\)\)"):
        pipeline(conn, call)
