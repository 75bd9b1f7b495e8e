"""Tables change under a pool that lives on: no caller outside of a transaction sees an error of it."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from exchange_db.errors import InvalidValue, MissingReference, RecordMismatch, Retryable, StatementError
from exchange_db.pool import open_async_pool, open_pool, transaction
from exchange_db.types import Record, RowCount
from tests.database.hosts import KINDS, host_connection, opened, settled
from tests.database.wire import Proxy
from tests.folders import folder

Conn = Connection[Any]

TABLES = """
create type mood as enum ('sad', 'fine');
create table dogs (id int primary key, name text not null, age int not null, mood mood not null default 'fine');
insert into dogs (id, name, age) values (1, 'Rex', 3), (2, 'Bello', 5);
"""


class Dog(Record):
    id: int
    name: str
    age: int | str


class Functions:
    """A folder of a host's own."""

    def __init__(self, parent: Path) -> None:
        query = folder(
            parent,
            get_dog="select d.id, d.name, d.age from dogs as d where d.id = :id;",
            rename_dog="update dogs as d set name = :name where d.id = :id returning d.id, d.name, d.age;",
            list_everything="select d.* from dogs as d order by d.id;",
            delete_dog="delete from dogs as d where d.id = :id;",
            add_dog="insert into dogs (id, name, age) values (:id, :name, :age);",
            count_mood="select count(*) from dogs as d where d.mood = :mood;",
            list_moods="select d.mood from dogs as d order by d.id;",
        )

        @query
        def get_dog(*, id: int) -> Dog: ...  # noqa: A002
        @query
        def rename_dog(*, id: int, name: str) -> Dog: ...  # noqa: A002
        @query
        def list_everything() -> list[Dog]: ...
        @query
        def delete_dog(*, id: int) -> RowCount: ...  # noqa: A002
        @query
        def add_dog(*, id: int, name: str, age: int | str) -> RowCount: ...  # noqa: A002
        @query
        def count_mood(*, mood: str) -> int: ...
        @query
        def list_moods() -> list[str]: ...

        query.complete()
        self.get_dog = get_dog
        self.rename_dog = rename_dog
        self.list_everything = list_everything
        self.delete_dog = delete_dog
        self.add_dog = add_dog
        self.count_mood = count_mood
        self.list_moods = list_moods


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


def prepared(conn: Any) -> int:
    """How many of our statements the server holds for the connection."""
    (count,) = conn.execute("select count(*) from pg_prepared_statements where statement like '/*%'").fetchone()
    return int(count)


def host_settings() -> list[Any]:
    """Connections that prepare at once or not before the second run, with autocommit and without."""
    settings = [{"prepare_threshold": n, "autocommit": a} for n in (0, 1) for a in (True, False)]
    return [pytest.param(each, id=f"{each}") for each in settings]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", host_settings())
def test_a_column_gets_another_type(
    url: str, admin: Conn, dogs: Functions, kind: str, settings: dict[str, Any]
) -> None:
    """The next call returns the column as it is now, whatever connection or pool the host has made."""

    async def scenario() -> None:
        async with opened(url, kind, **settings) as db:
            for _ in range(3):
                assert await settled(dogs.get_dog(db, id=1)) == Dog(id=1, name="Rex", age=3)
                assert await settled(dogs.rename_dog(db, id=2, name="Bello")) == Dog(id=2, name="Bello", age=5)
                if not isinstance(db, ConnectionPool | AsyncConnectionPool):
                    await settled(db.commit())
            admin.execute("alter table dogs alter column age type text")
            for _ in range(3):
                assert await settled(dogs.get_dog(db, id=1)) == Dog(id=1, name="Rex", age="3")
                assert await settled(dogs.rename_dog(db, id=2, name="Bello")) == Dog(id=2, name="Bello", age="5")

    asyncio.run(scenario())


def test_every_change_of_a_table(url: str, admin: Conn, dogs: Functions) -> None:
    """A new column behind ``*`` is told as what it is, and gone it is forgotten; a table may be made anew."""
    with open_pool(url, max_size=1) as pool:
        assert len(dogs.list_everything.file.variants) == 1
        for _ in range(2):
            with pytest.raises(RecordMismatch, match="column 'mood' is no field of Dog"):
                dogs.list_everything(pool)
        admin.execute("alter table dogs drop column mood")
        assert [dog.name for dog in dogs.list_everything(pool)] == ["Rex", "Bello"]
        admin.execute("alter table dogs add column colour text")
        with pytest.raises(RecordMismatch, match="column 'colour' is no field of Dog"):
            dogs.list_everything(pool)
        admin.execute("drop table dogs; create table dogs (id bigint, name text, age text)")
        assert dogs.list_everything(pool) == []
        assert dogs.add_dog(pool, id=3, name="Neu", age="young") == 1
        assert dogs.get_dog(pool, id=3).age == "young"


