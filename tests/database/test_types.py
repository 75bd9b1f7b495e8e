"""Every supported type through a real server and back: alone, optional, in arrays, and inside of JSON."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any, Literal, NewType, cast
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic import Field, JsonValue, create_model

from exchange_db.errors import InvalidValue, RecordMismatch
from exchange_db.pool import open_async_pool, open_pool
from exchange_db.types import Point, Record
from tests.folders import folder

DogId = NewType("DogId", int)
Positive = Annotated[int, Field(gt=0)]


class Mood(StrEnum):
    """A user-defined type of the server, whose labels need care."""

    SAD = "sad"
    SPACE = "a b"
    QUOTED = "quo\"te's"
    COMMA = "com,ma{}"
    NULL = "NULL"
    GOOD = "schön"
    BACKSLASH = "back\\slash"


class Size(IntEnum):
    SMALL = -1
    LARGE = 70_000


TYPES = f"""
create extension if not exists citext;
create type mood as enum ({", ".join("'" + mood.value.replace("'", "''") + "'" for mood in Mood)});
create domain short_text as text check (char_length(value) < 1000);
create domain percent as int check (value between 0 and 100);
create type pair as (a int, b text);
"""

# --- the types ---------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "NULL",
        "null",
        "{}",
        '{"a"}',
        "\\",
        "'",
        '"',
        "a\nb\r\tc",
        "%s %(a)s $1 :name",
        "\u2028",
        "🐕",
        "\x7f",
        "a,b",
    ]
)
# The driver shows a type that it does not know as bytes, and these begin the form of types that are no texts.
marked_texts = texts.filter(lambda text: text[:1] not in ("\1", "\2"))
offsets = st.integers(-57_599, 57_599).map(lambda seconds: timezone(timedelta(seconds=seconds)))
# NaN and infinity are no Decimal for Pydantic.
decimals = (
    st.decimals(allow_nan=False, allow_infinity=False).filter(
        lambda value: -16_000 < cast("int", value.as_tuple().exponent) < 10_000
    )
    | st.decimals(-(10**40), 10**40, places=20)
    | st.sampled_from([Decimal(text) for text in ("1E+1000", "-1E-1000", "0.10", "-0", "123456789" * 30)])
)
points = st.builds(Point, longitude=st.floats(-180, 180), latitude=st.floats(-90, 90))
moments = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC) | offsets | st.timezones()
) | st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])


@dataclass(frozen=True)
class Kind:
    """One type of Python, its type of PostgreSQL, and its values."""

    annotation: Any
    sql: str
    values: st.SearchStrategy[Any]
    arrays: bool = True


KINDS = {
    "smallint": Kind(int, "smallint", st.integers(-(2**15), 2**15 - 1)),
    "integer": Kind(int, "integer", st.integers(-(2**31), 2**31 - 1)),
    "bigint": Kind(int, "bigint", st.integers(-(2**63), 2**63 - 1)),
    "id": Kind(DogId, "bigint", st.integers(1, 2**63 - 1).map(DogId)),
    "constrained": Kind(Positive, "int", st.integers(1, 2**31 - 1)),
    "huge int": Kind(int, "numeric", st.integers(-(10**200), 10**200)),
    "real": Kind(float, "real", st.floats(width=32)),
    "double": Kind(float, "double precision", st.floats() | st.sampled_from([5e-324, 1.7976931348623157e308, -0.0])),
    "numeric": Kind(Decimal, "numeric", decimals),
    "money-like": Kind(Decimal, "numeric(12, 2)", st.decimals(-(10**9), 10**9, places=2)),
    "text": Kind(str, "text", texts),
    "varchar": Kind(str, "varchar(100)", texts),
    "citext": Kind(str, "citext", marked_texts),
    "bytea": Kind(bytes, "bytea", st.binary()),
    "boolean": Kind(bool, "boolean", st.booleans()),
    "date": Kind(date, "date", st.dates()),
    "timestamp": Kind(datetime, "timestamp", st.datetimes()),
    "timestamptz": Kind(datetime, "timestamptz", moments),
    "time": Kind(time, "time", st.times()),
    "timetz": Kind(time, "timetz", st.times(timezones=st.just(UTC) | offsets)),
    "interval": Kind(timedelta, "interval", st.timedeltas() | st.sampled_from([timedelta.min, timedelta.max])),
    "uuid": Kind(UUID, "uuid", st.uuids()),
    "text enum": Kind(Mood, "text", st.sampled_from(Mood)),
    "int enum": Kind(Size, "int", st.sampled_from(Size)),
    "enum": Kind(Mood, "mood", st.sampled_from(Mood)),
    "literal": Kind(Literal["a", "b'\\"], "text", st.sampled_from(["a", "b'\\"])),
    "domain of text": Kind(str, "short_text", marked_texts),
    "domain of int": Kind(int, "percent", st.integers(0, 100), arrays=False),
    "geography": Kind(Point, "geography", points),
    "geography(point)": Kind(Point, "geography(point, 4326)", points),
    "geometry": Kind(Point, "geometry", points),
    "inet": Kind(IPv4Address | IPv6Address, "inet", st.ip_addresses(), arrays=False),
    "cidr": Kind(IPv6Network, "cidr", st.ip_addresses(v=6).map(lambda ip: IPv6Network((ip, 128))), arrays=False),
}


def same(got: Any, sent: Any) -> bool:
    """Equal, of the same class, NaN like NaN, and zero with its sign."""
    if isinstance(sent, float):
        both_nan = math.isnan(got) and math.isnan(sent)
        return type(got) is float and (both_nan or (got == sent and math.copysign(1, got) == math.copysign(1, sent)))
    if isinstance(sent, datetime) and sent.tzinfo is not None:
        # As instants: to Python, a time that the clocks strike twice, or never, equals none of another zone.
        return type(got) is datetime and got.astimezone(UTC) == sent.astimezone(UTC)
    return type(got) is type(sent) and got == sent


class Echo:
    """Functions that send values to the server and get them back; each is declared once."""

    def __init__(self, pool: ConnectionPool[Any], parent: Path) -> None:
        self._pool = pool
        self._parent = parent
        self._known: dict[str, Callable[..., Any]] = {}

    def __call__(self, name: str, **values: Any) -> Any:
        return self._known[name](self._pool, **values)

    def declare(self, name: str, statement: str, result: Any, **annotations: Any) -> None:
        """``name``, once: a function of the statement with these parameters and this result."""
        if name in self._known:
            return
        parent = Path(mkdtemp(dir=self._parent))
        source = f"def echo({', '.join(['*', *annotations]) if annotations else ''}): ..."
        module: dict[str, Any] = {}
        exec(compile(source, f"<{name}>", "exec"), module)  # noqa: S102  the parameters' names vary
        module["echo"].__annotations__ = {**annotations, "return": result}
        query = folder(parent, echo=statement)
        self._known[name] = query(module["echo"])
        query.complete()


@pytest.fixture(scope="module")
def echo(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Echo]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute(TYPES.encode())
    with open_pool(module_database_url) as pool:
        yield Echo(pool, tmp_path_factory.mktemp("echo"))


quick = settings(
    deadline=None,
    max_examples=40,
    # The fixture of the module holds no state that an example changes.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", KINDS)
@quick
@given(data=st.data())
def test_values_come_back(echo: Echo, name: str, data: st.DataObject) -> None:
    """As a parameter and a column: alone, optional, and in an array with NULLs."""
    kind = KINDS[name]
    annotation = kind.annotation
    types: dict[str, Any] = {"value": annotation, "maybe": annotation | None}
    columns = {"value": kind.sql, "maybe": kind.sql}
    strategies = {"value": kind.values, "maybe": st.none() | kind.values}
    if kind.arrays:
        types["many"] = list.__class_getitem__(types["maybe"])  # list[…] of what is known only here
        columns["many"] = f"{kind.sql}[]"
        strategies["many"] = st.lists(strategies["maybe"], max_size=4)
    statement = f"select {', '.join(f':{field}::{sql} as {field}' for field, sql in columns.items())};"
    echo.declare(name, statement, create_model("Row", __base__=Record, **types), **types)
    sent: dict[str, Any] = {field: data.draw(strategy) for field, strategy in strategies.items()}
    got = echo(name, **sent)
    many: list[Any] = sent.get("many", [])
    many_back: list[Any] = getattr(got, "many", [])
    assert len(many_back) == len(many)
    assert all(map(same, many_back, many))
    assert same(got.value, sent["value"])
    assert same(got.maybe, sent["maybe"])


@pytest.mark.parametrize(
    ("annotation", "sql", "values"),
    [
        (list[list[int]], "int[][]", [[[1, 2], [3, 4]], [[1], [2], [3]], []]),
        (list[list[str | None]], "text[][]", [[["a", None], ['"', "NULL"]]]),
        (list[list[list[bool]]], "boolean[][][]", [[[[True], [False]]]]),
        (tuple[int, ...], "int[]", [(), (1, 2)]),
        (Sequence[Mood], "mood[]", [[Mood.NULL, Mood.QUOTED], []]),
        (list[Mood] | None, "mood[]", [None, [], list(Mood)]),
    ],
    ids=str,
)
def test_nested_lists_and_other_sequences(echo: Echo, annotation: Any, sql: str, values: list[Any]) -> None:
    """Arrays of arrays, empty arrays, tuples and sequences."""
    name = f"{annotation} {sql}"
    record = create_model("Row", __base__=Record, value=annotation)
    echo.declare(name, f"select :value::{sql} as value;", record, value=annotation)
    for value in values:
        assert echo(name, value=value).value == value


# --- JSON --------------------------------------------------------------------------------------------------


class Inner(Record):
    label: str
    price: Decimal | None
    at: datetime
    tags: list[str]


class Document(Record):
    """Everything that a document can hold."""

    whole: int
    number: float
    exact: Decimal
    text: str
    flag: bool
    day: date
    at: datetime
    clock: time
    span: timedelta
    key: UUID
    mood: Mood
    size: Size
    letter: Literal["a", "b"]
    home: Point
    maybe: int | None
    inner: Inner
    inners: list[Inner | None]
    by_name: dict[str, list[int]]


finite = st.floats(allow_nan=False, allow_infinity=False)
# Pydantic writes an offset from UTC in minutes, so that the odd seconds of times before 1972 would be lost.
json_moments = st.datetimes(
    datetime(1, 1, 3),
    datetime(9999, 12, 29),
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
json_decimals = st.decimals(allow_nan=False, allow_infinity=False)
inners = st.builds(
    Inner, label=texts, price=st.none() | json_decimals, at=json_moments, tags=st.lists(texts, max_size=3)
)
documents = st.builds(
    Document,
    whole=st.integers(-(10**30), 10**30),
    number=finite,
    exact=json_decimals,
    text=texts,
    at=json_moments,
    span=st.timedeltas(),
    home=points,
    inner=inners,
    inners=st.lists(st.none() | inners, max_size=3),
    by_name=st.dictionaries(texts, st.lists(st.integers(), max_size=3), max_size=3),
)
# Without a type to read it as, a whole number comes back as an int; beyond 2^53 that is another number.
json_floats = st.floats(-1e15, 1e15).map(lambda value: value + 0.0)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | json_floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("sql", ["jsonb", "json"])
@quick
@given(document=documents, more=st.lists(st.none() | documents, max_size=2), value=json_values)
def test_documents_come_back(
    echo: Echo, sql: str, document: Document, more: list[Document | None], value: JsonValue
) -> None:
    """Models with everything in them, lists of models, and JSON without a model, as one document each."""
    record = create_model(
        "Row",
        __base__=Record,
        document=Document,
        more=list[Document | None],
        nothing=Document | None,
        value=JsonValue,
        text=str,
        array=list[Document],
    )
    statement = (
        f"select :document::{sql} as document, :more::{sql} as more, :nothing::{sql} as nothing, "
        f":value::{sql} as value, :document::{sql} as text, array[:document::{sql}] as array;"
    )
    echo.declare(
        sql, statement, record, document=Document, more=list[Document | None], nothing=Document | None, value=JsonValue
    )
    got = echo(sql, document=document, more=more, nothing=None, value=value)
    assert got.document == document
    assert hash_of(got.document) == hash_of(document)
    assert got.more == more
    assert got.nothing is None
    assert got.value == value
    assert Document.model_validate_json(got.text) == document
    assert got.array == [document]


def hash_of(document: Document) -> int:
    """A hash that tells the fields' classes too."""
    return hash(tuple(type(value).__name__ for _, value in document))


