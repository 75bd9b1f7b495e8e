"""Statements with parts: what is sent for what is given, orders by name, updates of some fields, sets of rows."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from exchange_db import open_async_pool
from exchange_db.engine import SqlFolder
from exchange_db.errors import DeclarationError, InvalidValue, NotFound, StatementError
from exchange_db.types import UNSET, Record, RowCount, Unset
from tests.folders import folder

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]

LIST_DOGS = """
    -- Dogs by name.
    select dogs.name
    from public.dogs
    where
      true
      -- if :size
      and dogs.size = :size
      -- end if
      -- if :owner
      and dogs.owner is not distinct from :owner
      -- end if
    order by
      -- when :order = 'name'
      dogs.name,
      -- when :order = 'size'
      dogs.size desc,
      dogs.name,
      -- end when
      dogs.id;
    """


@pytest.fixture
def dogs(conn: Conn) -> Conn:
    """A connection to a database with three dogs."""
    conn.execute(
        "create table public.dogs (id bigint generated always as identity, name text not null, size bigint, owner text)"
    )
    conn.execute("insert into public.dogs (name, size, owner) values ('Ada', 1, 'x'), ('Bo', 2, null), ('Cy', 2, 'x')")
    return conn


Order = Literal["name", "size"]


class OrderName(StrEnum):
    NAME = "name"
    SIZE = "size"


def faults(query: SqlFolder) -> list[tuple[str, str | None]]:
    """Problem and hint of each fault that ``complete()`` reports."""
    with pytest.raises(DeclarationError) as error:
        query.complete()
    return [(fault.problem, fault.hint) for fault in error.value.faults]


# --- conditional parts and orders --------------------------------------------------------------------------


def test_a_part_is_there_when_its_parameter_is_given(dogs: Conn, tmp_path: Path) -> None:
    """None stands for nothing given, or UNSET does, where None is a value of its own."""
    query = folder(tmp_path, list_dogs=LIST_DOGS)

    @query
    def list_dogs(*, size: int | None = None, owner: str | Unset | None = UNSET, order: Order = "name") -> list[str]:
        """Names."""
        ...

    query.complete()
    assert list_dogs(dogs) == ["Ada", "Bo", "Cy"]
    assert list_dogs(dogs, size=None, owner=UNSET) == ["Ada", "Bo", "Cy"]
    assert list_dogs(dogs, size=2) == ["Bo", "Cy"]
    assert list_dogs(dogs, owner=None) == ["Bo"]
    assert list_dogs(dogs, owner="x", size=2) == ["Cy"]
    assert list_dogs(dogs, order="size") == ["Bo", "Cy", "Ada"]
    assert list_dogs(dogs, order="size", owner="x") == ["Cy", "Ada"]
    wrong: Any = list_dogs
    with pytest.raises(InvalidValue, match="order: Input should be 'name' or 'size'"):
        wrong(dogs, order="age")
    with pytest.raises(InvalidValue, match=r"size: .*; owner: .*; order: "):
        wrong(dogs, size="2", owner=5, order=None)
    with pytest.raises(TypeError, match="sise"):
        wrong(dogs, sise=2)


def test_an_order_may_be_an_enum_and_the_function_async(dogs: Conn, database_url: str, tmp_path: Path) -> None:
    """The names of an enum's values are those of the alternatives; async callers get the same."""
    query = folder(tmp_path, list_dogs=LIST_DOGS)

    @query
    def list_dogs(*, order: OrderName, size: int | None = None, owner: str | None = None) -> list[str]:
        """Names."""
        ...

    query.complete()
    assert list_dogs(dogs, order=OrderName.SIZE) == ["Bo", "Cy", "Ada"]

    async def read() -> list[str]:
        async with open_async_pool(database_url) as pool:
            return await list_dogs(pool, order=OrderName.NAME, size=2)

    assert asyncio.run(read()) == ["Bo", "Cy"]


