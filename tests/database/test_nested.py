"""Records within records, from one statement and one round trip."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from exchange_db.engine import Query
from exchange_db.errors import RecordMismatch
from exchange_db.pool import open_async_pool
from exchange_db.types import Point, Record
from tests.database.hosts import settled
from tests.folders import folder

Conn = Connection[Any]


class City(Record):
    name: str
    location: Point | None


class Home(Record):
    street: str
    city: City | None


class Author(Record):
    user_id: int
    name: str
    balance: Decimal
    home: Home | None


class Post(Record):
    post_id: int
    author: Author | None
    written_at: datetime


TABLES = """
create table cities (id int primary key, name text not null, location geography(point, 4326));
create table homes (id int primary key, street text not null, city_id int references cities);
create table authors (id int primary key, name text, balance numeric not null, home_id int references homes);
create table posts (id int primary key, author_id int references authors, written_at timestamptz not null);
insert into cities values (1, 'Berlin', 'srid=4326;point(13.4 52.5)'), (2, 'Ur', null);
insert into homes values (1, 'Am Markt 1', 1), (2, 'Nowhere 2', null), (3, 'Ziggurat', 2);
insert into authors values (1, 'Ada', 12345678901234567890.123456789, 1), (2, 'Bob', 0, 2), (3, 'Cy', 0.10, null),
  (4, 'Dumuzi', 1, 3);
insert into posts values (1, 1, '2024-03-31 01:00+00'), (2, 2, '2024-03-31 01:00+00'), (3, 3, '2024-03-31 01:00+00'),
  (4, null, '2024-03-31 01:00+00'), (5, 4, '2024-03-31 01:00+00');
"""

POSTS = """
select
  p.id as post_id,
  a.id as "author.user_id",
  a.name as "author.name",
  a.balance as "author.balance",
  h.street as "author.home.street",
  c.location as "author.home.city.location",
  c.name as "author.home.city.name",
  p.written_at
