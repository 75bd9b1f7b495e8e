"""Reports of sales against sums in plain Python: days of any zone, through summer time and stranger things; plans."""

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from exchange_db import sales
from exchange_db.engine import Query
from exchange_db.errors import InvalidValue, NotFound, Refused
from exchange_db.pool import open_pool
from exchange_db.sales import NewEvent, NewProduct
from exchange_db.types import EventKind, ProductId
from tests.database.plans import MODES, Plan, explain

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NOTHING = ProductId(2**63 - 1)
SIX = Decimal("0.000001")


@dataclass(frozen=True)
class Sold:
    """A sale of the past."""

    product: int
    """Which of the products, from 0."""
    at: datetime
    quantity: int = 1
    price: Decimal = Decimal("1.10")
    is_promo: bool = False


def catalogue(db: Conn | Pool, count: int) -> list[ProductId]:
    """Products, every third without a category."""
    entries = [
        NewProduct(sku=f"{n:05}", name=f"Product {n}", price=Decimal(1), category=f"c{n % 3}" if n % 3 else None)
        for n in range(count)
    ]
    return [product.product_id for product in sales.import_products(db, products=entries)]


def load(db: Conn | Pool, products: Sequence[ProductId], sold: Sequence[Sold]) -> int:
    return sales.import_sales(
        db,
        product_ids=[products[each.product] for each in sold],
        quantities=[each.quantity for each in sold],
        unit_prices=[each.price for each in sold],
        sold_at=[each.at for each in sold],
        are_promo=[each.is_promo for each in sold],
    )


# --- the oracle --------------------------------------------------------------------------------------------


@dataclass
class Sums:
    sale_count: int = 0
    quantity: int = 0
    revenue: Decimal = Decimal(0)
    promo_quantity: int = 0
    is_promo: bool = False

    def add(self, sale: Sold) -> None:
        self.sale_count += 1
        self.quantity += sale.quantity
        self.revenue += sale.quantity * sale.price
        self.promo_quantity += sale.quantity if sale.is_promo else 0
        self.is_promo |= sale.is_promo


def summed(sold: Sequence[Sold], first: date, last: date, zone: str) -> dict[tuple[date, int], Sums]:
    """The sums of each product on each day of the zone."""
    local = ZoneInfo(zone)
    sums: dict[tuple[date, int], Sums] = defaultdict(Sums)
    for sale in sold:
        day = sale.at.astimezone(local).date()
        if first <= day <= last:
            sums[day, sale.product].add(sale)
    return sums


def total(parts: Sequence[Sums]) -> tuple[int, int, Decimal]:
    return (
        sum(part.sale_count for part in parts),
        sum(part.quantity for part in parts),
        sum((part.revenue for part in parts), Decimal(0)),
    )


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def quotient(numerator: int, denominator: int) -> Decimal | None:
    """Rounded to six decimals, halves away from zero, as PostgreSQL does."""
    if not denominator:
        return None
    exact = Fraction(numerator, denominator) * 10**6
    sign = -1 if exact < 0 else 1
    return sign * Decimal(int(abs(exact) + Fraction(1, 2))) / 10**6


