"""Products, sales and baskets: every function with good input and each kind of bad input."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db import sales
from exchange_db.errors import Conflict, InvalidValue, MissingReference, NotFound
from exchange_db.sales import Basket, BasketLine, NewProduct, Sale
from exchange_db.types import ProductId, SaleId
from tests.database.pages import walked
from tests.database.shop import NOON, NOTHING, Act, Conn, add_product, count_sales, load, refusal, stock

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


# --- products --------------------------------------------------------------------------------------------


def test_a_product_has_what_it_was_given(conn: Conn) -> None:
    """Made, found by id and by SKU, changed in every field but its stock, cleared, deleted."""
    bare = sales.create_product(conn, name="Mug", sku="M-1", price=Decimal("4.00"))
    assert (bare.category, bare.variation, bare.stock) == (None, None, 0)
    full = sales.create_product(
        conn, name="Mug", sku="M-2", price=Decimal("0"), category="Kitchen", variation="red", stock=7
    )
    assert full.model_dump(include={"sku", "price", "category", "variation", "stock"}) == {
        "sku": "M-2",
        "price": Decimal("0.00"),
        "category": "Kitchen",
        "variation": "red",
        "stock": 7,
    }
    assert sales.get_product(conn, product_id=full.product_id) == full
    assert sales.find_product_by_sku(conn, sku="M-2") == full
    assert sales.find_product_by_sku(conn, sku="m-2") is None
    changed = sales.update_product(
        conn,
        product_id=full.product_id,
        name="Cup",
        sku="C-2",
        price=Decimal("9999999999.99"),
        category=None,
        variation=None,
    )
    assert changed == full.model_copy(
        update={"name": "Cup", "sku": "C-2", "price": Decimal("9999999999.99"), "category": None, "variation": None}
    )
    cheap = sales.update_product(conn, product_id=full.product_id, price=Decimal("0.01"))
    assert cheap == changed.model_copy(update={"price": Decimal("0.01")})
    fields: list[dict[str, Any]] = [{"name": "Jug"}, {"sku": "J"}, {"category": "c"}, {"variation": "v"}, {}]
    for each in fields:
        cheap = cheap.model_copy(update=each)
        assert sales.update_product(conn, product_id=full.product_id, **each) == cheap
    assert sales.delete_product(conn, product_id=full.product_id) == cheap
    assert sales.find_product_by_sku(conn, sku="C-2") is None


def test_without_the_product(conn: Conn) -> None:
    """Whatever needs one raises NotFound."""
    calls: list[Act] = [
        lambda: sales.get_product(conn, product_id=NOTHING),
        lambda: sales.delete_product(conn, product_id=NOTHING),
        lambda: sales.restock_product(conn, product_id=NOTHING, quantity=1),
        lambda: sales.update_product(conn, product_id=NOTHING, price=Decimal(1)),
        lambda: sales.update_product(conn, product_id=NOTHING),
        lambda: sales.get_sale(conn, product_id=NOTHING, sale_id=SaleId(1)),
        lambda: sales.delete_sale(conn, product_id=NOTHING, sale_id=SaleId(1)),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": " \u200b"}, "products_name_check"),
        ({"name": "x" * 256}, "products_name_check"),
        ({"category": ""}, "products_category_check"),
        ({"category": "x" * 101}, "products_category_check"),
        ({"variation": "\n"}, "products_variation_check"),
        ({"variation": "x" * 101}, "products_variation_check"),
        ({"sku": "\u00a0"}, "products_sku_check"),
        ({"sku": "x" * 101}, "products_sku_check"),
        ({"price": Decimal("-0.01")}, "price_check"),
        ({"price": Decimal("1.005")}, "price_check"),
        ({"price": Decimal("10000000000")}, "price_check"),
    ],
)
def test_limits_of_a_product(conn: Conn, fields: dict[str, Any], constraint: str) -> None:
    """Each limit has its sentence, on the way in, on every change and in a catalogue; an amount is never rounded."""
    good: dict[str, Any] = {"name": "x", "sku": "x", "price": Decimal(1), "category": None, "variation": None}
    product = sales.create_product(conn, **good)
    wrong: dict[str, Any] = {**good, "sku": "y", **fields}
    calls: list[Act] = [
        lambda: sales.create_product(conn, **wrong),
        lambda: sales.update_product(conn, product_id=product.product_id, **wrong),
        lambda: sales.import_products(conn, products=[NewProduct(**wrong)]),
    ]
    calls.append(lambda: sales.update_product(conn, product_id=product.product_id, **fields))
    for call in calls:
        assert refusal(call)[0] == constraint
    assert sales.list_products(conn).items == [product]


def test_the_limits_themselves_are_allowed(conn: Conn) -> None:
    """Texts of the greatest length, in any script."""
    product = sales.create_product(
        conn, name="ẞ" * 255, sku="🐕" * 100, price=Decimal(0), category="ß" * 100, variation="x" * 100, stock=2**63 - 1
    )
    assert sales.get_product(conn, product_id=product.product_id) == product


def test_a_stock_begins_at_zero_or_more(conn: Conn) -> None:
    """Not below, and not beyond a bigint."""
    assert refusal(lambda: add_product(conn, stock=-1)) == ("products_stock_check", "not enough stock")
    with pytest.raises(InvalidValue):
        add_product(conn, stock=2**63)
    assert sales.count_products(conn) == 0


def test_skus_are_codes(conn: Conn) -> None:
    """One product for each; those that differ by case or a space are different, as in the books of other systems."""
    product = add_product(conn, "15056BL")
    for other in ("15056bl", "15056BL "):
        assert add_product(conn, other).sku == other
    sentence = ("products_sku_key", "a product with this SKU already exists")
    assert refusal(lambda: add_product(conn, "15056BL"), Conflict) == sentence
    second = add_product(conn, "B")
    changes: dict[str, Any] = {"name": "x", "sku": "15056BL", "price": Decimal(1), "category": None, "variation": None}
    assert refusal(lambda: sales.update_product(conn, product_id=second.product_id, **changes), Conflict) == sentence
    assert sales.get_product(conn, product_id=product.product_id) == product


def test_pages_of_products(conn: Conn) -> None:
    """Newest first, each once; of one category, or of all; counted alike."""
    made = [add_product(conn, str(n), category="even" if n % 2 == 0 else None) for n in range(9)]
    for category, expected in ((None, made[::-1]), ("even", made[::-2]), ("odd", [])):
        assert walked(sales.list_products, conn, 2, category=category) == expected
        assert sales.count_products(conn, category=category) == len(expected)
    with pytest.raises(InvalidValue):
        sales.list_products(conn, limit=0)


def test_restocking_adds(conn: Conn) -> None:
    """Relative to what is there; nothing, less than nothing and more than a bigint holds are refused."""
    product = add_product(conn, stock=3)
    assert sales.restock_product(conn, product_id=product.product_id, quantity=4).stock == 7
    for quantity in (0, -1):
        assert refusal(partial(sales.restock_product, conn, product_id=product.product_id, quantity=quantity)) == (
            "quantity_check",
            "a quantity is above zero",
        )
    for quantity in (2**63 - 1, 2**63):
        with pytest.raises(InvalidValue, match="out of range"):
            sales.restock_product(conn, product_id=product.product_id, quantity=quantity)
    assert stock(conn, product) == 7


def test_a_catalogue_is_loaded_again(conn: Conn) -> None:
    """New products are made, known ones get the catalogue's words and price and keep their stock; the last of two
    counts; one wrong entry and nothing is loaded."""
    known = add_product(conn, "A", stock=5)
    entries = [
        NewProduct(sku="B", name="first", price=Decimal("1.10"), stock=9),
        NewProduct(sku="A", name="New A", price=Decimal("3.00"), category="c", stock=99),
        NewProduct(sku="B", name="last", price=Decimal("1.20"), stock=8, variation="v"),
    ]
    loaded = sales.import_products(conn, products=entries)
    a, b = loaded
    assert (a.product_id, a.name, a.price, a.category, a.stock) == (known.product_id, "New A", Decimal(3), "c", 5)
    assert (b.sku, b.name, b.price, b.variation, b.stock) == ("B", "last", Decimal("1.20"), "v", 8)
    assert sales.import_products(conn, products=entries) == loaded
    assert sales.import_products(conn, products=[]) == []
    broken = [NewProduct(sku="C", name="x", price=Decimal(1)), NewProduct(sku="D", name="", price=Decimal(1))]
    assert refusal(lambda: sales.import_products(conn, products=broken))[0] == "products_name_check"
    assert sales.count_products(conn) == 2


def test_a_product_with_sales_stays(conn: Conn) -> None:
    """The foreign key has a sentence for each side: who sells what is not there, and who deletes what was sold."""
    product = add_product(conn)
    sale = sales.record_sale(conn, product_id=product.product_id)
    constraint = "sales_product_id_fkey"
    assert refusal(lambda: sales.delete_product(conn, product_id=product.product_id), MissingReference) == (
        constraint,
        "a product with sales cannot be deleted",
    )
    for sell in (
        lambda: sales.record_sale(conn, product_id=NOTHING),
        lambda: sales.record_basket(
            conn, lines=[BasketLine(product_id=product.product_id), BasketLine(product_id=NOTHING)]
        ),
        lambda: sales.import_sales(
            conn, product_ids=[NOTHING], quantities=[1], unit_prices=[Decimal(1)], sold_at=[NOON]
        ),
    ):
        assert refusal(sell, MissingReference) == (constraint, "the product does not exist")
    assert (stock(conn, product), count_sales(conn)) == (9, 1)
    sales.delete_sale(conn, product_id=product.product_id, sale_id=sale.sale_id)
    assert sales.delete_product(conn, product_id=product.product_id).stock == 10


# --- one sale --------------------------------------------------------------------------------------------


def test_a_sale_takes_the_stock_down(conn: Conn) -> None:
    """At the product's price and the present moment, or at those given; and it is there."""
    product = add_product(conn, stock=10, price="2.50")
    before = datetime.now(UTC) - timedelta(minutes=1)
    plain = sales.record_sale(conn, product_id=product.product_id)
    assert (plain.quantity, plain.unit_price, plain.is_promo, plain.idempotency_key) == (
        1,
        Decimal("2.50"),
        False,
        None,
    )
    assert before < plain.sold_at < before + timedelta(minutes=2)
    sold_at = datetime(2024, 5, 1, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    special = sales.record_sale(
        conn, product_id=product.product_id, quantity=4, unit_price=Decimal("0"), is_promo=True, sold_at=sold_at
    )
    assert (special.quantity, special.unit_price, special.is_promo, special.sold_at) == (
        4,
        Decimal(0),
        True,
        sold_at,
    )
    assert stock(conn, product) == 5
    for sale in (plain, special):
        assert sales.get_sale(conn, product_id=product.product_id, sale_id=sale.sale_id) == sale
    with pytest.raises(NotFound):
        sales.get_sale(conn, product_id=ProductId(product.product_id + 1), sale_id=plain.sale_id)


def test_what_is_not_in_stock_is_not_sold(conn: Conn) -> None:
    """The last piece is, one more is not; alone or as the sum of a basket's lines."""
    product, other = add_product(conn, "A", stock=3), add_product(conn, "B", stock=3)
    short = ("products_stock_check", "not enough stock")
    assert refusal(lambda: sales.record_sale(conn, product_id=product.product_id, quantity=4)) == short
    lines = [
        BasketLine(product_id=product.product_id, quantity=2),
        BasketLine(product_id=other.product_id),
        BasketLine(product_id=product.product_id, quantity=2),
    ]
    assert refusal(lambda: sales.record_basket(conn, lines=lines)) == short
    assert (stock(conn, product), stock(conn, other), count_sales(conn)) == (3, 3, 0)
    sales.record_sale(conn, product_id=product.product_id, quantity=3)
    assert refusal(lambda: sales.record_sale(conn, product_id=product.product_id)) == short
    assert stock(conn, product) == 0


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"quantity": 0}, "sales_quantity_check"),
        ({"quantity": -1}, "sales_quantity_check"),
        ({"quantity": 2**63}, None),
        ({"unit_price": Decimal("-0.01")}, "price_check"),
        ({"unit_price": Decimal("0.001")}, "price_check"),
        ({"unit_price": Decimal("1E+10")}, "price_check"),
    ],
)
def test_limits_of_a_sale(conn: Conn, fields: dict[str, Any], constraint: str | None) -> None:
    """Refused alone, in a basket and in an import, and nothing is taken or written."""
    product = add_product(conn)
    whole: dict[str, Any] = {"quantity": 1, "unit_price": Decimal(1), **fields}
    calls: list[Act] = [
        lambda: sales.record_sale(conn, product_id=product.product_id, **fields),
        lambda: sales.record_basket(
            conn,
            lines=[BasketLine(product_id=product.product_id), BasketLine(product_id=product.product_id, **fields)],
        ),
        lambda: sales.import_sales(
            conn,
            product_ids=[product.product_id] * 2,
            quantities=[1, whole["quantity"]],
            unit_prices=[Decimal(1), whole["unit_price"]],
            sold_at=[NOON, NOON],
        ),
    ]
    for call in calls:
        assert refusal(call)[0] == constraint
    assert (stock(conn, product), count_sales(conn)) == (10, 0)


