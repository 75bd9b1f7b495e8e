"""Pages: every row once, in order, whichever way one walks; and a cursor that is no cursor of the list is refused."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from exchange_db import open_async_pool, open_pool
from exchange_db.engine.paging import MAX_CHARACTERS
from exchange_db.errors import DeclarationError, InvalidCursor, InvalidValue, RecordMismatch, Unavailable
from exchange_db.types import Page, Record
from tests.folders import folder

if TYPE_CHECKING:
    from exchange_db.engine import Query

Conn = psycopg.Connection[Any]
FILLED = [HealthCheck.function_scoped_fixture]  # each example fills the table anew


class Thing(Record):
    thing_id: int
    weight: int
    name: str


Order = Literal["heaviest", "name"]

LIST_THINGS = """
    -- Things of a kind, page by page.
    select
      things.id as thing_id,
      things.weight,
      things.name
    from public.things
    where
      things.weight >= 0
      -- if :least
      and things.weight >= :least
      -- end if
      -- when :order = 'heaviest'
      -- page
      and (things.weight < :page_weight or (things.weight = :page_weight and things.id > :page_thing_id))
      -- end page
      -- when :order = 'name'
      -- page
      and (things.name, things.id) > (:page_name, :page_thing_id)
      -- end page
      -- end when
    order by
      -- when :order = 'heaviest'
      things.weight desc,
      things.id,
      -- when :order = 'name'
      things.name,
      things.id
      -- end when
    limit :limit;
    """
LIST_BY_ID = """
    select things.id as thing_id, things.weight, things.name from public.things
    where true
    -- page
    and things.id > :page_thing_id
    -- end page
    order by things.id limit :limit;
    """


class Things:
    """Two functions over the same rows."""

    def __init__(self, parent: Path) -> None:
        query = folder(parent, list_things=LIST_THINGS, list_by_id=LIST_BY_ID)

        @query
        def list_things(
            *, order: Order = "heaviest", least: int | None = None, limit: int = 3, cursor: str | None = None
        ) -> Page[Thing]:
            """Things, heaviest first or by name."""
            ...

        @query
        def list_by_id(*, limit: int = 3, cursor: str | None = None) -> Page[Thing]:
            """Things in the order of id."""
            ...

        query.complete()
        self.list_things, self.list_by_id = list_things, list_by_id


@pytest.fixture
def things(tmp_path: Path) -> Things:
    return Things(tmp_path)


@pytest.fixture
def table(conn: Conn) -> Conn:
    """A connection to a database with a table of things."""
    conn.execute("create table public.things (id bigint primary key, weight bigint not null, name text not null)")
    return conn


def fill(conn: Conn, weights: list[int]) -> None:
    conn.execute("truncate public.things")
    names = ["", "a", "ä b", "~"]
    for number, weight in enumerate(weights):
        conn.execute("insert into public.things values (%s, %s, %s)", (number, weight, names[weight % len(names)]))


def ids(page: Page[Thing]) -> list[int]:
    return [thing.thing_id for thing in page]


def walk(first: Page[Thing], turn: Callable[[str], Page[Thing]], side: str) -> Iterator[Page[Thing]]:
    """The page itself and all beyond it on one side."""
    page = first
    yield page
    while cursor := getattr(page, side):
        page = turn(cursor)
        yield page


# --- walking -----------------------------------------------------------------------------------------------


def test_a_page_knows_whether_there_are_others(table: Conn, things: Things) -> None:
    """The first has no previous page, the last no next one; a page is iterated over and has a length."""
    fill(table, [0] * 5)
    first = things.list_by_id(table)
    assert (ids(first), len(first), first.previous) == ([0, 1, 2], 3, None)
    assert first.items == list(first)
    last = things.list_by_id(table, cursor=first.next)
    assert (ids(last), last.next) == ([3, 4], None)
    assert things.list_by_id(table, cursor=last.previous) == first
    exact = things.list_by_id(table, limit=5)
    assert (exact.next, exact.previous) == (None, None)
    assert things.list_by_id(table, cursor=first.next, limit=1).next is not None


def test_an_empty_page_has_no_cursors(table: Conn, things: Things) -> None:
    """Also where its rows were deleted after the cursor was made."""
    fill(table, [])
    assert things.list_by_id(table) == Page([], None, None)
    fill(table, [0] * 5)
    first = things.list_by_id(table)
    table.execute("delete from public.things where id > 2")
    assert things.list_by_id(table, cursor=first.next) == Page([], None, None)


def test_pages_of_an_async_pool(table: Conn, database_url: str, things: Things) -> None:
    """The same function is awaited."""
    fill(table, [0] * 5)

    async def read() -> list[int]:
        async with open_async_pool(database_url) as pool:
            first = await things.list_by_id(pool)
            second = await things.list_by_id(pool, cursor=first.next)
            return ids(await things.list_by_id(pool, cursor=second.previous)) + ids(second)

    assert asyncio.run(read()) == [0, 1, 2, 3, 4]


def test_pages_of_a_pool_prepare_each_variant_once(table: Conn, database_url: str, things: Things) -> None:
    """A call sends one of a few static statements, whatever the values."""
    fill(table, list(range(20)))
    with open_pool(database_url, max_size=1) as pool:
        for limit in range(1, 8):
            first = things.list_things(pool, limit=limit, least=limit)
            things.list_things(pool, limit=limit, least=limit, cursor=first.next)
        with pool.connection() as conn:
            row = conn.execute(
                "select count(*) from pg_prepared_statements where statement like '/* host.list_things%'"
            ).fetchone()
    assert row == (2,)


@settings(max_examples=40, deadline=None, suppress_health_check=FILLED)
@given(
    weights=st.lists(st.integers(0, 4), max_size=14),
    limit=st.integers(1, 6),
    order=st.sampled_from(["heaviest", "name"]),
    least=st.none() | st.integers(0, 3),
)
def test_a_walk_yields_each_row_once_in_order_both_ways(
    cleared_things: tuple[Conn, Things], weights: list[int], limit: int, order: Order, least: int | None
) -> None:
    """To the end and back again: the same pages, whatever ties there are."""
    conn, things = cleared_things
    fill(conn, weights)

    def read(cursor: str | None) -> Page[Thing]:
        return things.list_things(conn, order=order, least=least, limit=limit, cursor=cursor)

    whole = ids(things.list_things(conn, order=order, least=least, limit=100))
    assert len(whole) == sum(weight >= (least or 0) for weight in weights)
    forth = list(walk(read(None), read, "next"))
    assert [number for page in forth for number in ids(page)] == whole
    assert all(len(page) == limit for page in forth[:-1])
    back = list(walk(forth[-1], read, "previous"))
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in forth]


@settings(max_examples=40, deadline=None, suppress_health_check=FILLED)
@given(
    weights=st.lists(st.integers(0, 3), min_size=1, max_size=10),
    changes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=6),
    limit=st.integers(1, 4),
    order=st.sampled_from(["heaviest", "name"]),
)
def test_rows_that_come_and_go_move_no_page(
    cleared_things: tuple[Conn, Things],
    weights: list[int],
    changes: list[tuple[int, int]],
    limit: int,
    order: Order,
) -> None:
    """Between two pages rows are deleted and inserted: who is there all the time is met once, both ways, in order."""
    conn, things = cleared_things
    fill(conn, weights)
    stays = set(range(len(weights)))
    pending = list(enumerate(changes, start=100))

    def read(cursor: str | None) -> Page[Thing]:
        page = things.list_things(conn, order=order, limit=limit, cursor=cursor)
        if pending:
            number, (gone, weight) = pending.pop()
            stays.discard(gone)
            conn.execute("delete from public.things where id = %s", (gone,))
            conn.execute("insert into public.things values (%s, %s, 'a')", (number, weight))
        return page

    def met(pages: list[Page[Thing]]) -> list[int]:
        found = [number for page in pages for number in ids(page)]
        assert len(set(found)) == len(found)
        return [number for number in found if number in stays]

    forth = list(walk(read(None), read, "next"))
    still = [number for number in ids(things.list_things(conn, order=order, limit=100)) if number in stays]
    assert met(forth) == still
    if forth[-1].items:
        back = list(walk(forth[-1], read, "previous"))
        still = [number for number in still if number in stays]
        assert met(list(reversed(back))) == still


@pytest.fixture
def cleared_things(table: Conn, things: Things) -> tuple[Conn, Things]:
    """What a property needs; the table is filled anew for each example."""
    return table, things


# --- keys --------------------------------------------------------------------------------------------------


class Keyed(Record):
    at: datetime
    amount: Decimal
    number: float
    key: UUID
    word: str
    day: date
    span: timedelta
    twin: int


@settings(max_examples=60, deadline=None, suppress_health_check=FILLED)
@given(
    at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
    amount=st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15),
    number=st.floats(allow_nan=False),
    key=st.uuids(),
    word=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    day=st.dates(),
    span=st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
)
def test_keys_come_back_exactly(keyed: tuple[Conn, "Query[..., Page[Keyed]]"], **values: Any) -> None:
    """Microseconds, decimals, floats to the last bit: the row at the edge is on neither neighbour's page."""
    conn, list_keyed = keyed
    page = list_keyed(conn, limit=1, **values)
    (row,) = page
    after = list_keyed(conn, limit=1, cursor=page.next, **values)
    assert [each.twin for each in after] == [1]  # told apart by the last key alone
    assert after.next is None
    assert list_keyed(conn, limit=1, cursor=after.previous, **values).items == [row]


