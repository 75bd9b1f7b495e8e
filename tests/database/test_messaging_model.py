"""Messaging against a plain Python model: three connections, retries, lost answers, deletions, killed backends."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations, count
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from exchange_db import accounts, messaging
from exchange_db.errors import MissingReference, NotFound, OutcomeUnknown, Refused
from exchange_db.types import ConversationId, MessageId, UserId
from tests.database.conversations import Conn, add_user, block, check_invariants, whole_inbox
from tests.database.failing import terminate
from tests.database.races import wait_until_blocked
from tests.database.wire import Proxy


@dataclass
class Said:
    message_id: int
    sender: UserId
    body: str
    key: str | None


@dataclass
class Room:
    """What the model knows of a conversation."""

    conversation_id: ConversationId
    members: frozenset[UserId]
    place: int
    said: list[Said] = field(default_factory=list[Said])
    ids: list[int] = field(default_factory=list[int])
    """Of all messages that were ever sent."""
    marks: dict[UserId, int] = field(default_factory=dict[UserId, int])

    def other(self, user: UserId) -> UserId:
        (other,) = self.members - {user}
        return other

    def unread(self, user: UserId) -> int:
        return sum(1 for said in self.said if said.message_id > self.marks.get(user, 0) and said.sender != user)

    def is_read(self, said: Said) -> bool:
        return self.marks.get(self.other(said.sender), 0) >= said.message_id


senders = st.integers(0, 5)
lines = st.integers(0, 2)
bodies = st.sampled_from(["a", "b"])
keys = st.sampled_from([None, "k", "l"])


def test_any_sequence_of_calls_is_like_the_model(conn: Conn, database_url: str) -> None:
    """After every step everybody's history, inbox and unread counts are the model's; after every run the tables'
    invariants hold."""
    names = count()

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.users = [add_user(conn, f"u{next(names)}") for _ in range(3)]
            self.rooms: dict[frozenset[UserId], Room] = {}
            self.blocks: set[tuple[UserId, UserId]] = set()
            self.time = count()
            self.lines = [self.connect() for _ in range(3)]

        def connect(self) -> Conn:
            return psycopg.connect(database_url, autocommit=True)

        def teardown(self) -> None:
            check_invariants(conn)
            for line in self.lines:
                line.close()
            for user in self.users:
                accounts.delete_user(conn, user_id=user)
            left = "select count(*) from exchange.conversations full join exchange.messages on true"
            assert conn.execute(left).fetchone() == (0,)

        # --- the model ---------------------------------------------------------------------------

        def user(self, number: int) -> UserId:
            return self.users[number % len(self.users)]

        def room(self, number: int) -> Room:
            return [*self.rooms.values()][number % len(self.rooms)]

        def is_closed(self, members: frozenset[UserId]) -> bool:
            return any(members == frozenset(pair) for pair in self.blocks)

        def expected(self, room: Room, sender: UserId, body: str, key: str | None) -> Said | type[Exception] | None:
            """The message that is there already, the error, or ``None`` for a new message."""
            if sender not in room.members:
                return MissingReference
            known = next((said for said in room.said if key and (said.sender, said.key) == (sender, key)), None)
            if known is not None:
                return known if known.body == body else Refused
            return Refused if self.is_closed(room.members) else None

        def sent(self, room: Room, said: Said) -> None:
            assert said.message_id > max(room.ids, default=0)
            room.said.append(said)
            room.ids.append(said.message_id)
            room.place = next(self.time)

        def send(self, db: Conn, room: Room, sender: UserId, body: str, key: str | None) -> None:
            its: dict[str, Any] = {"sender_id": sender, "body": body, "client_key": key}
            expected = self.expected(room, sender, body, key)
            if isinstance(expected, type):
                with pytest.raises(expected):
                    messaging.send_message(db, conversation_id=room.conversation_id, **its)
                return
            self.took(room, messaging.send_message(db, conversation_id=room.conversation_id, **its), expected)

        def took(self, room: Room, message: messaging.SentMessage, expected: Said | None) -> None:
            said = Said(message.message_id, message.sender_id, message.body, message.client_key)
            assert message.is_new is (expected is None)
            if expected is None:
                self.sent(room, said)
            else:
                assert said == expected
            assert message.is_read is room.is_read(said)

        # --- what happens ------------------------------------------------------------------------

        @precondition(lambda self: len(self.users) < 5)
        @rule()
        def somebody_comes(self) -> None:
            self.users.append(add_user(conn, f"u{next(names)}"))

        @precondition(lambda self: len(self.users) > 3)
        @rule(number=senders, line=lines)
        def somebody_goes(self, number: int, line: int) -> None:
            user = self.user(number)
            accounts.delete_user(self.lines[line], user_id=user)
            self.users.remove(user)
            self.rooms = {members: room for members, room in self.rooms.items() if user not in members}
            self.blocks = {pair for pair in self.blocks if user not in pair}

        @rule(one=senders, two=senders, line=lines)
        def open(self, one: int, two: int, line: int) -> None:
            user, other = self.user(one), self.user(two)
            members = frozenset((user, other))
            if len(members) < 2:
                return
            if self.is_closed(members):
                with pytest.raises(Refused):
                    messaging.open_conversation(self.lines[line], user_id=user, other_id=other)
                return
            opened = messaging.open_conversation(self.lines[line], user_id=user, other_id=other)
            assert opened.is_new is (members not in self.rooms)
            room = self.rooms.setdefault(members, Room(opened.conversation_id, members, next(self.time)))
            assert opened.conversation_id == room.conversation_id
            assert opened.last_message_id == max(room.ids, default=None)

        @rule(one=senders, two=senders)
        def block_or_unblock(self, one: int, two: int) -> None:
            pair = self.user(one), self.user(two)
            if pair[0] != pair[1]:
                self.blocks ^= {pair}
                block(conn, *pair, blocks=pair in self.blocks)

        @precondition(lambda self: self.rooms)
        @rule(number=senders, who=senders, body=bodies, key=keys, line=lines)
        def say(self, number: int, who: int, body: str, key: str | None, line: int) -> None:
            self.send(self.lines[line], self.room(number), self.user(who), body, key)

        @precondition(lambda self: self.rooms)
        @rule(number=senders, who=st.booleans(), body=bodies, key=keys, line=lines)
        def a_member_says(self, number: int, who: bool, body: str, key: str | None, line: int) -> None:
            room = self.room(number)
            self.send(self.lines[line], room, sorted(room.members)[who], body, key)

        @precondition(lambda self: self.rooms)
        @rule(number=senders, who=st.booleans(), body=bodies)
        def the_answer_is_lost(self, number: int, who: bool, body: str) -> None:
            """Sent again under its own key, it is one message."""
            room = self.room(number)
            key = f"lost {next(names)}"
            its: dict[str, Any] = {"sender_id": sorted(room.members)[who], "body": body, "client_key": key}
            if self.expected(room, its["sender_id"], body, key) is not None:
                return
            with Proxy(database_url) as proxy:
                proxy.cut_after(b"messaging.send_message")
                with psycopg.connect(proxy.conninfo, autocommit=True) as line, pytest.raises(OutcomeUnknown):
                    messaging.send_message(line, conversation_id=room.conversation_id, **its)
            # The retry may overtake the original: either way one of the two has sent it.
            message = messaging.send_message(conn, conversation_id=room.conversation_id, **its)
            self.took(room, message.model_copy(update={"is_new": True}), None)

        @precondition(lambda self: self.rooms)
        @rule(
            number=senders,
            firsts=st.lists(st.tuples(st.booleans(), bodies, keys), min_size=1, max_size=3),
            second=st.tuples(st.booleans(), bodies, keys),
            ending=st.sampled_from(["commit", "rollback", "kill"]),
            line=st.permutations(range(3)),
        )
        def two_meet(
            self,
            number: int,
            firsts: list[tuple[bool, str, str | None]],
            second: tuple[bool, str, str | None],
            ending: str,
            line: list[int],
        ) -> None:
            """One sends in a transaction, another one waits for its end, whatever that is."""
            room = self.room(number)
            if self.is_closed(room.members):
                return
            members = sorted(room.members)
            earlier = self.connect()
            earlier.autocommit = False
            told: list[tuple[bool, str, str | None]] = []
            messages: list[messaging.SentMessage] = []
            for who, body, key in firsts:
                clash = [text for (w, text, k) in told if key and (w, k) == (who, key)]
                if (clash and clash[0] != body) or self.expected(room, members[who], body, key) is Refused:
                    continue
                messages.append(
                    messaging.send_message(
                        earlier,
                        conversation_id=room.conversation_id,
                        sender_id=members[who],
                        body=body,
                        client_key=key,
                    )
                )
                told.append((who, body, key))
            if not messages:
                earlier.close()
                return
            with ThreadPoolExecutor(1) as threads:
                who, body, key = second
                later = threads.submit(
                    messaging.send_message,
                    self.lines[line[0]],
                    conversation_id=room.conversation_id,
                    sender_id=members[who],
                    body=body,
                    client_key=key,
                )
                wait_until_blocked(conn)
                if ending == "commit":
                    earlier.commit()
                    for message in messages:
                        told_before = self.expected(room, message.sender_id, message.body, message.client_key)
                        assert not isinstance(told_before, type)
                        self.took(room, message, told_before)
                elif ending == "rollback":
                    earlier.rollback()
                else:
                    terminate(conn, earlier.info.backend_pid)
                expected = self.expected(room, members[who], body, key)
                if isinstance(expected, type):
                    assert isinstance(later.exception(timeout=15), expected)
                else:
                    self.took(room, later.result(timeout=15), expected)
            earlier.close()

        @precondition(lambda self: self.rooms)
        @rule(number=senders, who=st.booleans(), line=lines)
        def killed_in_the_middle(self, number: int, who: bool, line: int) -> None:
            """What a transaction did before its backend was killed never was."""
            room = self.room(number)
            user = sorted(room.members)[who]
            db = self.connect()
            db.autocommit = False
            if room.said:
                last = room.said[-1]
                its: dict[str, Any] = {"conversation_id": room.conversation_id}
                messaging.mark_read(db, **its, user_id=user, message_id=MessageId(last.message_id))
                messaging.delete_message(db, **its, user_id=last.sender, message_id=MessageId(last.message_id))
            if not self.is_closed(room.members):
                said: dict[str, Any] = {"sender_id": user, "body": "never", "client_key": "never"}
                messaging.send_message(db, conversation_id=room.conversation_id, **said)
            accounts.delete_user(db, user_id=user)
            terminate(conn, db.info.backend_pid)
            db.close()
            terminate(conn, self.lines[line].info.backend_pid)
            self.lines[line].close()
            self.lines[line] = self.connect()

        @precondition(lambda self: self.rooms)
        @rule(number=senders, who=senders, what=st.integers(-2, 3), line=lines)
        def mark(self, number: int, who: int, what: int, line: int) -> None:
            room, user = self.room(number), self.user(who)
            known = [0, *room.ids, 2**63 - 1]
            message_id = known[what % len(known)]
            its: dict[str, Any] = {"conversation_id": room.conversation_id, "message_id": MessageId(message_id)}
            if user not in room.members:
                with pytest.raises(NotFound):
                    messaging.mark_read(self.lines[line], user_id=user, **its)
                return
            seen = messaging.mark_read(self.lines[line], user_id=user, **its)
            room.marks[user] = max(room.marks.get(user, 0), min(message_id, max(room.ids, default=0)))
            assert (seen.last_read_message_id or 0) == room.marks[user]
            assert seen.unread_count == room.unread(user)

        @precondition(lambda self: any(room.ids for room in self.rooms.values()))
        @rule(number=senders, who=senders, what=senders, line=lines)
        def unsay(self, number: int, who: int, what: int, line: int) -> None:
            rooms = [room for room in self.rooms.values() if room.ids]
            room, user = rooms[number % len(rooms)], self.user(who)
            message_id = room.ids[-1 - what % len(room.ids)]
            its: dict[str, Any] = {"conversation_id": room.conversation_id, "message_id": MessageId(message_id)}
            said = next((said for said in room.said if said.message_id == message_id), None)
            if said is None or user not in room.members:
                with pytest.raises(NotFound):
                    messaging.delete_message(self.lines[line], user_id=user, **its)
            elif said.sender != user:
                with pytest.raises(Refused):
                    messaging.delete_message(self.lines[line], user_id=user, **its)
            else:
                gone = messaging.delete_message(self.lines[line], user_id=user, **its)
                assert (gone.body, gone.client_key, gone.is_read) == (said.body, said.key, room.is_read(said))
                room.said.remove(said)

        # --- what everybody sees -----------------------------------------------------------------

        @invariant()
        def everybody_sees_the_model(self) -> None:
            for number, user in enumerate(self.users):
                db = self.lines[number % 3]
                mine = sorted((room for room in self.rooms.values() if user in room.members), key=lambda r: -r.place)
                inbox = [
                    (each.conversation_id, each.other_id, each.message_id, each.body, each.unread_count, each.is_open)
                    for each in whole_inbox(db, user)
                ]
                assert inbox == [
                    (
                        room.conversation_id,
                        room.other(user),
                        room.said[-1].message_id if room.said else None,
                        room.said[-1].body if room.said else None,
                        room.unread(user),
                        not self.is_closed(room.members),
                    )
                    for room in mine
                ]
                assert messaging.count_unread(db, user_id=user) == sum(room.unread(user) for room in mine)
            for one, two in combinations(self.users, 2):
                found = messaging.find_conversation(conn, user_id=one, other_id=two)
                room = self.rooms.get(frozenset((one, two)))
                assert (found and found.conversation_id) == (room and room.conversation_id)
                if room is None:
                    continue
                history = messaging.list_messages(conn, user_id=one, conversation_id=room.conversation_id)
                assert [
                    (each.message_id, each.sender_id, each.body, each.client_key, each.is_read)
                    for each in reversed(history.items)
                ] == [(s.message_id, s.sender, s.body, s.key, room.is_read(s)) for s in room.said]

    run_state_machine_as_test(Machine, settings=settings(max_examples=8, stateful_step_count=25, deadline=None))
