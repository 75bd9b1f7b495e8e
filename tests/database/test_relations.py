"""Matching, messaging, ratings and the deletion of users where they meet: one conversation for all of them."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import pytest

from exchange_db import accounts, matching, messaging, open_pool, skills
from exchange_db.errors import ExchangeError, MissingReference, NotFound, Refused, Retryable
from exchange_db.matching import LikeOutcome
from exchange_db.messaging import OpenedConversation, SentMessage
from exchange_db.types import UserId
from tests.database.conversations import (
    Conn,
    Crossing,
    Pool,
    Talk,
    add_user,
    begin,
    check_invariants,
    crossing,
)
from tests.database.matching_model import violations
from tests.database.races import all_at_once, look_for_deadlocks_soon, wait_until_blocked
from tests.database.skill_worlds import check_reputations

ENDINGS = pytest.mark.parametrize("ending", [Crossing.commit, Crossing.roll_back, Crossing.kill])
Ending = Callable[[Crossing], Any]
END_OF_A_MATCH = ("unmatch", "pass_on", "undo_swipe", "block")


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database; no test here waits for long."""
    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=10s") as connection:
        yield connection


@pytest.fixture
def talk(conn: Conn) -> Talk:
    """Two who have a conversation, and have not decided about each other."""
    return Talk.begin(conn)


@pytest.fixture
def couple(conn: Conn, talk: Talk) -> Talk:
    """Two who match, in the conversation that they had before, and have rated each other."""
    return make_couple(conn, talk)


def make_couple(conn: Conn, talk: Talk) -> Talk:
    likes(talk.ada, talk.bob)(conn)
    assert likes(talk.bob, talk.ada)(conn).conversation_id == talk.conversation_id
    talk.say(conn, "a")
    talk.reply(conn, "b")
    for rater, rated in ((talk.ada, talk.bob), (talk.bob, talk.ada)):
        rates(talk, rater, rated)(conn)
    return talk


def likes(actor: UserId, target: UserId) -> Callable[[Conn | Pool], LikeOutcome]:
    return partial(matching.like, actor_id=actor, target_id=target)


def rates(talk: Talk, rater: UserId, rated: UserId) -> Callable[[Conn | Pool], object]:
    return partial(skills.rate_user, rater_id=rater, rated_id=rated, conversation_id=talk.conversation_id, stars=4)


def opens(user: UserId, other: UserId) -> Callable[[Conn | Pool], OpenedConversation]:
    return partial(messaging.open_conversation, user_id=user, other_id=other)


def goes(user: UserId) -> Callable[[Conn | Pool], object]:
    return partial(accounts.delete_user, user_id=user)


def check(conn: Conn) -> None:
    """What holds of all systems whenever nobody is writing."""
    assert violations(conn) == []
    check_invariants(conn)
    check_reputations(conn)


def check_closed(conn: Conn, talk: Talk) -> None:
    """To both, in the same words; what was written is there to be read."""
    before = talk.history(conn)
    attempts: list[Callable[[Conn], object]] = [
        talk.say, talk.reply, opens(talk.ada, talk.bob), opens(talk.bob, talk.ada),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Refused) as caught:
            attempt(conn)
        assert caught.value.sentence == "this conversation is closed"
    assert talk.history(conn) == before
    assert not messaging.get_conversation(conn, user_id=talk.bob, conversation_id=talk.conversation_id).is_open


