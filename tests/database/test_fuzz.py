"""``fuzz`` finds what a valid input breaks, shows the smallest such call, and leaves nothing behind."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import types
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import strategies as st
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic import field_serializer

from exchange_db.errors import Conflict
from exchange_db.testing import DOCUMENTED, FuzzFailure, fuzz
from exchange_db.types import Record, RowCount, UserId
from tests.folders import folder

Conn = Connection[Any]


class Note(Record):
    note_id: int
    body: str


@pytest.fixture(scope="module")
def notes(module_database_url: str) -> Generator[Conn]:
    """A connection to a database with a table of a host's."""
    with Conn.connect(module_database_url, autocommit=True) as conn:
        conn.execute(
            "create table notes (note_id bigint primary key, body text check (length(body) < 30), size int, at date)"
        )
        conn.execute("insert into notes (note_id, body) values (1, 'one'), (2, null)")
        yield conn


ADD = "insert into notes (note_id, body) values (:note_id, :body) returning note_id;"


def test_each_way_to_end_is_counted_and_undone(notes: Conn, tmp_path: Path) -> None:
    """Rows, no rows, and errors that a caller must expect; what was written is not there afterwards."""
    query = folder(tmp_path, add=ADD, find="select n.note_id from notes as n where n.note_id = :note_id;")

    @query
    def add(*, note_id: int, body: str) -> int: ...

    @query
    def find(*, note_id: int) -> int | None: ...

    ended = fuzz([add, find], notes, max_examples=150)
    assert set(ended) == {"host.add", "host.find"}
    assert {"returned", "Conflict", "InvalidValue"} <= set(ended["host.add"])
    assert {"returned", "empty", "InvalidValue"} == set(ended["host.find"])
    assert sum(ended["host.find"].values()) == 150
    assert notes.execute("select count(*) from notes").fetchone() == (2,)
    assert notes.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert notes.execute("show statement_timeout").fetchone() == ("0",)


def test_a_null_in_the_record_is_found_by_the_smallest_call(notes: Conn, tmp_path: Path) -> None:
    """The failure shows a call to paste, the error, and the line of the SQL."""
    query = folder(tmp_path, get_note="select n.note_id, n.body from notes as n where n.note_id = :note_id;")

    @query
    def get_note(*, note_id: UserId) -> Note: ...

    with pytest.raises(FuzzFailure) as failure:
        fuzz(get_note, notes, max_examples=200)
    told = str(failure.value).splitlines()
    assert told[0] == "a valid call failed: host.get_note(conn, note_id=2)"
    assert told[1].startswith("RecordMismatch: host.get_note: ")
    assert str(tmp_path / "host" / "get_note.sql:1") in str(failure.value)


def test_every_fault_of_every_function_is_told(notes: Conn, tmp_path: Path) -> None:
    """Two ways to fail in one function, and another function: three failures, and what works is no obstacle."""
    query = folder(
        tmp_path,
        many="select n.note_id from notes as n where :least::bigint is not null or n.note_id = 1;",
        wrong="select x.note_id from nowhere as x where x.note_id = :note_id::bigint;",
        fine="select :n::bigint;",
    )

    @query
    def many(*, least: int | None) -> int: ...

    @query
    def wrong(*, note_id: int) -> list[int]: ...

    @query
    def fine(*, n: int) -> int: ...

    module = types.ModuleType("queries")
    vars(module).update(many=many, wrong=wrong, fine=fine, again=fine)
    with pytest.raises(FuzzFailure) as failure:
        fuzz(module, notes, max_examples=50)
    told = str(failure.value)
    assert "host.many(conn, least=0)\nTooManyRows" in told
    assert "host.wrong(conn, note_id=0)\nStatementError" in told
    assert "host.fine" not in told


def test_two_ways_to_fail_are_two_failures(notes: Conn, tmp_path: Path) -> None:
    """A function that fails in two ways shows the smallest call of each."""
    query = folder(tmp_path, get_one="select n.note_id, n.body from notes as n where n.note_id = 1 or :all;")

    @query
    def get_one(*, all: bool) -> Note: ...  # noqa: A002

    notes.execute("update notes set body = null where note_id = 1")
    try:
        with pytest.raises(FuzzFailure) as failure:
            fuzz(get_one, notes, max_examples=50)
    finally:
        notes.execute("update notes set body = 'one' where note_id = 1")
    assert "all=False)\nRecordMismatch" in str(failure.value)
    assert "all=True)\nTooManyRows" in str(failure.value)


class Unwritable(Record):
    """A record that a web framework would fail on."""

    n: int

    @field_serializer("n")
    def _write(self, n: int) -> int:
        raise ArithmeticError(f"no room for {n}")


