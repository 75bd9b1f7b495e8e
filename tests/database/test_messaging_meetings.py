"""Messaging meets what else happens: opening at once, matches, users who go, blocks, deadlocks."""

import random
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from exchange_db import accounts, messaging
from exchange_db.errors import (
    ExchangeError,
    InvalidValue,
    MissingReference,
    NotFound,
    Refused,
    Retryable,
)
from exchange_db.messaging import OpenedConversation, SentMessage
from exchange_db.types import UserId
from tests.database.conversations import (
    Conn,
    Crossing,
    Pool,
    Talk,
    add_user,
    begin,
    block,
    check_invariants,
    crossing,
    inserts_held,
)
from tests.database.races import all_at_once, wait_until_blocked

Attempt = Callable[[Conn], object]

LIKE = """
with pair as (
  insert into exchange.pairs as pairs (low_id, high_id, low_likes) values (least(%(me)s, %(you)s), greatest(%(me)s, %(you)s), true)
  on conflict (low_id, high_id) do update set high_likes = true, matched_at = clock_timestamp()
  returning pairs.low_id, pairs.high_id, pairs.matched_at
), conversation as (
  insert into exchange.conversations as conversations (low_id, high_id)
  select pair.low_id, pair.high_id from pair
  on conflict (low_id, high_id) do update set low_id = excluded.low_id
  returning conversations.id, conversations.low_id, conversations.high_id
)
insert into exchange.participants (conversation_id, user_id)
select conversation.id, member.user_id
from conversation cross join lateral (values (conversation.low_id), (conversation.high_id)) as member (user_id)
on conflict (conversation_id, user_id) do nothing
"""  # noqa: E501
"""What a like that makes a match writes: the pair, then the conversation, then its participants."""


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

# --- opening ---------------------------------------------------------------------------------------------


@ENDINGS
def test_who_opens_second_gets_the_first_ones(conn: Conn, other: Conn, ending: Ending) -> None:
    """From either side, one call makes the conversation and tells; with it come both participants, once."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    with crossing(
        conn,
        other,
        lambda db: messaging.open_conversation(db, user_id=ada, other_id=bob),
        lambda db: messaging.open_conversation(db, user_id=bob, other_id=ada),
    ) as both:
        sent = messaging.find_conversation(both.earlier, user_id=ada, other_id=bob)
        assert sent is not None
        message = Talk(ada, bob, sent.conversation_id).say(both.earlier)
        opened = ending(both)
    assert isinstance(opened, OpenedConversation)
    committed = ending is Crossing.commit
    assert (opened.other_id, opened.is_new) == (ada, not committed)
    assert (opened.conversation_id == sent.conversation_id) is committed
    assert opened.last_message_id == (message.message_id if committed else None)
    check_invariants(conn)


def test_one_conversation_however_many_open_it(conn: Conn, pool: Pool) -> None:
    """Eight callers from both sides: one of them made it."""
    for n in range(10):
        ada, bob = add_user(conn, f"ada{n}"), add_user(conn, f"bob{n}")

        def attempt(number: int, ada: UserId = ada, bob: UserId = bob) -> OpenedConversation:
            user, other = (ada, bob) if number % 2 else (bob, ada)
            return messaging.open_conversation(pool, user_id=user, other_id=other)

        opened = [each for each in all_at_once(8, attempt) if isinstance(each, OpenedConversation)]
        assert len(opened) == 8
        assert len({each.conversation_id for each in opened}) == 1
        assert [each.is_new for each in opened].count(True) == 1
    check_invariants(conn)


def test_who_opens_second_locks_no_key(conn: Conn, other: Conn) -> None:
    """A conversation newer than the statement's snapshot is returned although somebody refers to it meanwhile."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    other.execute("set lock_timeout = '2s'")
    with ThreadPoolExecutor(1) as threads, begin(conn) as referring:
        with inserts_held(conn, "conversations"):
            later = threads.submit(messaging.open_conversation, other, user_id=bob, other_id=ada)
            wait_until_blocked(conn)
            conn.execute("set session_replication_role = replica")  # no triggers: this one does not wait
            made = messaging.open_conversation(conn, user_id=ada, other_id=bob)
            conn.execute("reset session_replication_role")
            referring.execute("select 1 from exchange.conversations for key share")
        opened = later.result(timeout=15)
    assert (opened.conversation_id, opened.is_new) == (made.conversation_id, False)
    check_invariants(conn)