def test_a_stream_may_have_parts(dogs: Conn, tmp_path: Path) -> None:
    """A stream sends one of its variants as well."""
    query = folder(tmp_path, stream_dogs=LIST_DOGS)

    @query.stream
    def stream_dogs(*, size: int | None = None, owner: str | None = None, order: Order = "name") -> Iterator[str]:
        """Names."""
        ...

    query.complete()
    with stream_dogs(dogs, size=2, order="size") as names:
        assert list(names) == ["Bo", "Cy"]


def test_an_error_below_a_part_names_the_line_of_the_file(dogs: Conn, tmp_path: Path) -> None:
    """Whether the part is there or not."""
    query = folder(tmp_path, list_dogs=LIST_DOGS.replace("dogs.id;", "dogs.idd;"))

    @query
    def list_dogs(*, size: int | None = None, owner: str | None = None, order: Order = "name") -> list[str]:
        """Names."""
        ...

    for size in (None, 1):
        with pytest.raises(StatementError) as error:
            list_dogs(dogs, size=size)
        assert error.value.line == 20


def test_the_whole_file_and_each_variant_are_statements(dogs: Conn, tmp_path: Path) -> None:
    """The server prepares the file as it stands, with all its parts, and everything that a call may send."""
    query = folder(tmp_path, list_dogs=LIST_DOGS)

    @query
    def list_dogs(*, size: int | None = None, owner: str | None = None, order: Order = "name") -> list[str]:
        """Names."""
        ...

    file = list_dogs.file
    assert len(file.variants) == 8
    for each in (file, *file.variants):
        result = dogs.pgconn.prepare(b"", each.text)
        assert not result.error_message, result.error_message.decode()
        assert dogs.pgconn.describe_prepared(b"").nparams == len(each.parameters)


def test_what_a_declaration_owes_to_its_parts(tmp_path: Path) -> None:
    """Conditions need a default that says "not given"; orders need the names of the alternatives, both ways."""
    query = folder(tmp_path, defaults=LIST_DOGS, names=LIST_DOGS, free=LIST_DOGS, none=LIST_DOGS)

    @query
    def defaults(*, size: int | None, owner: str = "", order: Order) -> list[str]: ...

    @query
    def names(
        *, size: int | None = None, owner: str | None = None, order: Literal["name", "sise", "age"]
    ) -> list[str]: ...

    @query
    def free(*, size: int | None = None, owner: str | None = None, order: str) -> list[str]: ...

    @query
    def none(*, size: int | None = None, owner: str | None = None) -> list[str]: ...

    with pytest.raises(DeclarationError) as error:
        query.complete()
    (unknown,) = (fault for fault in error.value.faults if "is no value" in fault.problem)
    assert (unknown.path.name, unknown.line, unknown.column) == ("names.sql", 16, 3)
    found = {problem.split(" (")[0]: hint for problem, hint in faults(query)}
    needs = "give it one, `{}: … = None`: without it the part would always be there"
    assert found == {
        "defaults: parameter 'size' has a part of its own, but no default None": needs.format("size"),
        "defaults: parameter 'owner' has a part of its own, but no default None": needs.format("owner"),
        "'size' is no value of 'order' in names": "did you mean 'sise'?",
        "names: 'order' may be 'sise', for which names.sql has no alternative": "did you mean 'size'?",
        "names: 'order' may be 'age', for which names.sql has no alternative": None,
        "free: parameter 'order' chooses between alternatives, but is no Literal": "Literal['name', 'size']",
        ":order is not a parameter of none": None,
    }


# --- updates of some fields --------------------------------------------------------------------------------

UPDATE_DOG = """
    update public.dogs
    set
      name = case when :name_given then :name else dogs.name end,
      owner = case when :owner_given then :owner else dogs.owner end
    where dogs.id = :dog_id
    returning
      dogs.name,
      dogs.owner;
    """


class Dog(Record):
    name: str
    owner: str | None