def test_a_parameter_gets_another_type(url: str, admin: Conn, dogs: Functions) -> None:
    """Statements whose results stay the same were prepared for parameters of the old types, and take the new ones: a
    key that outgrew its type, a number that becomes a word, an enum that was made anew."""
    with open_pool(url, max_size=1) as pool:
        for n in (10, 11):
            dogs.add_dog(pool, id=n, name="x", age=1)
            assert dogs.delete_dog(pool, id=n) == 1
        assert dogs.count_mood(pool, mood="fine") == 2
        assert dogs.list_moods(pool) == ["fine", "fine"]
        admin.execute("alter table dogs alter column id type bigint, alter column age type text")
        assert dogs.add_dog(pool, id=3_000_000_000, name="x", age="young") == 1
        assert dogs.delete_dog(pool, id=3_000_000_000) == 1
        admin.execute(
            "alter table dogs alter column mood drop default, alter column mood type text; drop type mood; "
            "create type mood as enum ('fine', 'glad'); alter table dogs alter column mood type mood using mood::mood"
        )
        assert dogs.count_mood(pool, mood="glad") == 0
        assert dogs.list_moods(pool) == ["fine", "fine"]


def test_what_is_wrong_stays_wrong(url: str, admin: Conn, dogs: Functions) -> None:
    """A bad value and a dropped table are told as ever, and what was prepared is kept."""
    with open_pool(url, max_size=1) as pool:
        dogs.delete_dog(pool, id=99)
        dogs.get_dog(pool, id=1)
        for _ in range(2):
            with pytest.raises(InvalidValue, match="out of range"):
                dogs.delete_dog(pool, id=2**40)
        with pool.connection() as conn:
            assert prepared(conn) == 2
        admin.execute("drop table dogs")
        with pytest.raises(StatementError, match='relation "dogs" does not exist'):
            dogs.get_dog(pool, id=1)


def test_prepared_statements_are_gone(url: str, dogs: Functions) -> None:
    """A host or a pooler in between that throws prepared statements away costs nobody anything, nor does a server's
    connection on which somebody else has used the names."""
    with open_pool(url, max_size=1) as pool:
        for statement in (b"deallocate all", b"discard all"):
            for n in (1, 2, 1):
                assert dogs.get_dog(pool, id=n).id == n
            with pool.connection() as conn:
                conn.pgconn.exec_(statement)  # unseen by psycopg
            assert dogs.rename_dog(pool, id=1, name="Rex").name == "Rex"
            assert dogs.get_dog(pool, id=1).name == "Rex"
        with pool.connection() as conn:
            conn.pgconn.exec_(b"deallocate all")
            for n in range(50):
                conn.pgconn.exec_(f"prepare _pg3_{n} as select 1".encode())
        assert dogs.delete_dog(pool, id=99) == 0
        assert dogs.get_dog(pool, id=1).name == "Rex"


def test_in_a_transaction_it_is_retryable(url: str, admin: Conn, dogs: Functions) -> None:
    """In the caller's transaction the statement cannot be run again: the error says to run all of it again, and then it
    works. So do a nested transaction and a call on the host's own connection after a rollback."""
    with open_pool(url, max_size=1) as pool:
        dogs.get_dog(pool, id=1)
        admin.execute("alter table dogs alter column age type text")
        with pytest.raises(Retryable, match="run the whole transaction again") as raised, transaction(pool) as conn:
            dogs.get_dog(conn, id=1)
        assert (raised.value.sqlstate, raised.value.query) == ("0A000", "host.get_dog")
        with transaction(pool) as conn:
            assert dogs.get_dog(conn, id=1).age == "3"
            with suppress(ZeroDivisionError), transaction(conn):
                conn.pgconn.exec_(b"alter table dogs alter column age type int using age::int")  # unseen by psycopg
                with pytest.raises(Retryable), transaction(conn):
                    dogs.get_dog(conn, id=1)
                assert dogs.get_dog(conn, id=1).age == 3
                raise ZeroDivisionError
            assert dogs.get_dog(conn, id=1).age == "3"
        assert dogs.get_dog(pool, id=1).age == "3"