def check_reports(  # noqa: PLR0917
    db: Conn | Pool,
    products: Sequence[ProductId],
    sold: Sequence[Sold],
    days: tuple[date, date],
    zone: str,
    looked_at: Sequence[int],
) -> None:
    """Every report that has a range of days, against the sums."""
    first, last = days
    span: dict[str, Any] = {"first_day": first, "last_day": last, "time_zone": zone}
    sums = summed(sold, first, last, zone)
    category = [f"c{n % 3}" if n % 3 else None for n in range(len(products))]
    calendar = days_between(first, last)

    by_day: dict[date, list[Sums]] = defaultdict(list)
    by_product: dict[int, list[Sums]] = defaultdict(list)
    by_category: dict[str | None, list[Sums]] = defaultdict(list)
    by_both: dict[tuple[date, str | None], list[Sums]] = defaultdict(list)
    for (day, number), part in sums.items():
        by_day[day].append(part)
        by_product[number].append(part)
        by_category[category[number]].append(part)
        by_both[day, category[number]].append(part)

    assert [(row.day, row.sale_count, row.quantity, row.revenue) for row in sales.list_revenue_by_day(db, **span)] == [
        (day, *total(by_day[day])) for day in calendar
    ]
    assert [
        (row.category, row.sale_count, row.quantity, row.revenue) for row in sales.list_revenue_by_category(db, **span)
    ] == sorted(
        ((name, *total(parts)) for name, parts in by_category.items()),
        key=lambda row: (-row[3], row[0] is None, row[0] or ""),
    )
    assert [
        (row.day, row.category, row.sale_count, row.quantity, row.revenue)
        for row in sales.list_revenue_by_day_and_category(db, **span)
    ] == sorted(
        ((*key, *total(parts)) for key, parts in by_both.items()),
        key=lambda row: (row[0], row[1] is None, row[1] or ""),
    )
    ranked = [(products[number], category[number], *total(parts)) for number, parts in by_product.items()]

    def by_pieces(row: tuple[ProductId, str | None, int, int, Decimal]) -> tuple[Any, ...]:
        return -row[3], -row[4], row[0]

    def by_revenue(row: tuple[ProductId, str | None, int, int, Decimal]) -> tuple[Any, ...]:
        return -row[4], -row[3], row[0]

    for by, order in (("quantity", by_pieces), ("revenue", by_revenue)):
        for only in (None, "c1"):
            more: dict[str, Any] = {**span, "by": by}
            rows = sales.list_best_sellers(db, **more, category=only, limit=7)
            assert [(r.product_id, r.category, r.sale_count, r.quantity, r.revenue) for r in rows] == sorted(
                (row for row in ranked if only in (None, row[1])), key=order
            )[:7]
    for number in looked_at:
        demand = sales.list_daily_demand(db, product_id=products[number], **span)
        parts = [sums.get((day, number), Sums()) for day in calendar]
        assert [(row.day, row.quantity, row.revenue, row.promo_quantity) for row in demand] == [
            (day, part.quantity, part.revenue, part.promo_quantity) for day, part in zip(calendar, parts, strict=True)
        ]
        promo = [part.quantity for part in parts if part.is_promo]
        other = [part.quantity for part in parts if not part.is_promo]
        uplift = sales.get_promotion_uplift(db, product_id=products[number], **span)
        assert (uplift.promo_days, uplift.promo_quantity) == (len(promo), sum(promo))
        assert (uplift.other_days, uplift.other_quantity) == (len(other), sum(other))
        assert uplift.promo_daily_quantity == quotient(sum(promo), len(promo))
        assert uplift.other_daily_quantity == quotient(sum(other), len(other))
        assert uplift.uplift == quotient(sum(promo) * len(other) - sum(other) * len(promo), sum(other) * len(promo))


# --- days ------------------------------------------------------------------------------------------------

ODD = {
    "23 hours": ("Europe/Berlin", date(2024, 3, 31)),
    "25 hours": ("Europe/Berlin", date(2024, 10, 27)),
    "half an hour more": ("Australia/Lord_Howe", date(2024, 4, 7)),
    "no midnight": ("America/Sao_Paulo", date(2018, 11, 4)),
    "two midnights": ("America/Havana", date(2024, 11, 3)),
    "back over midnight": ("America/St_Johns", date(2010, 11, 7)),
    "left out": ("Pacific/Apia", date(2011, 12, 30)),
    "a strange offset": ("Asia/Kathmandu", date(2024, 5, 1)),
    "a year of one digit": ("America/New_York", date(9, 1, 1)),
}
in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


@pytest.mark.parametrize("session", ["UTC", "America/Los_Angeles"])
@pytest.mark.parametrize("odd", ODD)
def test_a_day_is_that_of_the_zone(conn: Conn, odd: str, session: str) -> None:
    """Around days that are short, long, cut in two or not there, a sale every ten minutes falls on the day that the
    clocks there show, whatever the session's zone is."""
    zone, day = ODD[odd]
    conn.execute("select set_config('timezone', %s, false)", [session])
    products = catalogue(conn, 2)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1, hours=14)
    sold = [Sold(n % 2, start + timedelta(minutes=10 * n), is_promo=n % 50 == 0) for n in range(6 * 24 * 4)]
    load(conn, products, sold)
    for first, last in ((day, day), (day - timedelta(1), day + timedelta(1)), (day + timedelta(1), day)):
        check_reports(conn, products, sold, (first, last), zone, [0, 1])
    hours = {"23 hours": 23, "25 hours": 25, "half an hour more": 24.5, "left out": 0}.get(odd)
    if hours is not None:
        (only,) = sales.list_revenue_by_day(conn, first_day=day, last_day=day, time_zone=zone)
        assert only.sale_count == hours * 6