@pytest.fixture
def keyed(conn: Conn, tmp_path: Path) -> tuple[Conn, "Query[..., Page[Keyed]]"]:
    kinds = {
        "at": "timestamptz", "amount": "numeric", "number": "double precision", "key": "uuid", "word": "text",
        "day": "date", "span": "interval",
    }  # fmt: skip
    columns = {**kinds, "twin": "integer"}
    keys = ", ".join(f"rows.{name}" for name in columns)
    edge = ", ".join(f":page_{name}::{kind}" for name, kind in columns.items())
    query = folder(
        tmp_path,
        list_keyed=f"""
            with rows as (
              select {", ".join(f":{name}::{kind} as {name}" for name, kind in kinds.items())}, twin
              from generate_series(0, 1) as twin
            )
            select {keys} from rows
            where true
            /* page */ and ({keys}) > ({edge}) /* end page */
            order by {keys}
            limit :limit;
            """,
    )

    @query
    def list_keyed(
        *,
        at: datetime,
        amount: Decimal,
        number: float,
        key: UUID,
        word: str,
        day: date,
        span: timedelta,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Keyed]:
        """Two rows of these values."""
        ...

    query.complete()
    return conn, list_keyed


def test_a_null_where_a_key_should_be_is_told(table: Conn, things: Things) -> None:
    """A row without its key is on no page: it never vanishes without a word where it is on the first."""
    fill(table, [1, 2])
    table.execute("alter table public.things alter weight drop not null, alter name drop not null")
    table.execute("update public.things set name = null where id = 0")
    with pytest.raises(RecordMismatch, match=r"name: .*NULL in a field that is not optional"):
        things.list_things(table, order="name")