def test_a_moment_has_a_zone(conn: Conn) -> None:
    """A naive time would be read in the session's zone, and is refused everywhere."""
    product, naive = add_product(conn), datetime(2024, 5, 1, 12)
    calls: list[Act] = [
        lambda: sales.record_sale(conn, product_id=product.product_id, sold_at=naive),
        lambda: sales.record_basket(conn, lines=[BasketLine(product_id=product.product_id)], sold_at=naive),
        lambda: sales.list_sales(conn, sold_from=naive),
        lambda: sales.list_sales(conn, sold_before=naive),
        lambda: sales.list_low_stock(conn, as_of=naive),
        lambda: sales.delete_sale_requests(conn, recorded_before=naive),
        lambda: sales.import_sales(
            conn, product_ids=[product.product_id], quantities=[1], unit_prices=[Decimal(1)], sold_at=[naive]
        ),
    ]
    for call in calls:
        with pytest.raises(InvalidValue, match="timezone"):
            call()
    assert count_sales(conn) == 0


def test_deleting_a_sale_gives_back(conn: Conn) -> None:
    """What it took goes back, once; imported history took nothing and gives nothing; its key stays used."""
    product = add_product(conn, stock=5)
    sale = sales.record_sale(conn, product_id=product.product_id, quantity=2, idempotency_key="k")
    assert sales.delete_sale(conn, product_id=product.product_id, sale_id=sale.sale_id) == sale
    with pytest.raises(NotFound):
        sales.delete_sale(conn, product_id=product.product_id, sale_id=sale.sale_id)
    assert sales.record_sale(conn, product_id=product.product_id, quantity=2, idempotency_key="k") == sale
    assert (stock(conn, product), count_sales(conn)) == (5, 0)
    load(conn, [product.product_id])
    (old,) = sales.list_sales(conn)
    sales.delete_sale(conn, product_id=product.product_id, sale_id=old.sale_id)
    assert stock(conn, product) == 5