from posts as p
left join authors as a on a.id = p.author_id
left join homes as h on h.id = a.home_id
left join cities as c on c.id = h.city_id
"""

NOON = datetime(2024, 3, 31, 1, tzinfo=UTC)
BERLIN = City(name="Berlin", location=Point(longitude=13.4, latitude=52.5))
ADA = Author(
    user_id=1,
    name="Ada",
    balance=Decimal("12345678901234567890.123456789"),
    home=Home(street="Am Markt 1", city=BERLIN),
)
EXPECTED = [
    Post(post_id=1, author=ADA, written_at=NOON),
    Post(
        post_id=2,
        author=Author(user_id=2, name="Bob", balance=Decimal(0), home=Home(street="Nowhere 2", city=None)),
        written_at=NOON,
    ),
    Post(post_id=3, author=Author(user_id=3, name="Cy", balance=Decimal("0.10"), home=None), written_at=NOON),
    Post(post_id=4, author=None, written_at=NOON),
    Post(
        post_id=5,
        author=Author(
            user_id=4,
            name="Dumuzi",
            balance=Decimal(1),
            home=Home(street="Ziggurat", city=City(name="Ur", location=None)),
        ),
        written_at=NOON,
    ),
]


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A database with authors, where they live, and what they wrote."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute(TABLES)
    return module_database_url


@pytest.fixture
def nested(url: str) -> Iterator[Conn]:
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        yield conn


def one(parent: Path, result: Any, statement: str) -> Query[..., Any]:
    """A function with the given return annotation."""
    query = folder(parent, find=statement)

    def find() -> Any: ...

    find.__annotations__["return"] = result
    return query(find)


def told(parent: Path, conn: Conn, result: Any, statement: str) -> str:
    """What is said about a result that does not fit."""
    with pytest.raises(RecordMismatch) as error:
        one(parent, result, statement)(conn)
    assert error.value.query == "host.find"
    return error.value.sentence


# --- to one --------------------------------------------------------------------------------------------------


def test_columns_with_dots_fill_records_in_records(nested: Conn, tmp_path: Path) -> None:
    """At any depth, in any order of columns; what an outer join did not find is None, and no record of NULLs. A
    numeric keeps its digits and a point is a point."""
    posts = one(tmp_path, list[Post], f"{POSTS} order by p.id;")(nested)
    assert posts == EXPECTED
    assert repr(posts) == repr(EXPECTED)


def test_a_nested_record_is_like_any_other(nested: Conn, tmp_path: Path) -> None:
    """Equality, hash, JSON, pickle, copies and the set of given fields are those of a record made by validation."""
    post: Post = one(tmp_path, Post, f"{POSTS} where p.id = 1;")(nested)
    again = Post.model_validate(EXPECTED[0].model_dump())
    assert (post, hash(post)) == (again, hash(again))
    assert post.model_dump_json() == again.model_dump_json()
    assert pickle.loads(pickle.dumps(post)) == post  # noqa: S301  our own bytes
    assert post.author
    assert post.author.model_fields_set == {"user_id", "name", "balance", "home"}
    assert post.author.model_copy(update={"name": "x"}).name == "x"


def test_one_record_perhaps_one_and_a_stream(url: str, nested: Conn, tmp_path: Path) -> None:
    """Every cardinality nests, for sync and async callers alike."""
    query = folder(
        tmp_path,
        find_post=f"{POSTS} where p.id = :post_id;",
        stream_posts=f"{POSTS} order by p.id;",
    )

    @query
    def find_post(*, post_id: int) -> Post | None: ...

    @query.stream
    def stream_posts() -> Iterator[Post]: ...

    query.complete()
    assert [find_post(nested, post_id=n) for n in (4, 1, 99)] == [EXPECTED[3], EXPECTED[0], None]
    with stream_posts(nested) as rows:
        assert list(rows) == EXPECTED

    async def scenario() -> None:
        async with open_async_pool(url) as pool:
            assert await settled(find_post(pool, post_id=2)) == EXPECTED[1]
            async with stream_posts(pool) as rows:
                assert [row async for row in rows] == EXPECTED

    asyncio.run(scenario())


def test_null_where_the_nested_field_is_not_optional(nested: Conn, tmp_path: Path) -> None:
    """A record that is partly there is an error that names the field as the column does."""
    nested.execute("insert into authors values (9, null, 0)")
    statement = POSTS.replace("p.author_id", "9") + "where p.id = 1;"
    sentence = told(tmp_path, nested, Post, statement)
    assert sentence.startswith("author.name: ")
    assert sentence.endswith("(NULL in a field that is not optional)")


def test_nothing_found_for_a_field_that_is_not_optional(nested: Conn, tmp_path: Path) -> None:
    """It is told what to declare, also where all the record's own fields may be None."""

    class Nickname(Record):
        name: str | None

    class Named(Record):
        post_id: int
        author: Nickname

    statement = 'select p.id as post_id, a.name as "author.name" from posts as p left join authors as a on false;'
    sentence = told(tmp_path, nested, list[Named], statement)
    assert sentence.startswith("author: all its columns are NULL")
    assert "`Nickname | None`" in sentence


def test_a_record_that_is_not_optional_in_one_that_is(nested: Conn, tmp_path: Path) -> None:
    """Where the outer one is not there, nothing is missed in it; where it is, everything."""

    class Town(Record):
        name: str | None

    class House(Record):
        street: str | None
        town: Town

    class Person(Record):
        person_id: int
        house: House | None

    columns = 'select 1 as person_id, {}::text as "house.street", {}::text as "house.town.name";'
    assert one(tmp_path, Person, columns.format("null", "null"))(nested) == Person(person_id=1, house=None)
    found = Person(person_id=1, house=House(street=None, town=Town(name="Ur")))
    assert one(tmp_path, Person, columns.format("null", "'Ur'"))(nested) == found
    assert told(tmp_path, nested, Person, columns.format("'Am Markt'", "null")).startswith("house.town: all its")


def test_aliases_defaults_and_a_record_of_its_own_kind(nested: Conn, tmp_path: Path) -> None:
    """An alias is the column's name at every level, a field with a default needs no column, and a record may hold
    another of its own class."""

    class Category(BaseModel):
        model_config = ConfigDict(frozen=True)
        number: int = Field(alias="id")
        parent: "Category | None" = Field(None, validation_alias="over")
        note: str = "none"

    Category.model_rebuild(_types_namespace={"Category": Category})
    statement = 'select 3 as id, 2 as "over.id", 1 as "over.over.id";'
    found: Category = one(tmp_path, Category, statement)(nested)
    assert found == Category.model_validate({"id": 3, "over": {"id": 2, "over": {"id": 1}}})


