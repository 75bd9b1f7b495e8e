"""What the tests of messaging have in common: people who talk, and what must hold of the tables at any time."""

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg_pool import ConnectionPool

from exchange_db import accounts, matching, messaging
from exchange_db.errors import ExchangeError
from exchange_db.messaging import InboxEntry, SentMessage
from exchange_db.types import ConversationId, MessageId, UserId
from tests.database.failing import terminate
from tests.database.races import wait_until_blocked

__all__ = [
    "NOBODY",
    "NOWHERE",
    "Conn",
    "Crossing",
    "Pool",
    "Talk",
    "add_user",
    "begin",
    "block",
    "check_invariants",
    "crossing",
    "inserts_held",
    "whole_inbox",
]

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NOBODY = UserId(2**63 - 1)
NOWHERE = ConversationId(2**63 - 1)


def add_user(db: Conn | Pool, name: str) -> UserId:
    return accounts.create_user(db, email=f"{name}@example.org", password_hash="hash").user_id


@dataclass(frozen=True)
class Talk:
    """A conversation of two users."""

    ada: UserId
    bob: UserId
    conversation_id: ConversationId

    @classmethod
    def begin(cls, db: Conn | Pool, ada: str = "ada", bob: str = "bob") -> "Talk":
        users = add_user(db, ada), add_user(db, bob)
        return cls(*users, messaging.open_conversation(db, user_id=users[0], other_id=users[1]).conversation_id)

    def say(self, db: Conn | Pool, body: str = "x", key: str | None = None) -> SentMessage:
        """Ada sends."""
        return messaging.send_message(
            db, conversation_id=self.conversation_id, sender_id=self.ada, body=body, client_key=key
        )

    def reply(self, db: Conn | Pool, body: str = "x", key: str | None = None) -> SentMessage:
        """Bob sends."""
        return messaging.send_message(
            db, conversation_id=self.conversation_id, sender_id=self.bob, body=body, client_key=key
        )

    def read(self, db: Conn | Pool, message_id: int) -> int:
        """Bob has read up to a message; his mark, 0 for none."""
        mark = messaging.mark_read(
            db, user_id=self.bob, conversation_id=self.conversation_id, message_id=MessageId(message_id)
        )
        return mark.last_read_message_id or 0

    def history(self, db: Conn | Pool) -> list[tuple[int, str]]:
        """Ids and bodies as Ada sees them, oldest first."""
        rows = messaging.list_messages(db, user_id=self.ada, conversation_id=self.conversation_id, limit=10_000)
        return [(row.message_id, row.body) for row in reversed(rows.items)]

    def bodies(self, db: Conn | Pool) -> list[str]:
        return [body for _, body in self.history(db)]


def whole_inbox(db: Conn | Pool, user_id: UserId) -> list[InboxEntry]:
    return messaging.list_inbox(db, user_id=user_id, limit=1_000_000, unread_limit=None).items


def block(conn: Conn, blocker: UserId, blocked: UserId, *, blocks: bool = True) -> None:
    """From now on, or no longer."""
    (matching.block if blocks else matching.unblock)(conn, actor_id=blocker, target_id=blocked)


