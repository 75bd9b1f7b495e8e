"""Calls on everything that a host can hand over: the same result everywhere, and the host's own work undisturbed."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from psycopg import AsyncConnection, Connection, RawCursor, pq
from psycopg.adapt import AdaptersMap, Loader
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row, namedtuple_row
from psycopg.types import TypeInfo
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, NullConnectionPool

from exchange_db.engine import Query
from exchange_db.errors import NotFound, TooManyRows
from exchange_db.types import Point, Record, RowCount
from tests.database.hosts import KINDS, host_connection, host_transaction, opened, settled
from tests.folders import folder

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


class Mood(StrEnum):
    SAD = "sad"
    GOOD = "schön"


class Owner(Record):
    name: str
    since: datetime | None


class Dog(Record):
    name: str
    price: Decimal
    mood: Mood
    moods: list[Mood]
    owner: Owner
    tags: list[str]
    born_at: datetime
    home: Point | None


EXPECTED = Dog(
    name="Blümchen",
    price=Decimal("12345678901234567890.123456789"),
    mood=Mood.GOOD,
    moods=[Mood.SAD, Mood.GOOD],
    owner=Owner(name="Zoë", since=None),
    tags=["größe", 'a"b'],
    born_at=NOW,
    home=Point(longitude=13.4, latitude=52.5),
)

# Non-ASCII on purpose: the text travels in the connection's encoding.
FIND_DOG = """\
    -- The dog of a name, größe unknown.
    select
      :name::text as name,
      :price::numeric as price,
      'schön'::mood as mood,
      '{sad,schön}'::mood[] as moods,
      jsonb_build_object('name', 'Zoë', 'since', null) as owner,
      :tags::text[] as tags,
      :born_at::timestamptz as born_at,
      :home::geography as home
    where 'ö' = :letter;
    """


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A database with a type and a table of the host's own."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("create type mood as enum ('sad', 'schön')")
        conn.execute("create table visits (id int primary key, note text)")
    return module_database_url


def declare_find_dog(parent: Path) -> Query[..., Dog]:
    query = folder(parent, find_dog=FIND_DOG)

    @query
    def find_dog(
        *, name: str, price: Decimal, tags: list[str], born_at: datetime, home: Point | None, letter: str = "ö"
    ) -> Dog: ...

    query.complete()
    return find_dog


class FloatLoader(Loader):
    """A host's choice: numeric as float."""

    format = pq.Format.BINARY

    def load(self, data: Any) -> float:
        return 1.5


class ShoutingLoader(Loader):
    """A host's choice: text in capitals."""

    def load(self, data: Any) -> str:
        return bytes(data).decode().upper()


class ShoutingBinaryLoader(ShoutingLoader):
    format = pq.Format.BINARY


def host_adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader("numeric", FloatLoader)
    adapters.register_loader("text", ShoutingLoader)
    adapters.register_loader("text", ShoutingBinaryLoader)
    set_json_loads(lambda text: "the host's", adapters)
    set_json_dumps(lambda value: json.dumps({"wrapped": value}), adapters)
    return adapters


