"""Pages of history and inbox, and marks of what is read, also while others write."""

import random
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db import messaging, profiles
from exchange_db.errors import InvalidValue, NotFound
from exchange_db.messaging import SentMessage
from exchange_db.types import ConversationId, MessageId, UserId
from tests.database.conversations import (
    Conn,
    Pool,
    Talk,
    add_user,
    check_invariants,
    crossing,
    whole_inbox,
)
from tests.database.pages import walked
from tests.database.races import all_at_once

Attempt = Callable[[Conn], object]
in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def talk(conn: Conn) -> Talk:
    return Talk.begin(conn)


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database; no test here waits for long."""
    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=10s") as connection:
        yield connection


# --- pages -----------------------------------------------------------------------------------------------


def test_pages_of_history(conn: Conn, talk: Talk) -> None:
    """Backwards from page to page, although the message at the edge is deleted, and forwards after a message, which
    need not be there any more."""
    ids = [talk.say(conn, str(n)).message_id for n in range(5)]
    its: dict[str, Any] = {"user_id": talk.bob, "conversation_id": talk.conversation_id}
    assert [message.message_id for message in walked(messaging.list_messages, conn, 2, **its)] == ids[::-1]

    def forward(after: int, limit: int) -> list[int]:
        rows = messaging.list_messages_after(conn, **its, after_message_id=MessageId(after), limit=limit)
        return [ids.index(message.message_id) for message in rows]

    newest = messaging.list_messages(conn, **its, limit=3)
    messaging.delete_message(conn, user_id=talk.ada, conversation_id=talk.conversation_id, message_id=ids[2])
    older = messaging.list_messages(conn, **its, limit=3, cursor=newest.next)
    assert [message.body for message in older] == ["1", "0"]
    assert [m.body for m in messaging.list_messages(conn, **its, cursor=older.previous)] == ["4", "3"]
    assert (forward(0, 2), forward(ids[1], 9), forward(ids[2], 1), forward(ids[4], 9)) == ([0, 1], [3, 4], [3], [])
    assert forward(-(2**63), 1) == [0]
    with pytest.raises(InvalidValue):
        forward(5, -1)
    with pytest.raises(InvalidValue):
        messaging.list_messages(conn, **its, limit=0)


def test_the_inbox(conn: Conn, talk: Talk) -> None:
    """Newest first; the other one's profile where there is one; the last message that is still there."""
    cat = add_user(conn, "cat")
    profiles.create_profile(conn, user_id=cat, name="Cat", image_url="cat.jpg")
    first = talk.reply(conn, "first")
    last = talk.say(conn, "y" * 201)
    (quiet,) = (messaging.open_conversation(conn, user_id=cat, other_id=talk.ada),)
    empty, busy = whole_inbox(conn, talk.ada)
    assert empty.last_message_at >= quiet.created_at
    assert empty.model_dump(exclude={"last_message_at"}) == {
        "conversation_id": quiet.conversation_id,
        "other_id": cat,
        "other_name": "Cat",
        "other_image_url": "cat.jpg",
        "message_id": None,
        "sender_id": None,
        "body": None,
        "unread_count": 0,
        "is_open": True,
    }
    assert busy.model_dump() == {
        "conversation_id": talk.conversation_id,
        "other_id": talk.bob,
        "other_name": None,
        "other_image_url": None,
        "last_message_at": last.sent_at,
        "message_id": last.message_id,
        "sender_id": talk.ada,
        "body": "y" * 200,
        "unread_count": 1,
        "is_open": True,
    }
    messaging.delete_message(conn, user_id=talk.ada, conversation_id=talk.conversation_id, message_id=last.message_id)
    _, busy = whole_inbox(conn, talk.ada)
    assert (busy.message_id, busy.body, busy.last_message_at) == (first.message_id, "first", last.sent_at)
    talk.say(conn, "up")
    assert [entry.body for entry in whole_inbox(conn, talk.ada)] == ["up", None]
    assert [entry.other_id for entry in whole_inbox(conn, talk.bob)] == [talk.ada]


