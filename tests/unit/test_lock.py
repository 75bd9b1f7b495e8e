"""Locks as files, and the types that will do for others; no database."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_db.lock.files import Unreadable, lock_path, orphans, parse_lock, read_lock, write_lock
from exchange_db.lock.kinship import holds, is_narrower
from exchange_db.lock.model import (
    Lock,
    LockedColumn,
    LockedParameter,
    LockedRows,
    LockedTable,
    LockedType,
    LockedVariant,
    Needs,
)

TEXTS = st.text(max_size=8)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
VALUES = st.none() | LISTS
LOCKS = st.builds(
    Lock,
    query=TEXTS,
    declaration=LISTS,
    statement=TEXTS,
    variants=st.lists(
        st.builds(
            LockedVariant,
            rows=st.builds(LockedRows),
            parameters=st.lists(st.builds(LockedParameter, values=VALUES, sends=VALUES), max_size=2).map(tuple),
            columns=st.lists(
                st.builds(LockedColumn, source=st.none() | TEXTS, values=VALUES, takes=VALUES), max_size=2
            ).map(tuple),
            labels=LISTS,
        ),
        max_size=2,
    ).map(tuple),
    types=st.dictionaries(TEXTS, st.builds(LockedType, element=st.none() | TEXTS, labels=LISTS), max_size=2),
    needs=st.builds(
        Needs,
        tables=st.dictionaries(
            TEXTS, st.builds(LockedTable, keys=LISTS, inserts=VALUES, constraints=VALUES), max_size=2
        ),
        types=st.dictionaries(TEXTS, LISTS, max_size=2),
        functions=st.dictionaries(TEXTS, TEXTS, max_size=2),
        indexes=LISTS,
    ),
    server=TEXTS,
    sql=LISTS,
)


@given(LOCKS)
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    """Whatever is in it, and whatever a checkout makes of its line ends."""
    data = lock.text.encode()
    assert parse_lock(data) == lock
    assert parse_lock(data).text == lock.text
    assert parse_lock(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")) == lock


@given(LOCKS, st.data())
def test_an_edit_by_hand_shows(lock: Lock, data: st.DataObject) -> None:
    """Any other value in the place of one that was written."""
    other = data.draw(LOCKS.filter(lambda drawn: drawn.query != lock.query))
    changed = data.draw(st.sampled_from([other, replace(lock, query=other.query)]))
    forged = changed.text.replace(changed.seal, lock.seal)
    with pytest.raises(Unreadable, match="edited by hand"):
        parse_lock(forged.encode())


@given(LOCKS, TEXTS, LISTS)
def test_what_is_for_people_is_not_compared(lock: Lock, server: str, sql: tuple[str, ...]) -> None:
    """The versions, the reasons, the text; everything else is."""
    assert lock.says_the_same(replace(lock, server=server, sql=sql))
    assert lock.differences(replace(lock, statement=lock.statement + "x")) == ["statement"]


def test_a_lock_of_a_later_shape_is_damaged() -> None:
    """A key that is not known is nothing to pass over."""
    text = '{"format": "exchange_db lock 1", "more": 1}'
    with pytest.raises(Unreadable, match="damaged"):
        parse_lock(text.encode())


def test_json_that_nests_without_end_is_damaged() -> None:
    """It is told like any other damage."""
    with pytest.raises(Unreadable, match="no JSON"):
        parse_lock(b"[" * 200_000)


def test_locks_are_beside_the_statements(tmp_path: Path) -> None:
    """Written into a folder that is made on the way; one without a statement is an orphan."""
    lock = Lock("shop.find", (), "", (), {}, Needs(), "", ())
    path = lock_path(tmp_path / "find.sql")
    write_lock(path, lock)
    assert read_lock(path) == lock
    assert read_lock(path.with_name("other.json")) is None
    assert orphans([tmp_path]) == [path]
    (tmp_path / "find.sql").touch()
    assert orphans([tmp_path]) == []


@pytest.mark.parametrize(
    ("before", "now", "read", "sent"),
    [
        ("integer", "integer", True, True),
        ("integer", "bigint", True, True),
        ("bigint", "integer", True, False),
        ("bigint", "numeric", False, False),
        ("real", "double precision", True, True),
        ("text", "character varying(20)", True, True),
        ("numeric(10,2)", "numeric(12,3)", True, True),
        ("numeric", "double precision", False, False),
        ("text[]", "character varying(20)[]", True, True),
        ("text[]", "text", False, False),
        ("geography(Point,4326)", "geography(Point,4326)", True, True),
        ("geography(Point,4326)", "geography(Polygon,4326)", False, True),
        ("geography(Point,4326)", "geography", True, True),
        ("timestamp with time zone", "timestamp without time zone", False, False),
        ("timestamp(3) with time zone", "timestamp with time zone", True, True),
    ],
)
def test_which_types_will_do_for_others(before: str, now: str, read: bool, sent: bool) -> None:
    """Where values are read, and where they are sent."""
    assert holds(before, now, is_sent=False) is read
    assert holds(before, now, is_sent=True) is sent


@pytest.mark.parametrize(
    ("before", "now", "narrower"),
    [
        ("text", "character varying(3)", True),
        ("character varying(20)", "character varying(3)", True),
        ("character varying(3)", "text", False),
        ("text[]", "character varying(3)[]", True),
        ("numeric(8,2)", "numeric(4,2)", True),
        ("numeric(10,2)", "numeric(12,3)", False),
        ("numeric(10,2)", "numeric(10,3)", True),
        ("numeric(3,-2)", "numeric(5,0)", False),
        ("numeric", "numeric(12,3)", True),
        ("geometry(Point,4326)", "geometry(Polygon,4326)", False),
        ("", "text", False),
    ],
)
def test_a_column_that_takes_less_is_narrower(before: str, now: str, narrower: bool) -> None:
    """Characters of a text, and digits before the point of a number."""
    assert is_narrower(before, now) is narrower
