"""Messaging: every function with good and bad input, pages of history and inbox, what is read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, messaging
from exchange_db.errors import InvalidValue, MissingReference, NotFound, Refused
from exchange_db.messaging import InboxEntry, Message, SentMessage
from exchange_db.types import MessageId, UserId
from tests.database.conversations import (
    NOBODY,
    NOWHERE,
    Conn,
    Talk,
    add_user,
    block,
    check_invariants,
    whole_inbox,
)

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


@pytest.fixture
def talk(conn: Conn) -> Talk:
    return Talk.begin(conn)


# --- conversations ---------------------------------------------------------------------------------------


def test_two_users_have_one_conversation(conn: Conn) -> None:
    """Whoever opens it and however often: the first call makes it and says so, the others find it."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    assert messaging.find_conversation(conn, user_id=ada, other_id=bob) is None
    opened = messaging.open_conversation(conn, user_id=bob, other_id=ada)
    assert (opened.other_id, opened.is_new, opened.is_open) == (ada, True, True)
    assert (opened.last_message_id, opened.last_message_at) == (None, None)
    for user, other in ((ada, bob), (bob, ada)):
        again = messaging.open_conversation(conn, user_id=user, other_id=other)
        assert again == opened.model_copy(update={"other_id": other, "is_new": False})
        seen = messaging.get_conversation(conn, user_id=user, conversation_id=opened.conversation_id)
        assert messaging.find_conversation(conn, user_id=user, other_id=other) == seen
        assert {**seen.model_dump(), "is_new": False} == again.model_dump()
    assert conn.execute("select count(*) from exchange.conversations").fetchone() == (1,)
    check_invariants(conn)


def test_a_conversation_shows_its_newest_message(conn: Conn, talk: Talk) -> None:
    """Also when that was deleted since: it is a mark and not a message."""
    sent = talk.say(conn)
    talk.say(conn, "gone")
    last = talk.reply(conn, "gone too")
    messaging.delete_message(conn, user_id=talk.bob, conversation_id=talk.conversation_id, message_id=last.message_id)
    seen = messaging.open_conversation(conn, user_id=talk.ada, other_id=talk.bob)
    assert (seen.last_message_id, seen.last_message_at) == (last.message_id, last.sent_at)
    assert messaging.get_conversation(
        conn, user_id=talk.bob, conversation_id=talk.conversation_id
    ).model_dump() == seen.model_copy(update={"other_id": talk.ada}).model_dump(exclude={"is_new"})
    assert sent.sent_at <= last.sent_at


def test_who_can_have_a_conversation(conn: Conn, talk: Talk) -> None:
    """Two different users who exist; nothing is left of an attempt that fails."""
    with pytest.raises(InvalidValue) as alone:
        messaging.open_conversation(conn, user_id=talk.ada, other_id=talk.ada)
    assert alone.value.sentence == "a conversation is between two different users"
    for user, other in ((talk.ada, NOBODY), (UserId(0), talk.ada)):
        with pytest.raises(MissingReference) as missing:
            messaging.open_conversation(conn, user_id=user, other_id=other)
        assert missing.value.sentence == "the user does not exist"
    assert conn.execute("select count(*) from exchange.conversations").fetchone() == (1,)


CLOSED = [
    {"low_blocks": True},
    {"high_blocks": True},
    {"low_blocks": True, "high_blocks": True},
    {"unmatched_at": datetime(2024, 2, 29, tzinfo=UTC)},
]
LEAP_DAY = datetime(2024, 2, 29, tzinfo=UTC)
OPEN: list[dict[str, Any]] = [
    {},
    {"low_likes": True, "low_swiped_at": LEAP_DAY},
    {
        "low_likes": True,
        "low_swiped_at": LEAP_DAY,
        "high_likes": True,
        "high_swiped_at": LEAP_DAY,
        "matched_at": LEAP_DAY,
    },
]


