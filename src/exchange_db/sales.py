"""Retail sales: products with their stock, what was sold, events, and the reports made of these.

Money is ``Decimal`` in the one currency of the database, with two decimals. A day is that of a time zone, which is
``"UTC"`` or a name like ``"Europe/Berlin"``; all else, also ``"Japan"`` or ``"CET"``, is ``InvalidValue``. A range of
days includes both its ends. A moment has a time zone: a naive ``datetime`` is ``InvalidValue``.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from exchange_db.engine import sql_folder
from exchange_db.resources import QUERIES
from exchange_db.sales_records import (
    Basket,
    BasketLine,
    BestSeller,
    CategoryRevenue,
    DailyCategoryRevenue,
    DailyDemand,
    DailyRevenue,
    Event,
    LowStock,
    NewEvent,
    NewProduct,
    NotEnoughStock,
    Product,
    PromotionUplift,
    Sale,
    SkuTaken,
)
from exchange_db.types import UNSET, EventId, EventKind, Page, ProductId, RowCount, SaleId, Unset

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
    "count_products",
    "create_event",
    "create_product",
    "delete_event",
    "delete_product",
    "delete_sale",
    "delete_sale_requests",
    "find_basket",
    "find_product_by_sku",
    "get_event",
    "get_product",
    "get_promotion_uplift",
    "get_sale",
    "import_events",
    "import_products",
    "import_sales",
    "import_sales_by_sku",
    "list_best_sellers",
    "list_daily_demand",
    "list_events",
    "list_low_stock",
    "list_products",
    "list_revenue_by_category",
    "list_revenue_by_day",
    "list_revenue_by_day_and_category",
    "list_sales",
    "record_basket",
    "record_sale",
    "restock_product",
    "update_event",
    "update_product",
]

query = sql_folder(QUERIES / "sales")


# --- products --------------------------------------------------------------------------------------------


@query.raises(products_sku_key=SkuTaken)
def create_product(
    *, name: str, sku: str, price: Decimal, category: str | None = None, variation: str | None = None, stock: int = 0
) -> Product:
    """The new product. Raises ``SkuTaken``; SKUs that differ by case are different."""
    ...


@query
def get_product(*, product_id: ProductId) -> Product:
    """The product with this id, or ``NotFound``."""
    ...


@query
def find_product_by_sku(*, sku: str) -> Product | None:
    """The product with exactly this SKU, or ``None``."""
    ...


@query
def list_products(*, category: str | None = None, limit: int = 50, cursor: str | None = None) -> Page[Product]:
    """Products newest first, of all categories or of one, page by page."""
    ...


@query
def count_products(*, category: str | None = None) -> int:
    """How many products there are, in all categories or in one."""
    ...


@query.raises(products_sku_key=SkuTaken)
def update_product(
    *,
    product_id: ProductId,
    name: str | Unset = UNSET,
    sku: str | Unset = UNSET,
    price: Decimal | Unset = UNSET,
    category: str | Unset | None = UNSET,
    variation: str | Unset | None = UNSET,
) -> Product:
    """The product with this content in the fields that are given, or ``NotFound``; sales of the past keep their price.

    Raises ``SkuTaken``.
    """
    ...


@query
def restock_product(*, product_id: ProductId, quantity: int) -> Product:
    """The product with ``quantity`` more pieces in stock, or ``NotFound``.

    Raises ``InvalidValue`` unless the quantity is above zero. Has no idempotency key: sent twice it adds twice.
    """
    ...


@query
def delete_product(*, product_id: ProductId) -> Product:
    """The product as it was, or ``NotFound``. Raises ``MissingReference`` when it has sales."""
    ...


@query
def import_products(*, products: list[NewProduct]) -> list[Product]:
    """The products of a catalogue as they now are, in the order of id; of entries with one SKU the last counts.

    Where the SKU is there, name, category, variation and price become those of the catalogue; the stock stays.
    """
    ...


# --- sales -----------------------------------------------------------------------------------------------


@query.raises(products_stock_check=NotEnoughStock)
def record_sale(
    *,
    product_id: ProductId,
    quantity: int = 1,
    unit_price: Decimal | None = None,
    is_promo: bool = False,
    sold_at: AwareDatetime | None = None,
    idempotency_key: str | None = None,
) -> Sale:
    """The new sale, taken from the stock, at the product's price and the present moment unless told otherwise.

    With an idempotency key it is safe to send again after a lost answer: the same call with the same key gives the sale
    that was recorded, and takes nothing twice. Raises ``Conflict`` when the key was used for anything else,
    ``NotEnoughStock`` when it does not suffice, ``MissingReference`` when there is no such product.
    """
    ...


@query.raises(products_stock_check=NotEnoughStock)
def record_basket(
    *,
    lines: Annotated[list[BasketLine], Field(min_length=1)],
    sold_at: AwareDatetime | None = None,
    idempotency_key: str | None = None,
) -> Basket:
    """The new sales, one for each line, all or none; a product may stand in several lines.
    Prices, time, idempotency key and errors are those of ``record_sale``.
    """
    ...


@query
def find_basket(*, idempotency_key: str) -> Basket | None:
    """What was recorded under this key by ``record_basket`` or ``record_sale``, or ``None``."""
    ...


@query
def get_sale(*, product_id: ProductId, sale_id: SaleId) -> Sale:
    """The sale with this id, or ``NotFound``."""
    ...


@query
def delete_sale(*, product_id: ProductId, sale_id: SaleId) -> Sale:
    """The sale as it was, or ``NotFound``; the stock gets it back. Its idempotency key is used until forgotten."""
    ...


@query
def list_sales(
    *,
    product_id: ProductId | None = None,
    sold_from: AwareDatetime | None = None,
    sold_before: AwareDatetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Sale]:
    """Sales from one moment and before another, newest first, of all products or of one, page by page."""
    ...


@query
def import_sales(
    *,
    product_ids: list[ProductId],
    quantities: list[int],
    unit_prices: list[Decimal],
    sold_at: list[AwareDatetime],
    are_promo: list[bool] | None = None,
    idempotency_keys: list[str] | None = None,
) -> RowCount:
    """How many of these sales of the past are new: one for each place in the lists. The stock stays as it is.

    All or none. A quantity is above zero, a price zero or more; returns are no sales. With keys, one for each sale,
    those that a sale of the product has already are passed over. A million in one call is fine, but takes longer
    than a pool's 30 s: ``open_pool(…, statement_timeout_s=600)``. Raises ``InvalidValue`` for lists of other lengths,
    ``MissingReference`` when a product does not exist.
    """
    ...


@query
def import_sales_by_sku(
    *,
    skus: list[str],
    quantities: list[int],
    unit_prices: list[Decimal],
    sold_at: list[AwareDatetime],
    are_promo: list[bool] | None = None,
    idempotency_keys: list[str] | None = None,
) -> RowCount:
    """The same as ``import_sales`` by SKU. Raises ``Refused`` with the SKU that no product has."""
    ...


@query
def delete_sale_requests(*, recorded_before: AwareDatetime) -> RowCount:
    """How many idempotency keys were forgotten: those first used before this moment. The sales stay.

    A retry that comes even later is a conflict with the sale itself; once that was deleted, the key sells anew.
    """
    ...


# --- events ----------------------------------------------------------------------------------------------


@query
def create_event(
    *, name: str, event_date: date, kind: EventKind, description: str | None = None, include_in_prediction: bool = True
) -> Event:
    """The new event. Raises ``Conflict`` when the day has one of this name."""
    ...


@query
def get_event(*, event_id: EventId) -> Event:
    """The event with this id, or ``NotFound``."""
    ...


@query
def update_event(
    *,
    event_id: EventId,
    name: str | Unset = UNSET,
    event_date: date | Unset = UNSET,
    kind: EventKind | Unset = UNSET,
    description: str | Unset | None = UNSET,
    include_in_prediction: bool | Unset = UNSET,
) -> Event:
    """The event with this content in the fields that are given, or ``NotFound``.

    Raises ``Conflict`` as ``create_event``.
    """
    ...


@query
def delete_event(*, event_id: EventId) -> Event:
    """The event as it was, or ``NotFound``."""
    ...


@query
def list_events(*, first_day: date, last_day: date, kind: EventKind | None = None) -> list[Event]:
    """The events of a range of days, by day and name, of all kinds or of one."""
    ...


@query
def import_events(*, events: list[NewEvent]) -> RowCount:
    """How many of these events are new; one whose name its day has already is left as it is."""
    ...


# --- reports ---------------------------------------------------------------------------------------------


@query
def list_daily_demand(
    *, product_id: ProductId, first_day: date, last_day: date, time_zone: str = "UTC"
) -> list[DailyDemand]:
    """Every day with what was sold of the product, zero included, and the day's events: what a forecast starts from.

    Empty when there is no such product. Raises ``Refused`` for more than 3,660 days.
    """
    ...


@query
def list_revenue_by_day(*, first_day: date, last_day: date, time_zone: str = "UTC") -> list[DailyRevenue]:
    """Every day with what all products earned, zero included. Raises ``Refused`` for more than 3,660 days."""
    ...


@query
def list_revenue_by_category(*, first_day: date, last_day: date, time_zone: str = "UTC") -> list[CategoryRevenue]:
    """The categories that earned something, most first."""
    ...


@query
def list_revenue_by_day_and_category(
    *, first_day: date, last_day: date, time_zone: str = "UTC"
) -> list[DailyCategoryRevenue]:
    """The days and categories that earned something, by day and category."""
    ...


@query
def list_best_sellers(
    *,
    first_day: date,
    last_day: date,
    time_zone: str = "UTC",
    category: str | None = None,
    by: Literal["quantity", "revenue"] = "quantity",
    limit: int = 20,
) -> list[BestSeller]:
    """The products that were sold most, by pieces or by revenue, in all categories or in one."""
    ...


@query
def get_promotion_uplift(
    *, product_id: ProductId, first_day: date, last_day: date, time_zone: str = "UTC"
) -> PromotionUplift:
    """How much more is sold on a day of promotion (one with a promotional sale of the product), or ``NotFound``.

    ``uplift`` = (average daily quantity on days of promotion - baseline) / baseline, the baseline being the average
    daily quantity on all other days, those without a sale included. It is the promotional lift of retail metrics
    (https://help.daasity.com/core-concepts/metrics/retail-and-wholesale-metrics/promotion/promotional-lift). Quotients
    are rounded to six decimals.
    """
    ...


@query
def list_low_stock(
    *, max_stock: int = 10, recent_days: int = 28, as_of: AwareDatetime | None = None, limit: int = 50
) -> list[LowStock]:
    """The products with at most ``max_stock`` pieces, fewest first, and how long they last.

    The pace is that of the ``recent_days`` times 24 hours before ``as_of`` (now). Quotients are rounded to six
    decimals. Raises ``Refused`` unless ``recent_days`` is above zero.
    """
    ...


query.complete()