def test_a_nested_record_is_built_by_the_server(echo: Echo) -> None:
    """What ``jsonb_build_object`` and ``jsonb_agg`` write is read into the nested records."""

    class Pup(Record):
        name: str
        born_at: datetime
        birthday: date
        weight: Decimal
        home: Point | None

    class Owner(Record):
        pup: Pup | None
        pups: list[Pup]

    pup = (
        "jsonb_build_object('name', 'Rex', 'born_at', '2026-01-02 03:04:05.6+05:30'::timestamptz, 'birthday', "
        "'0044-03-15'::date, 'weight', 12.5::numeric, 'home', jsonb_build_object('longitude', 1, 'latitude', 2.5))"
    )
    echo.declare("owner", f"select {pup} as pup, (select jsonb_agg({pup}) from generate_series(1, 2)) as pups;", Owner)
    expected = Pup(
        name="Rex",
        born_at=datetime(2026, 1, 1, 21, 34, 5, 600_000, UTC),
        birthday=date(44, 3, 15),
        weight=Decimal("12.5"),
        home=Point(longitude=1, latitude=2.5),
    )
    assert echo("owner") == Owner(pup=expected, pups=[expected, expected])


# --- what is refused ---------------------------------------------------------------------------------------


@quick
@given(good=texts, bad=st.sampled_from(["\0", "\ud800", "\udfff"]), at=st.integers(0, 30))
@example(good="", bad="\0", at=0)
def test_characters_that_the_database_has_not(echo: Echo, good: str, bad: str, at: int) -> None:
    """A NUL or a lone surrogate anywhere in a text, an array or a document is refused, and nothing is cut."""
    text = good[:at] + bad + good[at:]
    echo.declare("bad text", "select :value::text;", str, value=str)
    echo.declare("bad array", "select :value::text[];", list[list[str]], value=list[str])
    echo.declare("bad document", "select :value::jsonb;", JsonValue, value=JsonValue)
    for name, value in (("bad text", text), ("bad array", [good, text]), ("bad document", {"key": text})):
        with pytest.raises(InvalidValue):
            echo(name, value=value)


