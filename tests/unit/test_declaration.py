"""Declarations: what a signature says, and how everything that is wrong with a folder is reported."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType, cast

import pytest

from exchange_db.engine import SqlFolder, sql_folder
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.declaration import Cardinality, Declaration, read_declaration
from exchange_db.engine.faults import Fault
from exchange_db.engine.sqlfile import load_folder
from exchange_db.errors import DeclarationError
from exchange_db.types import Point, Record, RowCount, UserId
from tests.folders import folder, write_statements

if TYPE_CHECKING:
    from decimal import Decimal


class Dog(Record):
    name: str


DogId = NewType("DogId", int)


def declared(function: Callable[..., Any], *, stream: bool = False) -> Declaration:
    """What a function without a fault declares."""
    declaration, faults = read_declaration(cast("Any", function), None, stream=stream)
    assert not faults
    assert declaration
    return declaration


def as_any(query: SqlFolder) -> Any:
    """The decorator without its types, for what they forbid."""
    return query


def faults_of(query: SqlFolder) -> list[Fault]:
    """Every fault that ``complete()`` reports."""
    with pytest.raises(DeclarationError) as error:
        query.complete()
    return list(error.value.faults)


def problems(query: SqlFolder) -> list[tuple[str, str | None]]:
    """Problem and hint of each of them."""
    return [(fault.problem, fault.hint) for fault in faults_of(query)]


def line_of(function: Callable[..., Any]) -> int:
    """The line of a declaration's ``def``, which is below its one decorator."""
    line: int = inspect.unwrap(function).__code__.co_firstlineno
    return line + 1


# --- what a signature says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "cardinality", "item"),
    [
        (Dog, Cardinality.ONE, Dog),
        (int, Cardinality.ONE, int),
        (UserId, Cardinality.ONE, UserId),
        (Dog | None, Cardinality.OPTIONAL, Dog | None),
        (str | None, Cardinality.OPTIONAL, str | None),
        (list[Dog], Cardinality.MANY, Dog),
        (list[datetime | None], Cardinality.MANY, datetime | None),
        (None, Cardinality.NOTHING, None),
        (RowCount, Cardinality.ROW_COUNT, RowCount),
    ],
)
def test_the_return_annotation_is_the_cardinality(annotation: Any, cardinality: Cardinality, item: Any) -> None:
    """``T``, ``T | None``, ``list[T]``, ``None`` and ``RowCount`` are told apart, and ``T`` is found in each."""

    def get() -> Any: ...

    get.__annotations__["return"] = annotation
    declaration = declared(get)
    assert declaration.cardinality is cardinality
    assert declaration.item == Annotation(type(None) if item is None else item)


def test_an_iterator_is_a_stream() -> None:
    """``Iterator[T]`` of a stream declares rows of ``T``."""

    def stream_dogs() -> Iterator[Dog]: ...

    declaration = declared(stream_dogs, stream=True)
    assert (declaration.cardinality, declaration.record) == (Cardinality.STREAM, Dog)


@pytest.mark.parametrize(
    ("annotation", "record"),
    [(Dog, Dog), (Dog | None, Dog), (list[Dog], Dog), (Point, None), (int, None), (str | None, None)],
)
def test_a_model_is_a_record_of_columns_and_a_point_is_a_value(annotation: Any, record: type | None) -> None:
    """A row of any Pydantic model has a column per field; a ``Point`` is one column."""

    def get() -> Any: ...

    get.__annotations__["return"] = annotation
    assert declared(get).record is record


def test_parameters_keep_their_annotations() -> None:
    """Each parameter is declared with its own annotation, as written."""

    def find(*, dog_id: DogId, since: datetime | None = None) -> None: ...

    parameters = {parameter.name: parameter.annotation.source for parameter in declared(find).parameters}
    assert parameters == {"dog_id": DogId, "since": datetime | None}


def test_annotations_in_quotes_are_evaluated() -> None:
    """A forward reference means the class of that name."""

    def find(*, dog_id: "DogId") -> "list[Dog]": ...

    declaration = declared(find)
    assert declaration.record is Dog
    assert declaration.parameters[0].annotation.source is DogId


