"""The records and errors of ``exchange_db.sales``, which is where to import them from."""

from datetime import date
from decimal import Decimal

from pydantic import AwareDatetime

from exchange_db.errors import Conflict, InvalidValue
from exchange_db.types import EventId, EventKind, ProductId, Record, SaleId

__all__ = [
    "Basket",
    "BasketLine",
    "BestSeller",
    "CategoryRevenue",
    "DailyCategoryRevenue",
    "DailyDemand",
    "DailyRevenue",
    "Event",
    "LowStock",
    "NewEvent",
    "NewProduct",
    "NotEnoughStock",
    "Product",
    "PromotionUplift",
    "Sale",
    "SkuTaken",
]


class NewProduct(Record):
    """An entry of a catalogue."""

    sku: str
    name: str
    price: Decimal
    category: str | None = None
    variation: str | None = None
    stock: int = 0


class Product(NewProduct):
    product_id: ProductId
    created_at: AwareDatetime


class BasketLine(Record):
    """So many pieces of a product."""

    product_id: ProductId
    quantity: int = 1
    unit_price: Decimal | None = None
    """``None``: what the product costs at the time."""
    is_promo: bool = False


class Sale(Record):
    """One product sold at one moment."""

    product_id: ProductId
    sale_id: SaleId
    quantity: int
    unit_price: Decimal
    is_promo: bool
    sold_at: AwareDatetime
    idempotency_key: str | None


class Basket(Record):
    """What was sold together."""

    idempotency_key: str | None
    total: Decimal
    sales: list[Sale]
    """In the order of the lines."""


class NewEvent(Record):
    """A day on which people buy more or less than on others."""

    name: str
    event_date: date
    kind: EventKind
    description: str | None = None
    include_in_prediction: bool = True


class Event(NewEvent):
    event_id: EventId


class DailyRevenue(Record):
    day: date
    sale_count: int
    quantity: int
    revenue: Decimal


class CategoryRevenue(Record):
    category: str | None
    """``None``: the products in no category."""
    sale_count: int
    quantity: int
    revenue: Decimal


class DailyCategoryRevenue(CategoryRevenue):
    day: date


class DailyDemand(Record):
    """One product on one day."""

    day: date
    quantity: int
    revenue: Decimal
    promo_quantity: int
    """The part of ``quantity`` that was sold in promotions."""
    events: list[Event]
    """All events of the day, by name; those that a forecast should know of say so."""


class BestSeller(Record):
    product_id: ProductId
    name: str
    sku: str
    category: str | None
    sale_count: int
    quantity: int
    revenue: Decimal


class PromotionUplift(Record):
    product_id: ProductId
    promo_days: int
    promo_quantity: int
    promo_daily_quantity: Decimal | None
    """``None`` without a day of promotion."""
    other_days: int
    other_quantity: int
    other_daily_quantity: Decimal | None
    """``None`` without any other day."""
    uplift: Decimal | None
    """0.5 is half as much again; ``None`` where one of the two is unknown or nothing is sold on other days."""


class LowStock(Record):
    product_id: ProductId
    name: str
    sku: str
    stock: int
    sold_quantity: int
    """Pieces sold in the recent days."""
    daily_quantity: Decimal
    days_of_cover: Decimal | None
    """For how many days the stock lasts at that pace; ``None`` when nothing was sold."""


# --- errors ------------------------------------------------------------------------------------------------


class NotEnoughStock(InvalidValue):
    """There are fewer pieces in stock than were to be sold."""


class SkuTaken(Conflict):
    """Another product has this SKU."""