def test_a_dot_in_an_alias_is_no_level(nested: Conn, tmp_path: Path) -> None:
    """A field whose alias has a dot is one column."""

    class Odd(Record):
        value: int = Field(alias="a.b")

    assert one(tmp_path, Odd, 'select 5 as "a.b";')(nested).value == 5


def test_constraints_and_json_within(nested: Conn, tmp_path: Path) -> None:
    """What a nested field demands is checked, and a JSON column belongs to a nested record like any other."""

    class Tag(Record):
        label: str

    class Box(Record):
        size: Annotated[int, Field(gt=0)]
        tags: list[Tag]

    class Shelf(Record):
        box: Annotated[Box | None, Field(description="the first")]

    columns = """select {}::int as "box.size", {}::jsonb as "box.tags";"""
    found = one(tmp_path, Shelf, columns.format("1", """'[{"label": "a"}]'"""))(nested)
    assert found == Shelf(box=Box(size=1, tags=[Tag(label="a")]))
    assert one(tmp_path, Shelf, columns.format("null", "null"))(nested) == Shelf(box=None)
    assert told(tmp_path, nested, Shelf, columns.format("0", "'[]'")).startswith("box.size: ")
    assert told(tmp_path, nested, Shelf, columns.format("1", """'[{"label": 1}]'""")).startswith("box.tags.0.label: ")


def test_names_of_columns_within_are_checked(nested: Conn, tmp_path: Path) -> None:
    """Missing, unknown and doubled ones are told with their dots and the nearest right name, all at once."""
    statement = POSTS.replace('"author.name"', '"author.nmae"').replace('"author.home.street"', '"post_id"')
    statement = statement.replace('"author.balance"', '"auhtor.balance"')
    assert told(tmp_path, nested, list[Post], f"{statement};").split("; ") == [
        "column 'post_id' appears more than once",
        "column 'author.nmae' is no field of Author (did you mean 'author.name'?)",
        "column 'auhtor.balance' is no field of Post (did you mean 'author.balance'?)",
        "field 'author.name' of Post has no column (did you mean 'author.nmae'?)",
        "field 'author.balance' of Post has no column (did you mean 'auhtor.balance'?)",
        "field 'author.home.street' of Post has no column",
    ]


def test_columns_that_are_for_no_record(nested: Conn, tmp_path: Path) -> None:
    """A dotted column for a list, for a plain value, or beside a column for the whole record is told."""

    class Everything(Record):
        posts: tuple[City, ...] = ()
        number: int = 0
        author: Author | None = None
        either: Home | City | None = None

    statement = """
    select 'x' as "posts.name", 1 as "number.x", null::jsonb as author, 1 as "author.user_id", '' as "author.name",
      0 as "author.balance", 'x' as "either.name", null::jsonb as "author.home";
    """
    assert told(tmp_path, nested, Everything, statement).split("; ") == [
        "column 'posts.name' goes into 'posts' of Everything, which is for a list: "
        "let the server make one JSON column of it",
        "column 'number.x' goes into 'number' of Everything, which is no record",
        "column 'either.name' goes into 'either' of Everything, which is no record",
        "field 'author' of Everything has both a column and columns 'author.'…",
    ]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_is_there_comes_back(nested: Conn, tmp_path: Path, data: st.DataObject) -> None:
    """Any tree of records is read back as it was, from columns in any order."""
    number, text = st.integers(-(2**31), 2**31 - 1), st.text(st.characters(exclude_characters="\0", codec="utf-8"))
    cities = st.builds(City, name=text, location=st.none())
    homes = st.builds(Home, street=text, city=st.none() | cities)
    authors = st.builds(Author, user_id=number, name=text, balance=st.decimals(-9, 9, places=3), home=st.none() | homes)
    post = data.draw(st.builds(Post, post_id=number, author=st.none() | authors, written_at=st.just(NOON)))
    author = post.author
    home = author and author.home
    city = home and home.city
    values: dict[str, tuple[str, Any]] = {
        "post_id": ("int", post.post_id),
        "written_at": ("timestamptz", post.written_at.isoformat()),
        "author.user_id": ("int", author and author.user_id),
        "author.name": ("text", author and author.name),
        "author.balance": ("numeric", author and str(author.balance)),
        "author.home.street": ("text", home and home.street),
        "author.home.city.name": ("text", city and city.name),
        "author.home.city.location": ("geography", None),
    }
    names = data.draw(st.permutations(list(values)))
    columns = ", ".join(f"(:v::jsonb ->> '{name}')::{values[name][0]} as \"{name}\"" for name in names)
    query = folder(tmp_path, find=f"select {columns};")

    @query
    def find(*, v: dict[str, Any]) -> Post: ...

    assert find(nested, v={name: value for name, (_, value) in values.items()}) == post