def set_pair(conn: Conn, talk: Talk, columns: dict[str, Any]) -> None:
    conn.execute("delete from exchange.pairs")
    names = ["low_id", "high_id", *columns]
    values = [*sorted((talk.ada, talk.bob)), *columns.values()]
    holes = ", ".join(["%s"] * len(values))
    conn.execute(f"insert into exchange.pairs ({', '.join(names)}) values ({holes})", values)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("columns", CLOSED, ids=str)
def test_a_closed_conversation_can_only_be_read(conn: Conn, talk: Talk, columns: dict[str, Any]) -> None:
    """Neither can write or open, and both read the same sentence, whoever closed it; reopened it goes on."""
    kept = talk.say(conn, "before", key="k")
    set_pair(conn, talk, columns)
    for user, other in ((talk.ada, talk.bob), (talk.bob, talk.ada)):
        with pytest.raises(Refused) as not_opened:
            messaging.open_conversation(conn, user_id=user, other_id=other)
        with pytest.raises(Refused) as not_sent:
            messaging.send_message(conn, conversation_id=talk.conversation_id, sender_id=user, body="after")
        assert not_opened.value.sentence == not_sent.value.sentence == "this conversation is closed"
        found = messaging.find_conversation(conn, user_id=user, other_id=other)
        assert found is not None
        assert found == messaging.get_conversation(conn, user_id=user, conversation_id=talk.conversation_id)
        assert not found.is_open
        assert [entry.is_open for entry in whole_inbox(conn, user)] == [False]
    assert talk.say(conn, "before", key="k").message_id == kept.message_id, "what was sent may be sent again"
    elsewhere = messaging.open_conversation(conn, user_id=talk.ada, other_id=add_user(conn, "cat")).conversation_id
    messaging.send_message(conn, conversation_id=elsewhere, sender_id=talk.ada, body="before", client_key="l")
    for send, key in ((talk.reply, "k"), (talk.say, "l")):
        with pytest.raises(Refused):  # it is another sender's key there, or a key of another conversation
            send(conn, "before", key)
    assert talk.bodies(conn) == ["before"]
    assert talk.read(conn, kept.message_id) == kept.message_id
    set_pair(conn, talk, {})
    assert messaging.open_conversation(conn, user_id=talk.ada, other_id=talk.bob).is_open
    talk.reply(conn, "after")
    messaging.delete_message(conn, user_id=talk.ada, conversation_id=talk.conversation_id, message_id=kept.message_id)
    assert talk.bodies(conn) == ["after"]
    check_invariants(conn)


@pytest.mark.parametrize("columns", OPEN, ids=str)
def test_what_does_not_close_a_conversation(conn: Conn, talk: Talk, columns: dict[str, Any]) -> None:
    """A like, a match, a pass; and what is between others."""
    set_pair(conn, talk, columns)
    block(conn, add_user(conn, "cat"), talk.bob)
    talk.reply(conn)
    talk.say(conn)
    assert messaging.open_conversation(conn, user_id=talk.ada, other_id=talk.bob).is_open
    assert messaging.get_conversation(conn, user_id=talk.ada, conversation_id=talk.conversation_id).is_open
    assert [entry.is_open for entry in whole_inbox(conn, talk.ada)] == [True]


