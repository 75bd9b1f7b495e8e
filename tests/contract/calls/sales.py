"""Calls of the functions of sales: one that works, and each error that they can raise."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from exchange_db import sales
from exchange_db.errors import Conflict, InvalidCursor, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.sales import BasketLine, NewEvent, NewProduct
from exchange_db.types import EventId, EventKind, ProductId, SaleId
from tests.contract.calls.table import Call, World

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = NOON.date()
NO_PRODUCT, NO_SALE, NO_EVENT = ProductId(2**62), SaleId(2**62), EventId(2**62)
ONE = Decimal("1.00")


def prepare(world: World) -> dict[str, Any]:
    """Products with and without sales, a sale with a key, two events."""
    mug, pen = (
        sales.create_product(world.conn, name=name, sku=name, price=ONE, category="c", stock=5).product_id
        for name in ("mug", "pen")
    )
    sale = sales.record_sale(world.conn, product_id=mug, idempotency_key="used", sold_at=NOON)
    xmas, easter = (
        sales.create_event(world.conn, name=name, event_date=DAY, kind=EventKind.HOLIDAY).event_id
        for name in ("Christmas", "Easter")
    )
    return {"mug": mug, "pen": pen, "sale": sale.sale_id, "xmas": xmas, "easter": easter}


def _product(**changes: Any) -> dict[str, Any]:
    return {"name": "cup", "sku": "cup", "price": ONE, "category": None, "variation": None, **changes}


def _event(**changes: Any) -> dict[str, Any]:
    fields = {"name": "May Day", "event_date": DAY, "kind": EventKind.HOLIDAY, "description": None}
    return {**fields, "include_in_prediction": True, **changes}


def _history(**changes: Any) -> dict[str, Any]:
    return {"quantities": [1], "unit_prices": [ONE], "sold_at": [NOON], **changes}


def _days(**changes: Any) -> dict[str, Any]:
    return {"first_day": DAY, "last_day": date(2024, 5, 31), "time_zone": "Europe/Berlin", **changes}


def _line(product_id: ProductId, quantity: int = 1, price: Decimal | None = None) -> list[BasketLine]:
    return [BasketLine(product_id=product_id, quantity=quantity, unit_price=price)]


CALLS: dict[str, Call] = {
    "count_products": Call(works=lambda it: {"category": "c"}, errors={}),
    "create_event": Call(
        works=lambda it: _event(),
        errors={
            Conflict: [lambda it: _event(name="Christmas")],
            InvalidValue: [lambda it: _event(name=" "), lambda it: _event(kind="party")],
        },
    ),
    "create_product": Call(
        works=lambda it: _product(stock=3),
        errors={
            sales.SkuTaken: [lambda it: _product(sku="mug")],
            InvalidValue: [
                lambda it: _product(name=" "),
                lambda it: _product(sku=""),
                lambda it: _product(category=""),
                lambda it: _product(variation="x" * 101),
                lambda it: _product(price=Decimal("1.001")),
                lambda it: _product(price=Decimal(-1)),
                lambda it: _product(stock=-1),
            ],
        },
    ),
    "delete_event": Call(
        works=lambda it: {"event_id": it["xmas"]}, errors={NotFound: [lambda it: {"event_id": NO_EVENT}]}
    ),
    "delete_product": Call(
        works=lambda it: {"product_id": it["pen"]},
        errors={
            NotFound: [lambda it: {"product_id": NO_PRODUCT}],
            MissingReference: [lambda it: {"product_id": it["mug"]}],
        },
    ),
    "delete_sale": Call(
        works=lambda it: {"product_id": it["mug"], "sale_id": it["sale"]},
        errors={NotFound: [lambda it: {"product_id": it["mug"], "sale_id": NO_SALE}]},
    ),
    "delete_sale_requests": Call(
        works=lambda it: {"recorded_before": NOON.replace(year=2999)},
        errors={InvalidValue: [lambda it: {"recorded_before": NOON.replace(tzinfo=None)}]},
    ),
    "find_basket": Call(works=lambda it: {"idempotency_key": "used"}, errors={}),
    "find_product_by_sku": Call(works=lambda it: {"sku": "mug"}, errors={}),
    "get_event": Call(
        works=lambda it: {"event_id": it["xmas"]}, errors={NotFound: [lambda it: {"event_id": NO_EVENT}]}
    ),
    "get_product": Call(
        works=lambda it: {"product_id": it["mug"]}, errors={NotFound: [lambda it: {"product_id": NO_PRODUCT}]}
    ),
    "get_promotion_uplift": Call(
        works=lambda it: _days(product_id=it["mug"]),
        errors={
            NotFound: [lambda it: _days(product_id=NO_PRODUCT)],
            InvalidValue: [lambda it: _days(product_id=it["mug"], time_zone="Europe/Berln")],
        },
    ),
    "get_sale": Call(
        works=lambda it: {"product_id": it["mug"], "sale_id": it["sale"]},
        errors={NotFound: [lambda it: {"product_id": it["mug"], "sale_id": NO_SALE}]},
    ),
    "import_events": Call(
        works=lambda it: {"events": [NewEvent(**_event())]},
        errors={InvalidValue: [lambda it: {"events": [NewEvent(**_event(name=""))]}]},
    ),
    "import_products": Call(
        works=lambda it: {"products": [NewProduct(**_product(sku="mug")), NewProduct(**_product())]},
        errors={InvalidValue: [lambda it: {"products": [NewProduct(**_product(price=Decimal(-1)))]}]},
    ),
    "import_sales": Call(
        works=lambda it: _history(product_ids=[it["mug"]], are_promo=[True], idempotency_keys=["new"]),
        errors={
            InvalidValue: [
                lambda it: _history(product_ids=[it["mug"]], quantities=[]),
                lambda it: _history(product_ids=[it["mug"]], quantities=[-1]),
                lambda it: _history(product_ids=[it["mug"]], unit_prices=[Decimal("-0.01")]),
                lambda it: _history(product_ids=[it["mug"]], idempotency_keys=[" "]),
            ],
            MissingReference: [lambda it: _history(product_ids=[NO_PRODUCT])],
            Conflict: [
                lambda it: {
                    "product_ids": [it["mug"]] * 2,
                    "quantities": [1] * 2,
                    "unit_prices": [ONE] * 2,
                    "sold_at": [NOON] * 2,
                    "idempotency_keys": ["twice"] * 2,
                }
            ],
        },
    ),
    "import_sales_by_sku": Call(
        works=lambda it: _history(skus=["mug"]),
        errors={
            InvalidValue: [lambda it: _history(skus=["mug"], quantities=[0]), lambda it: _history(skus=[])],
            Refused: [lambda it: _history(skus=["MUG"])],
            Conflict: [
                lambda it: {
                    "skus": ["mug"] * 2,
                    "quantities": [1] * 2,
                    "unit_prices": [ONE] * 2,
                    "sold_at": [NOON] * 2,
                    "idempotency_keys": ["twice"] * 2,
                }
            ],
        },
    ),
    "list_best_sellers": Call(
        works=lambda it: _days(by="revenue", category="c"),
        errors={
            InvalidValue: [
                lambda it: _days(by="name"),
                lambda it: _days(limit=-1),
                lambda it: _days(time_zone="CET"),
            ]
        },
    ),
    "list_daily_demand": Call(
        works=lambda it: _days(product_id=it["mug"]),
        errors={
            InvalidValue: [lambda it: _days(product_id=it["mug"], time_zone="+02:00")],
            Refused: [lambda it: _days(product_id=it["mug"], last_day=date.max)],
        },
    ),
    "list_events": Call(
        works=lambda it: {"first_day": DAY, "last_day": DAY, "kind": EventKind.HOLIDAY},
        errors={InvalidValue: [lambda it: {"first_day": DAY, "last_day": DAY, "kind": "party"}]},
    ),
    "list_low_stock": Call(
        works=lambda it: {"as_of": NOON},
        errors={InvalidValue: [lambda it: {"limit": -1}], Refused: [lambda it: {"recent_days": 0}]},
    ),
    "list_products": Call(
        works=lambda it: {"category": "c"},
        errors={InvalidValue: [lambda it: {"limit": 0}], InvalidCursor: [lambda it: {"cursor": "x"}]},
    ),
    "list_revenue_by_category": Call(
        works=lambda it: _days(), errors={InvalidValue: [lambda it: _days(time_zone="Berlin1")]}
    ),
    "list_revenue_by_day": Call(
        works=lambda it: _days(),
        errors={
            InvalidValue: [lambda it: _days(time_zone="Mars/Olympus")],
            Refused: [lambda it: _days(last_day=date.max)],
        },
    ),
    "list_revenue_by_day_and_category": Call(
        works=lambda it: _days(), errors={InvalidValue: [lambda it: _days(time_zone="")]}
    ),
    "list_sales": Call(
        works=lambda it: {"product_id": it["mug"], "sold_from": NOON},
        errors={
            InvalidValue: [lambda it: {"limit": 0}, lambda it: {"sold_from": NOON.replace(tzinfo=None)}],
            InvalidCursor: [lambda it: {"cursor": ""}],
        },
    ),
    "record_basket": Call(
        works=lambda it: {"lines": _line(it["pen"]) + _line(it["mug"]), "idempotency_key": "new"},
        errors={
            Conflict: [lambda it: {"lines": _line(it["pen"]), "idempotency_key": "used"}],
            InvalidValue: [
                lambda it: {"lines": []},
                lambda it: {"lines": _line(it["pen"], 0)},
                lambda it: {"lines": _line(it["pen"], 1, Decimal("0.001"))},
                lambda it: {"lines": _line(it["pen"]), "idempotency_key": ""},
            ],
            MissingReference: [lambda it: {"lines": _line(NO_PRODUCT)}],
            sales.NotEnoughStock: [lambda it: {"lines": _line(it["pen"], 6)}],
        },
    ),
    "record_sale": Call(
        works=lambda it: {"product_id": it["pen"], "quantity": 5, "idempotency_key": "new"},
        errors={
            Conflict: [lambda it: {"product_id": it["pen"], "idempotency_key": "used"}],
            InvalidValue: [
                lambda it: {"product_id": it["pen"], "quantity": -1},
                lambda it: {"product_id": it["pen"], "unit_price": Decimal(-1)},
                lambda it: {"product_id": it["pen"], "sold_at": NOON.replace(tzinfo=None)},
            ],
            MissingReference: [lambda it: {"product_id": NO_PRODUCT}],
            sales.NotEnoughStock: [lambda it: {"product_id": it["pen"], "quantity": 6}],
        },
    ),
    "restock_product": Call(
        works=lambda it: {"product_id": it["mug"], "quantity": 1},
        errors={
            NotFound: [lambda it: {"product_id": NO_PRODUCT, "quantity": 1}],
            InvalidValue: [
                lambda it: {"product_id": it["mug"], "quantity": 0},
                lambda it: {"product_id": it["mug"], "quantity": 2**63 - 1},
            ],
        },
    ),
    "update_event": Call(
        works=lambda it: _event(event_id=it["xmas"]),
        errors={
            NotFound: [lambda it: _event(event_id=NO_EVENT)],
            Conflict: [lambda it: _event(event_id=it["xmas"], name="Easter")],
            InvalidValue: [lambda it: _event(event_id=it["xmas"], name="")],
        },
    ),
    "update_product": Call(
        works=lambda it: _product(product_id=it["mug"]),
        errors={
            NotFound: [lambda it: _product(product_id=NO_PRODUCT)],
            sales.SkuTaken: [lambda it: _product(product_id=it["mug"], sku="pen")],
            InvalidValue: [lambda it: _product(product_id=it["mug"], price=Decimal("NaN"))],
        },
    ),
}