def test_a_docstring_an_ellipsis_and_pass_are_no_body() -> None:
    """Nothing, a docstring, ``...`` and ``pass`` are the bodies that a declaration may have."""

    def documented() -> None:
        """Says what it is for."""

    def both(*, a: int = 1) -> None:
        """Says what it is for."""
        ...

    def passing() -> None:
        pass

    for function in (documented, both, passing):
        declared(function)


# --- one fault at a time -----------------------------------------------------------------------------------


def test_a_body_is_a_fault(tmp_path: Path) -> None:
    """A function that does something itself is refused, at its line."""
    query = folder(tmp_path, count="select 1;", total="select 1;")

    @query
    def count() -> int:
        return 3

    @query
    def total() -> int:
        raise NotImplementedError

    first, second = faults_of(query)
    assert first.problem == "count: the body does something"
    assert second.problem == "total: the body does something"
    assert (first.path, first.line) == (Path(__file__), line_of(count))


def test_async_def_is_a_fault(tmp_path: Path) -> None:
    """``async def`` is refused, also as a generator, and its body is not held against it too."""
    query = folder(tmp_path, count="select 1;", stream_all="select 1;")

    @query
    async def count() -> int: ...

    async def stream_all() -> AsyncIterator[int]:
        yield 1

    as_any(query).stream(stream_all)

    hint = "use plain `def`: the same function is awaited when it gets an async pool"
    assert problems(query) == [
        ("count: declared with `async def`", hint),
        ("stream_all: declared with `async def`", hint),
        ("stream_all: a stream returns something else than an iterator", "annotate it `-> Iterator[T]`"),
    ]


def test_parameters_are_keyword_only(tmp_path: Path) -> None:
    """A positional parameter, ``*args`` and ``**kwargs`` are refused."""
    query = folder(tmp_path, find="select :a, :rest, :more;")

    @query
    def find(a: int, *rest: int, **more: int) -> int: ...

    assert problems(query) == [
        (f"find: parameter {name!r} is not keyword-only", "put `*,` before the first parameter")
        for name in ("a", "rest", "more")
    ]


def test_parameters_have_annotations(tmp_path: Path) -> None:
    """A parameter without an annotation is refused, with or without a default."""
    query = folder(tmp_path, find="select :a, :b;")

    @query
    def find(*, a, b=1) -> int: ...  # type: ignore[no-untyped-def] # pyright: ignore

    assert problems(query) == [
        (f"find: parameter {name!r} has no annotation", f"say its type: `{name}: …`") for name in ("a", "b")
    ]


def test_the_result_has_an_annotation(tmp_path: Path) -> None:
    """A function without a return annotation says no cardinality."""
    query = folder(tmp_path, find="select 1;")

    @query
    def find(): ...  # type: ignore[no-untyped-def]

    ((problem, hint),) = problems(query)
    assert problem == "find: no return annotation"
    assert hint
    assert "RowCount" in hint


def test_names_that_differ_are_faults_of_both_sides(tmp_path: Path) -> None:
    """A parameter that the file does not use and a ``:name`` that is no parameter are each told at their own place
    with the nearest right name."""
    query = folder(tmp_path, find="-- A comment.\n\nselect\n  :radius_m::int, :limit::int;")

    @query
    def find(*, radius: int, limit: int, spare: int) -> int: ...

    faults = {fault.problem: fault for fault in faults_of(query)}
    radius = faults.pop("find: parameter 'radius' is not used by find.sql")
    assert (radius.path, radius.line, radius.hint) == (Path(__file__), line_of(find), "did you mean 'radius_m'?")
    spare = faults.pop("find: parameter 'spare' is not used by find.sql")
    assert spare.hint is None
    (radius_m,) = faults.values()
    assert radius_m.problem == f":radius_m is not a parameter of find (test_declaration.py:{line_of(find)})"
    assert (radius_m.path, radius_m.line) == (query.path / "find.sql", 3)
    assert radius_m.hint == "did you mean 'radius'?"


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    """A function without a file gets the name of the file that it was probably meant for, and that file the name of
    the function."""
    query = folder(tmp_path, list_dogs="select 1;")

    @query
    def list_dog() -> list[int]: ...

    assert dict(problems(query)) == {
        f"list_dog: there is no {query.path / 'list_dog'}.sql": "did you mean 'list_dogs'?",
        "no function is declared for list_dogs.sql": "did you mean 'list_dog' to be its function?",
    }