def test_a_pair_that_is_closed_opens_nothing(conn: Conn) -> None:
    """Also where there is no conversation yet, and none is made."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    block(conn, bob, ada)
    with pytest.raises(Refused):
        messaging.open_conversation(conn, user_id=ada, other_id=bob)
    assert messaging.find_conversation(conn, user_id=ada, other_id=bob) is None
    assert conn.execute("select count(*) from exchange.participants").fetchone() == (0,)


def test_others_are_told_that_they_are_not_in_it(conn: Conn, talk: Talk) -> None:
    """Whatever they try, in the words for a conversation that does not exist, closed or not; nothing is shown."""
    message = talk.say(conn)
    cat = add_user(conn, "cat")
    sentence = "there is no such conversation, or the user is not in it"
    for closed in (False, True):
        for user, where in ((cat, talk.conversation_id), (NOBODY, talk.conversation_id), (talk.ada, NOWHERE)):
            its: dict[str, Any] = {"user_id": user, "conversation_id": where}
            with pytest.raises(MissingReference) as missing:
                messaging.send_message(conn, conversation_id=where, sender_id=user, body="x", client_key="k")
            assert missing.value.sentence == sentence
            for limit in (50, 1):
                with pytest.raises(Refused) as refused:
                    messaging.list_messages(conn, **its, limit=limit)
                assert refused.value.sentence == sentence
                with pytest.raises(Refused) as refused:
                    messaging.list_messages_after(conn, **its, after_message_id=MessageId(0), limit=limit)
                assert refused.value.sentence == sentence
            with pytest.raises(NotFound):
                messaging.get_conversation(conn, **its)
            with pytest.raises(NotFound):
                messaging.mark_read(conn, **its, message_id=message.message_id)
            with pytest.raises(NotFound):
                messaging.delete_message(conn, **its, message_id=message.message_id)
        if not closed:
            block(conn, talk.bob, talk.ada)
    assert talk.bodies(conn) == ["x"]
    assert whole_inbox(conn, cat) == []
    assert messaging.count_unread(conn, user_id=cat) == 0
    check_invariants(conn)


def test_deleting_a_user_takes_the_conversation_along(conn: Conn, talk: Talk) -> None:
    """With every message of both; other conversations stay."""
    cat = add_user(conn, "cat")
    stays = messaging.open_conversation(conn, user_id=cat, other_id=talk.bob)
    messaging.send_message(conn, conversation_id=stays.conversation_id, sender_id=cat, body="x")
    talk.say(conn)
    talk.reply(conn)
    accounts.delete_user(conn, user_id=talk.ada)
    assert [entry.conversation_id for entry in whole_inbox(conn, talk.bob)] == [stays.conversation_id]
    assert messaging.count_unread(conn, user_id=talk.bob) == 1
    with pytest.raises(MissingReference):
        talk.reply(conn)
    assert conn.execute("select count(*) from exchange.messages").fetchone() == (1,)
    check_invariants(conn)


# --- sending ---------------------------------------------------------------------------------------------


def test_messages_come_back_as_they_were_sent(conn: Conn, talk: Talk) -> None:
    """In the order of sending, with their times, from both sides."""
    before = datetime.now(UTC) - timedelta(minutes=1)
    sent = [talk.say(conn, "hello"), talk.reply(conn, "hi", key="1"), talk.say(conn, "hello")]
    assert [message.is_new for message in sent] == [True] * 3
    assert [message.message_id for message in sent] == sorted({message.message_id for message in sent})
    assert before < sent[0].sent_at <= sent[1].sent_at <= sent[2].sent_at
    plain = [Message(**message.model_dump(exclude={"is_new"})) for message in sent]
    for user in (talk.ada, talk.bob):
        its: dict[str, Any] = {"user_id": user, "conversation_id": talk.conversation_id}
        assert messaging.list_messages(conn, **its).items == plain[::-1]
        assert messaging.list_messages_after(conn, **its, after_message_id=MessageId(0)) == plain


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"body": ""}, "messages_body_check"),
        ({"body": "\u200b \n"}, "messages_body_check"),
        ({"body": "x" * 10_001}, "messages_body_check"),
        ({"client_key": ""}, "messages_client_key_check"),
        ({"client_key": "\u00a0"}, "messages_client_key_check"),
        ({"client_key": "x" * 101}, "messages_client_key_check"),
        ({"body": "nul\0"}, None),
        ({"client_key": "nul\0"}, None),
        ({"body": None}, None),
        ({"conversation_id": "1"}, None),
        ({"conversation_id": 2**63}, None),
    ],
)
def test_limits_of_a_message(conn: Conn, talk: Talk, fields: dict[str, Any], constraint: str | None) -> None:
    """Each has a name, and nothing is written: not even the conversation's last message."""
    talk.say(conn, "kept")
    before = messaging.get_conversation(conn, user_id=talk.ada, conversation_id=talk.conversation_id)
    its: dict[str, Any] = {"conversation_id": talk.conversation_id, "sender_id": talk.ada, "body": "x"}
    with pytest.raises(InvalidValue) as caught:
        messaging.send_message(conn, **{**its, **fields})
    assert caught.value.constraint == constraint
    assert messaging.get_conversation(conn, user_id=talk.ada, conversation_id=talk.conversation_id) == before
    assert talk.bodies(conn) == ["kept"]