def test_a_record_that_cannot_be_written_is_a_failure(notes: Conn, tmp_path: Path) -> None:
    """What is no error of ours is shown with the file."""
    query = folder(tmp_path, get_unwritable="select :n::bigint as n;")

    @query
    def get_unwritable(*, n: int) -> Unwritable: ...

    with pytest.raises(FuzzFailure, match=r"n=0\)\nPydantic.*no room for 0\n  at: .*get_unwritable\.sql$"):
        fuzz(get_unwritable, notes, max_examples=5)


def test_errors_can_be_narrowed_and_named_in_the_docstring(notes: Conn, tmp_path: Path) -> None:
    """Which errors pass is the caller's word; the docstring's names pass as well."""
    query = folder(tmp_path, add=ADD, named=ADD)

    @query
    def add(*, note_id: int, body: str) -> int:
        """One more note."""
        ...

    @query
    def named(*, note_id: int, body: str) -> int:
        """One more note. Raises ``Conflict`` where it is there."""
        ...

    strict = set(DOCUMENTED) - {Conflict}
    ids = {"note_id": st.just(1), "body": st.just("x")}
    with pytest.raises(FuzzFailure, match="Conflict"):
        fuzz(add, notes, errors=strict, strategies=ids)
    assert fuzz(named, notes, errors=strict, strategies=ids)["host.named"].keys() == {"Conflict"}


def test_a_call_that_takes_too_long_is_ended(notes: Conn, tmp_path: Path) -> None:
    """The limit holds for each call, and is the call's own."""
    query = folder(tmp_path, sleep="select pg_sleep(60) is null as done where :n::bigint is not null;")

    @query
    def sleep(*, n: int) -> bool: ...

    assert fuzz(sleep, notes, strategies={int: st.just(1)}, limit_s=0.05) == {"host.sleep": {"TimedOut": 1}}


def test_streams_and_writes_without_rows(notes: Conn, tmp_path: Path) -> None:
    """A stream is read, a count of rows is an answer, and so is nothing from what wants no rows."""
    query = folder(
        tmp_path,
        numbers="select n from generate_series(1, :n::bigint) as n;",
        clear="delete from notes where note_id < :n;",
        touch="update notes set size = :n;",
    )

    @query.stream
    def numbers(*, n: int) -> Iterator[int]: ...

    @query
    def clear(*, n: int) -> RowCount: ...

    @query
    def touch(*, n: int) -> None: ...

    small = {"n": st.integers(0, 5_000)}
    ended = fuzz([numbers, clear, touch], notes, strategies=small, max_examples=20)
    assert set(ended["host.numbers"]) <= {"returned", "empty"}
    assert ended["host.clear"].keys() == ended["host.touch"].keys() == {"returned"}
    assert notes.execute("select count(*), count(size) from notes").fetchone() == (2, 0)


def test_it_takes_a_pool_a_url_and_a_connection_in_a_transaction(
    notes: Conn, module_database_url: str, tmp_path: Path
) -> None:
    """Whatever a test has; a host's own transaction is as it was."""
    query = folder(tmp_path, add=ADD)

    @query
    def add(*, note_id: int, body: str) -> int: ...

    assert fuzz(add, module_database_url, max_examples=5)
    with ConnectionPool[Conn](module_database_url, min_size=1, open=True) as pool:
        assert fuzz(add, pool, max_examples=5)
    with notes.transaction(force_rollback=True):
        notes.execute("insert into notes (note_id) values (3)")
        assert fuzz(add, notes, max_examples=20)
        assert notes.execute("select count(*) from notes").fetchone() == (3,)
    assert notes.execute("select count(*) from notes").fetchone() == (2,)


class Unheard:
    """A host's own type, which takes what nobody knows."""

    def __init__(self, secret: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownParameterType]


def test_a_type_that_nobody_knows_is_named(notes: Conn, tmp_path: Path) -> None:
    """The error says which parameter needs a strategy, and a strategy for its type will do."""
    query = folder(tmp_path, find="select n.note_id from notes as n where n.body = :it::text;")

    @query
    def find(*, it: Unheard) -> list[int]: ...

    with pytest.raises(TypeError, match=r"host\.find: parameter 'it': .*Unheard.*strategies=\{\"it\": …\}"):
        fuzz(find, notes)


def test_a_module_without_queries_is_a_mistake(notes: Conn) -> None:
    """A fuzz of nothing would pass."""
    with pytest.raises(ValueError, match="there is no query in the module types"):
        fuzz(types, notes)
