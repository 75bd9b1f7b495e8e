# mypy: disable-error-code="empty-body"
"""The queries of a bazaar."""

import ipaddress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from psycopg.types.range import Range
from pydantic import BaseModel, ConfigDict, Field

from exchange_db import sql_folder
from exchange_db.types import Point, Record, RowCount

query = sql_folder("orders")


class OrderState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    SHIPPED = "shipped"


Kind = Literal["person", "company"]


class Address(Record):
    street: str | None
    town: str | None


class Customer(Record):
    customer_id: int
    email: Annotated[str, Field(max_length=200)]
    nickname: str | None
    kind: Kind
    address: Address | None
    home: Point
    spot: Point | None
    tags: list[str]
    settings: dict[str, str]
    born: date | None
    reference: UUID


class Order(Record):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    order_id: int
    state: OrderState
    currency: Literal["EUR", "USD"]
    total: Decimal
    note: str | None
    placed_at: datetime
    duration: timedelta | None
    weight: float
    quantity: int
    paid: bool = Field(alias="is_paid")
    photo: bytes | None
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Interface | ipaddress.IPv6Interface | None
    wanted_at: time | None
    season: Range[date] | None


class OrderLine(Record):
    order_id: int
    state: OrderState
    placed_at: datetime


class LastOrder(Record):
    customer_id: int
    order_id: int | None
    total: Decimal | None


class NearCustomer(Record):
    customer_id: int
    town: str | None
    size: Literal["small", "large"]


class JsonOrder(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: int
    state: OrderState
    note: str | None
    gift: bool = False


class CustomerOrders(Record):
    customer_id: int
    orders: list[JsonOrder]
    newest: JsonOrder | None


@query
def count_orders(*, customer_id: int) -> int: ...


@query
def create_order(
    *,
    customer_id: int,
    state: OrderState,
    currency: Literal["EUR", "USD"],
    total: Decimal,
    weight: float,
    note: str | None,
) -> OrderLine: ...


@query
def find_customer_by_email(*, email: str) -> Customer | None: ...


@query
def get_customer_orders(*, customer_id: int) -> CustomerOrders: ...


@query
def get_order(*, order_id: int) -> Order: ...


@query
def list_customers_near(*, origin: Point, radius_m: float) -> list[NearCustomer]: ...


@query
def list_last_orders(*, customer_ids: list[int]) -> list[LastOrder]: ...


@query
def list_orders(*, customer_id: int, before: datetime, limit: int) -> list[OrderLine]: ...


@query
def list_idle_customers() -> list[int]: ...


@query
def set_kind(*, customer_id: int, kind: Kind) -> RowCount: ...


@query
def set_settings(
    *, customer_id: int, settings: dict[str, str], born: date, reference: UUID, wanted: timedelta
) -> None: ...


query.complete()