@in_one_database
@given(
    body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(lambda text: f"x{text}"),
    key=st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(lambda t: f"k{t}"),
)
def test_any_text_survives_the_round_trip(conn: Conn, body: str, key: str | None) -> None:
    """As it was sent, and again under its key, and in the preview."""
    with conn.transaction(force_rollback=True):
        talk = Talk.begin(conn)
        sent = talk.say(conn, body[:10_000], key and key[:100])
        assert (sent.body, sent.client_key) == (body[:10_000], key and key[:100])
        if key:
            assert talk.say(conn, body[:10_000], key[:100]) == sent.model_copy(update={"is_new": False})
        (entry,) = whole_inbox(conn, talk.bob)
        assert (entry.body, entry.message_id, entry.sender_id) == (body[:200], sent.message_id, talk.ada)
        assert SentMessage.model_validate_json(sent.model_dump_json()) == sent
        assert InboxEntry.model_validate_json(entry.model_dump_json()) == entry


def test_the_longest_message(conn: Conn, talk: Talk) -> None:
    """10,000 characters, whatever they weigh."""
    assert talk.say(conn, "🐕" * 10_000, "🐕" * 100).body == "🐕" * 10_000


def test_sending_again_under_the_same_key(conn: Conn, talk: Talk) -> None:
    """One message, also after others; nothing moves, and the answer says that it is not new and whether it is read."""
    first = talk.say(conn, "hello", key="k")
    talk.reply(conn, "hi")
    talk.read(conn, first.message_id)
    before = conn.execute("select * from exchange.conversations, exchange.participants").fetchall()
    assert talk.say(conn, "hello", key="k") == first.model_copy(update={"is_new": False, "is_read": True})
    assert conn.execute("select * from exchange.conversations, exchange.participants").fetchall() == before
    assert talk.bodies(conn) == ["hello", "hi"]


def test_a_key_is_the_senders_own_in_one_conversation(conn: Conn, talk: Talk) -> None:
    """The other one may use the same, and the sender in another conversation; no key is no name."""
    other = messaging.open_conversation(conn, user_id=talk.ada, other_id=add_user(conn, "cat")).conversation_id
    sent = [
        talk.say(conn, "a", key="k"),
        talk.reply(conn, "b", key="k"),
        talk.say(conn, "c", key="K"),
        messaging.send_message(conn, conversation_id=other, sender_id=talk.ada, body="d", client_key="k"),
        talk.say(conn, "same"),
        talk.say(conn, "same"),
    ]
    assert all(message.is_new for message in sent)
    assert len({message.message_id for message in sent}) == 6


def test_a_key_belongs_to_one_body(conn: Conn, talk: Talk) -> None:
    """Another text under the same key is refused and changes nothing: it is not the same message sent again."""
    talk.say(conn, "hello", key="k")
    before = conn.execute("select * from exchange.conversations, exchange.participants").fetchall()
    with pytest.raises(Refused) as refused:
        talk.say(conn, "hello!", key="k")
    assert refused.value.sentence == "this client key belongs to another message"
    assert talk.bodies(conn) == ["hello"]
    assert conn.execute("select * from exchange.conversations, exchange.participants").fetchall() == before


