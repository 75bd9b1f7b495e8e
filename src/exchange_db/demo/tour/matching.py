"""Likes that cross, and the messages of those who match."""

from concurrent.futures import ThreadPoolExecutor

from exchange_db import matching, messaging, profiles
from exchange_db.accounts import User
from exchange_db.demo.stage import Step
from exchange_db.errors import Refused
from exchange_db.matching import DiscoveredProfile, LikeOutcome
from exchange_db.messaging import InboxEntry, SentMessage
from exchange_db.pool import Pool
from exchange_db.types import ActivityLevel, DistanceUnit, UserId

__all__ = ["STEPS"]


def whom_to_meet(pool: Pool, grace: User) -> list[DiscoveredProfile]:
    """Nearest first, where the wishes of both sides fit. Positions of others never leave the database, and distances
    only as those between cells of some 550 m: no asking from many places tells more."""
    profiles.set_preferences(
        pool,
        user_id=grace.user_id,
        min_age=18,
        max_age=80,
        max_distance_m=40_000,
        distance_unit=DistanceUnit.KILOMETERS,
        activity_level=ActivityLevel.HIGH,
    )
    return matching.discover_profiles(pool, viewer_id=grace.user_id, limit=5)


def two_likes_at_once(pool: Pool, grace: User, near: list[DiscoveredProfile]) -> list[LikeOutcome]:
    """The two like each other at the same moment, on two connections. Whichever comes second makes the match and the
    conversation, and only that call is told so."""

    def like(actor_id: UserId, target_id: UserId) -> LikeOutcome:
        return matching.like(pool, actor_id=actor_id, target_id=target_id)

    me, you = grace.user_id, near[0].user_id
    with ThreadPoolExecutor(2) as threads:
        likes = threads.map(like, (me, you), (you, me))
    return list(likes)


def a_message_sent_twice(pool: Pool, grace: User) -> list[SentMessage]:
    """The connection was lost, and nobody knows whether the message arrived? Send it again under the same key of your
    own: it is one message."""
    match = matching.list_matches(pool, user_id=grace.user_id).items[0]
    return [
        messaging.send_message(
            pool,
            conversation_id=match.conversation_id,
            sender_id=grace.user_id,
            body="Hello! Yours has the best ears.",
            client_key="phone-0001",
        )
        for _ in range(2)
    ]


def the_inbox(pool: Pool, grace: User) -> list[InboxEntry]:
    """Two answers, and nothing read yet. In one conversation messages become visible in the order of their ids, so
    "what came after this one" never passes one over."""
    match = matching.list_matches(pool, user_id=grace.user_id).items[0]
    for body in ("Thank you!", "Fenced lawn, six o'clock?"):
        messaging.send_message(
            pool,
            conversation_id=match.conversation_id,
            sender_id=match.user_id,
            body=body,
        )
    return messaging.list_inbox(pool, user_id=grace.user_id).items


def a_match_that_ended(pool: Pool, grace: User) -> SentMessage:
    """When one of the two ends the match, the conversation can be read, and no longer written in. Rules that no
    constraint can hold are refused in a sentence too."""
    match = matching.list_matches(pool, user_id=grace.user_id).items[0]
    matching.unmatch(
        pool,
        actor_id=match.user_id,
        target_id=grace.user_id,
    )
    return messaging.send_message(
        pool,
        conversation_id=match.conversation_id,
        sender_id=grace.user_id,
        body="I'm there. Where are you?",
    )


STEPS = (
    Step(
        "Whom to meet",
        whom_to_meet,
        gives="near",
        columns=("user_id", "name", "age", "activity_level", "distance_m"),
    ),
    Step(
        "Two likes at once",
        two_likes_at_once,
        columns=("actor_id", "target_id", "is_match", "is_new_match", "conversation_id"),
    ),
    Step("A message, sent twice", a_message_sent_twice, columns=("message_id", "body", "is_new", "is_read")),
    Step("The inbox", the_inbox, columns=("other_name", "body", "unread_count", "is_open")),
    Step("A match that has ended", a_match_that_ended, raises=Refused),
)