def test_an_update_changes_what_is_given(dogs: Conn, pool: Pool, tmp_path: Path) -> None:
    """One static statement for every subset of fields; None is a value, UNSET leaves the field as it is."""
    query = folder(tmp_path, update_dog=UPDATE_DOG)

    @query
    def update_dog(*, dog_id: int, name: str | Unset = UNSET, owner: str | Unset | None = UNSET) -> Dog:
        """The dog."""
        ...

    query.complete()
    assert len(update_dog.file.variants) == 1
    assert update_dog(dogs, dog_id=1) == Dog(name="Ada", owner="x")
    assert update_dog(dogs, dog_id=1, name="Eve") == Dog(name="Eve", owner="x")
    assert update_dog(dogs, dog_id=1, owner=None) == Dog(name="Eve", owner=None)
    assert update_dog(dogs, dog_id=1, name="Ada", owner="y") == Dog(name="Ada", owner="y")
    assert update_dog(pool, dog_id=1, name=UNSET, owner=UNSET) == Dog(name="Ada", owner="y")
    with pytest.raises(NotFound) as caught:
        update_dog(dogs, dog_id=99, name="Eve")
    assert caught.value.sentence == "no row for the given name, dog_id"
    wrong: Any = update_dog
    for value in (None, 5, "\0"):
        with pytest.raises(InvalidValue):
            wrong(dogs, dog_id=1, name=value)
    with pytest.raises(InvalidValue, match="dog_id"):
        wrong(dogs, dog_id=UNSET)
    assert update_dog(dogs, dog_id=1, owner="UNSET").owner == "UNSET"
    assert repr(UNSET) == "UNSET"


def test_what_is_set_by_half_is_a_fault(tmp_path: Path) -> None:
    """Unset and UNSET go together, and the statement asks for what may be left out, and for nothing else."""
    query = folder(
        tmp_path,
        default=UPDATE_DOG,
        annotation=UPDATE_DOG,
        always=UPDATE_DOG,
        unasked=UPDATE_DOG.replace("case when :name_given then :name else dogs.name end", ":name"),
        misspelt=UPDATE_DOG.replace(":name_given", ":nam_given"),
    )
    untyped: Any = UNSET

    @query
    def default(*, dog_id: int, name: str | Unset, owner: str | Unset | None = UNSET) -> Dog: ...

    @query
    def annotation(*, dog_id: int, name: str = untyped, owner: str | Unset | None = UNSET) -> Dog: ...

    @query
    def always(*, dog_id: int, name: str, owner: str | Unset | None = UNSET) -> Dog: ...

    @query
    def unasked(*, dog_id: int, name: str | Unset = UNSET, owner: str | Unset | None = UNSET) -> Dog: ...

    @query
    def misspelt(*, dog_id: int, name: str | Unset = UNSET, owner: str | Unset | None = UNSET) -> Dog: ...

    half = "parameter 'name' has Unset and its default UNSET only by half"
    both = "write `name: … | Unset = UNSET`, or neither of the two"
    asks = "such as `case when :name_given then :name else … end`"
    found = [(problem.split(" (")[0], hint) for problem, hint in faults(query)]
    assert found == [
        (f"default: {half}", both),
        (f"annotation: {half}", both),
        ("always: :name_given of a parameter that is always given", "write `name: … | Unset = UNSET`"),
        ("unasked: the statement does not ask whether 'name' was given", asks),
        (":nam_given is not a parameter of misspelt", None),
        ("misspelt: the statement does not ask whether 'name' was given", asks),
    ]


def test_a_parameter_may_be_called_given(dogs: Conn, tmp_path: Path) -> None:
    """A function's own parameter of such a name is nobody's companion."""
    query = folder(tmp_path, echo="select :name::text || :name_given::text;")

    @query
    def echo(*, name: str, name_given: str) -> str:
        """Both."""
        ...

    query.complete()
    assert echo(dogs, name="a", name_given="b") == "ab"


# --- sets of rows ------------------------------------------------------------------------------------------


class NewDog(Record):
    name: str
    size: int