def test_time_does_not_run_backwards(conn: Conn, talk: Talk) -> None:
    """When the server's clock was ahead before, later messages stand at the same time and in their order."""
    ahead = datetime.now(UTC) + timedelta(hours=1)
    talk.say(conn, "a")
    conn.execute("update exchange.conversations set last_message_at = %s", [ahead])
    conn.execute("update exchange.participants set last_message_at = %s", [ahead])
    conn.execute("update exchange.messages set sent_at = %s", [ahead])
    assert [talk.reply(conn, "b").sent_at, talk.say(conn, "c").sent_at] == [ahead, ahead]
    assert talk.bodies(conn) == ["a", "b", "c"]
    opened = messaging.open_conversation(conn, user_id=talk.ada, other_id=add_user(conn, "cat"))
    conn.execute(
        "update exchange.participants set last_message_at = %s where conversation_id = %s",
        [ahead, opened.conversation_id],
    )
    messaging.send_message(conn, conversation_id=opened.conversation_id, sender_id=talk.ada, body="x")
    top, _ = whole_inbox(conn, talk.ada)
    assert (top.conversation_id, top.last_message_at) == (opened.conversation_id, ahead), "a place only moves up"
    check_invariants(conn)


# --- deleting --------------------------------------------------------------------------------------------


def test_only_its_sender_deletes_a_message(conn: Conn, talk: Talk) -> None:
    """It comes back as it was; then there is none, and its key is free again."""
    sent = talk.say(conn, "x", key="k")
    its: dict[str, Any] = {"conversation_id": talk.conversation_id, "message_id": sent.message_id}
    with pytest.raises(Refused) as refused:
        messaging.delete_message(conn, user_id=talk.bob, **its)
    assert refused.value.sentence == "only its sender can delete a message"
    assert talk.history(conn) == [(sent.message_id, "x")]
    talk.read(conn, sent.message_id)
    gone = messaging.delete_message(conn, user_id=talk.ada, **its)
    assert gone.model_dump() == {**sent.model_dump(exclude={"is_new"}), "is_read": True}
    assert talk.history(conn) == []
    for user in (talk.ada, talk.bob):
        with pytest.raises(NotFound):
            messaging.delete_message(conn, user_id=user, **its)
    again = talk.say(conn, "x", key="k")
    assert again.is_new
    assert again.message_id > sent.message_id


def test_a_message_is_one_of_its_conversation(conn: Conn, talk: Talk) -> None:
    """Its id with another conversation of the sender's is no message."""
    other = messaging.open_conversation(conn, user_id=talk.ada, other_id=add_user(conn, "cat")).conversation_id
    sent = talk.say(conn)
    with pytest.raises(NotFound):
        messaging.delete_message(conn, user_id=talk.ada, conversation_id=other, message_id=sent.message_id)
    assert messaging.list_messages(conn, user_id=talk.ada, conversation_id=other).items == []


# --- what is read ----------------------------------------------------------------------------------------


def unread(conn: Conn, user_id: UserId) -> list[int]:
    return [entry.unread_count for entry in whole_inbox(conn, user_id)]


def test_what_is_unread(conn: Conn, talk: Talk) -> None:
    """The messages of the other one after the mark; own ones never are, deleted ones no more."""
    sent = [talk.say(conn), talk.say(conn), talk.reply(conn), talk.say(conn)]
    ids = [message.message_id for message in sent]
    assert (unread(conn, talk.bob), unread(conn, talk.ada)) == ([3], [1])
    mark = messaging.mark_read(conn, user_id=talk.bob, conversation_id=talk.conversation_id, message_id=ids[0])
    assert (mark.last_read_message_id, mark.unread_count) == (ids[0], 2)
    assert (unread(conn, talk.bob), messaging.count_unread(conn, user_id=talk.bob)) == ([2], 2)
    messaging.delete_message(conn, user_id=talk.ada, conversation_id=talk.conversation_id, message_id=ids[3])
    assert unread(conn, talk.bob) == [1]
    mark = messaging.mark_read(conn, user_id=talk.bob, conversation_id=talk.conversation_id, message_id=ids[2])
    assert mark.model_dump() == {
        "conversation_id": talk.conversation_id,
        "user_id": talk.bob,
        "last_read_message_id": ids[2],
        "unread_count": 0,
    }
    assert messaging.count_unread(conn, user_id=talk.bob) == 0
    assert unread(conn, talk.ada) == [1], "the other one's mark is their own"
    check_invariants(conn)


