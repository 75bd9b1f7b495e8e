"""GeoAlchemy2 on SQLAlchemy 2's ORM: discovery of profiles as its tutorial writes a search by distance.

The tutorial filters with ``func.ST_…`` of a spatial column and labels what it computes: ``ST_DWithin`` for "within",
``ST_Distance`` for the order, and SQLAlchemy's ``exists()`` for "not yet seen". ``profiles_by_operator`` orders by
``<->`` (``distance_centroid``) instead, as an expert would; those at the same distance then come in any order.

Fair: the same table and the same GiST index as ours, the coarse position that others may know instead of the exact
one, the same rules; the viewer is read first, by primary key with a joined load, and their wishes travel as values,
which is what lets PostgreSQL use the index. An engine in AUTOCOMMIT saves BEGIN and ROLLBACK. Statements are cached by
SQLAlchemy and prepared by psycopg.

https://geoalchemy-2.readthedocs.io/en/latest/orm_tutorial.html#make-spatial-queries
https://geoalchemy-2.readthedocs.io/en/latest/spatial_operators.html
https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#exists-subqueries
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import Engine, Row, Select, create_engine, exists, func, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.schema import ForeignKey

from benchmarks.peers.sqlalchemy_core import dialect_url

__all__ = ["NAME", "NAME_OPERATOR", "Base", "Discovery", "discover", "open_discovery"]

NAME = "GeoAlchemy2 (ST_DWithin, ST_Distance)"
NAME_OPERATOR = "GeoAlchemy2 (ST_DWithin, <->)"
_SCHEMA = {"schema": "exchange"}


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    __table_args__ = _SCHEMA

    id: Mapped[int] = mapped_column(primary_key=True)
    is_active: Mapped[bool]


class Profile(Base):
    __tablename__ = "profiles"
    __table_args__ = _SCHEMA

    user_id: Mapped[int] = mapped_column(ForeignKey("exchange.users.id"), primary_key=True)
    name: Mapped[str]
    birth_date: Mapped[date | None]
    bio: Mapped[str | None]
    pronouns: Mapped[str | None]
    image_url: Mapped[str | None]
    location_name: Mapped[str | None]
    activity_level: Mapped[str | None]
    area: Mapped[WKBElement | None] = mapped_column(Geography("POINT", srid=4326, spatial_index=False))

    user: Mapped[User] = relationship()
    preferences: Mapped["Preferences"] = relationship()


class Preferences(Base):
    __tablename__ = "preferences"
    __table_args__ = _SCHEMA

    user_id: Mapped[int] = mapped_column(ForeignKey("exchange.profiles.user_id"), primary_key=True)
    min_age: Mapped[int]
    max_age: Mapped[int]
    max_distance_m: Mapped[float]
    activity_level: Mapped[str]


class Swipe(Base):
    __tablename__ = "swipes"
    __table_args__ = _SCHEMA

    actor_id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True)


class Pair(Base):
    __tablename__ = "pairs"
    __table_args__ = _SCHEMA

    low_id: Mapped[int] = mapped_column(primary_key=True)
    high_id: Mapped[int] = mapped_column(primary_key=True)
    low_blocks: Mapped[bool]
    high_blocks: Mapped[bool]


_AGE: Any = func.exchange.age_in_years(Profile.birth_date)


def by_distance(me: Profile) -> list[Any]:
    """``ST_Distance`` on the sphere, as ours, and the id for those at the same distance."""
    return [func.ST_Distance(Profile.area, me.area, False), Profile.user_id]


def by_operator(me: Profile) -> list[Any]:
    """``<->``, which the index answers in order as long as nothing stands behind it."""
    return [Profile.area.distance_centroid(me.area)]


def discover(
    session: Session, viewer_id: int, limit: int, order: Callable[[Profile], list[Any]] = by_distance
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Profiles with their age and distance in metres, nearest first."""
    me = session.get_one(Profile, viewer_id, options=[joinedload(Profile.preferences)])
    keys = order(me)
    return session.execute(_candidates(me, keys[0]).order_by(*keys).limit(limit)).all()


def _candidates(me: Profile, distance: Any) -> Select[*tuple[Any, ...]]:
    wishes = me.preferences
    statement = (
        select(Profile, _AGE.label("age"), distance.label("distance_m"))
        .join(Profile.user)
        .join(Profile.preferences)
        .where(
            User.is_active,
            Profile.user_id != me.user_id,
            func.ST_DWithin(Profile.area, me.area, wishes.max_distance_m, False),
            distance <= Preferences.max_distance_m,
            or_(Profile.birth_date.is_(None), _AGE.between(wishes.min_age, wishes.max_age)),
            or_(Profile.activity_level.is_(None), Profile.activity_level == wishes.activity_level),
            ~exists().where(Swipe.actor_id == me.user_id, Swipe.target_id == Profile.user_id),
            ~exists().where(
                Pair.low_id == func.least(Profile.user_id, me.user_id),
                Pair.high_id == func.greatest(Profile.user_id, me.user_id),
                or_(Pair.low_blocks, Pair.high_blocks),
            ),
        )
    )
    if me.birth_date is None:
        return statement
    age = _years(me.birth_date)
    return statement.where(Preferences.min_age <= age, Preferences.max_age >= age)


def _years(birth_date: date) -> int:
    today = datetime.now(UTC).date()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


class Discovery:
    """A session for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def profiles(self, viewer_id: int, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        with Session(self._engine) as session:
            return discover(session, viewer_id, limit)

    def profiles_by_operator(self, viewer_id: int, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        with Session(self._engine) as session:
            return discover(session, viewer_id, limit, by_operator)


@contextmanager
def open_discovery(url: str) -> Generator[Discovery]:
    engine = create_engine(dialect_url(url), plugins=["geoalchemy2"], isolation_level="AUTOCOMMIT")
    yield Discovery(engine)
    engine.dispose()
