"""Records that are built are those that validation makes, whatever one does with them; and a model that does more with
its values than to hold them is left to validation."""

import copy
import pickle
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NewType, TypeVar, cast
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap
from psycopg.adapt import Loader as BaseLoader
from psycopg.pq import Format
from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    OnErrorOmit,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    computed_field,
    create_model,
    field_validator,
    model_validator,
)

from exchange_db import accounts, matching, messaging, places, profiles, sales_records, skills, study_records
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.declaration import Cardinality, Declaration
from exchange_db.engine.decoding import Decoder, Plan
from exchange_db.engine.origin import Origin
from exchange_db.errors import RecordMismatch
from exchange_db.testing.strategies import Strategies
from exchange_db.types import Point, Record
from tests.unit.test_decoding import USER_TYPE, Result, oid

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

T = TypeVar("T")
Column = tuple[str, int]
Row = tuple[Any, ...]

DOMAINS: tuple[ModuleType, ...] = (
    accounts, matching, messaging, places, profiles, sales_records, skills, study_records,
)  # fmt: skip
RECORDS = sorted(
    {
        each
        for domain in DOMAINS
        for each in vars(domain).values()
        if isinstance(each, type) and issubclass(each, Record) and each is not Record
    },
    key=lambda record: record.__qualname__,
)
TYPES: Mapping[Any, str] = {
    bool: "bool", int: "int8", float: "float8", str: "text", Decimal: "numeric", date: "date",
    datetime: "timestamptz", UUID: "uuid", bytes: "bytea",
}  # fmt: skip


STORABLE: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(codec="utf-8"), max_size=5),
    float: st.floats(allow_nan=False),  # which equals nothing, not even itself
    Decimal: st.decimals(-1000, 1000, places=2),
    AwareDatetime: st.datetimes(timezones=st.just(UTC)),
}


def plans(record: Any, columns: Sequence[Column], encoding: str = "utf-8") -> tuple[Plan[Any], Plan[Any]]:
    """The plan for these columns, and one that validates every row."""
    declaration = Declaration(lambda: None, (), Cardinality.MANY, Annotation(record))
    result = cast("PGresult", Result(columns, encoding))
    built, validated = (Decoder[Any](declaration, Origin("dogs.list")).plan(result, encoding) for _ in range(2))
    validated.build = None
    return built, validated


def is_built(record: Any, columns: Sequence[Column]) -> bool:
    return plans(record, columns)[0].build is not None


def sent(name: str, source: Any, value: Any) -> Iterator[tuple[str, int, Any]]:
    """A field's columns and values as the driver hands them over."""
    annotation = Annotation(source)
    if annotation.record is Point or Point in annotation.members:
        yield name, USER_TYPE, None if value is None else value.to_ewkb()
    elif annotation.record is not None:
        for inner, info in annotation.record.model_fields.items():
            part = None if value is None else getattr(value, inner)
            yield from sent(f"{name}.{inner}", info.rebuild_annotation(), part)
    elif annotation.is_json:
        yield name, oid("jsonb"), None if value is None else TypeAdapter(source).dump_json(value)
    elif annotation.element is not None:
        member = annotation.element.plain
        assert member is not None
        yield name, adapters.types[TYPES[member]].array_oid, None if value is None else list(value)
    else:
        (member,) = annotation.members
        is_text = annotation.is_choice
        plain = value.value if isinstance(value, Enum) else value
        yield name, oid("text" if is_text else TYPES[TYPE_OF.get(member, member)]), plain


TYPE_OF: Mapping[Any, Any] = {AwareDatetime: datetime}


def row_of(record: BaseModel) -> tuple[list[Column], Row]:
    """A record as the row of a statement."""
    fields = type(record).model_fields.items()
    columns = [each for name, info in fields for each in sent(name, info.rebuild_annotation(), getattr(record, name))]
    return [(name, kind) for name, kind, _ in columns], tuple(value for _, _, value in columns)


def outcome(call: Any) -> Any:
    try:
        return call()
    except (TypeError, ValidationError, ValueError) as error:
        return type(error), str(error)