# --- a match ends and comes back ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", END_OF_A_MATCH)
def test_a_conversation_closes_with_the_match_and_opens_with_the_next(conn: Conn, name: str) -> None:
    """However the match ends; a block that is taken back opens nothing by itself. The next match has its history."""
    for who in ("low", "high"):
        couple = make_couple(conn, Talk.begin(conn, f"ada.{who}", f"bob.{who}"))
        actor, target = (couple.ada, couple.bob) if who == "low" else (couple.bob, couple.ada)
        getattr(matching, name)(conn, actor_id=actor, target_id=target)
        check_closed(conn, couple)
        if name == "block":
            matching.unblock(conn, actor_id=actor, target_id=target)
            check_closed(conn, couple)
        likes(target, actor)(conn)  # which they did before: it takes the other one's
        check_closed(conn, couple)
        again = likes(actor, target)(conn)
        assert (again.is_new_match, again.conversation_id) == (True, couple.conversation_id)
        assert opens(target, actor)(conn).conversation_id == couple.conversation_id
        couple.say(conn, "c")
        assert couple.bodies(conn) == ["a", "b", "c"]
        assert messaging.count_unread(conn, user_id=couple.bob) == 2
    check(conn)


def test_a_block_closes_the_conversation_of_those_who_never_matched(conn: Conn, talk: Talk) -> None:
    """Nothing has ended but the block itself, so that it opens when that is taken back, by both if both have."""
    for actor, target in ((talk.ada, talk.bob), (talk.bob, talk.ada)):
        matching.block(conn, actor_id=actor, target_id=target)
        check_closed(conn, talk)
    matching.unblock(conn, actor_id=talk.ada, target_id=talk.bob)
    check_closed(conn, talk)
    matching.unblock(conn, actor_id=talk.bob, target_id=talk.ada)
    talk.say(conn)
    check(conn)


@pytest.mark.parametrize("action", ["send", "open", "retry"])
@pytest.mark.parametrize("ends_first", [True, False])
def test_what_is_done_while_a_match_ends(conn: Conn, other: Conn, action: str, ends_first: bool) -> None:
    """Neither waits for the other: what was begun before the end is committed counts as done before; then it is over.

    A message of that time may be sent again under its key.
    """
    other.execute("set lock_timeout = '500ms'")

    def act(db: Conn, couple: Talk) -> None:
        if action == "open":
            opens(couple.ada, couple.bob)(db)
        for _ in range({"open": 0, "send": 1, "retry": 2}[action]):
            couple.say(db, "c", "k")

    for name in END_OF_A_MATCH:
        couple = make_couple(conn, Talk.begin(conn, f"ada.{name}", f"bob.{name}"))
        end = partial(getattr(matching, name), actor_id=couple.bob, target_id=couple.ada)
        attempts: list[Callable[[Conn], object]] = [end, partial(act, couple=couple)]
        first, second = attempts if ends_first else attempts[::-1]
        with begin(conn) as earlier:
            first(earlier)
            second(other)
            earlier.commit()
        assert couple.bodies(conn) == (["a", "b"] if action == "open" else ["a", "b", "c"])
        check_closed(conn, couple)
        if action != "open":
            assert not couple.say(conn, "c", "k").is_new
    check(conn)


@ENDINGS
def test_who_writes_while_a_match_comes_back(conn: Conn, other: Conn, couple: Talk, ending: Ending) -> None:
    """They wait for it, and are refused as it was closed when they began; from its commit on it is open."""
    matching.unmatch(conn, actor_id=couple.ada, target_id=couple.bob)
    with crossing(conn, other, likes(couple.ada, couple.bob), couple.reply) as both:
        with pytest.raises(Refused):
            opens(couple.bob, couple.ada)(conn)  # and who opens does not wait
        assert isinstance(ending(both), Refused)
    if ending is Crossing.commit:
        assert opens(couple.bob, couple.ada)(conn).conversation_id == couple.conversation_id
        couple.reply(conn, "c")
        assert couple.bodies(conn) == ["a", "b", "c"]
    else:
        check_closed(conn, couple)
    check(conn)


# --- a match is made ---------------------------------------------------------------------------------------


