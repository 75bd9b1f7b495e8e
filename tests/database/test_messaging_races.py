"""Messaging under concurrency: order, retries, marks, deletions, lost answers, killed backends."""

import random
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from exchange_db import messaging
from exchange_db.errors import (
    MissingReference,
    OutcomeUnknown,
    Refused,
    Retryable,
    TimedOut,
)
from exchange_db.messaging import Message, SentMessage
from exchange_db.types import MessageId
from tests.database.conversations import (
    Conn,
    Crossing,
    Pool,
    Talk,
    add_user,
    begin,
    check_invariants,
    crossing,
    inserts_held,
)
from tests.database.failing import terminated_while_running
from tests.database.races import all_at_once, wait_until_blocked
from tests.database.wire import Proxy

Attempt = Callable[[Conn], object]


@pytest.fixture
def talk(conn: Conn) -> Talk:
    return Talk.begin(conn)


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database; no test here waits for long."""
    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=10s") as connection:
        yield connection


ENDINGS = pytest.mark.parametrize("ending", [Crossing.commit, Crossing.roll_back, Crossing.kill])
Ending = Callable[[Crossing], Any]

# --- the order of messages -------------------------------------------------------------------------------


@ENDINGS
def test_a_sender_waits_for_the_one_before(conn: Conn, other: Conn, talk: Talk, ending: Ending) -> None:
    """The later message gets its id when the earlier sender is done: above all of theirs, also what they send last."""
    with crossing(conn, other, lambda db: talk.say(db, "a"), lambda db: talk.reply(db, "c")) as both:
        second = talk.say(both.earlier, "b")
        assert talk.bodies(conn) == []
        third = ending(both)
    assert isinstance(third, SentMessage)
    assert third.message_id > second.message_id
    kept = ["a", "b"] if ending is Crossing.commit else []
    assert talk.bodies(conn) == [*kept, "c"]
    if kept:
        assert third.sent_at >= second.sent_at
    check_invariants(conn)


def test_other_conversations_do_not_wait(conn: Conn, other: Conn, talk: Talk) -> None:
    """A sender holds up nobody but those of the same conversation; readers and strangers never wait."""
    cat = add_user(conn, "cat")
    elsewhere = messaging.open_conversation(conn, user_id=talk.ada, other_id=cat).conversation_id
    other.execute("set lock_timeout = '200ms'")
    with begin(conn) as earlier:
        talk.say(earlier)
        messaging.send_message(other, conversation_id=elsewhere, sender_id=talk.ada, body="x")
        messaging.send_message(other, conversation_id=elsewhere, sender_id=cat, body="x")
        assert messaging.count_unread(other, user_id=talk.bob) == 0
        with pytest.raises(MissingReference):
            messaging.send_message(other, conversation_id=talk.conversation_id, sender_id=cat, body="x")
        assert not messaging.open_conversation(other, user_id=talk.bob, other_id=talk.ada).is_new
        with pytest.raises(TimedOut):
            talk.reply(other)
    check_invariants(conn)


def test_the_ids_of_messages_come_one_by_one(conn: Conn) -> None:
    """The sequence keeps no reserve in each session: with one, ids would not be given out in order."""
    sequence = "pg_get_serial_sequence('exchange.messages', 'id')::regclass"
    assert conn.execute(f"select seqcache, seqincrement from pg_sequence where seqrelid = {sequence}").fetchone() == (
        1,
        1,
    )


def test_a_poller_misses_nothing(conn: Conn, pool: Pool, talk: Talk) -> None:
    """Eight senders, 100 messages each, some in transactions that take their time: who asks for what came after the
    last id seen gets every message once, in the order of ids and of each sender."""
    done = threading.Event()
    seen: list[Message] = []

    def poll() -> None:
        with psycopg.connect(conn.info.dsn, password=conn.info.password or None, autocommit=True) as own:
            finished = False
            while True:
                last = seen[-1].message_id if seen else MessageId(0)
                page = messaging.list_messages_after(
                    own, user_id=talk.bob, conversation_id=talk.conversation_id, after_message_id=last, limit=7
                )
                seen.extend(page)
                if not page and finished:
                    return
                finished = done.is_set()

    def send(number: int) -> int:
        rng = random.Random(number)
        say = talk.say if number % 2 else talk.reply
        with psycopg.connect(conn.info.dsn, password=conn.info.password or None, autocommit=True) as own:
            for n in range(100):
                if n % 5 == 0:
                    with own.transaction():
                        say(own, f"{number}:{n}")
                        threading.Event().wait(rng.random() / 500)
                else:
                    say(own, f"{number}:{n}")
        return number

    with ThreadPoolExecutor(1) as threads:
        polling = threads.submit(poll)
        try:
            assert all_at_once(8, send) == [*range(8)]
        finally:
            done.set()
        polling.result(timeout=60)
    ids = [message.message_id for message in seen]
    assert ids == sorted(set(ids))
    assert len(ids) == 800
    for number in range(8):
        mine = [message.body for message in seen if message.body.startswith(f"{number}:")]
        assert mine == [f"{number}:{n}" for n in range(100)]
    times = [message.sent_at for message in seen]
    assert times == sorted(times)
    check_invariants(conn)


def test_no_message_gets_in_past_the_lock(conn: Conn, other: Conn) -> None:
    """One to a conversation that is committed while the statement runs: the foreign key alone would let it in."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    with ThreadPoolExecutor(1) as threads, begin(conn) as earlier:
        with inserts_held(conn, "messages"):
            made = messaging.open_conversation(earlier, user_id=ada, other_id=bob)
            talk = Talk(ada, bob, made.conversation_id)
            later = threads.submit(talk.say, other, "x")
            wait_until_blocked(conn)
            earlier.commit()
        assert isinstance(later.exception(timeout=15), MissingReference)
    talk.say(conn, "y")
    assert talk.bodies(conn) == ["y"]
    check_invariants(conn)


