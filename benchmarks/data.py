"""Rows to measure with, made by the server; the same on every machine."""

import random
from collections.abc import Iterator
from itertools import cycle

import psycopg
from psycopg import sql

from benchmarks.lab import settle

__all__ = ["fill_deliveries", "fill_inboxes", "fill_profiles", "fill_users", "ids"]

_DELIVERIES = """
create schema bench;
create table bench.deliveries (
  id bigint primary key,
  customer_id bigint not null,
  courier text not null,
  street text not null,
  city text not null,
  note text,
  items integer not null,
  distance_m double precision not null,
  is_paid boolean not null,
  ordered_at timestamptz not null,
  delivered_at timestamptz
);
"""

_DELIVERY_ROWS = """
insert into bench.deliveries
select
  n,
  n * 7919 % 5003,
  'Courier ' || n % 97,
  n % 300 || ' Long Street, staircase ' || n % 7,
  (array['Berlin', 'Łódź', 'Paris', 'Wien', 'Αθήνα'])[n % 5 + 1],
  case when n % 3 > 0 then 'ring twice, then leave it with the neighbours of no. ' || n end,
  n % 12 + 1,
  sqrt(n) * 12.34,
  n % 4 > 0,
  timestamptz '2025-01-01 08:00:00.123456+00' + n * interval '97.531 s',
  case when n % 10 > 0 then timestamptz '2025-01-01 09:00+00' + n * interval '97.531 s' end
from generate_series(1, $1::bigint) as n
"""

_USERS = """
insert into exchange.users (email, username, full_name, password_hash, created_at, updated_at)
select
  'user' || n || '@example.org', 'user' || n, case when n % 3 > 0 then 'Full Name ' || n end, 'no password',
  timestamptz '2025-01-01 08:00+00' + n * interval '61.7 s', timestamptz '2025-02-01 08:00+00' + n * interval '61.7 s'
from generate_series(1, $1::bigint) as n
"""

_PROFILES = """
insert into exchange.profiles (
  user_id, name, birth_date, bio, pronouns, image_url, location_name, location, activity_level
)
select
  id, 'Name ' || id, date '1960-01-01' + (id * 37 % 15000)::int,
  case when id % 4 > 0 then repeat('I like dogs. ', 8) end,
  case when id % 5 = 0 then 'they/them' end, 'https://example.org/' || id || '.jpg', 'Berlin, Berlin, Germany',
  st_setsrid(st_makepoint(13 + id % 1000 / 1000.0, 52 + id % 777 / 777.0), 4326)::geography,
  (array['low', 'medium', 'high'])[id % 3 + 1]
from exchange.users
"""

_BELONGINGS = (
    "insert into exchange.preferences (user_id, min_age, max_age) select user_id, 1, 99 from exchange.profiles"
    " on conflict (user_id) do update set min_age = excluded.min_age, max_age = excluded.max_age",
    "insert into exchange.photos (user_id, url) select user_id, 'https://example.org/' || user_id || '/' || n || '.jpg'"
    " from exchange.profiles cross join generate_series(1, 6) as n",
    "insert into exchange.prompts (user_id, question, answer)"
    " select user_id, 'What do you do on day ' || n || '?', 'On day ' || n || ' I go for a long walk with my dog.'"
    " from exchange.profiles cross join generate_series(1, 3) as n",
    # Not in the order of ids: sorted by it would look right by chance.
    "update exchange.profiles set photo_order ="
    " (select array_agg(id order by id desc) from exchange.photos where photos.user_id = profiles.user_id),"
    " prompt_order ="
    " (select array_agg(id order by id desc) from exchange.prompts where prompts.user_id = profiles.user_id)",
)

_CONVERSATIONS = (
    # Everybody with the 40 that follow, or as many as there are.
    "insert into exchange.conversations (low_id, high_id)"
    " select low.id, low.id + n from exchange.users as low cross join generate_series(1, 40) as n"
    " where exists (select from exchange.users as high where high.id = low.id + n)",
    "insert into exchange.participants (conversation_id, user_id, last_message_at)"
    " select id, user_id, timestamptz '2025-03-01 00:00+00' from exchange.conversations"
    " cross join lateral (values (low_id), (high_id)) as side (user_id)",
    "insert into exchange.messages (conversation_id, sender_id, body, sent_at)"
    " select id, case when n % 2 = 0 then low_id else high_id end,"
    "   'message ' || n || ' ' || repeat('on and on ', n % 5),"
    "   timestamptz '2025-03-01 00:00+00' + id * 7919 % 86400 * interval '1 s' + n * interval '10 s'"
    " from exchange.conversations cross join generate_series(1, 12) as n order by n, id",
    "update exchange.conversations set (last_message_id, last_message_at) ="
    " (select id, sent_at from exchange.messages where conversation_id = conversations.id order by id desc limit 1)",
    "update exchange.participants set last_message_at = conversations.last_message_at"
    " from exchange.conversations where conversations.id = participants.conversation_id",
    "update exchange.participants set last_received_message_id ="
    " (select max(id) from exchange.messages"
    "   where messages.conversation_id = participants.conversation_id and sender_id <> user_id)",
    # Of every conversation the first eight messages are read by both.
    "update exchange.participants set last_read_message_id ="
    " (select id from exchange.messages where messages.conversation_id = participants.conversation_id"
    "   order by id limit 1 offset 7)",
    "insert into exchange.pairs (low_id, high_id, low_likes, high_likes, low_swiped_at, high_swiped_at, matched_at)"
    " select low_id, high_id, true, true, created_at, created_at, created_at"
    " from exchange.conversations where id % 3 = 0",
    "insert into exchange.pairs (low_id, high_id, unmatched_at)"
    " select low_id, high_id, created_at from exchange.conversations where id % 7 = 0 and id % 3 > 0",
    "insert into exchange.pairs (low_id, high_id, low_blocks)"
    " select low_id, high_id, true from exchange.conversations where id % 11 = 0 and id % 7 > 0 and id % 3 > 0",
)


def fill_deliveries(url: str, rows: int) -> None:
    """The table of ``Delivery``, and so many of them."""
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as conn:
        conn.execute(_DELIVERIES)
        conn.execute(_DELIVERY_ROWS, [rows])
    settle(url)


def fill_users(url: str, rows: int) -> None:
    """So many users."""
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as conn:
        conn.execute(_USERS, [rows])
    settle(url)


def fill_profiles(url: str, rows: int) -> None:
    """So many users, each with a profile, 6 photos, 3 prompts, and preferences."""
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as conn:
        conn.execute(_USERS, [rows])
        conn.execute(_PROFILES)
        for statement in _BELONGINGS:
            conn.execute(statement)
    settle(url)


def fill_inboxes(url: str, rows: int) -> None:
    """The users of ``fill_profiles``, and conversations of each with 40 to 80 others, 12 messages in each."""
    fill_profiles(url, rows)
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as conn:
        for statement in _CONVERSATIONS:
            conn.execute(statement)
    settle(url)


def ids(url: str, table: str = "exchange.users", column: str = "id") -> Iterator[int]:
    """1,000 of a table's ids in no order, again and again. Each contender has its own, so that all get the same."""
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as conn:
        statement = sql.SQL("select {} from {} order by 1").format(
            sql.Identifier(column), sql.Identifier(*table.split("."))
        )
        known = [number for (number,) in conn.execute(statement)]
    return cycle(random.Random(5).choices(known, k=1_000))  # noqa: S311 - no secret