# --- baskets ---------------------------------------------------------------------------------------------


def test_a_basket_is_its_lines(conn: Conn) -> None:
    """In their order, at one moment, a product in several lines; prices exact; the dump reads back."""
    a, b = add_product(conn, "A", price="0.10"), add_product(conn, "B", price="9999999999.99")
    lines = [
        BasketLine(product_id=b.product_id, quantity=3),
        BasketLine(product_id=a.product_id, quantity=2),
        BasketLine(product_id=b.product_id, unit_price=Decimal("0.07"), is_promo=True),
    ]
    basket = sales.record_basket(conn, lines=lines)
    assert [(sale.product_id, sale.quantity, sale.unit_price, sale.is_promo) for sale in basket.sales] == [
        (b.product_id, 3, Decimal("9999999999.99"), False),
        (a.product_id, 2, Decimal("0.10"), False),
        (b.product_id, 1, Decimal("0.07"), True),
    ]
    assert basket.total == Decimal("30000000000.24")
    assert len({sale.sold_at for sale in basket.sales}) == 1
    assert (stock(conn, a), stock(conn, b)) == (8, 6)
    assert sales.list_sales(conn).items == basket.sales[::-1]
    assert Basket.model_validate_json(basket.model_dump_json()) == basket
    later = sales.record_basket(conn, lines=lines[:1], sold_at=NOON)
    assert later.sales[0].sold_at == NOON


