"""A shop: its stock under ten buyers at once, baskets, and what the sales of three years tell."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

from psycopg import Connection

from exchange_db import sales
from exchange_db.demo.stage import Step
from exchange_db.errors import InvalidValue
from exchange_db.pool import Pool
from exchange_db.sales import Basket, BasketLine, BestSeller, PromotionUplift

__all__ = ["STEPS", "forget_sales"]

TOUR_SKU = "TOUR-1"
"""The product that the tour makes: it is deleted with its sales when the tour ends."""


def the_last_one(pool: Pool) -> list[tuple[str, int]]:
    """One piece in stock, and ten buyers at once on ten threads. The check on the stock settles it in the statement
    that records the sale; its sentence is what the other nine read."""
    book = sales.create_product(
        pool,
        name="Signed first edition",
        sku="TOUR-1",
        price=Decimal("42.00"),
        stock=1,
    )

    def buy(buyer: int) -> str:
        try:
            sales.record_sale(pool, product_id=book.product_id)
        except InvalidValue as error:
            return error.sentence or ""
        return "sold"

    with ThreadPoolExecutor(10) as threads:
        outcomes = Counter(threads.map(buy, range(10)))
    return sorted(outcomes.items(), key=lambda outcome: outcome[1])


def a_basket(pool: Pool) -> Basket:
    """A basket is one statement: all of its lines are sold, or none. The book is the newest product, and sold out, so
    the other two stay as well. Products are locked in the order of their ids: two baskets never wait for each other in
    a circle."""
    products = sales.list_products(pool, limit=3)
    lines = [BasketLine(product_id=each.product_id) for each in products]
    return sales.record_basket(pool, lines=lines)


def best_sellers(pool: Pool) -> list[BestSeller]:
    """What was sold most in three years; days are those of the shop's time zone."""
    return sales.list_best_sellers(
        pool,
        first_day=date(2022, 1, 1),
        last_day=date(2024, 12, 31),
        time_zone="Europe/Berlin",
        category="Garden",
        limit=4,
    )


def daily_demand(pool: Pool, garden: list[BestSeller]) -> Iterator[tuple[date, int, Decimal, int, str]]:
    """Every day, also one without a sale, and the day's events beside it: what a forecast starts from. This Easter
    Sunday has 23 hours."""
    for demand in sales.list_daily_demand(
        pool,
        product_id=garden[0].product_id,
        first_day=date(2024, 3, 28),
        last_day=date(2024, 4, 3),
        time_zone="Europe/Berlin",
    ):
        yield (
            demand.day,
            demand.quantity,
            demand.revenue,
            demand.promo_quantity,
            ", ".join(event.name for event in demand.events),
        )


def what_promotions_bring(pool: Pool, garden: list[BestSeller]) -> PromotionUplift:
    """How much more is sold on a day of promotion than on others: 1 is twice as much."""
    return sales.get_promotion_uplift(
        pool,
        product_id=garden[0].product_id,
        first_day=date(2022, 1, 1),
        last_day=date(2024, 12, 31),
        time_zone="Europe/Berlin",
    )


def forget_sales(connection: Connection) -> None:
    """Delete what the tour sells, also where an earlier tour was killed."""
    if product := sales.find_product_by_sku(connection, sku=TOUR_SKU):
        while page := sales.list_sales(connection, product_id=product.product_id):
            for sale in page:
                sales.delete_sale(connection, product_id=sale.product_id, sale_id=sale.sale_id)
        sales.delete_product(connection, product_id=product.product_id)


STEPS = (
    Step("The last one, and ten buyers", the_last_one, columns=("outcome", "buyers")),
    Step("A basket, all or nothing", a_basket, raises=InvalidValue),
    Step("Best sellers", best_sellers, gives="garden", columns=("name", "sku", "sale_count", "quantity", "revenue")),
    Step(
        "Daily demand across the change to summer time",
        daily_demand,
        columns=("day", "quantity", "revenue", "in promotion", "events"),
    ),
    Step("What promotions bring", what_promotions_bring),
)
