"""SQLAlchemy 2's ORM behind a service under load: what its threads or tasks do, each in a session of its own.

Fair: an engine whose pool is as large as ours and does not grow, ``select()`` with ``selectinload`` where objects hold
objects, primary keys by ``get``; what is written is locked first with ``with_for_update``, in the order in which our
statements lock. The asynchronous service is the same code under ``AsyncSession.run_sync``, on the same driver.
Discovery is GeoAlchemy2's, as in its own contest.

https://docs.sqlalchemy.org/en/20/orm/session_basics.html
https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.with_for_update
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#running-synchronous-methods-and-functions-under-asyncio
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, selectinload, sessionmaker

from benchmarks.peers import geoalchemy
from benchmarks.peers.sqlalchemy_core import dialect_url
from benchmarks.peers.sqlalchemy_models import Profile, User

__all__ = ["NAME", "OPERATIONS", "open_async_service", "open_service"]

NAME = "SQLAlchemy ORM"


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - its documentation writes it so


class Conversation(Base):
    __tablename__ = "conversations"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    id: Mapped[int] = mapped_column(primary_key=True)
    last_message_id: Mapped[int | None]
    last_message_at: Mapped[datetime | None]


class Participant(Base):
    __tablename__ = "participants"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    last_read_message_id: Mapped[int]
    last_received_message_id: Mapped[int]
    last_message_at: Mapped[datetime]


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sender_id: Mapped[int]
    body: Mapped[str]
    sent_at: Mapped[datetime]
    client_key: Mapped[str | None]


class Product(Base):
    __tablename__ = "products"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[Decimal]
    stock: Mapped[int]


class Sale(Base):
    __tablename__ = "sales"
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    product_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]


# --- what the service does -------------------------------------------------------------------------------------------


def user(session: Session, user_id: int) -> object:
    return session.get_one(User, user_id).email


def profile(session: Session, user_id: int) -> object:
    statement = (
        select(Profile)
        .where(Profile.user_id == user_id)
        .options(
            selectinload(Profile.photos),
            selectinload(Profile.prompts),
            joinedload(Profile.preferences, innerjoin=True),
        )
    )
    found = session.scalars(statement).one()
    return found.name, len(found.photos), len(found.prompts), found.preferences.max_distance_m


def history(session: Session, user_id: int, conversation_id: int) -> object:
    session.get_one(Participant, (conversation_id, user_id))  # whoever is not in it reads nothing
    statement = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id.desc()).limit(20)
    return [message.body for message in session.scalars(statement)]


def discover(session: Session, user_id: int) -> object:
    return [round(row[2]) for row in geoalchemy.discover(session, user_id, 20)]


def send(session: Session, user_id: int, conversation_id: int) -> object:
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    sent_at = datetime.now(UTC)
    message = Message(conversation_id=conversation_id, sender_id=user_id, body="On my way.", sent_at=sent_at)
    session.add(message)
    session.flush()
    conversation.last_message_id, conversation.last_message_at = message.id, sent_at
    for each in session.scalars(select(Participant).where(Participant.conversation_id == conversation_id)):
        each.last_message_at = sent_at
        if each.user_id != user_id:
            each.last_received_message_id = message.id
    session.commit()
    return message.body


def sell(session: Session, product_id: int) -> object:
    product = session.get_one(Product, product_id, with_for_update=True)
    product.stock -= 1
    sale = Sale(product_id=product_id, quantity=1, unit_price=product.price)
    session.add(sale)
    session.commit()
    return sale.unit_price


OPERATIONS: dict[str, Any] = {
    "user": user,
    "profile": profile,
    "history": history,
    "discover": discover,
    "send": send,
    "sell": sell,
}
"""Each takes a session and its keys, and returns what shows that it did its work."""


@contextmanager
def open_service(url: str, connections: int) -> Generator[sessionmaker[Session]]:
    engine = create_engine(dialect_url(url), plugins=["geoalchemy2"], pool_size=connections, max_overflow=0)
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()


@asynccontextmanager
async def open_async_service(url: str, connections: int) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(dialect_url(url), pool_size=connections, max_overflow=0)
    yield async_sessionmaker(engine, expire_on_commit=False)
    await engine.dispose()
