"""The tables as SQLAlchemy 2 declares them: ``Mapped`` attributes and relationships, as its documents have them.

https://docs.sqlalchemy.org/en/21/orm/declarative_tables.html
https://docs.sqlalchemy.org/en/21/orm/basic_relationships.html
https://docs.sqlalchemy.org/en/21/orm/join_conditions.html
https://geoalchemy-2.readthedocs.io/en/latest/orm_tutorial.html
"""

from datetime import date, datetime

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "Base",
    "Conversation",
    "Delivery",
    "Message",
    "Pair",
    "Participant",
    "Photo",
    "Preferences",
    "Profile",
    "Prompt",
    "User",
]

_EXCHANGE = {"schema": "exchange"}


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - its documentation writes it so


class Delivery(Base):
    __tablename__ = "deliveries"
    __table_args__ = {"schema": "bench"}  # noqa: RUF012 - likewise

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int]
    courier: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    note: Mapped[str | None]
    items: Mapped[int]
    distance_m: Mapped[float]
    is_paid: Mapped[bool]
    ordered_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class User(Base):
    __tablename__ = "users"
    __table_args__ = _EXCHANGE

    user_id: Mapped[int] = mapped_column("id", primary_key=True)
    email: Mapped[str]
    username: Mapped[str | None]
    full_name: Mapped[str | None]
    is_active: Mapped[bool]
    is_superuser: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


# --- a profile and what belongs to it --------------------------------------------------------------------------------


class Profile(Base):
    __tablename__ = "profiles"
    __table_args__ = _EXCHANGE

    user_id: Mapped[int] = mapped_column(ForeignKey(User.user_id), primary_key=True)
    name: Mapped[str]
    birth_date: Mapped[date | None]
    bio: Mapped[str | None]
    pronouns: Mapped[str | None]
    image_url: Mapped[str | None]
    location_name: Mapped[str | None]
    location: Mapped[WKBElement | None] = mapped_column(Geography("POINT", srid=4326))
    activity_level: Mapped[str | None]
    photo_order: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    prompt_order: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    photos: Mapped[list["Photo"]] = relationship()
    prompts: Mapped[list["Prompt"]] = relationship()
    preferences: Mapped["Preferences"] = relationship()


class Photo(Base):
    __tablename__ = "photos"
    __table_args__ = _EXCHANGE

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(Profile.user_id))
    url: Mapped[str]
    created_at: Mapped[datetime]


class Prompt(Base):
    __tablename__ = "prompts"
    __table_args__ = _EXCHANGE

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(Profile.user_id))
    question: Mapped[str]
    answer: Mapped[str]


class Preferences(Base):
    __tablename__ = "preferences"
    __table_args__ = _EXCHANGE

    user_id: Mapped[int] = mapped_column(ForeignKey(Profile.user_id), primary_key=True)
    min_age: Mapped[int]
    max_age: Mapped[int]
    max_distance_m: Mapped[float]
    distance_unit: Mapped[str]
    activity_level: Mapped[str]


# --- conversations ---------------------------------------------------------------------------------------------------


class Pair(Base):
    __tablename__ = "pairs"
    __table_args__ = _EXCHANGE

    low_id: Mapped[int] = mapped_column(primary_key=True)
    high_id: Mapped[int] = mapped_column(primary_key=True)
    low_blocks: Mapped[bool]
    high_blocks: Mapped[bool]
    unmatched_at: Mapped[datetime | None]


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = _EXCHANGE

    conversation_id: Mapped[int] = mapped_column(ForeignKey("exchange.conversations.id"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[int]
    body: Mapped[str]
    sent_at: Mapped[datetime]


class Conversation(Base):
    __tablename__ = "conversations"
    __table_args__ = (
        ForeignKeyConstraint(["low_id", "high_id"], [Pair.low_id, Pair.high_id]),
        ForeignKeyConstraint(["id", "last_message_id"], [Message.conversation_id, Message.id], use_alter=True),
        _EXCHANGE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    low_id: Mapped[int] = mapped_column(ForeignKey(Profile.user_id))
    high_id: Mapped[int] = mapped_column(ForeignKey(Profile.user_id))
    last_message_id: Mapped[int | None] = mapped_column()

    low: Mapped[Profile | None] = relationship(foreign_keys=[low_id])
    high: Mapped[Profile | None] = relationship(foreign_keys=[high_id])
    pair: Mapped[Pair | None] = relationship(foreign_keys=[low_id, high_id], viewonly=True)
    last_message: Mapped[Message | None] = relationship(
        foreign_keys=[id, last_message_id],  # noqa: A003 - the column
        viewonly=True,
    )


class Participant(Base):
    __tablename__ = "participants"
    __table_args__ = _EXCHANGE

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    last_read_message_id: Mapped[int]
    last_message_at: Mapped[datetime]

    conversation: Mapped[Conversation] = relationship()