def assert_same(one: BaseModel, other: BaseModel) -> None:
    """Nothing that one can ask tells the two records apart."""
    assert type(one) is type(other)
    assert one == other
    assert other == one
    assert repr(one) == repr(other)
    assert outcome(lambda: hash(one)) == outcome(lambda: hash(other))
    assert one.__getstate__() == other.__getstate__()
    assert list(vars(one)) == list(vars(other))
    for value, same in zip(vars(one).values(), vars(other).values(), strict=True):
        assert type(value) is type(same)
        if isinstance(value, BaseModel):
            assert_same(value, same)
    assert type(one.__pydantic_fields_set__) is set
    assert one.model_fields_set == other.model_fields_set
    assert one.__pydantic_extra__ == other.__pydantic_extra__
    assert one.__pydantic_private__ == other.__pydantic_private__
    assert one.model_dump() == other.model_dump()
    assert one.model_dump(mode="json", by_alias=True, exclude_unset=True) == other.model_dump(
        mode="json", by_alias=True, exclude_unset=True
    )
    assert one.model_dump_json() == other.model_dump_json()
    for copied in (copy.copy(one), copy.deepcopy(one), one.model_copy(), pickle.loads(pickle.dumps(one))):  # noqa: S301
        assert copied == other
        assert copied.__getstate__() == other.__getstate__()
    name = next(iter(type(one).model_fields))
    assert one.model_copy(update={name: None}).model_dump() == other.model_copy(update={name: None}).model_dump()
    value = getattr(one, name)
    assert outcome(lambda: setattr(one, name, value)) == outcome(lambda: setattr(other, name, value))
    assert one.__getstate__() == other.__getstate__()


def assert_built(record: BaseModel) -> None:
    """The record's row is built, and is what validation makes of it."""
    columns, row = row_of(record)
    built, validated = plans(type(record), columns)
    assert built.build is not None
    (one,), (same,) = built.build([row]), validated.rows([row])
    assert one == record
    assert_same(one, same)


# --- the library's records -----------------------------------------------------------------------------------