Walk = list[tuple[datetime, ConversationId]]


def walk_inbox(conn: Conn | Pool, user_id: UserId, size: int, between: Callable[[], object]) -> Walk:
    """The places that a walk from page to page finds; ``between`` is called after every page."""
    found: Walk = []
    page = messaging.list_inbox(conn, user_id=user_id, limit=size)
    while True:
        found += [(entry.last_message_at, entry.conversation_id) for entry in page]
        between()
        if page.next is None:
            return found
        page = messaging.list_inbox(conn, user_id=user_id, limit=size, cursor=page.next)


@settings(in_one_database, max_examples=25)
@given(size=st.integers(1, 4), ties=st.booleans(), writes=st.lists(st.lists(st.integers(0, 6)), max_size=7))
def test_walking_the_inbox_while_others_write(conn: Conn, size: int, ties: bool, writes: list[list[int]]) -> None:
    """Each conversation that does not move comes once, none comes twice, and one that moved up is above the walk."""
    with conn.transaction(force_rollback=True):
        bob = add_user(conn, "bob")
        senders = [add_user(conn, f"u{n}") for n in range(7)]
        where = [messaging.open_conversation(conn, user_id=bob, other_id=each).conversation_id for each in senders]
        if ties:
            conn.execute("update exchange.participants set last_message_at = '2024-02-29'")
        before = [(entry.last_message_at, entry.conversation_id) for entry in whole_inbox(conn, bob)]
        assert before == sorted(before, reverse=True)
        rounds = iter(writes)
        moved: set[ConversationId] = set()

        def write() -> None:
            for n in next(rounds, list[int]()):
                messaging.send_message(conn, conversation_id=where[n], sender_id=senders[n], body="x")
                moved.add(where[n])

        walk = walk_inbox(conn, bob, size, write)
        assert walk == sorted(walk, reverse=True)
        assert len({conversation for _, conversation in walk}) == len(walk)
        assert {place for place in before if place[1] not in moved} <= set(walk)
        assert set(walk) <= set(before), "nothing new comes below what was read"
        after = [(entry.last_message_at, entry.conversation_id) for entry in whole_inbox(conn, bob)]
        for place in before:
            if place not in walk:
                assert next(now for now in after if now[1] == place[1]) > walk[0]


# --- what is read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("farther_first", [True, False])
def test_of_two_marks_the_farther_one_stays(conn: Conn, other: Conn, talk: Talk, *, farther_first: bool) -> None:
    """Whichever waits for the other."""
    near, far = talk.say(conn).message_id, talk.say(conn).message_id
    first, second = (far, near) if farther_first else (near, far)
    with crossing(conn, other, lambda db: talk.read(db, first), lambda db: talk.read(db, second)) as both:
        assert both.commit() == far
    check_invariants(conn)


@pytest.mark.parametrize("mark_first", [True, False])
def test_reading_meets_sending(conn: Conn, other: Conn, talk: Talk, *, mark_first: bool) -> None:
    """One waits for the other and neither undoes it; what came meanwhile is not read by a mark set before."""
    seen = talk.say(conn).message_id

    def mark(db: Conn) -> object:
        return talk.read(db, 2**63 - 1)

    attempts: tuple[Attempt, Attempt] = (mark, talk.say) if mark_first else (talk.say, mark)
    with crossing(conn, other, *attempts) as both:
        outcome = both.commit()
    assert isinstance(outcome, SentMessage) if mark_first else outcome == seen
    assert messaging.count_unread(conn, user_id=talk.bob) == 1
    check_invariants(conn)