def test_an_orphan_file_is_a_fault(tmp_path: Path) -> None:
    """A file without a function is told at its statement."""
    query = folder(tmp_path, find_cats="-- Cats.\nselect 1;")
    (fault,) = faults_of(query)
    assert (fault.path, fault.line) == (query.path / "find_cats.sql", 2)
    assert fault.problem == "no function is declared for find_cats.sql"
    assert fault.hint == "declare `def find_cats(*, …)`, or delete it"


def test_a_doubled_declaration_is_a_fault(tmp_path: Path) -> None:
    """The second function of a name is refused, at its own line."""
    query = folder(tmp_path, count="select 1;")

    def declare() -> Any:
        @query
        def count() -> int: ...

        return count

    declare()
    second = declare()
    (fault,) = faults_of(query)
    assert fault.problem == "count: declared twice"
    assert (fault.path, fault.line) == (Path(__file__), line_of(second))


def test_an_annotation_that_cannot_be_evaluated_is_a_fault(tmp_path: Path) -> None:
    """A name that only a type checker imports is told as such, and hides no other fault of the function."""
    query = folder(tmp_path, find="select :price;")

    @query
    def find(*, prise: "Decimal") -> int: ...

    told = dict(problems(query))
    assert set(told) == {
        "find: parameter 'prise' is not used by find.sql",
        f":price is not a parameter of find (test_declaration.py:{line_of(find)})",
        "find: an annotation cannot be evaluated: name 'Decimal' is not defined",
    }
    assert "TYPE_CHECKING" in str(told["find: an annotation cannot be evaluated: name 'Decimal' is not defined"])


def test_a_parameter_that_can_never_be_sent_is_a_fault(tmp_path: Path) -> None:
    """Found at import and not at the first call, with what to do instead."""
    query = folder(tmp_path, find="select :a, :b;")

    @query
    def find(*, a: set[int], b: list[IPv4Address]) -> int: ...

    assert problems(query) == [
        ("find: parameter 'a': a set has no form in SQL", "take a list"),
        (
            "find: parameter 'b': a list of IPv4Address cannot be sent as an array",
            "take a list of texts, and cast it in the statement",
        ),
    ]


def test_streams_and_iterators_belong_together(tmp_path: Path) -> None:
    """A stream that returns a list, an iterator that is no stream, and a stream over an ``insert`` are refused."""
    query = folder(tmp_path, a="select 1;", b="select 1;", c="insert into t (a) values (1) returning t.a;")

    def a() -> list[int]: ...

    as_any(query).stream(a)

    @query
    def b() -> Iterator[int]: ...

    @query.stream
    def c() -> Iterator[int]: ...

    assert [problem for problem, _ in problems(query)] == [
        "a: a stream returns something else than an iterator",
        "b: returns an iterator but is no stream",
        "c: a stream over a statement that no cursor takes",
    ]


def test_the_decorator_is_for_functions(tmp_path: Path) -> None:
    """Decorating a class is a mistake that is told at once."""
    query = folder(tmp_path, dog="select 1;")
    with pytest.raises(TypeError, match="plain function"):
        query(Dog)


# --- the report --------------------------------------------------------------------------------------------


def declare_wrongly(parent: Path) -> tuple[SqlFolder, Callable[[Any], Any]]:
    """A folder with a fault of every kind, and one function in it that is right."""
    query = folder(
        parent,
        good="select 1;",
        orphan="select 1;",
        broken="select 'abc;",
        two="select 1; select 2;",
        names="select :user_id;",
        body="select 1;",
    )

    @query
    def good() -> int: ...

    @query
    def broken() -> int: ...

    @query
    def two() -> int: ...

    @query
    def names(*, user: int) -> int: ...

    @query
    def body() -> int:
        return 1

    @query
    def absent() -> int: ...

    return query, good