SETTINGS: dict[str, dict[str, Any]] = {
    "autocommit": {"autocommit": True},
    "transactions": {"autocommit": False},
    "dict_row": {"autocommit": True, "row_factory": dict_row},
    "namedtuple_row": {"autocommit": False, "row_factory": namedtuple_row},
    "adapters": {"autocommit": True},
    "never prepared": {"autocommit": True, "prepare_threshold": None},
    "prepared at once": {"autocommit": True, "prepare_threshold": 0},
    "prepared at once, transactions": {"autocommit": False, "prepare_threshold": 0},
    "latin1": {"autocommit": True, "client_encoding": "latin1"},
    "settings": {
        "autocommit": True,
        "options": "-c timezone=America/St_Johns -c datestyle=sql,dmy -c intervalstyle=sql_standard "
        "-c bytea_output=escape -c extra_float_digits=-15 -c search_path=pg_catalog,public",
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SETTINGS)
def test_every_host_gets_the_same(url: str, tmp_path: Path, kind: str, name: str) -> None:
    """Whatever the connection's settings are, a call returns the same record, outside and inside of the caller's
    transaction, and the host's own cursors read afterwards as they did before."""
    find_dog = declare_find_dog(tmp_path)
    settings = SETTINGS[name] | ({"context": host_adapters()} if name == "adapters" else {})
    arguments: dict[str, Any] = {
        "name": EXPECTED.name,
        "price": EXPECTED.price,
        "tags": EXPECTED.tags,
        "born_at": EXPECTED.born_at,
        "home": EXPECTED.home,
    }

    async def own_rows(conn: Any) -> list[list[Any]]:
        """What the host's own cursors see, in text and in binary."""
        rows: list[list[Any]] = []
        for binary in (False, True):
            cursor = await settled(
                conn.execute("select 1.25::numeric as n, 'x'::text as t, '{\"a\": 1}'::jsonb as j", binary=binary)
            )
            rows += await settled(cursor.fetchall())
        return rows

    async def scenario() -> None:
        async with opened(url, kind, **settings) as db:
            async with host_connection(db) as conn:
                before = await own_rows(conn)
                if "pool" not in kind:
                    await settled(conn.rollback())
            for _ in range(7):  # past the fifth execution, where psycopg prepares by default
                assert await settled(find_dog(db, **arguments)) == EXPECTED
            async with host_connection(db) as conn, host_transaction(conn):
                assert await settled(find_dog(conn, **arguments)) == EXPECTED
                assert conn.pgconn.transaction_status == pq.TransactionStatus.INTRANS
                assert await own_rows(conn) == before

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autocommit", [True, False])
def test_a_write_is_the_callers_to_commit(url: str, tmp_path: Path, kind: str, autocommit: bool) -> None:
    """In a caller's transaction a write goes with it; outside, autocommit and pools commit at once, and a connection
    without autocommit when its owner does."""
    query = folder(tmp_path, add="insert into visits (id) values (:id);", count="select count(*) from visits as v;")

    @query
    def add(*, id: int) -> RowCount: ...  # noqa: A002

    @query
    def count() -> int: ...

    query.complete()

    async def scenario() -> None:
        async with opened(url, kind, autocommit=autocommit) as db:
            with suppress(ZeroDivisionError):
                async with host_connection(db) as conn, host_transaction(conn):
                    assert await settled(add(conn, id=1)) == 1
                    assert await settled(count(conn)) == 1
                    raise ZeroDivisionError
            assert await settled(count(db)) == 0
            assert await settled(add(db, id=2)) == 1
            if isinstance(db, Connection | AsyncConnection) and not autocommit:
                assert rows_seen_by_others() == 0
                await settled(db.commit())
            assert rows_seen_by_others() == 1

    def rows_seen_by_others() -> int:
        with psycopg.connect(url) as other:
            return count(other)

    try:
        asyncio.run(scenario())
    finally:
        with psycopg.connect(url) as conn:
            conn.execute("truncate visits")


@pytest.mark.parametrize("kind", KINDS)
def test_every_cardinality(url: str, tmp_path: Path, kind: str) -> None:
    """One, at most one, any number, none wanted, and the number of rows affected."""
    numbers = "select g.n from generate_series(1, :n::int) as g (n) order by g.n;"
    query = folder(
        tmp_path,
        one=numbers,
        find=numbers,
        many=numbers,
        nothing=numbers,
        rows="update visits set note = 'x' where id <= :n;",
        ddl="create temporary table if not exists t (a int);",
    )

    @query
    def one(*, n: int) -> int: ...

    @query
    def find(*, n: int) -> int | None: ...

    @query
    def many(*, n: int) -> list[int]: ...

    @query
    def nothing(*, n: int) -> None: ...

    @query
    def rows(*, n: int) -> RowCount: ...

    @query
    def ddl() -> None: ...

    query.complete()

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True) as db:
            assert await settled(one(db, n=1)) == 1
            assert await settled(find(db, n=1)) == 1
            assert await settled(find(db, n=0)) is None
            assert await settled(many(db, n=3)) == [1, 2, 3]
            assert await settled(many(db, n=0)) == []
            assert await settled(nothing(db, n=2)) is None
            assert await settled(rows(db, n=100)) == 0
            assert await settled(ddl(db)) is None
            with pytest.raises(NotFound, match="no row for the given n"):
                await settled(one(db, n=0))
            with pytest.raises(TooManyRows, match="2 rows came back"):
                await settled(one(db, n=2))
            with pytest.raises(TooManyRows, match="2 rows came back"):
                await settled(find(db, n=2))

    asyncio.run(scenario())


def test_arguments_are_judged_before_anything_is_sent(conn: Connection[Any], tmp_path: Path) -> None:
    """Wrong names, a value by position and a wrong first argument are Python's own ``TypeError``."""
    query = folder(tmp_path, double="select :n::int * 2;")

    @query
    def double(*, n: int = 2) -> int: ...

    wrong: Any = double
    with pytest.raises(TypeError, match="unexpected keyword argument 'm'"):
        wrong(conn, m=3)
    with pytest.raises(TypeError, match="takes 0 positional arguments but 1 was given"):
        wrong(conn, 3)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'db'"):
        wrong()
    with pytest.raises(TypeError, match="psycopg connection or pool, not str") as error:
        wrong("postgresql://me:secret@host/db")
    assert "secret" not in str(error.value)
    assert double(conn) == 4
    assert double(conn, n=5) == 10