def test_a_basket_is_not_empty(conn: Conn) -> None:
    """It would leave nothing that a retry could be told by."""
    with pytest.raises(InvalidValue, match="lines"):
        sales.record_basket(conn, lines=[], idempotency_key="k")
    assert sales.find_basket(conn, idempotency_key="k") is None


@in_one_database
@given(
    lines=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 5),
            st.none() | st.decimals(0, Decimal("9999999999.99"), places=2),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    sold_at=st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
    key=st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200).map(lambda text: f"k{text}"),
)
def test_any_basket_survives_the_round_trip(
    conn: Conn, lines: list[tuple[int, int, Decimal | None, bool]], sold_at: datetime | None, key: str | None
) -> None:
    """Whatever is in it comes back, is stored, and is what a retry gets; the session's zone and style do not matter."""
    with conn.transaction(force_rollback=True):
        conn.execute("set local timezone to 'Asia/Kathmandu'; set local datestyle to 'SQL, DMY'")
        products = [add_product(conn, str(n), stock=40, price="1.25") for n in range(3)]
        listed = {"unit_price": Decimal("1.25")}
        wanted = [
            BasketLine(product_id=products[n].product_id, quantity=quantity, unit_price=price, is_promo=promo)
            for n, quantity, price, promo in lines
        ]

        def record() -> Basket:
            return sales.record_basket(conn, lines=wanted, sold_at=sold_at, idempotency_key=key)

        basket = record()
        priced = [line if line.unit_price is not None else line.model_copy(update=listed) for line in wanted]
        assert [BasketLine(**sale.model_dump(include=set(BasketLine.model_fields))) for sale in basket.sales] == priced
        assert {sale.idempotency_key for sale in basket.sales} == {key}
        assert sold_at is None or {sale.sold_at for sale in basket.sales} == {sold_at}
        assert sorted(sales.list_sales(conn), key=lambda sale: sale.sale_id) == basket.sales
        assert basket.total == sum(sale.quantity * sale.unit_price for sale in basket.sales)
        if key is not None:
            assert record() == basket == sales.find_basket(conn, idempotency_key=key)
        sold = [sum(q for n, q, _, _ in lines if n == number) for number in range(3)]
        assert [stock(conn, product) for product in products] == [40 - each for each in sold]