@pytest.mark.parametrize(
    ("annotation", "sql"),
    [
        (datetime, "'infinity'::timestamptz"),
        (datetime, "'-infinity'::timestamp"),
        (datetime, "'20000-01-01'::timestamptz"),
        (datetime, "'0044-03-15 BC'::timestamp"),
        (date, "'infinity'::date"),
        (date, "'10000-01-01'::date"),
        (time, "'24:00'::time"),
        (timedelta, "'2000000000 days'::interval"),
    ],
)
def test_values_that_python_cannot_hold(echo: Echo, annotation: Any, sql: str) -> None:
    """Infinities and years beyond Python's are a clear error and neither a crash nor another value."""
    echo.declare(f"unheld {sql}", f"select {sql};", annotation)
    with pytest.raises(RecordMismatch) as error:
        echo(f"unheld {sql}")
    assert error.value.query == "host.echo"


def test_a_value_that_python_cannot_hold_is_told_to_who_awaits(module_database_url: str, tmp_path: Path) -> None:
    """As it is told to others, and the connection goes on."""
    query = folder(tmp_path, when="select 'infinity'::timestamptz;", one="select 1;")

    @query
    def when() -> datetime: ...

    @query
    def one() -> int: ...

    async def scenario() -> None:
        async with await open_async_pool(module_database_url, max_size=1) as pool:
            with pytest.raises(RecordMismatch) as error:
                await when(pool)
            assert error.value.query == "host.when"
            assert await one(pool) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sql", "annotation", "words"),
    [
        ("row(1, 'x')::pair", str, "cast it to text"),
        ("array[row(1, 'x')::pair]", list[str], "cast it to text"),
        ("'1'::money", str, "cast it in the SQL"),
        ("st_setsrid(st_makepoint(1, 2), 3857)", Point, "SRID 3857"),
        ("st_makepoint(1, 2, 3)", Point, "not a two-dimensional point"),
        ("'POINT EMPTY'::geometry", Point, "finite"),
        ("'LINESTRING(1 2, 3 4)'::geography", Point, "not a two-dimensional point"),
        ("array[array['sad', 'sad']]::mood[]", list[list[Mood]], "more than one dimension"),
        ("'angry'::text", Mood, "Input should be"),
        ("'x'::text", int, "valid integer"),
        ("1.5", int, "valid integer"),
        ("null::int", int, "NULL in a field that is not optional"),
        ("null::jsonb", Inner, "no field of Inner"),
        ("0", Positive, "greater than 0"),
    ],
)
def test_columns_of_another_type(echo: Echo, sql: str, annotation: Any, words: str) -> None:
    """What the declared type cannot be made of is told, with what to do where the SQL can do something."""
    echo.declare(f"other {sql}", f"select {sql};", annotation)
    with pytest.raises(RecordMismatch, match=words):
        echo(f"other {sql}")


