"""SQLAlchemy 2's ORM where objects hold objects: a profile with all that belongs to it, and a page of an inbox.

Fair: nothing is loaded lazily, no relationship row by row. ``selectinload`` for collections and ``joinedload`` for
single objects is what its documentation recommends; the inbox, which has single objects only, is read both ways. What
is unread is counted by the database, for the whole page at once. The entities are timed as they come; the order of
photos, ages and the like, which our statements bring along, are only worked out for the comparison, and in the
contest "into Pydantic".

https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html#select-in-loading
https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html#what-kind-of-loading-to-use
https://geoalchemy-2.readthedocs.io/en/latest/shape.html
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from geoalchemy2.shape import to_shape
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from benchmarks import models
from benchmarks.peers.sqlalchemy_core import dialect_url
from benchmarks.peers.sqlalchemy_models import Conversation, Message, Participant, Profile

__all__ = [
    "JOINED",
    "NAME",
    "NAME_JOINED",
    "NAME_PYDANTIC",
    "SELECT_IN",
    "Inbox",
    "NestedOrm",
    "as_entries",
    "as_profile",
    "open_engine",
]

NAME = "SQLAlchemy ORM, selectinload"
NAME_JOINED = "SQLAlchemy ORM, joinedload"
NAME_PYDANTIC = "SQLAlchemy ORM, selectinload, into Pydantic"

_UNREAD_LIMIT = 100

_BESIDE = (Conversation.low, Conversation.high, Conversation.pair, Conversation.last_message)
SELECT_IN = tuple(selectinload(Participant.conversation).selectinload(each) for each in _BESIDE)
"""One statement for each kind of object."""
JOINED = tuple(joinedload(Participant.conversation, innerjoin=True).joinedload(each) for each in _BESIDE)
"""One statement for the whole page."""


@dataclass(frozen=True)
class Inbox:
    """A page of a user's conversations."""

    user_id: int
    page: Sequence[Participant]
    unread: Mapping[int, int]
    """By conversation, where there is any."""


class NestedOrm:
    """A session for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def profile(self, user_id: int) -> Profile:
        statement = (
            select(Profile)
            .where(Profile.user_id == user_id)
            .options(
                selectinload(Profile.photos),
                selectinload(Profile.prompts),
                joinedload(Profile.preferences, innerjoin=True),
            )
        )
        with Session(self._engine) as session:
            return session.scalars(statement).one()

    def profile_model(self, user_id: int) -> models.FullProfile:
        return as_profile(self.profile(user_id))

    def inbox(self, user_id: int, limit: int, load: Sequence[ExecutableOption] = SELECT_IN) -> Inbox:
        statement = (
            select(Participant)
            .where(Participant.user_id == user_id)
            .order_by(Participant.last_message_at.desc(), Participant.conversation_id.desc())
            .limit(limit)
            .options(*load)
        )
        with Session(self._engine) as session:
            page = session.scalars(statement).all()
            counts = (
                select(Message.conversation_id, func.count())
                .join(Participant, Participant.conversation_id == Message.conversation_id)
                .where(
                    Participant.user_id == user_id,
                    Participant.conversation_id.in_([each.conversation_id for each in page]),
                    Message.id > Participant.last_read_message_id,
                    Message.sender_id != user_id,
                )
                .group_by(Message.conversation_id)
            )
            unread = dict(session.execute(counts).tuples().all())
            return Inbox(user_id, page, unread)

    def inbox_models(self, user_id: int, limit: int) -> list[models.InboxEntry]:
        return as_entries(self.inbox(user_id, limit))


def as_profile(profile: Profile) -> models.FullProfile:
    """The entities as models."""
    photos = {photo.id: photo for photo in profile.photos}
    prompts = {prompt.id: prompt for prompt in profile.prompts}
    return models.FullProfile(
        user_id=profile.user_id,
        name=profile.name,
        birth_date=profile.birth_date,
        age=_age(profile.birth_date),
        bio=profile.bio,
        pronouns=profile.pronouns,
        image_url=profile.image_url,
        location_name=profile.location_name,
        location=_point(profile.location),
        activity_level=profile.activity_level,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        photos=[
            models.Photo(
                photo_id=photo_id,
                user_id=profile.user_id,
                url=photos[photo_id].url,
                position=position,
                created_at=photos[photo_id].created_at,
            )
            for position, photo_id in enumerate(profile.photo_order, 1)
        ],
        prompts=[
            models.Prompt(
                prompt_id=prompt_id,
                user_id=profile.user_id,
                question=prompts[prompt_id].question,
                answer=prompts[prompt_id].answer,
                position=position,
            )
            for position, prompt_id in enumerate(profile.prompt_order, 1)
        ],
        preferences=models.Preferences.model_validate(profile.preferences),
    )


def as_entries(inbox: Inbox) -> list[models.InboxEntry]:
    """The entities as models."""
    return [models.InboxEntry(**_entry(inbox, each)) for each in inbox.page]


def _entry(inbox: Inbox, mine: Participant) -> dict[str, Any]:
    conversation, pair = mine.conversation, mine.conversation.pair
    is_low = conversation.low_id == inbox.user_id
    is_blocked = pair is not None and (pair.low_blocks or pair.high_blocks)
    other = None if is_blocked else conversation.high if is_low else conversation.low
    last = conversation.last_message
    return {
        "conversation_id": conversation.id,
        "other_id": conversation.high_id if is_low else conversation.low_id,
        "other_name": other and other.name,
        "other_image_url": other and other.image_url,
        "last_message_at": mine.last_message_at,
        "message_id": last and last.id,
        "sender_id": last and last.sender_id,
        "body": last and last.body[:200],
        "unread_count": min(inbox.unread.get(conversation.id, 0), _UNREAD_LIMIT),
        "is_open": not is_blocked and not (pair is not None and pair.unmatched_at is not None),
    }


def _age(birth_date: date | None) -> int | None:
    if birth_date is None:
        return None
    today = datetime.now(UTC).date()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _point(location: WKBElement | None) -> models.Point | None:
    if location is None:
        return None
    shape: Any = to_shape(location)
    return models.Point(longitude=shape.x, latitude=shape.y)


@contextmanager
def open_engine(url: str) -> Generator[NestedOrm]:
    engine = create_engine(dialect_url(url), pool_size=10)
    yield NestedOrm(engine)
    engine.dispose()
