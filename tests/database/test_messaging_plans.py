"""Messaging at size: a user with 5,000 conversations, one of them with 100,000 messages."""

from collections.abc import Generator
from functools import partial
from typing import LiteralString

import psycopg
import pytest

from exchange_db import messaging
from exchange_db.types import UserId
from tests.database.conversations import Conn
from tests.database.plans import MODES, Plan, explain


@pytest.fixture(scope="module")
def crowd(module_database_url: str) -> Generator[Conn]:
    """User 1 talks with 2 … 5001, with each in the conversation of the number one less: 100,000 messages in the first,
    6 in each other. Read are all but 50 of the long one and 2 of every hundredth. Users 1001 … 1200 talk too."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # nobody needs the foreign keys checked here
        conn.execute("""
            insert into exchange.users (email, password_hash)
            select n || '@example.org', 'hash' from generate_series(1, 5001) as n;
            insert into exchange.profiles (user_id, name, bio)
            select n, 'x', repeat('x', 1000) from generate_series(1, 5001) as n;
            insert into exchange.conversations (low_id, high_id) select 1, n from generate_series(2, 5001) as n;
            insert into exchange.conversations (low_id, high_id)
            select n, m from generate_series(1001, 1100) as n, generate_series(1101, 1200) as m;
            insert into exchange.participants (conversation_id, user_id)
            select id, low_id from exchange.conversations union all select id, high_id from exchange.conversations;
            insert into exchange.pairs (low_id, high_id, low_blocks)
            select n, m, n = 1 and m < 50 from generate_series(1, 4) as n, generate_series(5, 5001) as m;
            insert into exchange.messages (conversation_id, sender_id, body, client_key)
            select 1, 1 + n % 2, 'x', case when n % 2 = 0 then n end from generate_series(1, 100000) as n;
            insert into exchange.messages (conversation_id, sender_id, body)
            select c.id, case n % 2 when 0 then c.low_id else c.high_id end, 'x'
            from generate_series(1, 6) as n cross join exchange.conversations as c where c.id between 2 and 7000;
            update exchange.conversations as c set last_message_id = m.id, last_message_at = m.sent_at
            from (select conversation_id, max(id) as id, max(sent_at) as sent_at from exchange.messages group by 1) as m
            where m.conversation_id = c.id;
            update exchange.participants as p
            set last_message_at = c.last_message_at, last_received_message_id = m.id,
              last_read_message_id = case
                when p.user_id > 1 then 0
                when p.conversation_id = 1 then m.id - 100
                when p.conversation_id % 100 = 0 then m.third else m.id
              end
            from exchange.conversations as c, (
              select conversation_id, sender_id, max(id) as id, (array_agg(id order by id desc))[3] as third
              from exchange.messages group by 1, 2
            ) as m
            where c.id = p.conversation_id and m.conversation_id = p.conversation_id and m.sender_id <> p.user_id;
        """)
        conn.execute("set session_replication_role = origin")
        conn.execute("vacuum analyze")
        yield conn


def check(plan: Plan, rows: int, *indexes: str) -> None:
    """No table is read as a whole or sorted beyond a page, and no more rows than this are touched."""
    assert "Seq Scan" not in plan.nodes, plan.text
    assert plan.rows_read <= rows, plan.text
    assert set(indexes) <= plan.indexes, plan.text
    assert plan.cost < 100_000, plan.text


@pytest.mark.parametrize("mode", MODES)
def test_history_costs_a_page(crowd: Conn, mode: LiteralString) -> None:
    """From any place in 100,000 messages, in both directions: the page, and both participants' marks."""
    crowd.execute("set plan_cache_mode = " + mode)
    for place in ("90", "50000", "99999", str(2**63 - 1)):
        for variant in ("next page", "previous page"):
            plan = explain(crowd, messaging.list_messages, *history(place, 51), variant=variant)
            check(plan, 51 + 6, "messages_pkey")
            assert "Sort" not in plan.nodes, plan.text
    plan = explain(crowd, messaging.list_messages, "1", "1", "51", variant="first page")
    check(plan, 51 + 6, "messages_pkey")
    assert "Sort" not in plan.nodes, plan.text
    for place in ("0", "50000", "99990"):
        plan = explain(crowd, messaging.list_messages_after, *history(place, 50))
        check(plan, 50 + 6, "messages_pkey")
        assert "Sort" not in plan.nodes, plan.text
    plan = explain(crowd, messaging.list_messages, *history("500", 101), variant="next page")
    check(plan, 101 + 6, "messages_pkey")


