"""Imported sales, pages of sales, and events: every function with good input and each kind of bad input."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import psycopg
import pytest

from exchange_db import sales
from exchange_db.errors import Conflict, InvalidValue, NotFound, Refused
from exchange_db.sales import Event, NewEvent
from exchange_db.types import EventId, EventKind
from tests.database.pages import walked
from tests.database.shop import NOON, Act, Conn, add_product, count_sales, load, refusal, stock

# --- history ---------------------------------------------------------------------------------------------


def test_history_leaves_the_stock_alone(conn: Conn) -> None:
    """By id or by SKU, with promotions and keys or without; in the order of time."""
    a, b = add_product(conn, "A", stock=1), add_product(conn, "B", stock=0)
    assert load(conn, [a.product_id, b.product_id, a.product_id], are_promo=[True, False, True]) == 3
    added = sales.import_sales_by_sku(
        conn,
        skus=["B", "A"],
        quantities=[2**40, 7],
        unit_prices=[Decimal(0), Decimal("9999999999.99")],
        sold_at=[NOON - timedelta(days=1), NOON - timedelta(days=2)],
        idempotency_keys=["k1", "k2"],
    )
    assert added == 2
    assert (stock(conn, a), stock(conn, b)) == (1, 0)
    rows = [(s.product_id, s.quantity, s.unit_price, s.is_promo, s.idempotency_key) for s in sales.list_sales(conn)]
    assert rows == [
        (a.product_id, 1, Decimal("1.50"), True, None),
        (b.product_id, 1, Decimal("1.50"), False, None),
        (a.product_id, 1, Decimal("1.50"), True, None),
        (b.product_id, 2**40, Decimal(0), False, "k1"),
        (a.product_id, 7, Decimal("9999999999.99"), False, "k2"),
    ]
    assert load(conn, []) == 0


def test_history_is_loaded_again(conn: Conn) -> None:
    """Keys that are there are passed over, whoever wrote them; without keys everything is new; twice in one call is an
    error, because one of the two sales would be lost."""
    a, b = add_product(conn, "A"), add_product(conn, "B")
    ids = [a.product_id, b.product_id, a.product_id]
    assert load(conn, ids, idempotency_keys=["1", "1", "2"]) == 3
    assert load(conn, [*ids, b.product_id], idempotency_keys=["1", "1", "2", "2"]) == 1
    sales.record_sale(conn, product_id=a.product_id, idempotency_key="recorded")
    assert load(conn, [a.product_id], idempotency_keys=["recorded"]) == 0
    assert load(conn, [a.product_id]) == load(conn, [a.product_id]) == 1
    assert refusal(lambda: load(conn, [a.product_id] * 2, idempotency_keys=["new", "new"]), Conflict)[0] == (
        "sales_product_id_idempotency_key_line_key"
    )
    assert refusal(
        lambda: sales.record_sale(conn, product_id=a.product_id, idempotency_key="1"), Conflict
    )[1] == "a sale of this product was already recorded under this idempotency key"  # fmt: skip
    assert count_sales(conn) == 7
    assert stock(conn, a) == 9


@pytest.mark.parametrize("longer", ["ids", "quantities", "unit_prices", "sold_at", "are_promo", "idempotency_keys"])
def test_the_lists_of_an_import_have_one_length(conn: Conn, longer: str) -> None:
    """One too short or too long, whichever it is, and nothing is loaded: no default is filled in."""
    product = add_product(conn)
    values: dict[str, list[Any]] = {
        "quantities": [1],
        "unit_prices": [Decimal(1)],
        "sold_at": [NOON],
        "are_promo": [True],
        "idempotency_keys": ["k"],
    }
    for name, import_, value in (
        ("product_ids", sales.import_sales, product.product_id),
        ("skus", sales.import_sales_by_sku, "A"),
    ):
        lists = {name: [value], **values}
        target = name if longer == "ids" else longer
        for cut in (lists[target] * 2, []):
            call: Any = import_
            refusal(partial(call, conn, **{**lists, target: cut}))
    assert count_sales(conn) == 0


def test_an_unknown_sku_is_named(conn: Conn) -> None:
    """Among a million rows the error says which; nothing is loaded."""
    add_product(conn, "A")
    with pytest.raises(Refused) as caught:
        sales.import_sales_by_sku(
            conn, skus=["A", "B?"], quantities=[1, 1], unit_prices=[Decimal(1)] * 2, sold_at=[NOON] * 2
        )
    assert caught.value.sentence == "no product has the SKU B?"
    assert count_sales(conn) == 0


def test_pages_of_sales(conn: Conn) -> None:
    """Newest first, each once although many share a moment; a range has its beginning and not its end."""
    a, b = add_product(conn, "A"), add_product(conn, "B")
    hours = [0, 1, 1, 1, 2, 2, 3, 4]
    count = len(hours)
    sales.import_sales(
        conn,
        product_ids=[a.product_id, b.product_id] * (count // 2),
        quantities=[1] * count,
        unit_prices=[Decimal(1)] * count,
        sold_at=[NOON + timedelta(hours=hour) for hour in hours],
    )
    everything = sales.list_sales(conn).items
    assert [sale.sold_at for sale in everything] == [NOON + timedelta(hours=hour) for hour in reversed(hours)]
    for product_id in (None, a.product_id):
        for start, end in ((None, None), (1, None), (None, 2), (1, 4), (4, 1)):
            bounds = [None if hour is None else NOON + timedelta(hours=hour) for hour in (start, end)]
            expected = [
                sale
                for sale in everything
                if product_id in (None, sale.product_id)
                and (bounds[0] is None or sale.sold_at >= bounds[0])
                and (bounds[1] is None or sale.sold_at < bounds[1])
            ]
            wanted = {"product_id": product_id, "sold_from": bounds[0], "sold_before": bounds[1]}
            assert walked(sales.list_sales, conn, 2, **wanted) == expected
    with pytest.raises(InvalidValue):
        sales.list_sales(conn, limit=0)


# --- events ----------------------------------------------------------------------------------------------

XMAS = date(2024, 12, 25)


def test_events(conn: Conn) -> None:
    """Made, read, changed in every field, listed by day and name and by kind, deleted."""
    xmas = sales.create_event(conn, name="Christmas", event_date=XMAS, kind=EventKind.HOLIDAY)
    assert (xmas.description, xmas.include_in_prediction) == (None, True)
    sale = sales.create_event(
        conn,
        name="Boxing Day",
        event_date=date(2024, 12, 26),
        kind=EventKind.PROMOTION,
        description="Half price",
        include_in_prediction=False,
    )
    assert sales.get_event(conn, event_id=sale.event_id) == sale
    days: dict[str, Any] = {"first_day": XMAS, "last_day": date(2024, 12, 26)}
    assert sales.list_events(conn, **days) == [xmas, sale]
    assert sales.list_events(conn, **days, kind=EventKind.PROMOTION) == [sale]
    assert sales.list_events(conn, first_day=XMAS, last_day=XMAS) == [xmas]
    assert sales.list_events(conn, first_day=days["last_day"], last_day=XMAS) == []
    fields: dict[str, Any] = {
        "name": "Advent",
        "event_date": XMAS,
        "kind": EventKind.SEASONAL,
        "description": None,
        "include_in_prediction": True,
    }
    moved = sales.update_event(conn, event_id=sale.event_id, **fields)
    assert moved == Event(event_id=sale.event_id, **fields)
    assert sales.list_events(conn, **days) == [moved, xmas]
    for name, value in {**fields, "description": "again", "include_in_prediction": False}.items():
        moved = moved.model_copy(update={name: value})
        assert sales.update_event(conn, event_id=sale.event_id, **{name: value}) == moved
    assert sales.update_event(conn, event_id=sale.event_id) == moved
    assert sales.delete_event(conn, event_id=xmas.event_id) == xmas
    missing: list[Act] = [
        lambda: sales.get_event(conn, event_id=xmas.event_id),
        lambda: sales.delete_event(conn, event_id=xmas.event_id),
        lambda: sales.update_event(conn, event_id=EventId(2**63 - 1), **fields),
    ]
    for call in missing:
        with pytest.raises(NotFound):
            call()


def test_a_day_has_a_name_once(conn: Conn) -> None:
    """On other days and under other names there are more."""
    first = sales.create_event(conn, name="x", event_date=XMAS, kind=EventKind.CUSTOM)
    second = sales.create_event(conn, name="x", event_date=date(2023, 12, 25), kind=EventKind.CUSTOM)
    sentence = ("events_event_date_name_key", "an event of this name already exists on this day")
    fields = first.model_dump(exclude={"event_id"})
    assert refusal(lambda: sales.create_event(conn, **fields), Conflict) == sentence
    assert refusal(lambda: sales.update_event(conn, event_id=second.event_id, **fields), Conflict) == sentence
    assert sales.get_event(conn, event_id=second.event_id) == second


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 256])
def test_limits_of_an_event(conn: Conn, name: str) -> None:
    """Made, changed or imported; a kind that there is not is refused before anything is sent."""
    event = sales.create_event(conn, name="x" * 255, event_date=XMAS, kind=EventKind.CUSTOM)
    fields: dict[str, Any] = {**event.model_dump(exclude={"event_id"}), "name": name}
    for call in (
        lambda: sales.create_event(conn, **fields),
        lambda: sales.update_event(conn, event_id=event.event_id, **fields),
        lambda: sales.import_events(conn, events=[NewEvent(**fields)]),
    ):
        assert refusal(call)[0] == "events_name_check"
    wrong: Any = "party"
    with pytest.raises(InvalidValue, match="kind"):
        sales.create_event(conn, name="x", event_date=XMAS, kind=wrong)
    with pytest.raises(psycopg.errors.CheckViolation, match="events_kind_check"):
        conn.execute("update exchange.events set kind = 'party'")


def test_a_calendar_is_loaded_again(conn: Conn) -> None:
    """New events are counted; those that are there stay as they are, as does the first of two."""
    known = sales.create_event(conn, name="Christmas", event_date=XMAS, kind=EventKind.CUSTOM, description="mine")
    calendar = [
        NewEvent(name="Christmas", event_date=XMAS, kind=EventKind.HOLIDAY),
        NewEvent(name="New Year", event_date=date(2025, 1, 1), kind=EventKind.HOLIDAY, description="first"),
        NewEvent(name="New Year", event_date=date(2025, 1, 1), kind=EventKind.CUSTOM, description="second"),
    ]
    assert sales.import_events(conn, events=calendar) == 1
    assert sales.import_events(conn, events=calendar) == 0
    assert sales.import_events(conn, events=[]) == 0
    listed = sales.list_events(conn, first_day=XMAS, last_day=date(2025, 1, 1))
    assert listed[0] == known
    assert [event.description for event in listed] == ["mine", "first"]
