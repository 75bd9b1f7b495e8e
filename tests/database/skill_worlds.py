"""What the tests of skills have in common: users, conversations, and what must hold after everything."""

from typing import Any

import psycopg

from exchange_db import accounts, messaging
from exchange_db.types import ConversationId, UserId

__all__ = ["NOBODY", "Conn", "add_user", "check_reputations", "converse"]

Conn = psycopg.Connection[Any]
NOBODY = UserId(2**63 - 1)


def add_user(conn: Conn, name: str) -> UserId:
    return accounts.create_user(conn, email=f"{name}@example.org", password_hash="hash").user_id


def converse(conn: Conn, one: UserId, other: UserId) -> ConversationId:
    """A conversation of two users."""
    return messaging.open_conversation(conn, user_id=one, other_id=other).conversation_id


def check_reputations(conn: Conn) -> None:
    """The counts that are kept are those of the ratings that are there, and whoever teaches has counts."""
    wrong = conn.execute("""
        with counted as (
          select rated_id as user_id, array[
            count(*) filter (where stars = 1), count(*) filter (where stars = 2), count(*) filter (where stars = 3),
            count(*) filter (where stars = 4), count(*) filter (where stars = 5)] as stars,
            count(*) as rating_count, sum(stars) as stars_sum
          from exchange.ratings group by rated_id
        )
        select user_id, counted.stars, array[stars_1, stars_2, stars_3, stars_4, stars_5]
        from counted full join exchange.reputations as kept using (user_id)
        where coalesce(counted.stars, '{0,0,0,0,0}')
            is distinct from array[kept.stars_1, kept.stars_2, kept.stars_3, kept.stars_4, kept.stars_5]
          or coalesce(counted.rating_count, 0) is distinct from kept.rating_count
          or kept.average is distinct from counted.stars_sum::float8 / counted.rating_count
          or kept.score is distinct from (15 + coalesce(counted.stars_sum, 0))::float8 / (5 + kept.rating_count)
        union all
        select user_id, null, null from exchange.skill_sets
        where user_id not in (select user_id from exchange.reputations)
    """).fetchall()
    assert wrong == []