def history(place: str | None, limit: int) -> list[str | None]:
    """The values of a page of history in the order in which the statement names them."""
    return ["1", "1", place, str(limit)]


@pytest.mark.parametrize("mode", MODES)
def test_the_inbox_costs_a_page(crowd: Conn, mode: LiteralString) -> None:
    """Of 5,000 conversations twenty are read: each with its profile, its last message, and what is unread."""
    crowd.execute("set plan_cache_mode = " + mode)
    row = crowd.execute(
        "select last_message_at::text from exchange.participants where conversation_id = 2500 and user_id = 1"
    ).fetchone()
    assert row is not None
    edge = (row[0], "2500")
    for variant, place in (("first page", ()), ("next page", edge), ("previous page", edge)):
        plan = explain(crowd, messaging.list_inbox, "1", *place, "20", None, variant=variant)
        check(plan, 20 * 6 + 4, "participants_user_id_idx", "messages_pkey")
        assert "Index Only Scan" in plan.nodes, plan.text
    # The long conversation is the oldest: its 50 unread messages, or as many as are wanted, and nothing else of it.
    crowd.execute("begin; update exchange.participants set last_message_at = 'infinity' where conversation_id = 1")
    try:
        first = partial(explain, crowd, messaging.list_inbox, variant="first page")
        check(first("1", "1", None), 100 + 10, "messages_pkey")
        check(first("1", "1", "5"), 10 + 10, "messages_pkey")
    finally:
        crowd.execute("rollback")


@pytest.mark.parametrize("mode", MODES)
def test_the_unread_total_reads_what_is_unread(crowd: Conn, mode: LiteralString) -> None:
    """Of 5,000 conversations those with something unread, and of each only what is after the mark."""
    crowd.execute("set plan_cache_mode = " + mode)
    unread = 50 + 2 * 50
    assert messaging.count_unread(crowd, user_id=UserId(1)) == unread
    plan = explain(crowd, messaging.count_unread, None, "1")
    # Own messages after the mark are passed over, one between any two of the other's.
    check(plan, 51 + 3 * unread, "participants_unread_idx", "messages_pkey")
    assert "Index Only Scan" in plan.nodes, plan.text
    plan = explain(crowd, messaging.count_unread, "10", "1")
    check(plan, 1 + 3 * 10, "participants_unread_idx")
    # Somebody who has never read anything, in 100 conversations.
    check(explain(crowd, messaging.count_unread, "10", "1001"), 1 + 3 * 10, "participants_unread_idx")


@pytest.mark.parametrize("mode", MODES)
def test_writing_costs_the_same_however_much_there_is(crowd: Conn, mode: LiteralString) -> None:
    """Sending, sending again, marking, deleting and opening touch the rows that they are about."""
    crowd.execute("set plan_cache_mode = " + mode)
    conversation_id, sender = "4000", "1"
    check(explain(crowd, messaging.send_message, conversation_id, sender, "x", "k"), 12, "conversations_pkey")
    check(explain(crowd, messaging.send_message, "1", "1", "x", "50000"), 14, "conversations_pkey")
    check(explain(crowd, messaging.mark_read, "99000", "1", "1", None), 100 + 4, "participants_pkey")
    check(explain(crowd, messaging.mark_read, "99000", "1", "1", "5"), 10 + 4, "participants_pkey")
    check(explain(crowd, messaging.delete_message, "1", "99000", "1"), 4, "messages_pkey")
    check(explain(crowd, messaging.open_conversation, "1", "4000"), 4, "conversations_low_id_high_id_key")
    check(explain(crowd, messaging.open_conversation, "4998", "4999"), 4, "conversations_low_id_high_id_key")
    check(explain(crowd, messaging.find_conversation, "4000", "1"), 2)
    check(explain(crowd, messaging.get_conversation, "1", "4000"), 3, "conversations_pkey")