@pytest.mark.parametrize("record", RECORDS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_record_of_ours_that_is_built_is_the_one_that_is_validated(record: type[Record], data: st.DataObject) -> None:
    """Equality, hash, dumps, copies, pickle, the fields set and all that is beneath, for every record there is."""
    made = data.draw(Strategies(STORABLE).of(record))
    if _has_some(made):
        assert_built(made)


def _has_some(record: BaseModel) -> bool:
    """Whether none of its records in records is all NULL, which is how a row says that there is none."""
    inner = [value for _, value in record if isinstance(value, Record)]
    return all(any(value is not None for _, value in each) and _has_some(each) for each in inner)


# --- what a host may declare ---------------------------------------------------------------------------------


class Mood(StrEnum):
    SAD = "sad"
    OK = "ok"


class Size(Enum):
    SMALL = 1
    LARGE = 2


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Home(BaseModel):
    """A model that is not frozen."""

    city: str
    zip_code: str | None = Field(alias="zip")


class Kennel(Record):
    kennel_id: int
    home: Home


class Owner(Record):
    note: str | None
    home: Home | None


class Leash(Record):
    owner: Owner | None


DogId = NewType("DogId", int)


class Dog(Record):
    dog_id: DogId
    name: Annotated[str, Field(description="as called")]
    mood: Mood | None
    size: Size
    colour: Colour
    walk: Literal["short", "long"] | None
    seen_at: AwareDatetime
    weight: Decimal | None
    home: Home | None
    nicknames: list[str]
    tag: UUID
    photo: bytes | None

    @computed_field
    def shout(self) -> str:
        return self.name.upper()

    @cached_property
    def whisper(self) -> str:
        return self.name.lower()


DOG_COLUMNS = [
    ("dog_id", oid("int4")), ("name", oid("varchar")), ("mood", USER_TYPE), ("size", oid("int2")),
    ("colour", oid("text")), ("walk", oid("text")), ("seen_at", oid("timestamptz")), ("weight", oid("numeric")),
    ("home.city", oid("text")), ("home.zip", oid("text")), ("nicknames", adapters.types["text"].array_oid),
    ("tag", oid("uuid")), ("photo", oid("bytea")),
]  # fmt: skip
REX: Row = (
    1, "Rex", b"ok", 2, "red", "long", datetime(2024, 1, 1, tzinfo=UTC), Decimal("30.50"), "Berlin", None, ["R"],
    UUID(int=1), b"\x00",
)  # fmt: skip


def rex(**changes: Any) -> Row:
    names = [name for name, _ in DOG_COLUMNS]
    return tuple(changes.get(name.replace(".", "_"), value) for name, value in zip(names, REX, strict=True))


@pytest.mark.parametrize(
    "row",
    [
        REX,
        rex(mood=None, walk=None, weight=None, photo=None),
        rex(mood=Mood.SAD),
        rex(home_city=None),
        rex(nicknames=[]),
    ],
)
def test_enums_literals_aliases_and_records_in_records_are_built(row: Row) -> None:
    """What a record of a host's usually holds, with and without its optional values."""
    built, validated = plans(Dog, DOG_COLUMNS)
    assert built.build is not None
    (one,), (same,) = built.build([row]), validated.rows([row])
    assert_same(one, same)
    assert (one.shout, one.whisper, same.whisper) == ("REX", "rex", "rex")
    assert_same(one, same)
    reordered = [DOG_COLUMNS[i] for i in reversed(range(len(row)))]
    assert plans(Dog, reordered)[0].rows([row[::-1]]) == validated.rows([row])


def test_the_set_of_a_records_fields_is_its_own() -> None:
    """Nobody changes a record by what another one hands out, nor by writing to one that is not frozen."""
    one, other = plans(Dog, DOG_COLUMNS)[0].rows([REX, REX])
    one.model_fields_set.add("bark")
    assert "bark" not in one.model_fields_set | other.model_fields_set
    changed = one.model_copy(update={"bark": 1})
    assert "bark" in changed.model_fields_set
    assert "bark" not in other.model_fields_set
    one.home.__pydantic_fields_set__.clear()
    assert other.home.model_fields_set == {"city", "zip_code"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"dog_id": None}, "dog_id: Input should be a valid integer (NULL in a field that is not optional)"),
        ({"colour": None}, "colour: Input should be 'red' or 'blue' (NULL in a field that is not optional)"),
        ({"colour": "green"}, "colour: Input should be 'red' or 'blue'"),
        ({"walk": "none"}, "walk: Input should be 'short' or 'long'"),
        ({"mood": b"angry"}, "mood: Input should be 'sad' or 'ok'"),
        ({"mood": b"\xff"}, "mood: a column's type has no form"),
        ({"size": 3}, "size: Input should be 1 or 2"),
        ({"weight": Decimal("NaN")}, "weight: Input should be a finite number"),
        ({"home_city": None, "home_zip": "1"}, "home.city: Input should be a valid string (NULL in"),
        ({"nicknames": ["a", None]}, "nicknames.1: Input should be a valid string (NULL in"),
    ],
)
def test_what_the_types_do_not_prove_is_still_refused(changes: dict[str, Any], problem: str) -> None:
    """A value that does not fit is told as it is where every row is validated, in whatever row it is."""
    for plan in plans(Dog, DOG_COLUMNS):
        with pytest.raises(RecordMismatch) as error:
            plan.rows([REX, rex(**changes), REX])
        assert problem in error.value.sentence


def test_a_record_that_must_be_there_is_missed() -> None:
    """An outer join that finds nothing, for a field that is not optional."""
    columns = [("kennel_id", oid("int8")), ("home.city", oid("text")), ("home.zip", oid("text"))]
    built, validated = plans(Kennel, columns)
    assert built.build is not None
    assert_same(built.rows([(1, "Bonn", None)])[0], validated.rows([(1, "Bonn", None)])[0])
    for plan in (built, validated):
        with pytest.raises(RecordMismatch, match="home: all its columns are NULL"):
            plan.rows([(1, None, None)])