@in_one_database
@given(
    sold=st.lists(
        st.builds(
            Sold,
            st.integers(0, 4),
            st.datetimes(datetime(2024, 3, 28), datetime(2024, 4, 3), timezones=st.just(UTC)),
            st.integers(1, 9) | st.integers(1, 2**40),
            st.decimals(0, Decimal("9999999999.99"), places=2),
            st.booleans(),
        ),
        max_size=25,
    ),
    zone=st.sampled_from(["UTC", "GMT", "Etc/GMT+5", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
    first=st.dates(date(2024, 3, 27), date(2024, 4, 4)),
    length=st.integers(-1, 6),
)
def test_reports_are_sums(conn: Conn, sold: list[Sold], zone: str, first: date, length: int) -> None:
    """Of any sales in any zone, exact to the cent."""
    with conn.transaction(force_rollback=True):
        products = catalogue(conn, 5)
        load(conn, products, sold)
        check_reports(conn, products, sold, (first, first + timedelta(length)), zone, range(5))


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Europe/Berln",
        "CET",
        "BST",
        "+02:00",
        "EST5EDT",
        "Berlin1",
        "Foo/Bar3",
        "Etc/Foo+1",
        "UTC+2",
        "x" * 300,
        "'",
    ],
)
def test_a_zone_that_could_be_misread_is_refused(conn: Conn, zone: str) -> None:
    """By every report: an unknown name, and what PostgreSQL takes for a zone without summer time or turned round."""
    (product_id,) = catalogue(conn, 1)
    span: dict[str, Any] = {"first_day": date(2024, 1, 1), "last_day": date(2024, 1, 2), "time_zone": zone}
    reports: list[tuple[Any, dict[str, Any]]] = [
        (sales.list_daily_demand, {"product_id": product_id}),
        (sales.get_promotion_uplift, {"product_id": product_id}),
        (sales.list_revenue_by_day, {}),
        (sales.list_revenue_by_category, {}),
        (sales.list_revenue_by_day_and_category, {}),
        (sales.list_best_sellers, {}),
    ]
    for report, more in reports:
        with pytest.raises(InvalidValue) as caught:
            report(conn, **span, **more)
        assert caught.value.constraint == "time_zone_check" or "not recognized" in caught.value.sentence


def test_every_zone_of_the_database_is_known(conn: Conn) -> None:
    """Whatever Area/City PostgreSQL itself lists is accepted, and so is its lower case."""
    rows = conn.execute(r"""
        select name, name::exchange.time_zone, lower(name)::exchange.time_zone from pg_timezone_names
        where name ~ '/' and name !~ '^(posix|right|SystemV)/'
    """).fetchall()
    assert len(rows) > 400


# --- demand, uplift, low stock -----------------------------------------------------------------------------


def test_demand_has_the_events_of_each_day(conn: Conn) -> None:
    """Beside the day, by name, those that a forecast should not know of marked as such; no product, no days."""
    (product_id,) = catalogue(conn, 1)
    xmas = date(2024, 12, 25)
    events = [
        NewEvent(name="b", event_date=xmas, kind=EventKind.CUSTOM, include_in_prediction=False, description='"x"'),
        NewEvent(name="a", event_date=xmas, kind=EventKind.HOLIDAY),
        NewEvent(name="a", event_date=date(2024, 12, 27), kind=EventKind.PROMOTION),
    ]
    sales.import_events(conn, events=events)
    span: dict[str, Any] = {"first_day": date(2024, 12, 24), "last_day": date(2024, 12, 26)}
    stored = sales.list_events(conn, **span)
    assert [(row.day.day, row.events) for row in sales.list_daily_demand(conn, product_id=product_id, **span)] == [
        (24, []),
        (25, stored),
        (26, []),
    ]
    assert [(event.name, event.include_in_prediction) for event in stored] == [("a", True), ("b", False)]
    assert sales.list_daily_demand(conn, product_id=NOTHING, **span) == []
    with pytest.raises(NotFound):
        sales.get_promotion_uplift(conn, product_id=NOTHING, **span)