def test_the_mark_only_grows_while_messages_come(conn: Conn, pool: Pool, talk: Talk) -> None:
    """Readers mark old and new messages at once, senders send, one deletes: no mark moves back, no count is below
    zero, and at the end what is unread is what is after the mark."""

    def attempt(number: int) -> int:
        rng = random.Random(number)
        highest = 0
        for _ in range(60):
            if number < 3:
                talk.say(pool)
            elif number == 3:
                with suppress(NotFound):
                    messaging.delete_message(
                        pool,
                        user_id=talk.ada,
                        conversation_id=talk.conversation_id,
                        message_id=MessageId(rng.randint(1, 200)),
                    )
            else:
                mark = talk.read(pool, rng.randint(0, 200))
                assert mark >= highest
                highest = mark
                assert messaging.count_unread(pool, user_id=talk.bob) >= 0
        return number

    assert all_at_once(8, attempt) == [*range(8)]
    check_invariants(conn)


# --- pages while others write ----------------------------------------------------------------------------


def test_pages_of_history_while_others_write(conn: Conn, pool: Pool, talk: Talk) -> None:
    """Messages come and go: a walk back finds each one that was there all the time once, and none twice."""
    start = [talk.say(conn).message_id for _ in range(60)]
    doomed = start[::7]
    stop = threading.Event()

    def attempt(number: int) -> int:
        if number < 3:
            while not stop.is_set():
                talk.reply(pool)
        elif number == 3:
            its: dict[str, Any] = {"user_id": talk.ada, "conversation_id": talk.conversation_id}
            for message_id in doomed:
                messaging.delete_message(pool, **its, message_id=message_id)
                threading.Event().wait(0.02)
        else:
            try:
                for _ in range(10):
                    walk_back(number)
            finally:
                stop.set()
        return number

    def walk_back(size: int) -> None:
        its: dict[str, Any] = {"user_id": talk.bob, "conversation_id": talk.conversation_id}
        newest = messaging.list_messages(pool, **its, limit=1).items[0].message_id
        # The senders are faster than small pages: what they have sent is on the first one.
        page = messaging.list_messages(pool, **its, limit=max(size, newest - start[-1] - 20))
        found = [message.message_id for message in page]
        while page.next:
            page = messaging.list_messages(pool, **its, limit=size, cursor=page.next)
            found += [message.message_id for message in page]
        assert found == sorted(set(found), reverse=True)
        assert set(start) - set(doomed) <= set(found)

    assert all_at_once(5, attempt) == [*range(5)]
    check_invariants(conn)


def test_pages_of_the_inbox_while_others_write(conn: Conn, pool: Pool) -> None:
    """Walks from page to page during writes: none twice, each that stayed in its place once, none from nowhere."""
    bob = add_user(conn, "bob")
    talks = [
        Talk(user, bob, messaging.open_conversation(conn, user_id=user, other_id=bob).conversation_id)
        for user in (add_user(conn, f"u{n}") for n in range(24))
    ]
    stop = threading.Event()

    def places() -> dict[ConversationId, object]:
        return {entry.conversation_id: entry.last_message_at for entry in whole_inbox(pool, bob)}

    def walk(size: int) -> int:
        before = places()
        found = walk_inbox(pool, bob, size, lambda: None)
        after = places()
        assert found == sorted(found, reverse=True)
        assert len({where for _, where in found}) == len(found)
        stayed = {where for where in before if before[where] == after[where]}
        assert {(before[where], where) for where in stayed} <= set(found)
        return len(stayed)

    def attempt(number: int) -> int:
        rng = random.Random(number)
        if number < 3:
            while not stop.is_set():
                rng.choice(talks[:16]).say(pool)
                threading.Event().wait(0.002)
            return 0
        try:
            return min(walk(number) for _ in range(20))
        finally:
            stop.set()

    outcomes = all_at_once(5, attempt)
    assert outcomes[:3] == [0] * 3
    assert all(isinstance(stayed, int) and stayed >= 8 for stayed in outcomes[3:]), "eight were never written in"
    check_invariants(conn)