# --- idempotency keys ------------------------------------------------------------------------------------


def test_the_same_key_sells_once(conn: Conn) -> None:
    """Sent again it is the same sale: also when it took the last piece, and when the price has changed since."""
    product = add_product(conn, stock=2, price="2.50")

    def sell() -> Sale:
        return sales.record_sale(conn, product_id=product.product_id, quantity=2, idempotency_key="k")

    sale = sell()
    sales.update_product(conn, product_id=product.product_id, price=Decimal(9))
    assert sell() == sale == sales.get_sale(conn, product_id=product.product_id, sale_id=sale.sale_id)
    assert sale.unit_price == Decimal("2.50")
    assert (stock(conn, product), count_sales(conn)) == (0, 1)
    assert sales.find_basket(conn, idempotency_key="k") == Basket(
        idempotency_key="k", total=Decimal("5.00"), sales=[sale]
    )
    assert sales.find_basket(conn, idempotency_key="K") is None


def test_amounts_are_compared_by_value(conn: Conn) -> None:
    """5 and 5.00 are one price, noon in London and in Berlin one moment: the retry is recognized."""
    product = add_product(conn)
    line = BasketLine(product_id=product.product_id, unit_price=Decimal(5))
    basket = sales.record_basket(conn, lines=[line], sold_at=NOON, idempotency_key="k")
    again = sales.record_basket(
        conn,
        lines=[line.model_copy(update={"unit_price": Decimal("5.00")})],
        sold_at=NOON.astimezone(timezone(timedelta(hours=2))),
        idempotency_key="k",
    )
    assert again == basket
    alone = sales.record_sale(
        conn, product_id=product.product_id, unit_price=Decimal("5.0"), sold_at=NOON, idempotency_key="k"
    )
    assert [alone] == basket.sales
    assert count_sales(conn) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": 2},
        {"unit_price": Decimal("2.50")},
        {"is_promo": True},
        {"sold_at": NOON},
        {"product_id": True},
    ],
)
def test_a_key_is_for_one_content(conn: Conn, other: dict[str, Any]) -> None:
    """With anything else in it the same key is a conflict, for a sale and for a basket, and sells nothing."""
    product, second = add_product(conn, "A"), add_product(conn, "B")
    one: dict[str, Any] = {"product_id": product.product_id, "quantity": 1}
    changed: dict[str, Any] = {**one, **other}
    if "product_id" in other:
        changed["product_id"] = second.product_id
    sale = sales.record_sale(conn, **one, idempotency_key="k")
    sold_at = changed.pop("sold_at", None)
    sentence = ("sale_requests_pkey", "the idempotency key was already used for another sale")
    for call in (
        lambda: sales.record_sale(conn, **changed, sold_at=sold_at, idempotency_key="k"),
        lambda: sales.record_basket(conn, lines=[BasketLine(**changed)], sold_at=sold_at, idempotency_key="k"),
        lambda: sales.record_basket(conn, lines=[BasketLine(**one)] * 2, idempotency_key="k"),
    ):
        assert refusal(call, Conflict) == sentence
    assert sales.list_sales(conn).items == [sale]
    assert (stock(conn, product), stock(conn, second)) == (9, 10)