def test_the_wrong_place_is_named(echo: Echo) -> None:
    """The field, and the place inside of an array or a document."""
    record = create_model("Row", __base__=Record, name=str, sizes=list[int], inner=Inner)
    echo.declare(
        "places",
        "select null::text as name, array[1, null] as sizes, "
        '\'{"label": null, "price": 1, "at": "2026-01-01T00:00:00Z", "tags": []}\'::jsonb as inner;',
        record,
    )
    with pytest.raises(RecordMismatch) as error:
        echo("places")
    assert "label: Input should be a valid string (NULL in a field that is not optional)" in error.value.sentence
    echo.declare("fields", "select null::text as name, array[1, null] as sizes;", record_of_two())
    with pytest.raises(RecordMismatch) as error:
        echo("fields")
    assert [part.partition(":")[0] for part in error.value.sentence.split("; ")] == ["name", "sizes.1"]


def record_of_two() -> Any:
    return create_model("Row", __base__=Record, name=str, sizes=list[int])


def test_columns_that_are_not_the_records(echo: Echo) -> None:
    """Another name, a missing, an extra and a doubled column, on a real result."""
    told: Callable[[str], str] = lambda columns: mismatch(echo, columns)  # noqa: E731
    assert told("1 as dog_id, 'Rex' as nmae") == (
        "column 'nmae' is no field of Dog (did you mean 'name'?); "
        "field 'name' of Dog has no column (did you mean 'nmae'?)"
    )
    assert told("1 as dog_id") == "field 'name' of Dog has no column"
    assert told("1 as dog_id, 'Rex' as name, 2 as age") == "column 'age' is no field of Dog"
    assert told("1 as dog_id, 'Rex' as name, 'Max' as name") == "column 'name' appears more than once"