def test_it_costs_three_more_round_trips_once(url: str, admin: Conn, dogs: Functions) -> None:
    """The call that meets the change is repeated, and what was prepared is forgotten, which psycopg tells the server
    once more; later calls cost one."""
    with Proxy(url) as proxy, open_pool(proxy.conninfo, max_size=1) as pool:
        dogs.get_dog(pool, id=1)
        admin.execute("alter table dogs alter column age type text")
        flights: list[int] = []
        for _ in range(3):
            with proxy.recording() as wire:
                dogs.get_dog(pool, id=1)
            flights.append(wire.flights)
        assert flights == [4, 1, 1]


CHANGES = [
    "alter table dogs alter column age type text",
    "alter table dogs add column extra int default 5",
    "alter table dogs alter column age type int using age::int",
    "alter table dogs drop column extra",
    "alter table dogs alter column id type bigint",
    "begin; create table new_dogs (like dogs including all); insert into new_dogs select * from dogs; drop table dogs; "
    "alter table new_dogs rename to dogs; commit",
    "alter table dogs alter column id type int",
    "alter table dogs alter column mood drop default; alter table dogs alter column mood type text",
    "drop type mood; create type mood as enum ('sad', 'fine', 'glad')",
    "alter table dogs alter column mood type mood using mood::mood",
]


def changes(admin: Conn, done: threading.Event) -> None:
    """Each change, several times over."""
    try:
        for _ in range(4):
            for change in CHANGES:
                for statement in change.split("; ") if not change.startswith("begin") else [change]:
                    admin.execute(statement.encode())
                done.wait(0.01)
    finally:
        done.set()


def use(act: Callable[[], object], done: threading.Event) -> int:
    count = 0
    while not done.is_set():
        act()
        count += 1
    return count


def test_no_caller_sees_it_under_load(url: str, admin: Conn, dogs: Functions) -> None:
    """Threads call on all connections of a pool while the table is changed over and over."""
    done = threading.Event()
    with open_pool(url, max_size=4) as pool, ThreadPoolExecutor(7) as threads:
        acts: list[Callable[[], object]] = [
            lambda: dogs.get_dog(pool, id=1),
            lambda: dogs.rename_dog(pool, id=2, name="Bello"),
            lambda: dogs.delete_dog(pool, id=99),
            lambda: dogs.count_mood(pool, mood="fine"),
            lambda: dogs.list_moods(pool),
        ]
        users = [threads.submit(use, act, done) for act in acts]
        changing = threads.submit(changes, admin, done)
        assert all(user.result() > 10 for user in users)
        changing.result()


def test_no_task_sees_it_under_load(url: str, admin: Conn, dogs: Functions) -> None:
    """The same for tasks on an async pool."""
    done = threading.Event()

    async def work(pool: Any, n: int) -> None:
        while not done.is_set():
            assert (await settled(dogs.get_dog(pool, id=n))).id == n
            assert await settled(dogs.list_moods(pool))

    async def scenario() -> None:
        async with open_async_pool(url, max_size=3) as pool:
            await asyncio.gather(asyncio.to_thread(changes, admin, done), *(work(pool, n) for n in (1, 2, 1, 2)))

    asyncio.run(scenario())


DEFERRED = "create table walks (dog_id int constraint walks_dog_id_fkey references dogs deferrable initially deferred)"


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_at_commit(url: str, admin: Conn, tmp_path: Path, kind: str) -> None:
    """A deferred constraint is told by name at a statement's first execution and at later ones, and the connection
    stays what it was."""
    admin.execute(DEFERRED)
    query = folder(tmp_path, add_walk="insert into walks (dog_id) values (:dog_id);")

    @query
    def add_walk(*, dog_id: int) -> RowCount: ...

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True, prepare_threshold=0) as db:
            pids: set[int] = set()
            for _ in range(3):
                with pytest.raises(MissingReference) as error:
                    await settled(add_walk(db, dog_id=99))
                assert error.value.constraint == "walks_dog_id_fkey"
                async with host_connection(db) as conn:
                    pids.add(conn.info.backend_pid)
                assert await settled(add_walk(db, dog_id=1)) == 1
            assert len(pids) == 1

    asyncio.run(scenario())