def test_a_key_that_fits_in_no_cursor_is_told(table: Conn, things: Things) -> None:
    """A page is not given with a cursor that would be refused."""
    fill(table, [1, 2])
    table.execute("update public.things set name = repeat('x', 20000)")
    with pytest.raises(RecordMismatch, match=r"a cursor would have 26,\d+ characters, of name, thing_id"):
        things.list_things(table, order="name", limit=1)


# --- cursors -----------------------------------------------------------------------------------------------


def decoded(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def encoded(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def test_a_cursor_is_url_safe_text(table: Conn, things: Things) -> None:
    """Nothing in it needs escaping in a URL, and it is short."""
    fill(table, [0] * 5)
    cursor = things.list_by_id(table).next
    assert cursor
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(cursor) < 40


SPOILS: list[Callable[[str], str]] = [
    lambda _: "",
    lambda _: "x",
    lambda _: "ä\0",
    lambda _: "A" * (MAX_CHARACTERS + 1),
    lambda cursor: cursor[:-1],
    lambda cursor: cursor[4:],
    lambda cursor: cursor + "=",
    lambda cursor: cursor + "\n",
    lambda cursor: " " + cursor,
    lambda cursor: cursor.swapcase(),
    lambda cursor: encoded(decoded(cursor).replace(b"next", b"prev")),
    lambda cursor: encoded(decoded(cursor)[:-1] + b"0]"),
    lambda cursor: encoded(decoded(cursor)[:9]),
    lambda cursor: encoded(decoded(cursor)[9:]),
]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_spoilt_cursor_is_refused(things: Things, table: Conn, spoil: Callable[[str], str]) -> None:
    """Cut, changed, or made up: a clear error, and nothing is sent."""
    fill(table, [0] * 5)
    cursor = things.list_by_id(table).next
    assert cursor
    table.close()
    with pytest.raises(InvalidCursor, match="the cursor is not one of this list in this order") as error:
        things.list_by_id(table, cursor=spoil(cursor))
    assert isinstance(error.value, InvalidValue)
    assert error.value.query == "host.list_by_id"
    with pytest.raises(Unavailable):
        things.list_by_id(table, cursor=cursor)


def test_a_cursor_of_another_list_or_order_is_refused(table: Conn, things: Things) -> None:
    """The cursor belongs to its function and order; a filter may change."""
    fill(table, [0, 1, 2, 3, 4])
    heaviest = things.list_things(table).next
    with pytest.raises(InvalidCursor):
        things.list_things(table, order="name", cursor=heaviest)
    with pytest.raises(InvalidCursor):
        things.list_by_id(table, cursor=heaviest)
    assert ids(things.list_things(table, least=1, cursor=heaviest)) == [1]


def test_a_cursor_of_a_function_with_the_same_order_is_refused(table: Conn, things: Things, tmp_path: Path) -> None:
    """The same statement under another name is another list: its filters may be other ones."""
    fill(table, [0] * 5)
    query = folder(tmp_path, list_same=LIST_BY_ID)

    @query
    def list_same(*, limit: int = 3, cursor: str | None = None) -> Page[Thing]:
        """The same."""
        ...

    with pytest.raises(InvalidCursor):
        list_same(table, cursor=things.list_by_id(table).next)


def test_a_cursor_of_another_version_of_the_statement_is_stale(table: Conn, things: Things, tmp_path: Path) -> None:
    """Another order under the same name is another list."""
    fill(table, [0] * 5)
    cursor = things.list_by_id(table).next
    (tmp_path / "other").mkdir()
    turned = LIST_BY_ID.replace("> :", "< :").replace("things.id limit", "things.id desc limit")
    query = folder(tmp_path / "other", list_by_id=turned)

    @query
    def list_by_id(*, limit: int = 3, cursor: str | None = None) -> Page[Thing]:
        """The same, turned round."""
        ...

    with pytest.raises(InvalidCursor):
        list_by_id(table, cursor=cursor)


@pytest.mark.parametrize(
    "payload",
    [
        "", "x", "1", "[]",
        '["next"]', '[1,"next"]', '[1,"next",1,2]', '[2,"next",1]', '[1,"first",1]', '[1,["next"],1]',
        '[1,"next","1"]', '[1,"next",null]', '[1,"next",true]', '[1,"next",1.5]', '[1,"next",[1]]', '{"1":"next"}',
        "[" * 9_000,
    ],
)  # fmt: skip
def test_a_forged_cursor_is_refused(table: Conn, things: Things, payload: str) -> None:
    """With the right digest as well, for it is no secret: what is in it must be what is in a cursor of ours."""
    edge = edge_of(things.list_by_id)
    with pytest.raises(InvalidCursor):
        things.list_by_id(table, cursor=encoded(edge._digest(payload.encode()) + payload.encode()))


@pytest.mark.parametrize("word", ["\0", "\ud800"])
def test_a_forged_text_that_no_column_holds_is_refused(table: Conn, things: Things, word: str) -> None:
    """A NUL or half a character goes nowhere."""
    edge = edge_of(things.list_things, "name")
    payload = json.dumps([1, "next", word, 1]).encode()
    with pytest.raises(InvalidCursor):
        things.list_things(table, order="name", cursor=encoded(edge._digest(payload) + payload))


def edge_of(function: Any, *chosen: str) -> Any:
    """What the function's cursors are made of."""
    *_, selector, _ = function._made or function._make()
    return next(edge for selection, edge in selector._edges.items() if selection.chosen == chosen)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_has_a_row(table: Conn, things: Things, limit: int) -> None:
    """A limit below one is told, not sent."""
    with pytest.raises(InvalidValue, match=f"limit: a page has at least one row, not {limit}"):
        things.list_by_id(table, limit=limit)


@pytest.mark.parametrize(
    "arguments", [{"limit": "3"}, {"limit": True}, {"limit": None}, {"cursor": 5}, {"cursor": b"x"}]
)
def test_what_is_no_limit_or_cursor_is_named(table: Conn, things: Things, arguments: dict[str, Any]) -> None:
    """Wrong types are told like those of any parameter."""
    list_by_id: Any = things.list_by_id
    with pytest.raises(InvalidValue, match=next(iter(arguments))):
        list_by_id(table, **arguments)


def test_an_unknown_order_is_named(table: Conn, things: Things) -> None:
    """As for any Literal."""
    list_things: Any = things.list_things
    for order in ("lightest", None, ["name"]):
        with pytest.raises(InvalidValue, match="order: "):
            list_things(table, order=order)


def test_a_page_is_json_for_a_host(table: Conn, things: Things) -> None:
    """Pydantic, and so a web framework, reads and writes a page as it does a record."""
    fill(table, [0] * 5)
    page = things.list_by_id(table, limit=1)
    adapter = TypeAdapter(Page[Thing])
    assert json.loads(adapter.dump_json(page)) == {
        "items": [{"thing_id": 0, "weight": 0, "name": ""}],
        "next": page.next,
        "previous": None,
    }
    assert adapter.validate_json(adapter.dump_json(page)) == page


# --- declarations ------------------------------------------------------------------------------------------


class Nullable(Record):
    thing_id: int | None


def problems(query: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(DeclarationError) as error:
        query.complete()
    return [(fault.problem, fault.hint) for fault in error.value.faults]


def test_a_page_that_is_declared_wrongly_is_a_fault(tmp_path: Path) -> None:
    """Each mistake has its own words."""
    query = folder(
        tmp_path,
        no_part="select 1 as thing_id;",
        no_page=LIST_BY_ID,
        no_limit=LIST_BY_ID.replace("limit :limit", ""),
        no_cursor=LIST_BY_ID,
        no_number=LIST_BY_ID,
        no_field=LIST_BY_ID.replace("page_thing_id", "page_think_id"),
        no_record=LIST_BY_ID,
        no_key=LIST_BY_ID,
    )

    @query
    def no_part() -> Page[Thing]: ...

    @query
    def no_page(*, limit: int, cursor: str | None = None) -> list[Thing]: ...

    @query
    def no_limit(*, limit: int, cursor: str | None = None) -> Page[Thing]: ...

    @query
    def no_cursor(*, limit: int, cursor: str) -> Page[Thing]: ...

    @query
    def no_number(*, limit: int | None, cursor: str | None = None) -> Page[Thing]: ...

    @query
    def no_field(*, limit: int, cursor: str | None = None) -> Page[Thing]: ...

    @query
    def no_record(*, limit: int, cursor: str | None = None) -> Page[int]: ...

    @query
    def no_key(*, limit: int, cursor: str | None = None) -> Page[Nullable]: ...

    assert problems(query) == [
        (
            "no_part: returns a Page, but no_part.sql has no `-- page` part",
            "such as `-- page`, `and (sales.sold_at, sales.id) < (:page_sold_at, :page_id)`, `-- end page`",
        ),
        ("no_page: no_page.sql has a `-- page` part", "return a `Page[…]`"),
        ("no_limit: no_limit.sql has pages and no :limit", "end it in `limit :limit`"),
        ("no_cursor: the cursor of a page is optional text", "write `cursor: str | None = None`"),
        ("no_number: the limit of a page is a number", "write `limit: int`, with or without a default"),
        ("no_field: :page_think_id, but Thing has no field 'think_id'", "did you mean :page_thing_id?"),
        ("no_record: :page_thing_id is taken from a record, and the pages are of none", "make a record of the columns"),
        (
            "no_key: :page_thing_id is taken from Nullable.thing_id, which may be None",
            "rows whose key is NULL would be on no page: order by what is never NULL",
        ),
    ]


def test_a_page_without_limit_and_cursor_is_a_fault(tmp_path: Path) -> None:
    """The names are asked for like those of the statement."""
    query = folder(tmp_path, list_by_id=LIST_BY_ID)

    @query
    def list_by_id(*, limt: int) -> Page[Thing]: ...

    assert [problem.split(" (")[0] for problem, _ in problems(query)] == [
        "list_by_id: parameter 'limt' is not used by list_by_id.sql",
        ":limit is not a parameter of list_by_id",
        ":cursor is not a parameter of list_by_id",
    ]
