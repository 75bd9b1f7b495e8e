"""The hot functions, each with the keys that it is asked for: what grows when tables do.

Every query whose header names the index that it rides is here, and the look-ups and writes by key that services make
most.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from exchange_db import accounts, matching, messaging, places, profiles, sales, skills, study
from exchange_db.engine import Query
from exchange_db.types import EventKind, Point, SubjectId

__all__ = ["PROBES", "Keys", "Probe"]


@dataclass(frozen=True)
class Keys:
    """What a loaded world may be asked for; each call takes another one."""

    rows: int
    talks: list[tuple[int, int, int]]
    """Two users, and the conversation that they are in."""
    viewers: list[int]
    """Users with a location."""
    chance: random.Random

    @classmethod
    def of(cls, conn: psycopg.Connection[Any], rows: int) -> "Keys":
        talks = conn.execute(
            "select low_id, high_id, id from exchange.conversations where last_message_id > 0 order by id limit 5000"
        ).fetchall()
        found = conn.execute(
            "select user_id from exchange.profiles where location is not null order by user_id limit 100000"
        )
        chance = random.Random(rows)  # noqa: S311 - made-up keys, no secrets
        return cls(rows, talks, [user_id for (user_id,) in found], chance)

    def viewer(self) -> Any:
        return self.chance.choice(self.viewers)

    def talk(self) -> Any:
        return self.chance.choice(self.talks)

    def up_to(self, most: int) -> Any:
        return self.chance.randint(1, max(most, 1))

    def spot(self) -> Point:
        """Near one of the towns that have playgrounds."""
        n = self.up_to(self.rows // 100)
        longitude = (n * 137.508 + 13.405 + 900) % 360 - 180
        return Point(longitude=longitude, latitude=(n * 0.754877 % 1.9 - 0.95) * 57)


@dataclass(frozen=True)
class Probe:
    """One function, and how to call it."""

    function: Query[..., Any]
    arguments: Callable[[Keys], dict[str, Any]]
    title: str = ""
    """What tells it from another probe of the same function."""

    @property
    def name(self) -> str:
        return f"{self.function.name}{' ' if self.title else ''}{self.title}"

    @property
    def rides(self) -> str:
        """The index that keeps it flat, as the header of its SQL says."""
        lines = [line.partition("Rides: ") for line in self.function.file.header.splitlines()]
        return "; ".join(name.strip() for _, found, name in lines if found)


def _today() -> date:
    return datetime.now(UTC).date()


def _days(keys: Keys) -> dict[str, Any]:
    return {"first_day": _today() - timedelta(days=6), "last_day": _today() - timedelta(days=1)}


def _one_talk(keys: Keys) -> dict[str, Any]:
    user_id, _, conversation_id = keys.talk()
    return {"user_id": user_id, "conversation_id": conversation_id}


def _sending(keys: Keys) -> dict[str, Any]:
    user_id, _, conversation_id = keys.talk()
    return {"sender_id": user_id, "conversation_id": conversation_id, "body": "On my way."}


def _box(keys: Keys) -> dict[str, Any]:
    spot = keys.spot()
    return {
        "south_west": Point(longitude=max(spot.longitude - 0.05, -180), latitude=spot.latitude - 0.05),
        "north_east": Point(longitude=min(spot.longitude + 0.05, 180), latitude=spot.latitude + 0.05),
    }


def _rating(keys: Keys) -> dict[str, Any]:
    user_id, other_id, conversation_id = keys.talk()
    return {"rater_id": user_id, "rated_id": other_id, "conversation_id": conversation_id, "stars": 5}


def _question(keys: Keys) -> dict[str, Any]:
    body = f"What is {keys.up_to(2**40)} times 8?"
    return {"questions": [study.QuestionDraft(subject_id=SubjectId(1), year=2024, body=body, answer="Much")]}


def _two_people(keys: Keys) -> dict[str, Any]:
    first = keys.viewer()
    return {"actor_id": first, "target_id": first % keys.rows + 1}


PROBES = (
    Probe(accounts.get_user, lambda k: {"user_id": k.up_to(k.rows)}),
    Probe(accounts.find_user_by_email, lambda k: {"email": f"{k.up_to(k.rows)}@Example.org"}),
    Probe(accounts.find_user_by_username, lambda k: {"username": f"User{k.up_to(k.rows)}"}),
    Probe(accounts.find_credentials, lambda k: {"email": f"{k.up_to(k.rows)}@example.org"}),
    Probe(accounts.list_users, lambda k: {}),
    Probe(accounts.list_users, lambda k: {"is_active": False}, "deactivated"),
    Probe(accounts.count_users, lambda k: {}),
    Probe(accounts.delete_user, lambda k: {"user_id": k.up_to(k.rows)}),
    Probe(profiles.get_full_profile, lambda k: {"user_id": k.viewer()}),
    Probe(matching.discover_profiles, lambda k: {"viewer_id": k.viewer()}),
    Probe(matching.get_public_profile, lambda k: {"viewer_id": k.viewer(), "user_id": 1}),
    Probe(matching.like, _two_people),
    Probe(matching.list_likes_received, lambda k: {"user_id": 1}),
    Probe(matching.list_matches, lambda k: {"user_id": 7}),
    Probe(matching.count_matches, lambda k: {"user_id": k.viewer()}),
    Probe(matching.list_blocked_users, lambda k: {"user_id": k.viewer()}),
    Probe(messaging.list_inbox, lambda k: {"user_id": k.talk()[0]}),
    Probe(messaging.count_unread, lambda k: {"user_id": k.talk()[0]}),
    Probe(messaging.list_messages, _one_talk),
    Probe(messaging.list_messages_after, lambda k: {**_one_talk(k), "after_message_id": 0}),
    Probe(messaging.mark_read, lambda k: {**_one_talk(k), "message_id": 2**40}),
    Probe(messaging.send_message, _sending),
    Probe(places.list_nearby_playgrounds, lambda k: {"origin": k.spot(), "radius_m": 2_000}),
    Probe(places.list_nearest_playgrounds, lambda k: {"origin": k.spot()}),
    Probe(places.list_playgrounds_in_box, _box),
    Probe(places.list_playgrounds_by_user, lambda k: {"added_by": k.up_to(k.rows // 20)}),
    Probe(skills.list_teachers, lambda k: {"skill": "skill 0"}, "of everybody's skill"),
    Probe(skills.list_teachers, lambda k: {"skill": f"skill {k.chance.randint(800, 990)}"}, "of a rare skill"),
    Probe(skills.list_nearest_teachers, lambda k: {"skill": "skill 5", "viewer_id": k.viewer()}),
    Probe(skills.list_partners, lambda k: {"user_id": k.up_to(k.rows)}),
    Probe(skills.rate_user, _rating),
    Probe(skills.list_ratings_received, lambda k: {"rated_id": k.talk()[0]}),
    Probe(skills.list_ratings_given, lambda k: {"rater_id": k.talk()[0]}),
    Probe(study.find_subject_by_name, lambda k: {"name": "subject 1"}),
    Probe(study.list_questions, lambda k: {"subject_id": 1}),
    Probe(study.list_questions, lambda k: {"subject_id": 1, "year": 2010}, "of a year"),
    Probe(study.search_questions, lambda k: {"words": f"word{k.chance.randint(4000, 4990)}"}, "a rare word"),
    Probe(study.search_questions, lambda k: {"words": "question"}, "a word of every question"),
    Probe(study.list_questions_without_embedding, lambda k: {}),
    Probe(study.import_questions, _question, "one"),
    Probe(study.delete_question, lambda k: {"question_id": max(k.rows // 10, 1_000) + k.up_to(20)}),
    Probe(study.delete_subject, lambda k: {"subject_id": max(k.rows // 10_000, 1) + 2}),
    Probe(study.list_next_questions, lambda k: {"session_id": k.up_to(k.rows // 20)}),
    Probe(study.list_practice_sessions, lambda k: {"user_id": k.up_to(k.rows // 200)}),
    Probe(study.list_attempts, lambda k: {"session_id": k.up_to(k.rows // 20)}),
    Probe(study.list_progress, lambda k: {"user_id": k.up_to(k.rows // 200)}),
    Probe(study.list_daily_accuracy, lambda k: {"user_id": k.up_to(k.rows // 200), **_days(k)}),
    Probe(study.get_streak, lambda k: {"user_id": k.up_to(k.rows // 200)}),
    Probe(study.list_leaderboard, lambda k: {"subject_id": 1}, "of a subject"),
    Probe(sales.get_product, lambda k: {"product_id": k.up_to(k.rows // 100)}),
    Probe(sales.find_product_by_sku, lambda k: {"sku": f"SKU-{k.up_to(k.rows // 100)}"}),
    Probe(sales.list_products, lambda k: {}),
    Probe(sales.list_products, lambda k: {"category": "Category 5"}, "of a category"),
    Probe(sales.count_products, lambda k: {"category": "Category 5"}),
    Probe(sales.record_sale, lambda k: {"product_id": k.up_to(k.rows // 100)}),
    Probe(sales.list_sales, lambda k: {}),
    Probe(sales.list_sales, lambda k: {"product_id": 1}, "of a product"),
    Probe(sales.list_daily_demand, lambda k: {"product_id": 1, **_days(k)}),
    Probe(sales.get_promotion_uplift, lambda k: {"product_id": 1, **_days(k)}),
    Probe(sales.list_revenue_by_day, _days),
    Probe(sales.list_revenue_by_category, _days),
    Probe(sales.list_revenue_by_day_and_category, _days),
    Probe(sales.list_best_sellers, _days),
    Probe(sales.list_low_stock, lambda k: {}),
    Probe(sales.list_events, lambda k: {**_days(k), "kind": EventKind.HOLIDAY}),
    Probe(
        sales.delete_sale_requests,
        lambda k: {"recorded_before": datetime.now(UTC) - timedelta(minutes=10 * (k.rows // 10 - 20))},
        "the twenty oldest",
    ),
)