@ENDINGS
@pytest.mark.parametrize("like_first", [True, False])
def test_opening_meets_a_match(conn: Conn, other: Conn, like_first: bool, ending: Ending) -> None:
    """A match makes the same conversation: whoever comes second finds it, and nobody waits in a circle."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    likes(ada, bob)(conn)
    attempts = (likes(bob, ada), opens(ada, bob))
    with crossing(conn, other, *(attempts if like_first else attempts[::-1])) as both:
        outcome = ending(both)
    assert isinstance(outcome, OpenedConversation if like_first else LikeOutcome)
    if isinstance(outcome, OpenedConversation):
        assert outcome.is_new is (ending is not Crossing.commit)
    else:
        assert outcome.is_new_match
    found = messaging.find_conversation(conn, user_id=ada, other_id=bob)
    assert found is not None
    assert found.is_open
    assert found.conversation_id == outcome.conversation_id
    Talk(ada, bob, found.conversation_id).say(conn)
    check(conn)


@ENDINGS
@pytest.mark.parametrize("waits", ["like", "send"])
def test_sending_meets_a_match(conn: Conn, other: Conn, talk: Talk, waits: str, ending: Ending) -> None:
    """A match writes the conversation while somebody sends: one waits for the other, both are done."""
    likes(talk.ada, talk.bob)(conn)
    attempts: list[Callable[[Conn], object]] = [likes(talk.bob, talk.ada), talk.say]
    with crossing(conn, other, *(attempts if waits == "send" else attempts[::-1])) as both:
        outcome = ending(both)
    assert isinstance(outcome, SentMessage if waits == "send" else LikeOutcome)
    assert talk.bodies(conn) == (["x"] if waits == "send" or ending is Crossing.commit else [])
    check(conn)


def test_a_reference_to_a_row_holds_up_no_like(conn: Conn, other: Conn, couple: Talk) -> None:
    """What a foreign key's check locks, that of a message or a rating, lets likes pass: also those that match anew."""
    other.execute("set lock_timeout = '200ms'")
    with begin(conn) as referring:
        for table in ("users", "pairs", "swipes", "conversations", "participants"):
            referring.execute(f"select 1 from exchange.{table} for key share")
        assert not likes(couple.ada, couple.bob)(other).is_new_match
        matching.unmatch(other, actor_id=couple.ada, target_id=couple.bob)
        assert likes(couple.ada, couple.bob)(other).is_new_match
    check(conn)


# --- users who go ----------------------------------------------------------------------------------------


@ENDINGS
def test_sending_to_somebody_who_goes(conn: Conn, other: Conn, couple: Talk, ending: Ending) -> None:
    """The sender waits for the deletion: gone, there is no conversation; not gone after all, the message is sent."""
    with crossing(conn, other, goes(couple.bob), couple.say) as both:
        outcome = ending(both)
    if ending is Crossing.commit:
        assert isinstance(outcome, MissingReference)
        check_gone(conn, couple.bob)
    else:
        assert isinstance(outcome, SentMessage)
        assert couple.bodies(conn) == ["a", "b", "x"]
    check(conn)


@ENDINGS
def test_going_while_somebody_sends(conn: Conn, other: Conn, couple: Talk, ending: Ending) -> None:
    """The deletion waits for the sender and takes the new message along."""
    with crossing(conn, other, couple.reply, goes(couple.ada)) as both:
        assert not isinstance(ending(both), ExchangeError)
    check_gone(conn, couple.ada)
    check(conn)