def test_a_failed_sale_leaves_its_key_free(conn: Conn) -> None:
    """The key of a sale that was refused can be sent again once there is stock."""
    product = add_product(conn, stock=0)

    def sell() -> Sale:
        return sales.record_sale(conn, product_id=product.product_id, idempotency_key="k")

    with pytest.raises(InvalidValue):
        sell()
    sales.restock_product(conn, product_id=product.product_id, quantity=1)
    assert sell() == sell()
    assert stock(conn, product) == 0


@pytest.mark.parametrize("key", ["", " \u200b", "x" * 256])
def test_limits_of_a_key(conn: Conn, key: str) -> None:
    """A blank key would be everybody's."""
    product = add_product(conn)
    with pytest.raises(InvalidValue, match="an idempotency key is not blank"):
        sales.record_sale(conn, product_id=product.product_id, idempotency_key=key)
    with pytest.raises(InvalidValue, match="an idempotency key is not blank"):
        load(conn, [product.product_id], idempotency_keys=[key])
    assert (stock(conn, product), count_sales(conn)) == (10, 0)


def test_forgotten_keys_never_sell_again(conn: Conn) -> None:
    """Old requests are deleted, young ones stay; a retry after that is refused by the key of the sale itself, as long
    as there is that sale."""
    product = add_product(conn)
    old = sales.record_sale(conn, product_id=product.product_id, idempotency_key="old")
    assert sales.delete_sale_requests(conn, recorded_before=NOON) == 0
    assert sales.delete_sale_requests(conn, recorded_before=datetime.now(UTC) + timedelta(minutes=1)) == 1
    young = sales.record_sale(conn, product_id=product.product_id, idempotency_key="young")
    assert refusal(lambda: sales.record_sale(conn, product_id=product.product_id, idempotency_key="old"), Conflict) == (
        "sales_product_id_idempotency_key_line_key",
        "a sale of this product was already recorded under this idempotency key",
    )
    assert sales.list_sales(conn).items == [young, old]
    assert stock(conn, product) == 8
    sales.delete_sale(conn, product_id=product.product_id, sale_id=old.sale_id)
    again = sales.record_sale(conn, product_id=product.product_id, idempotency_key="old")
    assert again.sale_id not in {old.sale_id, young.sale_id}
    assert stock(conn, product) == 8
