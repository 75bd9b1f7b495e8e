"""GeoAlchemy2 on SQLAlchemy 2's ORM: discovery of profiles as its tutorial writes a search by distance.

The tutorial filters with ``func.ST_…`` of a spatial column and labels a computed value; PostGIS's and SQLAlchemy's own pages
give ``ST_DWithin`` for "within", ``ST_Distance`` for the order, ``exists()`` for "not yet seen". ``Knn`` is the same with the
operator ``<->`` (``distance_centroid``), which GeoAlchemy2 documents under "closest neighbours" and an expert would take.

Fair: the same table and the same GiST index as ours, the coarse position that others may know instead of the exact one, the
same rules and the same columns; the viewer is read first, by primary key with a joined load, and their wishes travel as
values, which is what lets PostgreSQL use the index. An engine in AUTOCOMMIT saves BEGIN and ROLLBACK. Statements are
cached by SQLAlchemy and prepared by psycopg.

https://geoalchemy-2.readthedocs.io/en/latest/orm_tutorial.html#make-spatial-queries
https://geoalchemy-2.readthedocs.io/en/latest/spatial_operators.html
https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#exists-subqueries
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import Engine, Row, Select, create_engine, exists, func, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.schema import ForeignKey

from benchmarks.peers.sqlalchemy_core import dialect_url

__all__ = ["NAME", "NAME_KNN", "Discovery", "KnnDiscovery", "discovery", "open_discovery", "open_knn_discovery"]

NAME = "GeoAlchemy2 (ST_DWithin, ST_Distance)"
NAME_KNN = "GeoAlchemy2, order by <->"
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


def discovery(session: Session, viewer_id: int, limit: int, distance: Any = None) -> Sequence[Row[Any]]:
    """Profiles with their age and distance in metres, nearest first, those at the same distance by id."""
    me = session.get_one(Profile, viewer_id, options=[joinedload(Profile.preferences)])
    my_age = session.scalar(select(func.exchange.age_in_years(me.birth_date)))
    distance = func.ST_Distance(Profile.area, me.area, False) if distance is None else distance(me.area)
    statement = _candidates(me, my_age, distance).order_by(distance, Profile.user_id).limit(limit)
    return session.execute(statement).all()


def _candidates(me: Profile, my_age: int | None, distance: Any) -> Select[Any]:
    wishes = me.preferences
    statement = (
        select(Profile, _AGE.label("age"), distance.label("distance_m"))
        .join(Profile.user)
        .join(Profile.preferences)
        .where(
            User.is_active,
            Profile.user_id != me.user_id,
            func.ST_DWithin(Profile.area, me.area, wishes.max_distance_m, False),
            distance <= wishes.max_distance_m,
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
    if my_age is None:
        return statement
    return statement.where(Preferences.min_age <= my_age, Preferences.max_age >= my_age)


class Discovery:
    """A session for each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def profiles(self, viewer_id: int, limit: int) -> Sequence[Row[Any]]:
        with Session(self._engine) as session:
            return discovery(session, viewer_id, limit)


class KnnDiscovery(Discovery):
    """The same in the order of the operator."""

    def profiles(self, viewer_id: int, limit: int) -> Sequence[Row[Any]]:
        with Session(self._engine) as session:
            return discovery(session, viewer_id, limit, Profile.area.distance_centroid)  # type: ignore[attr-defined]


@contextmanager
def open_discovery(url: str) -> Generator[Discovery]:
    engine = create_engine(dialect_url(url), plugins=["geoalchemy2"], isolation_level="AUTOCOMMIT")
    yield Discovery(engine)
    engine.dispose()


@contextmanager
def open_knn_discovery(url: str) -> Generator[KnnDiscovery]:
    engine = create_engine(dialect_url(url), plugins=["geoalchemy2"], isolation_level="AUTOCOMMIT")
    yield KnnDiscovery(engine)
    engine.dispose()