@pytest.mark.parametrize("deletion_first", [True, False])
def test_opening_meets_a_deletion(conn: Conn, other: Conn, deletion_first: bool) -> None:
    """Either there was no such user any more, or the conversation goes with the user."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    attempts = (goes(bob), opens(ada, bob))
    with crossing(conn, other, *(attempts if deletion_first else attempts[::-1])) as both:
        outcome = both.commit()
    assert isinstance(outcome, MissingReference) is deletion_first
    check_gone(conn, bob)
    check(conn)


@ENDINGS
def test_both_go(conn: Conn, other: Conn, couple: Talk, ending: Ending) -> None:
    """The second deletion waits for the first, and takes what it left."""
    with crossing(conn, other, goes(couple.ada), goes(couple.bob)) as both:
        assert not isinstance(ending(both), ExchangeError)
    left = {row.user_id for row in accounts.list_users(conn)}
    assert left == (set() if ending is Crossing.commit else {couple.ada})
    check_gone(conn, couple.bob)
    check(conn)


def test_both_go_and_wait_for_each_other(conn: Conn, other: Conn, couple: Talk) -> None:
    """Each has locked its own swipe and needs the other's: one is told to try again, and is as it was until then."""
    look_for_deadlocks_soon(conn)
    conn.execute("""
        create function public.hold() returns trigger language plpgsql
        as 'begin perform pg_advisory_xact_lock_shared(1); return old; end';
        create trigger hold before delete on exchange.swipes for each row execute function public.hold();
        select pg_advisory_lock(1);
    """)
    users = (couple.ada, couple.bob)

    def attempt(user: UserId) -> object:
        with psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True) as own:
            try:
                return goes(user)(own)
            except ExchangeError as error:
                return error

    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(attempt, user) for user in users]
        wait_until_blocked(other, 2)
        conn.execute("select pg_advisory_unlock(1)")
        outcomes = [call.result() for call in calls]
    conn.execute("drop trigger hold on exchange.swipes")
    (loser,) = [user for user, outcome in zip(users, outcomes, strict=True) if isinstance(outcome, Retryable)]
    (winner,) = {*users} - {loser}
    assert [row.user_id for row in accounts.list_users(conn)] == [loser]
    check_gone(conn, winner)
    check(conn)
    goes(loser)(conn)
    check_gone(conn, loser)


def check_gone(conn: Conn, user: UserId) -> None:
    """No row of any table of these systems names the user any more."""
    left = conn.execute(
        """
        select 'user' from exchange.users where id = %(gone)s
        union all
        select 'swipe' from exchange.swipes where %(gone)s in (actor_id, target_id)
        union all
        select 'pair' from exchange.pairs where %(gone)s in (low_id, high_id)
        union all
        select 'conversation' from exchange.conversations where %(gone)s in (low_id, high_id)
        union all
        select 'participant' from exchange.participants where user_id = %(gone)s
        union all
        select 'message' from exchange.messages
        where sender_id = %(gone)s or conversation_id not in (select id from exchange.conversations)
        union all
        select 'rating' from exchange.ratings where %(gone)s in (rater_id, rated_id)
        union all
        select 'reputation' from exchange.reputations where user_id = %(gone)s
        """,
        {"gone": user},
    ).fetchall()
    assert left == []


def test_everything_at_once_and_both_go(conn: Conn, database_url: str) -> None:
    """Each call is done whole, lacks its user, is refused, or may be tried again; what is left fits together."""
    look_for_deadlocks_soon(conn)
    with open_pool(database_url, max_size=8) as pool:
        for number in range(12):
            talk = make_couple(conn, Talk.begin(conn, f"ada{number}", f"bob{number}"))
            ada, bob = talk.ada, talk.bob
            calls: list[Callable[[Pool], object]] = [
                goes(ada),
                goes(bob),
                likes(ada, bob),
                rates(talk, bob, ada),
                talk.say,
                talk.reply,
                opens(bob, ada),
                partial(matching.unmatch, actor_id=ada, target_id=bob),
            ]

            def attempt(place: int, calls: list[Callable[[Pool], object]] = calls) -> object:
                return calls[place](pool)

            outcomes = all_at_once(len(calls), attempt)
            errors = {type(outcome) for outcome in outcomes if isinstance(outcome, ExchangeError)}
            assert all(issubclass(error, MissingReference | NotFound | Refused | Retryable) for error in errors)
            check(conn)
            left = {row.user_id for row in accounts.list_users(conn)}
            for user, outcome in zip((ada, bob), outcomes, strict=False):
                assert isinstance(outcome, Retryable) is (user in left)
                if user in left:
                    goes(user)(conn)
                check_gone(conn, user)