def test_the_mark_never_moves_back_nor_ahead(conn: Conn, talk: Talk) -> None:
    """Neither to an earlier message nor to one that is still to come, whatever number is given."""
    for nothing in (0, -1, -(2**63), 2**63 - 1):
        mark = messaging.mark_read(
            conn, user_id=talk.bob, conversation_id=talk.conversation_id, message_id=MessageId(nothing)
        )
        assert (mark.last_read_message_id, mark.unread_count) == (None, 0)
    first, second = talk.say(conn).message_id, talk.say(conn).message_id
    assert talk.read(conn, second) == second
    assert [talk.read(conn, back) for back in (first, 0, -5)] == [second] * 3
    third = talk.say(conn).message_id
    assert talk.read(conn, 2**63 - 1) == third
    talk.say(conn)
    assert unread(conn, talk.bob) == [1]
    check_invariants(conn)


def test_each_message_tells_whether_it_is_read(conn: Conn, talk: Talk) -> None:
    """By the one who did not send it, whoever looks; own messages are not read by sending."""
    ids = [talk.say(conn).message_id, talk.reply(conn).message_id, talk.say(conn).message_id]
    messaging.mark_read(conn, user_id=talk.bob, conversation_id=talk.conversation_id, message_id=ids[0])

    def flags(user: UserId) -> list[bool]:
        its: dict[str, Any] = {"user_id": user, "conversation_id": talk.conversation_id}
        newest_first = [message.is_read for message in messaging.list_messages(conn, **its)]
        forward = messaging.list_messages_after(conn, **its, after_message_id=MessageId(0))
        assert newest_first[::-1] == [message.is_read for message in forward]
        return newest_first[::-1]

    assert flags(talk.ada) == flags(talk.bob) == [True, False, False]
    messaging.mark_read(conn, user_id=talk.ada, conversation_id=talk.conversation_id, message_id=ids[2])
    assert flags(talk.ada) == flags(talk.bob) == [True, True, False]


def test_counting_stops_at_the_limit(conn: Conn) -> None:
    """For a badge such as 9+: in the inbox for each conversation, in the total for all together."""
    bob = add_user(conn, "bob")
    for name, messages in (("ada", 4), ("cat", 2), ("dan", 0)):
        user = add_user(conn, name)
        opened = messaging.open_conversation(conn, user_id=user, other_id=bob)
        for _ in range(messages):
            messaging.send_message(conn, conversation_id=opened.conversation_id, sender_id=user, body="x")
    totals = {limit: messaging.count_unread(conn, user_id=bob, unread_limit=limit) for limit in (None, 0, 3, 5, 6, 99)}
    assert totals == {None: 6, 0: 0, 3: 3, 5: 5, 6: 6, 99: 6}
    entries = messaging.list_inbox(conn, user_id=bob, unread_limit=3)
    assert [entry.unread_count for entry in entries] == [0, 2, 3]
    with pytest.raises(InvalidValue):
        messaging.count_unread(conn, user_id=bob, unread_limit=-1)
    with pytest.raises(InvalidValue):
        messaging.list_inbox(conn, user_id=bob, unread_limit=-1)


def test_counting_stops_at_a_hundred_unless_told(conn: Conn, talk: Talk) -> None:
    """In the inbox and in the mark, which count alike; all is counted where no limit is given."""
    conn.execute(
        "insert into exchange.messages (conversation_id, sender_id, body)"
        " select %s, %s, 'x' from generate_series(1, 120)",
        [talk.conversation_id, talk.ada],
    )
    its: dict[str, Any] = {"user_id": talk.bob, "conversation_id": talk.conversation_id, "message_id": MessageId(0)}
    for limits, expected in (({}, 100), ({"unread_limit": None}, 120), ({"unread_limit": 7}, 7)):
        chosen: dict[str, Any] = {**limits}
        assert [entry.unread_count for entry in messaging.list_inbox(conn, user_id=talk.bob, **chosen)] == [expected]
        assert messaging.mark_read(conn, **its, **chosen).unread_count == expected
    with pytest.raises(InvalidValue):
        messaging.mark_read(conn, **its, unread_limit=-1)