# --- retries ---------------------------------------------------------------------------------------------


@ENDINGS
def test_a_retry_that_meets_the_original(conn: Conn, other: Conn, talk: Talk, ending: Ending) -> None:
    """It waits; the original committed, it returns that one; rolled back or killed, it is the one that is sent."""
    with crossing(conn, other, lambda db: talk.say(db, "x", "k"), lambda db: talk.say(db, "x", "k")) as both:
        after = talk.say(both.earlier, "y")
        retried = ending(both)
    assert isinstance(retried, SentMessage)
    committed = ending is Crossing.commit
    assert retried.is_new is not committed
    assert talk.bodies(conn) == (["x", "y"] if committed else ["x"])
    assert (retried.message_id < after.message_id) is committed
    seen = messaging.get_conversation(conn, user_id=talk.ada, conversation_id=talk.conversation_id)
    assert seen.last_message_id == (after if committed else retried).message_id
    check_invariants(conn)


def test_a_retry_with_another_text_that_meets_the_original(conn: Conn, other: Conn, talk: Talk) -> None:
    """The original is newer than the retry's snapshot; it is found out all the same."""
    with crossing(conn, other, lambda db: talk.say(db, "x", "k"), lambda db: talk.say(db, "y", "k")) as both:
        assert isinstance(both.commit(), Refused)
    assert talk.bodies(conn) == ["x"]
    check_invariants(conn)


def test_a_retry_that_meets_the_deletion(conn: Conn, other: Conn, talk: Talk) -> None:
    """The message is deleted by then, so it is sent anew; if it is not deleted after all, it is the same one."""
    sent = talk.say(conn, "x", "k")

    def delete(db: Conn) -> object:
        its: dict[str, Any] = {"conversation_id": talk.conversation_id, "message_id": sent.message_id}
        return messaging.delete_message(db, user_id=talk.ada, **its)

    with crossing(conn, other, delete, lambda db: talk.say(db, "x", "k")) as both:
        retried = both.roll_back()
    assert (retried.is_new, retried.message_id) == (False, sent.message_id)
    with crossing(conn, other, delete, lambda db: talk.say(db, "x", "k")) as both:
        retried = both.commit()
    assert retried.is_new
    assert talk.history(conn) == [(retried.message_id, "x")]
    check_invariants(conn)


def test_one_message_however_many_retries(conn: Conn, pool: Pool, talk: Talk) -> None:
    """Eight callers send the same under the same key: all get the same message, one of them sent it."""
    for n in range(10):

        def attempt(_: int, key: str = f"k{n}") -> SentMessage:
            return talk.say(pool, "x", key)

        sent = all_at_once(8, attempt)
        assert all(isinstance(message, SentMessage) for message in sent)
        messages = [message for message in sent if isinstance(message, SentMessage)]
        assert len({message.message_id for message in messages}) == 1
        assert [message.is_new for message in messages].count(True) == 1
        talk.reply(conn)
    assert len(talk.history(conn)) == 20
    check_invariants(conn)


def test_under_repeatable_read_a_retry_starts_again(conn: Conn, other: Conn, talk: Talk) -> None:
    """Its snapshot is older than the original: nothing is half done, and the next attempt finds the message."""
    other.execute("set default_transaction_isolation to 'repeatable read'")

    def late() -> None:
        with other.transaction():
            other.execute("select 1 from exchange.users")
            talk.say(conn, "x", "k")
            talk.say(other, "x", "k")

    with pytest.raises(Retryable):
        late()
    with crossing(conn, other, lambda db: talk.say(db, "x", "l"), lambda db: talk.say(db, "x", "l")) as both:
        assert isinstance(both.commit(), Retryable)
    assert talk.bodies(conn) == ["x", "x"]
    with other.transaction():
        assert not talk.say(other, "x", "k").is_new
        assert not talk.say(other, "x", "l").is_new
    check_invariants(conn)


def test_the_answer_is_lost(conn: Conn, database_url: str, talk: Talk) -> None:
    """The message is sent and the line dies: the outcome is unknown, and the retry finds it."""
    with Proxy(database_url) as proxy:
        proxy.cut_after(b"messaging.send_message")
        with psycopg.connect(proxy.conninfo, autocommit=True) as line, pytest.raises(OutcomeUnknown):
            talk.say(line, "x", "k")
    for _ in range(1000):
        if talk.bodies(conn):
            break
        threading.Event().wait(0.01)
    assert not talk.say(conn, "x", "k").is_new
    assert talk.bodies(conn) == ["x"]
    check_invariants(conn)


def test_the_backend_dies_while_it_sends(conn: Conn, other: Conn, database_url: str, talk: Talk) -> None:
    """Killed while it waits its turn, it has sent nothing: the outcome is unknown, and the retry sends."""
    with psycopg.connect(database_url) as earlier:
        talk.reply(earlier, "before")
        with terminated_while_running(database_url, "%messaging.send_message%"), pytest.raises(OutcomeUnknown):
            talk.say(other, "x", "k")
        earlier.commit()
    assert talk.bodies(conn) == ["before"]
    assert talk.say(conn, "x", "k").is_new
    check_invariants(conn)