def test_one_report_has_every_fault(tmp_path: Path) -> None:
    """``complete()`` raises once, with the faults of files and of declarations, each with place, line and hint."""
    query, _ = declare_wrongly(tmp_path)
    with pytest.raises(DeclarationError) as error:
        query.complete()
    report = str(error.value)
    assert report.startswith("7 faults:\n")
    for file, line, problem in [
        ("broken.sql", 1, "is not closed"),
        ("two.sql", 1, "a second statement"),
        ("orphan.sql", 1, "no function is declared for orphan.sql"),
        ("names.sql", 1, ":user_id is not a parameter of names"),
        ("test_declaration.py", None, "names: parameter 'user' is not used by names.sql"),
        ("test_declaration.py", None, "body: the body does something"),
        ("test_declaration.py", None, "absent: there is no"),
    ]:
        told = [text for text in report.splitlines() if problem in text]
        assert len(told) == 1, problem
        assert f"{file}:{line or ''}" in told[0]
    assert "    | select 'abc;" in report  # the faulty line itself
    assert "hint: did you mean 'user_id'?" in report


def test_without_complete_the_first_call_reports(tmp_path: Path) -> None:
    """A folder with faults runs nothing: any function's first call raises the report, before it looks for a server."""
    query, good = declare_wrongly(tmp_path)
    from psycopg_pool import ConnectionPool

    pool: ConnectionPool[Any] = ConnectionPool("host=/nowhere", open=False)
    with pytest.raises(DeclarationError) as error:
        good(pool)
    with pytest.raises(DeclarationError) as complete:
        query.complete()
    assert set(error.value.faults) == {fault for fault in complete.value.faults if "orphan" not in fault.problem}


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """A wrong path is told by ``complete()`` and not by a traceback of the operating system."""
    (fault,) = faults_of(sql_folder(tmp_path / "nowhere"))
    assert (fault.path, fault.problem) == (tmp_path / "nowhere", "there is no such folder")


def test_a_relative_folder_is_beside_its_module(tmp_path: Path) -> None:
    """``sql_folder("host")`` finds the folder next to the module that says it, whatever the working directory."""
    write_statements(tmp_path, one="select 1;")
    module: dict[str, Any] = {"__file__": str(tmp_path / "module.py"), "sql_folder": sql_folder}
    exec("query = sql_folder('host')", module)  # noqa: S102  a module in another folder
    assert module["query"].path == tmp_path / "host"


# --- the function object -----------------------------------------------------------------------------------


def test_a_function_looks_like_its_declaration(tmp_path: Path) -> None:
    """Name, docstring, signature, file and representation are those that help and editors want to show."""
    query = folder(tmp_path, find_dog="select :name;")

    @query
    def find_dog(*, name: str = "Rex") -> Dog | None:
        """The dog of that name."""
        ...

    assert find_dog.__name__ == "find_dog"
    assert find_dog.__doc__ == "The dog of that name."
    assert find_dog.__module__ == __name__
    assert str(inspect.signature(find_dog)).startswith("(db, /, *, name: str = 'Rex') -> ")
    assert find_dog.name == "host.find_dog"
    assert find_dog.path == query.path / "find_dog.sql"
    assert repr(find_dog).startswith("<Query host.find_dog(db, /, *, name: str = 'Rex')")


def test_a_statement_may_have_a_parameter_named_db(tmp_path: Path) -> None:
    """``:db`` is a name like any other."""
    query = folder(tmp_path, find="select :db::text;")

    @query
    def find(*, db: str) -> str: ...

    query.complete()
    assert list(inspect.signature(find).parameters) == ["_db", "db"]


def test_a_time_limit_is_a_positive_number(tmp_path: Path) -> None:
    """Zero, a negative number, NaN and infinity are refused when the limit is set."""
    query = folder(tmp_path, one="select 1;")

    @query
    def one() -> int: ...

    for seconds in (0, -1, float("nan"), float("inf"), 1e300):
        with pytest.raises(ValueError, match="positive number of seconds"):
            one.with_timeout(seconds)
    assert repr(one.with_timeout(1.5)) == repr(one)


def test_the_files_of_a_folder_are_loaded_once(tmp_path: Path) -> None:
    """What ``load_folder`` finds is what a folder declares for."""
    path = write_statements(tmp_path, one="select 1;", two="select 2;")
    files, faults = load_folder(path)
    assert (sorted(files), faults) == (["one", "two"], [])