_BROKEN = """
with members as (
  select conversation_id, array_agg(user_id order by user_id) as user_ids from exchange.participants group by 1
), sent as (
  select conversation_id, max(id) as id, max(sent_at) as sent_at from exchange.messages group by 1
), received as (
  select p.conversation_id, p.user_id, max(m.id) as id
  from exchange.participants as p
  inner join exchange.messages as m on m.conversation_id = p.conversation_id and m.sender_id <> p.user_id
  group by 1, 2
)
select 'two participants', c.id
from exchange.conversations as c left join members on members.conversation_id = c.id
where members.user_ids is distinct from array[c.low_id, c.high_id]
union all
select 'the newest message', c.id
from exchange.conversations as c inner join sent on sent.conversation_id = c.id
where c.last_message_id is null or c.last_message_id < sent.id or c.last_message_at < sent.sent_at
union all
select 'time runs on', m.conversation_id
from (
  select conversation_id, sent_at, lag(sent_at) over (partition by conversation_id order by id) as before
  from exchange.messages
) as m
where m.sent_at < m.before
union all
select 'marks', p.conversation_id
from exchange.participants as p
inner join exchange.conversations as c on c.id = p.conversation_id
left join received using (conversation_id, user_id)
where p.last_read_message_id > coalesce(c.last_message_id, 0)
  or p.last_received_message_id > coalesce(c.last_message_id, 0)
  or p.last_received_message_id < coalesce(received.id, 0)
  or p.last_message_at < c.last_message_at
  or c.last_message_at is not null
  and p.last_message_at <> greatest(c.last_message_at, (
    select min(q.last_message_at) from exchange.participants as q where q.conversation_id = c.id
  ))
"""

_UNREAD = """
select p.user_id, p.conversation_id, count(m.id)
from exchange.participants as p
left join exchange.messages as m
  on m.conversation_id = p.conversation_id and m.id > p.last_read_message_id and m.sender_id <> p.user_id
group by 1, 2
"""


def check_invariants(conn: Conn) -> None:
    """What holds of all conversations whenever nobody is writing."""
    assert conn.execute(_BROKEN).fetchall() == []
    unread = {(user, conversation): count for user, conversation, count in conn.execute(_UNREAD)}
    for user in {user for user, _ in unread}:
        mine = {conversation: count for (owner, conversation), count in unread.items() if owner == user}
        assert {entry.conversation_id: entry.unread_count for entry in whole_inbox(conn, user)} == mine
        assert messaging.count_unread(conn, user_id=user) == sum(mine.values())


# --- two who meet ------------------------------------------------------------------------------------------


def begin(conn: Conn) -> Conn:
    """Another connection, in a transaction."""
    return psycopg.connect(conn.info.dsn, password=conn.info.password or None)


@dataclass
class Crossing:
    """Two callers of whom the second began while the first had not committed, and waits for it."""

    admin: Conn
    earlier: Conn
    later: "Future[Any]"

    def commit(self) -> Any:
        self.earlier.commit()
        return self.outcome()

    def roll_back(self) -> Any:
        self.earlier.rollback()
        return self.outcome()

    def kill(self) -> Any:
        terminate(self.admin, self.earlier.info.backend_pid)
        return self.outcome()

    def outcome(self) -> Any:
        """What the second returned or raised."""
        error = self.later.exception(timeout=15)
        if error is not None and not isinstance(error, ExchangeError):
            raise error
        return error or self.later.result()


@contextmanager
def crossing(
    conn: Conn, other: Conn, first: Callable[[Conn], object], second: Callable[[Conn], object]
) -> Generator[Crossing]:
    """``first`` in a transaction that is left open, then ``second``, which waits."""
    with ExitStack() as stack:
        earlier = begin(conn)
        stack.callback(earlier.close)
        threads = stack.enter_context(ThreadPoolExecutor(1))
        stack.callback(lambda: None if earlier.closed else earlier.close())
        first(earlier)
        later = threads.submit(second, other)
        wait_until_blocked(conn)
        yield Crossing(conn, earlier, later)


@contextmanager
def inserts_held(conn: Conn, table: LiteralString) -> Generator[None]:
    """Inserts into the table wait during the block, after their statements have taken their snapshots."""
    conn.execute("""
        create function public.hold() returns trigger language plpgsql
        as 'begin perform pg_advisory_xact_lock_shared(1); return new; end'
    """)
    conn.execute("select pg_advisory_lock(1)")
    conn.execute(f"create trigger hold before insert on exchange.{table} for each row execute function public.hold()")
    yield
    conn.execute("select pg_advisory_unlock(1)")