# --- to many -------------------------------------------------------------------------------------------------


class Written(Record):
    post_id: int
    written_at: datetime


class Writer(Record):
    name: str
    posts: list[Written]


WRITERS = """
select a.name, {} as posts
from authors as a left join posts as p on p.author_id = a.id and a.id <> 3
where a.id in (1, 3)
group by a.id order by a.id;
"""
OBJECT = "jsonb_build_object('post_id', p.id, 'written_at', p.written_at)"


def test_to_many_is_json(nested: Conn, tmp_path: Path) -> None:
    """Children come as one JSON column; none at all are an empty list."""
    statement = WRITERS.format(f"coalesce(jsonb_agg({OBJECT} order by p.id) filter (where p.id is not null), '[]')")
    assert one(tmp_path, list[Writer], statement)(nested) == [
        Writer(name="Ada", posts=[Written(post_id=1, written_at=NOON)]),
        Writer(name="Cy", posts=[]),
    ]


def test_an_object_of_nulls_is_an_error(nested: Conn, tmp_path: Path) -> None:
    """Where the filter is forgotten, an outer join that finds nothing is told, also when every field may be None."""
    statement = WRITERS.format(f"jsonb_agg({OBJECT})")
    assert told(tmp_path, nested, list[Writer], statement).startswith("posts.0.post_id: ")

    class Noted(Record):
        post_id: int | None
        written_at: datetime | None = None

    class Lenient(Record):
        name: str
        posts: list[Noted]

    assert "posts: item 0: every value of the object is null; leave out" in told(
        tmp_path, nested, list[Lenient], statement
    )
    good = statement.replace("in (1, 3)", "in (1)")
    assert len(one(tmp_path, list[Lenient], good)(nested)[0].posts) == 1

    class Single(Record):
        post: Noted | None

    single = "select jsonb_build_object('post_id', {}) as \"post\";"
    assert "post: every value of the object is null" in told(tmp_path, nested, Single, single.format("null"))
    assert one(tmp_path, Single, single.format("1"))(nested) == Single(post=Noted(post_id=1))
    assert one(tmp_path, Single, "select null::jsonb as post;")(nested) == Single(post=None)


# --- money in JSON -------------------------------------------------------------------------------------------


class Line(Record):
    price: Decimal
    weight: float = 0
    day: date | None = None
    rest: JsonValue = None
    anything: Any = None


def test_a_decimal_in_json_keeps_its_digits(nested: Conn, tmp_path: Path) -> None:
    """A JSON number is exact under a Decimal field, and an ordinary float beside it."""
    statement = """
    select jsonb_build_array(jsonb_build_object('price', 12345678901234567890.12345678901234567890::numeric,
      'weight', 0.1, 'day', '2024-02-29', 'rest', jsonb_build_array(1.5, 1), 'anything', 2.50));
    """
    (line,) = one(tmp_path, list[Line] | None, statement)(nested)
    assert str(line.price) == "12345678901234567890.12345678901234567890"
    assert (line.weight, line.day, line.rest, line.anything) == (0.1, date(2024, 2, 29), [1.5, 1], 2.5)
    assert type(line.weight) is float
    assert type(pickle.loads(pickle.dumps(line)).anything) is float  # noqa: S301  our own bytes
    scalar = one(tmp_path, Decimal, "select '0.1000000000000000000001'::json;")(nested)
    assert str(scalar) == "0.1000000000000000000001"
    prices = one(tmp_path, dict[str, Decimal], """select '{"a": 1e-400, "b": 7}'::jsonb;""")(nested)
    assert prices == {"a": Decimal("1e-400"), "b": Decimal(7)}


def test_a_strict_record_in_json(nested: Conn, tmp_path: Path) -> None:
    """A strict model takes from JSON what it takes from any JSON: a text for a date, a number for a Decimal."""

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        price: Decimal
        day: date

    rows = one(tmp_path, list[list[Strict]], """select '[{"price": 1.5, "day": "2024-02-29"}]'::jsonb as x;""")(nested)
    assert rows == [[Strict(price=Decimal("1.5"), day=date(2024, 2, 29))]]