@pytest.mark.parametrize("like_first", [True, False])
def test_opening_meets_a_match(conn: Conn, other: Conn, *, like_first: bool) -> None:
    """A match makes the same conversation: whoever comes second finds it, and nobody waits in a circle."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    conn.execute(
        "insert into exchange.pairs (low_id, high_id, low_likes) values (%s, %s, true)",
        [min(ada, bob), max(ada, bob)],
    )

    def like(db: Conn) -> object:
        return db.execute(LIKE, {"me": bob, "you": ada})

    def start(db: Conn) -> object:
        return messaging.open_conversation(db, user_id=ada, other_id=bob)

    with crossing(conn, other, *((like, start) if like_first else (start, like))) as both:
        outcome = both.commit()
    if like_first:
        assert isinstance(outcome, OpenedConversation)
        assert not outcome.is_new
    found = messaging.find_conversation(conn, user_id=ada, other_id=bob)
    assert found is not None
    assert found.is_open
    Talk(ada, bob, found.conversation_id).say(conn)
    check_invariants(conn)


@pytest.mark.parametrize("waits", ["like", "send"])
def test_sending_meets_a_match(conn: Conn, other: Conn, talk: Talk, waits: str) -> None:
    """A rematch writes the conversation while somebody sends: one waits for the other, both are done."""
    conn.execute(
        "insert into exchange.pairs (low_id, high_id, low_likes) values (%s, %s, true)",
        [min(talk.ada, talk.bob), max(talk.ada, talk.bob)],
    )

    def like(db: Conn) -> object:
        return db.execute(LIKE, {"me": talk.bob, "you": talk.ada})

    attempts: tuple[Attempt, Attempt] = (talk.say, like) if waits == "like" else (like, talk.say)
    with crossing(conn, other, *attempts) as both:
        assert not isinstance(both.commit(), ExchangeError)
    assert talk.bodies(conn) == ["x"]
    check_invariants(conn)


# --- users who go ----------------------------------------------------------------------------------------


@ENDINGS
def test_sending_to_somebody_who_goes(conn: Conn, other: Conn, talk: Talk, ending: Ending) -> None:
    """The sender waits for the deletion: gone, there is no conversation; not gone after all, the message is sent."""
    with crossing(conn, other, lambda db: accounts.delete_user(db, user_id=talk.bob), talk.say) as both:
        outcome = ending(both)
    if ending is Crossing.commit:
        assert isinstance(outcome, MissingReference)
        assert conn.execute("select count(*) from exchange.messages").fetchone() == (0,)
    else:
        assert isinstance(outcome, SentMessage)
        assert talk.bodies(conn) == ["x"]
    check_invariants(conn)


@ENDINGS
def test_going_while_somebody_sends(conn: Conn, other: Conn, talk: Talk, ending: Ending) -> None:
    """The deletion waits for the sender and takes the new message along."""
    talk.say(conn)
    with crossing(conn, other, talk.reply, lambda db: accounts.delete_user(db, user_id=talk.ada)) as both:
        assert not isinstance(ending(both), ExchangeError)
    assert conn.execute("select count(*) from exchange.messages, exchange.participants").fetchone() == (0,)
    check_invariants(conn)


@pytest.mark.parametrize("deletion_first", [True, False])
def test_opening_meets_a_deletion(conn: Conn, other: Conn, *, deletion_first: bool) -> None:
    """Either there was no such user any more, or the conversation goes with the user."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")

    def start(db: Conn) -> object:
        return messaging.open_conversation(db, user_id=ada, other_id=bob)

    def delete(db: Conn) -> object:
        return accounts.delete_user(db, user_id=bob)

    with crossing(conn, other, *((delete, start) if deletion_first else (start, delete))) as both:
        outcome = both.commit()
    assert isinstance(outcome, MissingReference) is deletion_first
    assert conn.execute("select count(*) from exchange.conversations").fetchone() == (0,)
    check_invariants(conn)


