"""Decoding: rows become records, and what does not fit is told by name. The shapes are made by hand here;
``tests/database/test_round_trips.py`` has the server's own."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import pytest
from psycopg import adapters
from pydantic import BaseModel, ConfigDict, Field

from exchange_db.engine.annotations import Annotation
from exchange_db.engine.declaration import Cardinality, Declaration
from exchange_db.engine.decoding import Decoder
from exchange_db.engine.origin import Origin
from exchange_db.errors import RecordMismatch
from exchange_db.types import Point, Record

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

USER_TYPE = 20_000
"""An OID as an enum or an extension's type has it."""


class Mood(StrEnum):
    SAD = "sad"
    OK = "ok"


class Tag(Record):
    label: str


class Dog(Record):
    dog_id: int
    name: str
    mood: Mood | None = None


class Row(BaseModel):
    """A model of the host's own, with aliases."""

    model_config = ConfigDict(frozen=True)
    number: int = Field(alias="n")
    text: str = Field(validation_alias="t")


@dataclass
class Result:
    """The parts of libpq's result that the decoder looks at."""

    columns: Sequence[tuple[str, int]]
    encoding: str = "utf-8"

    @property
    def nfields(self) -> int:
        return len(self.columns)

    def fname(self, i: int) -> bytes:
        return self.columns[i][0].encode(self.encoding)

    def ftype(self, i: int) -> int:
        return self.columns[i][1]


def oid(name: str) -> int:
    return adapters.types[name].oid


def decode(item: Any, columns: Sequence[tuple[str, int]], *rows: tuple[Any, ...], encoding: str = "utf-8") -> list[Any]:
    """Rows of the given columns as ``item``."""
    declaration = Declaration(lambda: None, (), Cardinality.MANY, Annotation(item))
    decoder: Decoder[Any] = Decoder(declaration, Origin("dogs.list_dogs"))
    return decoder.plan(cast("PGresult", Result(columns, encoding)), encoding).rows(rows)


def mismatch(item: Any, columns: Sequence[tuple[str, int]], *rows: tuple[Any, ...]) -> str:
    """What is said about rows that do not fit."""
    with pytest.raises(RecordMismatch) as error:
        decode(item, columns, *rows)
    assert error.value.query == "dogs.list_dogs"
    return error.value.sentence


DOG = [("dog_id", oid("int8")), ("name", oid("text")), ("mood", oid("text"))]


# --- what fits ---------------------------------------------------------------------------------------------


def test_rows_become_records_by_name() -> None:
    """Columns are matched by name, in any order, and a field with a default may be missing."""
    rex = Dog(dog_id=1, name="Rex", mood=Mood.OK)
    assert decode(Dog, DOG, (1, "Rex", "ok")) == [rex]
    assert decode(Dog, DOG[::-1], ("ok", "Rex", 1)) == [rex]
    assert decode(Dog, DOG[:2], (1, "Rex")) == [Dog(dog_id=1, name="Rex")]
    assert decode(Dog, DOG) == []


def test_aliases_are_the_columns_names() -> None:
    """A field's alias for validation is the name of its column."""
    assert decode(Row, [("n", oid("int4")), ("t", oid("text"))], (1, "x")) == [Row.model_validate({"n": 1, "t": "x"})]


def test_scalars_are_one_column_of_any_name() -> None:
    """A scalar's column needs no name of its own."""
    assert decode(int, [("?column?", oid("int4"))], (1,), (2,)) == [1, 2]
    assert decode(Mood | None, [("mood", oid("text"))], ("ok",), (None,)) == [Mood.OK, None]


def test_json_is_read_by_the_field() -> None:
    """A JSON column becomes the field's own type; a ``str`` gets the text itself."""
    json = oid("jsonb")
    assert decode(list[Tag], [("tags", json)], (b'[{"label": "a"}]',)) == [[Tag(label="a")]]
    assert decode(str, [("tags", json)], (b'{"a": 1}',)) == ['{"a": 1}']
    assert decode(Any, [("tags", json)], (b'{"a": [1, null]}',)) == [{"a": [1, None]}]
    array = adapters.types["jsonb"].array_oid
    assert decode(list[dict[str, int] | None], [("tags", array)], ([b'{"a": 1}', None],)) == [[{"a": 1}, None]]


def test_types_of_the_servers_own_come_as_their_text() -> None:
    """Enums and the like are their text, in the connection's encoding; arrays of them are read element by element."""
    column = [("moods", USER_TYPE)]
    array = struct.pack("!iiIii", 1, 1, USER_TYPE, 3, 1) + struct.pack("!i", 2) + b"ok" + struct.pack("!i", -1)
    array += struct.pack("!i", 3) + b"sad"
    assert decode(Mood, column, (b"ok",)) == [Mood.OK]
    assert decode(list[Mood | None], column, (array,)) == [[Mood.OK, None, Mood.SAD]]
    assert decode(list[Mood], column, (struct.pack("!iiI", 0, 0, USER_TYPE),)) == [[]]
    assert decode(str, column, ("öl".encode("latin1"),), encoding="iso8859-1") == ["öl"]