class Cat(Record):
    name: str


ADD_DOGS = """
    insert into public.dogs (name, size)
    select
      new.name,
      new.size
    from jsonb_to_recordset(:dogs) as new (name text, size bigint);
    """
ADD_BY_ARRAYS = """
    insert into public.dogs (name, size)
    select
      new.name,
      new.size
    from unnest(:names::text[], :sizes::bigint[]) as new (name, size);
    """


def test_rows_travel_as_one_json_parameter(dogs: Conn, tmp_path: Path) -> None:
    """None, one, or 50,000 models; what is no such model, or cannot be text, is refused with its place."""
    query = folder(tmp_path, add_dogs=ADD_DOGS)

    @query
    def add_dogs(*, dogs: list[NewDog]) -> RowCount:
        """How many."""
        ...

    query.complete()
    assert add_dogs(dogs, dogs=[]) == 0
    assert add_dogs(dogs, dogs=[NewDog(name='"ä\\', size=1)]) == 1
    assert add_dogs(dogs, dogs=[NewDog(name=f"dog {n}", size=n) for n in range(50_000)]) == 50_000
    wrong: Any = add_dogs
    unchecked = NewDog.model_construct(name="a", size=cast("int", "b"))
    for value, problem in [
        ([NewDog(name="a", size=1), None], r"dogs\.1: "),
        ([Cat(name="a")], r"dogs\.0: "),
        ([{"name": "a"}], r"dogs\.0\.size: "),
        (NewDog(name="a", size=1), "dogs: "),
        (None, "dogs: "),
        ([NewDog(name="a\0", size=1)], "unsupported Unicode escape"),
        ([unchecked], "size"),
    ]:
        with pytest.raises(InvalidValue, match=problem):
            wrong(dogs, dogs=value)
    assert dogs.execute("select count(*) from public.dogs").fetchone() == (50_004,)


def test_rows_travel_as_arrays(dogs: Conn, tmp_path: Path) -> None:
    """One array for each column; lists of different lengths end in NULL, which the column refuses."""
    query = folder(tmp_path, add_dogs=ADD_BY_ARRAYS)

    @query
    def add_dogs(*, names: list[str], sizes: list[int]) -> RowCount:
        """How many."""
        ...

    query.complete()
    assert add_dogs(dogs, names=[], sizes=[]) == 0
    assert add_dogs(dogs, names=["{a,b}", 'c"\\', "NULL"], sizes=[1, 2, 3]) == 3
    assert add_dogs(dogs, names=["x"] * 50_000, sizes=list(range(50_000))) == 50_000
    assert dogs.execute("select name from public.dogs where id in (4, 5, 6) order by id").fetchall() == [
        ("{a,b}",),
        ('c"\\',),
        ("NULL",),
    ]
    wrong: Any = add_dogs
    for names, problem in [(["a", None], r"names\.1"), (["a\0", "b"], "NUL"), ([1, "b"], r"names\.0"), (["a"], "name")]:
        with pytest.raises(InvalidValue, match=problem):
            wrong(dogs, names=names, sizes=[1, 2])


def test_a_list_of_values_is_a_condition(dogs: Conn, tmp_path: Path) -> None:
    """``= any(:ids)`` takes none and many; a part of the statement may hold it."""
    query = folder(
        tmp_path,
        list_dogs="""
            select dogs.name from public.dogs
            where true
            -- if :ids
            and dogs.id = any(:ids)
            -- end if
            order by dogs.id;
            """,
    )

    @query
    def list_dogs(*, ids: list[int] | None = None) -> list[str]:
        """Names."""
        ...

    query.complete()
    assert list_dogs(dogs) == ["Ada", "Bo", "Cy"]
    assert list_dogs(dogs, ids=[]) == []
    assert list_dogs(dogs, ids=[3, 1, 3, 99]) == ["Ada", "Cy"]
    assert list_dogs(dogs, ids=list(range(2, 100_000))) == ["Bo", "Cy"]