# --- locks -----------------------------------------------------------------------------------------------


def test_a_reference_to_a_row_holds_up_nobody(conn: Conn, other: Conn, talk: Talk) -> None:
    """What a foreign key's check locks (a rating of the conversation, say) lets senders, retries and marks pass."""
    sent = talk.say(conn, "x", "k")
    other.execute("set lock_timeout = '200ms'")
    with begin(conn) as referring:
        for table in ("users", "conversations", "participants", "messages"):
            referring.execute(f"select 1 from exchange.{table} for key share")
        assert talk.say(other, "x", "k").message_id == sent.message_id
        talk.reply(other)
        assert talk.read(other, sent.message_id) == sent.message_id
        messaging.open_conversation(other, user_id=talk.ada, other_id=add_user(other, "cat"))
    check_invariants(conn)


def test_two_who_wait_for_each_other(conn: Conn, other: Conn, talk: Talk) -> None:
    """Transactions that send in two conversations in opposite order: one is told to run again, and has done nothing."""
    cat = add_user(conn, "cat")
    elsewhere = Talk(talk.ada, cat, messaging.open_conversation(conn, user_id=talk.ada, other_id=cat).conversation_id)

    def second(db: Conn) -> object:
        with db.transaction():
            elsewhere.reply(db, "second")
            talk.reply(db, "second")
        return "done"

    with crossing(conn, other, lambda db: talk.say(db, "first"), second) as both:
        try:
            elsewhere.say(both.earlier, "first")
            mine = both.commit()
            assert isinstance(mine, Retryable)
            winner = "first"
        except Retryable:
            assert both.roll_back() == "done"
            winner = "second"
    assert talk.bodies(conn) == elsewhere.bodies(conn) == [winner]
    check_invariants(conn)


def test_nobody_waits_in_a_circle(conn: Conn, pool: Pool) -> None:
    """Everything at once in a few conversations, and at last the users go: single calls make no deadlock."""
    users = [add_user(conn, f"u{n}") for n in range(4)]

    def attempt(number: int) -> int:
        rng = random.Random(number)
        for n in range(40):
            user, other = rng.sample(users, 2)
            with suppress(MissingReference, NotFound, Refused, InvalidValue):
                its: dict[str, Any] = {
                    "conversation_id": messaging.open_conversation(pool, user_id=user, other_id=other).conversation_id
                }
                sent = messaging.send_message(pool, **its, sender_id=user, body="x", client_key=f"{n % 7}")
                messaging.mark_read(pool, **its, user_id=other, message_id=sent.message_id)
                if n % 3 == 0:
                    messaging.delete_message(pool, **its, user_id=user, message_id=sent.message_id)
                if n == 30 and number < 2:
                    accounts.delete_user(pool, user_id=users[number])
        return number

    assert all_at_once(8, attempt) == [*range(8)]
    check_invariants(conn)


def test_sending_meets_a_block(conn: Conn, other: Conn, talk: Talk) -> None:
    """Who sends while a block is not committed was first; from the commit on it is closed."""
    with begin(conn) as earlier:
        block(earlier, talk.bob, talk.ada)
        talk.say(other, "before")
        earlier.commit()
    with pytest.raises(Refused):
        talk.say(other, "after")
    assert talk.bodies(conn) == ["before"]