def test_a_record_that_has_nothing_but_another_is_there() -> None:
    """Whether there is a record is told by all columns below it."""
    columns = [("owner.note", oid("text")), ("owner.home.city", oid("text")), ("owner.home.zip", oid("text"))]
    row, nobody = (None, "Bonn", None), (None, None, None)
    built, validated = plans(Leash, columns)
    assert built.build is not None
    for plan in (built, validated):
        assert [leash.owner and leash.owner.home for leash in plan.rows([row, nobody])] == [
            Home(city="Bonn", zip=None),
            None,
        ]
    assert_same(built.rows([row])[0], validated.rows([row])[0])


def test_a_column_of_another_type_is_validated() -> None:
    """What is right in itself and of another class than the field's is converted as ever."""

    class Walk(Record):
        length: float
        day: date
        at: AwareDatetime
        name: str

    columns = [("length", oid("int4")), ("day", oid("timestamp")), ("at", oid("timestamp")), ("name", oid("text"))]
    built, _ = plans(Walk, columns)
    row = (3, datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), "a")
    (walk,) = built.rows([row])
    assert (type(walk.length), walk.day) == (float, date(2024, 1, 1))
    with pytest.raises(RecordMismatch, match="at: Input should have timezone info"):
        built.rows([(*row[:2], datetime(2024, 1, 1), "a")])
    (ascii_walk,) = plans(Walk, columns, "ascii")[0].rows([(*row[:3], b"a")])
    assert ascii_walk.name == "a"


def _second(value: int, info: ValidationInfo) -> int:
    return value + len(info.data)


class Plain(BaseModel):
    a: int


class Defaulted(BaseModel):
    a: int
    b: list[int] = Field(default_factory=list[int])


class Validated(BaseModel):
    a: int

    @model_validator(mode="after")
    def _positive(self) -> "Validated":
        if self.a < 0:
            raise ValueError("negative")
        return self


class Checked(BaseModel):
    a: int

    @field_validator("a")
    @classmethod
    def _doubled(cls, value: int) -> int:
        return value * 2


class Informed(BaseModel):
    b: int
    a: Annotated[int, AfterValidator(_second)]


class Private(BaseModel):
    a: int
    _seen: list[int] = PrivateAttr(default_factory=list[int])


class Posted(BaseModel):
    a: int

    def model_post_init(self, context: Any, /) -> None:
        object.__setattr__(self, "a", self.a + 1)


class Own(BaseModel):
    a: int

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"a": values["a"] + 5})


class Fresh(BaseModel):
    a: int

    def __new__(cls, *_: Any, **__: Any) -> "Fresh":
        made = super().__new__(cls)
        object.__setattr__(made, "b", 1)
        return made


class Slotted(BaseModel):
    __slots__ = ("b",)
    a: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Stripped(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)
    a: int
    b: str


class Limited(BaseModel):
    a: int = Field(gt=0)


class Aliased(BaseModel):
    a: int = Field(validation_alias=AliasChoices("a", "aa"))


class Keyword(BaseModel):
    class_: int = Field(alias="a")


Worded: type[BaseModel] = cast("Any", create_model)(
    "Worded", __module__=__name__, **{"class": (int, ...), "a b": (int, ...), "\ufb01": (int, ...)}
)


class Box(BaseModel, Generic[T]):
    a: T


class Twice(Record):
    a: int
    one: Mood
    two: Mood | None


class Equals(Record):
    """Texts, and members of an enum that equal them."""

    a: Literal["ok", Mood.OK]
    b: Literal[Mood.SAD, "sad"]
    c: Literal[Mood.OK]


class Omitted(Record):
    a: int
    b: OnErrorOmit[int] = 5


class Later(Record):
    a: int
    home: "Address | None"


class Address(Record):
    """Not yet there when the record in which it is was defined."""

    city: str


class ByName(Record):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)
    a: int = Field(alias="n")


