"""The tables as SQLAlchemy 2 declares them: ``Mapped`` attributes and relationships, as its documents have them.

https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html
https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html
"""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "Delivery", "User"]


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
    __table_args__ = {"schema": "exchange"}  # noqa: RUF012 - likewise

    user_id: Mapped[int] = mapped_column("id", primary_key=True)
    email: Mapped[str]
    username: Mapped[str | None]
    full_name: Mapped[str | None]
    is_active: Mapped[bool]
    is_superuser: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
