"""A little shop: products, what is in stock, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from exchange_db import sales
from exchange_db.errors import InvalidValue
from exchange_db.sales import Product
from exchange_db.types import ProductId

__all__ = ["NOON", "NOTHING", "Act", "Conn", "add_product", "count_sales", "load", "refusal", "stock"]

Conn = psycopg.Connection[Any]
Act = Callable[[], object]
NOTHING = ProductId(2**63 - 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def add_product(conn: Conn, sku: str = "A", *, stock: int = 10, price: str = "2.50", **fields: Any) -> Product:
    return sales.create_product(conn, name=f"Product {sku}", sku=sku, price=Decimal(price), stock=stock, **fields)


def stock(conn: Conn, product: Product) -> int:
    return sales.get_product(conn, product_id=product.product_id).stock


def count_sales(conn: Conn) -> int:
    row = conn.execute("select count(*) from exchange.sales").fetchone()
    assert row is not None
    return int(row[0])


def refusal(call: Act, kind: type[Exception] = InvalidValue) -> tuple[str | None, str]:
    """The constraint and sentence of a call that must be refused."""
    with pytest.raises(kind) as caught:
        call()
    error: Any = caught.value
    return error.constraint, error.sentence


def load(conn: Conn, product_ids: list[ProductId], **more: Any) -> int:
    """Import one piece of each product, an hour apart."""
    times = [NOON + timedelta(hours=n) for n in range(len(product_ids))]
    prices = [Decimal("1.50")] * len(product_ids)
    return sales.import_sales(
        conn, product_ids=product_ids, quantities=[1] * len(product_ids), unit_prices=prices, sold_at=times, **more
    )