def test_a_call_inside_of_the_hosts_pipeline(conn: Connection[Any], tmp_path: Path) -> None:
    """A call in the caller's own pipeline brings its result at once, and what the caller had queued as well."""
    query = folder(tmp_path, double="select :n::int * 2;")

    @query
    def double(*, n: int) -> int: ...

    with conn.pipeline():
        cursor = conn.execute("select 5")
        assert double(conn, n=2) == 4
        assert double(conn, n=3) == 6
    assert cursor.fetchone() == (5,)

    async def scenario(url: str) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=0) as aconn:
            async with aconn.pipeline():
                assert await double(aconn, n=2) == 4
            assert await double(aconn, n=2) == 4

    asyncio.run(scenario(make_conninfo(conn.info.dsn, password=conn.info.password)))


def test_the_server_shows_the_name(url: str, tmp_path: Path) -> None:
    """While it runs, ``pg_stat_activity`` begins with the function's name, for a first execution and a later one; the
    statement is prepared once, whatever the magnitude of the values."""
    shown = "select split_part(a.query, ' ', 2) from pg_stat_activity as a where a.pid = pg_backend_pid()"
    query = folder(tmp_path, show_name=f"{shown} and :n::numeric is not null;")

    @query
    def show_name(*, n: int) -> str: ...

    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as conn:
        for n in (1, 2**15, 2**31, 2**63, 10**40, -1):
            assert show_name(conn, n=n) == "host.show_name"
        count = conn.execute("select count(*) from pg_prepared_statements where statement like '/*%'")
        assert count.fetchone() == (1,)


def test_other_pools_and_classes_of_connections(url: str, tmp_path: Path) -> None:
    """A pool that keeps no connection, a subclass of a connection, a host's own cursor class."""
    query = folder(tmp_path, double="select :n::int * 2;")

    @query
    def double(*, n: int) -> int: ...

    class HostConnection(Connection[Any]):
        pass

    with NullConnectionPool(url, open=True) as null_pool:
        assert double(null_pool, n=2) == 4
    with ConnectionPool(url, connection_class=HostConnection, kwargs={"cursor_factory": RawCursor}, open=True) as pool:
        assert double(pool, n=2) == 4
        with pool.connection() as conn:
            assert conn.execute("select $1::int", [3]).fetchone() == (3,)


def test_a_connection_that_knows_a_type_and_one_that_does_not(url: str, tmp_path: Path) -> None:
    """A host that registers an enum on one connection changes nothing for a function on it, or on the next one."""
    query = folder(tmp_path, moods="select m.m from unnest(enum_range(null::mood)) as m (m);")

    @query
    def moods() -> list[Mood]: ...

    with psycopg.connect(url) as knowing, psycopg.connect(url) as plain:
        info = EnumInfo.fetch(knowing, "mood")
        assert info
        register_enum(info, knowing, Mood, mapping={mood: mood.value for mood in Mood})
        for conn in (knowing, plain, knowing):
            assert moods(conn) == [Mood.SAD, Mood.GOOD]
        assert knowing.execute("select 'sad'::mood").fetchone() == (Mood.SAD,)


def test_a_geometry_library_of_the_hosts(url: str, tmp_path: Path) -> None:
    """A connection that reads geographies as a geometry library's own objects (as psycopg's ``register_shapely``
    makes it) gives ``Point`` here all the same."""
    query = folder(tmp_path, home="select st_makepoint(1, 2)::geography;")

    @query
    def home() -> Point: ...

    class Shape:
        __geo_interface__: ClassVar = {"type": "Point", "coordinates": (1.0, 2.0)}

    class ShapeLoader(Loader):
        format = pq.Format.BINARY

        def load(self, data: Any) -> Shape:
            return Shape()

    with psycopg.connect(url) as conn:
        info = TypeInfo.fetch(conn, "geography")
        assert info
        info.register(conn)
        conn.adapters.register_loader(info.oid, ShapeLoader)
        assert home(conn) == Point(longitude=1, latitude=2)


def test_two_threads_share_a_pool(url: str, tmp_path: Path) -> None:
    """Many threads on few connections each get their own answer."""
    query = folder(tmp_path, double="select :n::int * 2;")

    @query
    def double(*, n: int) -> int: ...

    with ConnectionPool(url, min_size=2, max_size=3, open=True) as pool, ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(double, pool, n=n) for n in range(200)]
        assert [answer.result() for answer in answers] == [n * 2 for n in range(200)]