def test_every_day_of_ten_years_and_no_more(conn: Conn) -> None:
    """A row for each of 3,660 days; of more they are not made; a range that ends before it begins has none."""
    (product_id,) = catalogue(conn, 1)
    first = date(2014, 1, 1)
    span: dict[str, Any]
    for last, count in ((first + timedelta(3659), 3660), (first - timedelta(1), 0), (date.min, 0)):
        span = {"first_day": first, "last_day": last}
        assert len(sales.list_daily_demand(conn, product_id=product_id, **span)) == count
        assert len(sales.list_revenue_by_day(conn, **span)) == count
    for first_day, last_day in ((first, first + timedelta(3660)), (date(1, 1, 3), date.max - timedelta(3))):
        span = {"first_day": first_day, "last_day": last_day}
        with pytest.raises(Refused, match="3,660 days"):
            sales.list_daily_demand(conn, product_id=product_id, **span)
        with pytest.raises(Refused, match="3,660 days"):
            sales.list_revenue_by_day(conn, **span)


def test_uplift_by_hand(conn: Conn) -> None:
    """Two days of promotion with 9 pieces, three others with 6, one of these empty: 4.5 against 2, 1.25 more."""
    products = catalogue(conn, 2)
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    load(
        conn,
        products,
        [
            Sold(0, noon, 4, is_promo=True),
            Sold(0, noon, 1),
            Sold(0, noon + timedelta(days=1), 4, is_promo=True),
            Sold(0, noon + timedelta(days=2), 2),
            Sold(0, noon + timedelta(days=4), 4),
            Sold(1, noon, 7, is_promo=True),
        ],
    )
    days: dict[str, Any] = {"first_day": date(2024, 5, 1), "last_day": date(2024, 5, 5)}
    found = sales.get_promotion_uplift(conn, product_id=products[0], **days)
    assert (found.promo_daily_quantity, found.other_daily_quantity) == (Decimal("4.5"), Decimal(2))
    assert found.uplift == Decimal("1.25")
    alone = sales.get_promotion_uplift(conn, product_id=products[1], **days)
    assert (alone.promo_daily_quantity, alone.other_daily_quantity) == (Decimal(7), Decimal(0))
    assert alone.uplift is None


def test_low_stock(conn: Conn) -> None:
    """Fewest first; what was sold in the recent days before the moment, and how long the rest lasts."""
    now = datetime(2024, 5, 29, tzinfo=UTC)
    products = catalogue(conn, 4)
    for product_id, pieces in zip(products, (3, 10, 11, 3), strict=True):
        sales.restock_product(conn, product_id=product_id, quantity=pieces)
    month = timedelta(days=28)
    load(
        conn,
        products,
        [
            Sold(0, now - month, 5),
            Sold(0, now, 7),
            Sold(0, now - month - timedelta(seconds=1), 9),
            Sold(1, now - month),
        ],
    )
    rows = sales.list_low_stock(conn, as_of=now)
    assert [(row.product_id, row.stock, row.sold_quantity) for row in rows] == [
        (products[0], 3, 5),
        (products[3], 3, 0),
        (products[1], 10, 1),
    ]
    assert [(row.daily_quantity, row.days_of_cover) for row in rows] == [
        (Decimal("0.178571"), Decimal("16.8")),
        (0, None),
        (Decimal("0.035714"), 280),
    ]
    assert sales.list_low_stock(conn, as_of=now, limit=1) == rows[:1]
    assert sales.list_low_stock(conn, as_of=now, max_stock=3) == rows[:2]
    assert [row.sold_quantity for row in sales.list_low_stock(conn)] == [0, 0, 0]
    with pytest.raises(InvalidValue):
        sales.list_low_stock(conn, limit=-1)
    for days in (0, -1):
        for most in (10, -1):  # with products and without
            with pytest.raises(Refused, match="recent_days must be above zero"):
                sales.list_low_stock(conn, recent_days=days, max_stock=most)