HOSTS: list[tuple[Any, list[Column], Row, bool]] = [
    (Plain, [("a", oid("int8"))], (-3,), True),
    (Defaulted, [("a", oid("int8"))], (1,), False),
    (Validated, [("a", oid("int8"))], (1,), False),
    (Checked, [("a", oid("int8"))], (1,), True),
    (Informed, [("b", oid("int8")), ("a", oid("int8"))], (1, 1), False),
    (Private, [("a", oid("int8"))], (1,), False),
    (Posted, [("a", oid("int8"))], (1,), False),
    (Own, [("a", oid("int8"))], (1,), False),
    (Fresh, [("a", oid("int8"))], (1,), False),
    (Slotted, [("a", oid("int8"))], (1,), False),
    (Open, [("a", oid("int8"))], (1,), False),
    (Stripped, [("a", oid("int8")), ("b", oid("text"))], (1, " x "), False),
    (Limited, [("a", oid("int8"))], (1,), True),
    (Aliased, [("a", oid("int8"))], (1,), False),
    (Keyword, [("a", oid("int8"))], (1,), True),
    (Worded, [("class", oid("int8")), ("a b", oid("int8")), ("\ufb01", oid("int8"))], (1, 2, 3), False),
    (Box[int], [("a", oid("int8"))], (1,), True),
    (Twice, [("a", oid("int8")), ("one", oid("text")), ("two", oid("text"))], (1, "ok", "sad"), True),
    (Equals, [("a", oid("text")), ("b", oid("text")), ("c", oid("text"))], ("ok", "sad", "ok"), True),
    (Omitted, [("a", oid("int8")), ("b", oid("text"))], (1, "x"), True),
    (Omitted, [("a", oid("int8")), ("b", oid("text"))], (1, "2"), True),
]


@pytest.mark.parametrize(("record", "columns", "row", "fast"), HOSTS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_a_model_does_with_its_values_is_respected(
    record: type[BaseModel], columns: list[Column], row: Row, fast: bool
) -> None:
    """Validators, defaults, private attributes, a constructor of its own …: the record is as validation makes it."""
    built, validated = plans(record, columns)
    assert (built.build is not None) is fast
    (one,), (same,) = built.rows([row]), validated.rows([row])
    assert_same(one, same) if record is not Fresh else None
    assert same == record.__pydantic_validator__.validate_python(
        dict(zip([name for name, _ in columns], row, strict=True))
    )


def test_a_record_that_was_defined_before_what_it_holds_is_completed() -> None:
    """A name that stood for nothing when the class was made is looked up at the first call."""
    built, validated = plans(Later, [("a", oid("int8")), ("home.city", oid("text"))])
    assert built.build is not None
    assert_same(built.rows([(1, "Bonn")])[0], validated.rows([(1, "Bonn")])[0])
    assert built.rows([(1, None)])[0].home is None


def test_a_field_that_is_not_validated_by_its_alias_is_not_built_by_it() -> None:
    """Validation refuses the column, and so does what stands in for it."""
    for plan in plans(ByName, [("n", oid("int8"))]):
        with pytest.raises(RecordMismatch, match="a: Field required"):
            plan.rows([(1,)])


class _Spelled(BaseLoader):
    """Numbers as a host might want them everywhere."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return str(int.from_bytes(data))


def test_a_type_that_a_host_reads_in_its_own_way_everywhere_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What psycopg was told for all connections is validated, and converted, like anything else."""
    told = AdaptersMap(adapters)
    told.register_loader("int8", _Spelled)
    monkeypatch.setattr(psycopg, "adapters", told)
    assert plans(Plain, [("a", oid("int8"))])[0].rows([("7",)]) == [Plain(a=7)]


def test_a_validator_refuses_in_a_record_that_is_built() -> None:
    """A field with limits of its own is validated by itself."""
    with pytest.raises(RecordMismatch, match="a: Input should be greater than 0"):
        plans(Limited, [("a", oid("int8"))])[0].rows([(1,), (0,)])