def test_a_type_that_the_host_taught_its_connection_is_left_alone() -> None:
    """A plan works for a connection that knows a type and for one that does not."""
    assert decode(list[Mood], [("moods", USER_TYPE)], ([Mood.OK],)) == [[Mood.OK]]
    point = Point(longitude=1, latitude=2)
    assert decode(Point, [("location", USER_TYPE)], (point,), (point.to_ewkb(),)) == [point, point]


def test_names_of_columns_are_in_the_connections_encoding() -> None:
    """A column named ``höhe`` is found on a latin1 connection."""

    class Size(Record):
        height: int = Field(alias="höhe")

    assert decode(Size, [("höhe", oid("int4"))], (3,), encoding="iso8859-1") == [Size.model_validate({"höhe": 3})]


# --- what does not -----------------------------------------------------------------------------------------


def test_columns_and_fields_are_the_same_set() -> None:
    """Missing, extra and doubled columns are told together, with the nearest right name."""
    told = mismatch(Dog, [("dog_id", oid("int8")), ("nmae", oid("text")), ("mood", 25), ("mood", 25)])
    assert told.split("; ") == [
        "column 'mood' appears more than once",
        "column 'nmae' is no field of Dog (did you mean 'name'?)",
        "field 'name' of Dog has no column (did you mean 'nmae'?)",
    ]


def test_a_scalar_is_one_column() -> None:
    """Two columns for a scalar are told by name."""
    assert mismatch(int, DOG[:2]) == "a scalar is declared, but the statement returns 2 columns: dog_id, name"


def test_null_in_a_field_that_is_not_optional_is_told() -> None:
    """The field is named; the other values, which may be private, are not shown."""
    told = mismatch(Dog, DOG, (1, "secret", "ok"), (2, None, None))
    assert told.startswith("name: ")
    assert told.endswith("(NULL in a field that is not optional)")
    assert "secret" not in told
    assert "NULL" in mismatch(int, DOG[:1], (None,))


def test_every_field_that_does_not_fit_is_told() -> None:
    """One error names all wrong fields of a row."""
    told = mismatch(Dog, DOG, ("many", None, "angry"))
    assert [problem.partition(":")[0] for problem in told.split("; ")] == ["dog_id", "name", "mood"]
    assert "angry" not in told


def test_json_that_does_not_fit_is_told_with_its_place() -> None:
    """The path inside of the document is named."""
    told = mismatch(list[Tag], [("tags", oid("jsonb"))], (b'[{"label": "a"}, {"label": 5}]',))
    assert told.startswith("1.label: ")


def test_types_without_a_readable_form_are_told() -> None:
    """Composite values, arrays of arrays and types that the driver does not know lead to a cast in the SQL."""
    composite = struct.pack("!iIi", 1, 23, 4) + struct.pack("!i", 5)
    assert "cast it to text" in mismatch(str, [("c", USER_TYPE)], (composite,))
    assert "cast it to text" in mismatch(str, [("c", USER_TYPE)], (b"\xff\xfe",))
    two_dimensions = struct.pack("!iiIiiii", 2, 0, USER_TYPE, 1, 1, 1, 1) + struct.pack("!i", 1) + b"a"
    assert "more than one dimension" in mismatch(list[str], [("c", USER_TYPE)], (two_dimensions,))
    assert mismatch(list[str], [("c", USER_TYPE)], (b"abc",))
    assert mismatch(str, [("price", oid("money"))]) == (
        "column 'price' has a type that the driver cannot read; cast it in the SQL: price::text"
    )


def test_a_statement_without_columns_is_no_result() -> None:
    """A record is declared, and the statement is an ``update`` without ``returning``."""
    declaration = Declaration(lambda: None, (), Cardinality.ONE, Annotation(Dog))
    decoder: Decoder[Any] = Decoder(declaration, Origin("dogs.update_dog"))
    for result in (None, Result([])):
        with pytest.raises(RecordMismatch, match="returns no columns"):
            decoder.plan(cast("PGresult | None", result), "utf-8")


def test_a_plan_is_made_once_for_each_shape() -> None:
    """The same columns share a plan; others, or another encoding, have their own."""
    declaration = Declaration(lambda: None, (), Cardinality.MANY, Annotation(int))
    decoder: Decoder[Any] = Decoder(declaration, Origin("dogs.count"))

    def plan(name: str, encoding: str = "utf-8") -> object:
        return decoder.plan(cast("PGresult", Result([(name, 23)], encoding)), encoding)

    assert plan("a") is plan("a")
    assert plan("a") is not plan("b")
    assert plan("a") is not plan("a", "iso8859-1")