# --- plans -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[Conn]:
    """100,000 sales of 2,000 products in two years, a tenth of them of product 7; 50,000 requests."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("""
            insert into exchange.products (name, sku, price, category, stock)
            select 'x', n, 1, 'c' || n % 40, n from generate_series(1, 2000) as n;
            insert into exchange.sales (product_id, quantity, unit_price, sold_at, idempotency_key)
            select case when n % 10 = 0 then 7 else 1 + n * 7919 % 2000 end, 1, 1,
                   timestamptz '2022-01-01 00:00Z' + n * interval '10.5 min', 'k' || n
            from generate_series(1, 100000) as n;
            insert into exchange.sale_requests (idempotency_key, fingerprint, sales, recorded_at)
            select 'k' || n, '', '[]', timestamptz '2022-01-01 00:00Z' + n * interval '10.5 min'
            from generate_series(1, 50000) as n;
            insert into exchange.events (name, event_date, kind)
            select 'e' || n, date '1990-01-01' + n, 'holiday' from generate_series(1, 20000) as n;
            analyze
        """)
        yield conn


@pytest.fixture(params=MODES)
def planned(crowded: Conn, request: pytest.FixtureRequest) -> Conn:
    """The crowded database, planning without knowledge of the values, and with it."""
    mode: LiteralString = request.param
    crowded.execute("set plan_cache_mode = " + mode)
    return crowded


def plan_of(conn: Conn, query: Query[..., Any], variant: str = "", **values: str | None) -> Plan:
    """The plan for values by name."""
    (statement,) = (each for each in query.file.variants if each.label == variant)
    return explain(conn, query, *(values.get(name) for name in statement.parameters), variant=variant)


def check(plan: Plan, rows_read: int, *indexes: str) -> None:
    """Only these indexes, no more rows than that."""
    assert "Seq Scan" not in plan.nodes, plan.text
    assert plan.indexes
    assert plan.indexes <= set(indexes), plan.text
    assert plan.rows_read <= rows_read, plan.text
    assert plan.cost < 100_000, plan.text


WEEK = {"first_day": "2023-05-01", "last_day": "2023-05-07", "time_zone": "Europe/Berlin"}
IN_A_WEEK = 1280
"""Sales in nine days and two hours."""


def test_reports_read_their_range(planned: Conn) -> None:
    """A week costs the sales of the week and of a day on both sides, not those of two years."""
    check(plan_of(planned, sales.list_revenue_by_day, **WEEK), IN_A_WEEK, "sales_sold_at_idx")
    one = plan_of(planned, sales.list_daily_demand, product_id="7", **WEEK)
    check(one, 170, "sales_product_id_sold_at_idx", "products_pkey", "events_event_date_name_key")
    uplift = plan_of(planned, sales.get_promotion_uplift, product_id="7", **WEEK)
    check(uplift, 170, "sales_product_id_sold_at_idx", "products_pkey")
    queries: list[tuple[Query[..., Any], str]] = [
        (sales.list_revenue_by_category, ""),
        (sales.list_revenue_by_day_and_category, ""),
        (sales.list_best_sellers, "not category / by quantity"),
        (sales.list_best_sellers, "category / by revenue"),
    ]
    for query, variant in queries:
        plan = plan_of(planned, query, variant, category="c7", limit="20", **WEEK)
        assert "sales_sold_at_idx" in plan.indexes, plan.text
        assert plan.rows_read <= IN_A_WEEK + 2 * 2000, plan.text


def test_pages_of_sales_follow_the_limit(planned: Conn) -> None:
    """In the middle of everything, of all products or of one, with and without bounds, whichever way one goes."""
    values = {"product_id": "7", "sold_from": "2022-02-01Z", "sold_before": "2023-04-01Z", "limit": "51"}
    edge = {"page_sold_at": "2023-03-01Z", "page_sale_id": "60000"}
    for statement in sales.list_sales.file.variants:
        plan = plan_of(planned, sales.list_sales, statement.label, **values, **edge)
        one = "sales_product_id_sold_at_idx" in plan.indexes
        assert one == statement.label.startswith("product_id"), plan.text
        check(plan, 51, "sales_product_id_sold_at_idx" if one else "sales_sold_at_idx")


def test_look_ups_ride_their_indexes(planned: Conn) -> None:
    """By SKU, by category, by key, by age; a sale touches its product and nothing else."""
    check(plan_of(planned, sales.find_product_by_sku, sku="77"), 1, "products_sku_key")
    for statement in sales.list_products.file.variants:
        page = {"category": "c7", "page_product_id": "1000", "limit": "6"}
        plan = plan_of(planned, sales.list_products, statement.label, **page)
        check(plan, 6, "products_pkey" if statement.label.startswith("not") else "products_category_idx")
    by_key = plan_of(planned, sales.find_basket, idempotency_key="k77")
    check(by_key, 1, "sale_requests_pkey", "sale_requests_idempotency_key_fingerprint_key")
    for variant in ("not kind", "kind"):
        days = {"first_day": "2023-05-01", "last_day": "2023-05-07", "kind": "holiday"}
        check(plan_of(planned, sales.list_events, variant, **days), 7, "events_event_date_name_key")
    few = plan_of(planned, sales.list_low_stock, max_stock="5", recent_days="28", as_of="2023-05-01Z", limit="50")
    assert few.rows_read <= 2000 + 5 * 60, few.text
    assert "sales_product_id_sold_at_idx" in few.indexes
    forget = plan_of(planned, sales.delete_sale_requests, recorded_before="2022-01-02Z")
    check(forget, 200, "sale_requests_recorded_at_idx")
    sale = {"product_id": "7", "quantity": "1", "is_promo": "f", "idempotency_key": "new"}
    check(plan_of(planned, sales.record_sale, **sale), 2, "products_pkey")
    lines = '[{"product_id": 9, "quantity": 1, "is_promo": false}, {"product_id": 7, "quantity": 1, "is_promo": false}]'
    check(plan_of(planned, sales.record_basket, lines=lines, idempotency_key="new"), 4, "products_pkey")
    check(plan_of(planned, sales.get_sale, product_id="7", sale_id="10"), 1, "sales_pkey")
    gone = plan_of(planned, sales.delete_sale, product_id="7", sale_id="10")
    check(gone, 3, "sales_pkey", "products_pkey")


def test_an_import_looks_up_each_key(planned: Conn) -> None:
    """Keys are sought in their index, a few of many rows."""
    plan = plan_of(
        planned,
        sales.import_sales,
        product_ids="{7,8}",
        quantities="{1,1}",
        unit_prices="{1,1}",
        sold_at="{2024-01-01Z,2024-01-01Z}",
        idempotency_keys="{k10,new}",
    )
    check(plan, 2, "sales_product_id_idempotency_key_line_key")


# --- at scale --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_million_sales(database_url: str) -> None:
    """Loaded in one call by SKU and with keys, and again without effect; every report is the sum in plain Python."""
    count, kinds = 1_000_000, 5000
    start = datetime(2009, 12, 1, tzinfo=UTC)
    sold = [
        Sold(
            product=(n * n + n // 3) % kinds,
            at=start + timedelta(seconds=63 * n),
            quantity=1 + n * 31 % 47,
            price=Decimal(n * 7919 % 5000) / 100,
            is_promo=n % 17 == 0,
        )
        for n in range(count)
    ]
    with open_pool(database_url, statement_timeout_s=600) as pool:
        products = catalogue(pool, kinds)
        columns: dict[str, Any] = {
            "skus": [f"{sale.product:05}" for sale in sold],
            "quantities": [sale.quantity for sale in sold],
            "unit_prices": [sale.price for sale in sold],
            "sold_at": [sale.at for sale in sold],
            "are_promo": [sale.is_promo for sale in sold],
            "idempotency_keys": [f"line {n}" for n in range(count)],
        }
        assert sales.import_sales_by_sku(pool, **columns) == count
        assert sales.import_sales_by_sku(pool, **columns) == 0
        last = (start + timedelta(days=731)).date()
        check_reports(pool, products, sold, (start.date(), last), "Europe/London", [0, 2, 6, 12])
        check_reports(pool, products, sold, (date(2010, 3, 27), date(2010, 3, 29)), "America/New_York", [0])
        with pool.connection() as conn:
            conn.execute("analyze")
            for mode in MODES:
                conn.execute("set plan_cache_mode = " + mode)
                plan = plan_of(conn, sales.list_revenue_by_day, **{**WEEK, "first_day": "2010-05-01",
                                                                   "last_day": "2010-05-07"})  # fmt: skip
                check(plan, 13_000, "sales_sold_at_idx")
