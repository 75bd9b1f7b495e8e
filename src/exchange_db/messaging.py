"""Messaging: conversations of two users, those of a match and all others alike, and their messages."""

from datetime import datetime

from exchange_db.engine import sql_folder
from exchange_db.errors import MissingReference
from exchange_db.resources import QUERIES
from exchange_db.types import ConversationId, MessageId, Page, Record, UserId

__all__ = [
    "Conversation",
    "InboxEntry",
    "Message",
    "NotAParticipant",
    "OpenedConversation",
    "ReadMark",
    "SentMessage",
    "count_unread",
    "delete_message",
    "find_conversation",
    "get_conversation",
    "list_inbox",
    "list_messages",
    "list_messages_after",
    "mark_read",
    "open_conversation",
    "send_message",
]

query = sql_folder(QUERIES / "messaging")


class Conversation(Record):
    """A conversation as one of its two participants sees it."""

    conversation_id: ConversationId
    other_id: UserId
    created_at: datetime
    last_message_id: MessageId | None
    """The newest that was ever sent, also when it was deleted since."""
    last_message_at: datetime | None
    is_open: bool
    """Whether they can write: neither blocks the other, and no match of theirs has ended."""


class OpenedConversation(Conversation):
    is_new: bool
    """Whether this very call made it; of several callers at once, one gets ``True``."""


class Message(Record):
    message_id: MessageId
    """In one conversation, the order of ids is the order in which messages became visible."""
    conversation_id: ConversationId
    sender_id: UserId
    body: str
    sent_at: datetime
    """Never earlier than that of the message before."""
    client_key: str | None
    """The sender's own name for the message."""
    is_read: bool
    """Whether the one who did not send it has read up to it."""


class SentMessage(Message):
    is_new: bool
    """Whether this very call sent it; ``False``: it was there under this client key."""


class InboxEntry(Record):
    """A conversation in its participant's inbox."""

    conversation_id: ConversationId
    other_id: UserId
    other_name: str | None
    """On the profile of the other one; ``None`` without a profile, and when one of the two blocks the other."""
    other_image_url: str | None
    """As ``other_name``."""
    last_message_at: datetime
    """The place in the inbox: when the last message was sent, at first when the conversation was opened."""
    message_id: MessageId | None
    """The newest message that is still there; ``None``: there is none, and no sender and body either."""
    sender_id: UserId | None
    body: str | None
    """The first 200 characters of that message."""
    unread_count: int
    """Messages of the other one that are not read, counted up to the limit given."""
    is_open: bool
    """Whether they can write."""


class ReadMark(Record):
    """How far a participant has read."""

    conversation_id: ConversationId
    user_id: UserId
    last_read_message_id: MessageId | None
    """Everything up to this message is read, whether it is still there or not; ``None``: nothing."""
    unread_count: int
    """Messages of the other one after it, counted up to the limit given."""


# --- conversations ---------------------------------------------------------------------------------------


@query
def open_conversation(*, user_id: UserId, other_id: UserId) -> OpenedConversation:
    """The conversation of the two users, made where there is none yet; two users have one at most.

    Raises ``Refused`` when it is closed: one blocks the other, or their match has ended. Reading stays possible
    then. Raises ``MissingReference`` when there is no such user, ``InvalidValue`` when both are the same.
    """
    ...


@query
def get_conversation(*, user_id: UserId, conversation_id: ConversationId) -> Conversation:
    """The conversation as the user sees it, or ``NotFound``, also for a user who is not in it."""
    ...


@query
def find_conversation(*, user_id: UserId, other_id: UserId) -> Conversation | None:
    """The conversation of the two users as the first one sees it, closed or not, or ``None``."""
    ...


@query
def list_inbox(
    *,
    user_id: UserId,
    limit: int = 20,
    unread_limit: int | None = 100,
    cursor: str | None = None,
) -> Page[InboxEntry]:
    """The user's conversations, the one with the newest message first, page by page. What is unread is counted up to
    ``unread_limit``: of each conversation no more than so many messages are looked at (100 is enough for "99+"); with
    ``None`` all are counted.

    In one walk from page to page no conversation comes twice, and each comes that nobody writes in meanwhile. One
    that moves up during the walk can be missed by it, and is found at its new place when the inbox is read again.
    """
    ...


# --- messages --------------------------------------------------------------------------------------------


class NotAParticipant(MissingReference):
    """There is no such conversation, or the user is not in it."""


@query.raises(messages_conversation_id_sender_id_fkey=NotAParticipant)
def send_message(
    *, conversation_id: ConversationId, sender_id: UserId, body: str, client_key: str | None = None
) -> SentMessage:
    """The new message. With a ``client_key``, sending it again returns the message that was sent at first, and
    nothing moves: the way to try again after ``OutcomeUnknown``. A message that was deleted since is sent anew.

    Raises ``NotAParticipant`` when there is no such conversation or the sender is not in it; ``Refused`` when it
    is closed, or when the key belongs to a message with another body; ``InvalidValue`` when the body is blank or
    longer than 10,000 characters, or the key blank or longer than 100.

    A message whose sending had begun before a block or an unmatch may still arrive after it.
    """
    ...


@query
def list_messages(
    *,
    user_id: UserId,
    conversation_id: ConversationId,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Message]:
    """The history, newest first, page by page; what others send meanwhile moves no page.

    Raises ``Refused`` when there is no such conversation or the user is not in it.
    """
    ...


@query
def list_messages_after(
    *, user_id: UserId, conversation_id: ConversationId, after_message_id: MessageId, limit: int = 50
) -> list[Message]:
    """What came after a given message (0: all), oldest first. Asked again and again with the last id seen, it
    passes over no message, however many senders there are.

    Raises ``Refused`` when there is no such conversation or the user is not in it.
    """
    ...


@query
def delete_message(*, user_id: UserId, conversation_id: ConversationId, message_id: MessageId) -> Message:
    """The user's own message as it was, or ``NotFound``. Raises ``Refused`` for a message of the other one."""
    ...


# --- what is read ----------------------------------------------------------------------------------------


@query
def mark_read(
    *, user_id: UserId, conversation_id: ConversationId, message_id: MessageId, unread_limit: int | None = 100
) -> ReadMark:
    """How far the user has read, at least up to this message; ``NotFound`` for a user who is not in the
    conversation. The mark never moves back, nor beyond the newest message that was sent.

    What is still unread is counted up to ``unread_limit``, as in ``list_inbox``; with ``None`` all of it.
    """
    ...


@query
def count_unread(*, user_id: UserId, unread_limit: int | None = None) -> int:
    """How many messages of all conversations the user has not read; with ``unread_limit``, counting stops there."""
    ...


query.complete()