class Dog(Record):
    dog_id: int
    name: str


def mismatch(echo: Echo, columns: str) -> str:
    echo.declare(f"dog {columns}", f"select {columns};", Dog)
    with pytest.raises(RecordMismatch) as error:
        echo(f"dog {columns}")
    return error.value.sentence


def test_no_value_of_a_row_is_shown(echo: Echo) -> None:
    """An error's text may be logged: it names fields, and no values."""
    echo.declare("private", "select 'my secret'::text;", int)
    with pytest.raises(RecordMismatch) as error:
        echo("private")
    assert "secret" not in str(error.value).replace("/echo.sql", "")


def test_a_session_with_other_settings_reads_the_same(module_database_url: str, tmp_path: Path) -> None:
    """Values do not depend on the session's way to write them."""
    query = folder(
        tmp_path,
        echo="select :span::interval as span, :at::timestamptz as at, :day::date as day, :raw::bytea as raw;",
    )

    class Row(Record):
        span: timedelta
        at: datetime
        day: date
        raw: bytes

    @query
    def echo(*, span: timedelta, at: datetime, day: date, raw: bytes) -> Row: ...

    row = Row(
        span=timedelta(days=-1, seconds=3),
        at=datetime(2026, 2, 3, 4, 5, tzinfo=UTC),
        day=date(12, 3, 4),
        raw=b"\\x00\x00'",
    )
    for style in ("postgres", "postgres_verbose", "sql_standard", "iso_8601"):
        for dates in ("iso, mdy", "sql, dmy", "german", "postgres, mdy"):
            options = f"-c intervalstyle={style} -c timezone=Asia/Kathmandu -c bytea_output=escape"
            with Connection[Any].connect(module_database_url, options=options) as conn:
                conn.execute("select set_config('datestyle', %s, false)", (dates,))
                assert echo(conn, **dict(row)) == row
