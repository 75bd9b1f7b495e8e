"""Calls of the functions of messaging: one that works, and each error that they can raise."""

from typing import Any

from exchange_db import accounts, messaging
from exchange_db.errors import InvalidCursor, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.types import ConversationId, MessageId, UserId
from tests.contract.calls.table import Call, World


def prepare(world: World) -> dict[str, Any]:
    """Ada and Bob, who have written to each other; Ada and Cat, whose conversation is closed; Dan, who has none."""
    ada, bob, cat, dan = (
        accounts.create_user(world.conn, email=f"{name}@example.org", password_hash="hash").user_id
        for name in ("ada", "bob", "cat", "dan")
    )
    talk, closed = (
        messaging.open_conversation(world.conn, user_id=ada, other_id=other).conversation_id for other in (bob, cat)
    )
    first, second, _ = (
        messaging.send_message(world.conn, conversation_id=talk, sender_id=sender, body="x", client_key=key).message_id
        for sender, key in ((ada, "k"), (bob, None), (ada, None))
    )
    world.conn.execute(
        "insert into exchange.pairs (low_id, high_id, low_blocks) values (%s, %s, true)", sorted((ada, cat))
    )
    return {
        "ada": ada,
        "bob": bob,
        "cat": cat,
        "dan": dan,
        "nobody": UserId(2**63 - 1),
        "talk": talk,
        "closed": closed,
        "nowhere": ConversationId(2**63 - 1),
        "adas_message": first,
        "bobs_message": second,
        "no_message": MessageId(2**63 - 1),
    }


CALLS: dict[str, Call] = {
    "open_conversation": Call(
        works=lambda it: dict(user_id=it["dan"], other_id=it["ada"]),
        errors={
            Refused: [
                lambda it: dict(user_id=it["ada"], other_id=it["cat"]),
                lambda it: dict(user_id=it["cat"], other_id=it["ada"]),
            ],
            MissingReference: [
                lambda it: dict(user_id=it["ada"], other_id=it["nobody"]),
                lambda it: dict(user_id=it["nobody"], other_id=it["ada"]),
            ],
            InvalidValue: [lambda it: dict(user_id=it["ada"], other_id=it["ada"])],
        },
    ),
    "get_conversation": Call(
        works=lambda it: dict(user_id=it["bob"], conversation_id=it["talk"]),
        errors={
            NotFound: [
                lambda it: dict(user_id=it["dan"], conversation_id=it["talk"]),
                lambda it: dict(user_id=it["ada"], conversation_id=it["nowhere"]),
            ]
        },
    ),
    "find_conversation": Call(works=lambda it: dict(user_id=it["bob"], other_id=it["ada"])),
    "list_inbox": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], limit=0),
                lambda it: dict(user_id=it["ada"], unread_limit=-1),
            ],
            InvalidCursor: [lambda it: dict(user_id=it["ada"], cursor="x")],
        },
    ),
    "send_message": Call(
        works=lambda it: dict(conversation_id=it["talk"], sender_id=it["bob"], body="y", client_key="k"),
        errors={
            messaging.NotAParticipant: [
                lambda it: dict(conversation_id=it["talk"], sender_id=it["dan"], body="y"),
                lambda it: dict(conversation_id=it["closed"], sender_id=it["dan"], body="y"),
                lambda it: dict(conversation_id=it["talk"], sender_id=it["nobody"], body="y"),
                lambda it: dict(conversation_id=it["nowhere"], sender_id=it["ada"], body="y"),
            ],
            Refused: [
                lambda it: dict(conversation_id=it["closed"], sender_id=it["ada"], body="y"),
                lambda it: dict(conversation_id=it["closed"], sender_id=it["cat"], body="y"),
                lambda it: dict(conversation_id=it["talk"], sender_id=it["ada"], body="y", client_key="k"),
            ],
            InvalidValue: [
                lambda it: dict(conversation_id=it["talk"], sender_id=it["ada"], body=" \u200b"),
                lambda it: dict(conversation_id=it["talk"], sender_id=it["ada"], body="x" * 10_001),
                lambda it: dict(conversation_id=it["talk"], sender_id=it["ada"], body="y", client_key=""),
                lambda it: dict(conversation_id=it["talk"], sender_id=it["ada"], body="y", client_key="x" * 101),
            ],
        },
    ),
    "list_messages": Call(
        works=lambda it: dict(user_id=it["bob"], conversation_id=it["talk"]),
        errors={
            Refused: [
                lambda it: dict(user_id=it["dan"], conversation_id=it["talk"]),
                lambda it: dict(user_id=it["ada"], conversation_id=it["nowhere"]),
            ],
            InvalidValue: [lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], limit=0)],
            InvalidCursor: [lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], cursor="x")],
        },
    ),
    "list_messages_after": Call(
        works=lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], after_message_id=it["adas_message"]),
        errors={
            Refused: [
                lambda it: dict(user_id=it["dan"], conversation_id=it["talk"], after_message_id=it["adas_message"]),
                lambda it: dict(user_id=it["ada"], conversation_id=it["nowhere"], after_message_id=MessageId(0)),
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], after_message_id=MessageId(0), limit=-1)
            ],
        },
    ),
    "delete_message": Call(
        works=lambda it: dict(user_id=it["ada"], conversation_id=it["talk"], message_id=it["adas_message"]),
        errors={
            NotFound: [
                lambda it: dict(user_id=it["dan"], conversation_id=it["talk"], message_id=it["adas_message"]),
                lambda it: dict(user_id=it["ada"], conversation_id=it["closed"], message_id=it["adas_message"]),
                lambda it: dict(user_id=it["ada"], conversation_id=it["talk"], message_id=it["no_message"]),
            ],
            Refused: [
                lambda it: dict(user_id=it["ada"], conversation_id=it["talk"], message_id=it["bobs_message"]),
                lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], message_id=it["adas_message"]),
            ],
        },
    ),
    "mark_read": Call(
        works=lambda it: dict(user_id=it["bob"], conversation_id=it["talk"], message_id=it["adas_message"]),
        errors={
            NotFound: [
                lambda it: dict(user_id=it["dan"], conversation_id=it["talk"], message_id=it["adas_message"]),
                lambda it: dict(user_id=it["bob"], conversation_id=it["nowhere"], message_id=it["adas_message"]),
            ],
            InvalidValue: [
                lambda it: dict(
                    user_id=it["bob"], conversation_id=it["talk"], message_id=it["adas_message"], unread_limit=-1
                )
            ],
        },
    ),
    "count_unread": Call(
        works=lambda it: dict(user_id=it["bob"]),
        errors={InvalidValue: [lambda it: dict(user_id=it["bob"], unread_limit=-1)]},
    ),
}
