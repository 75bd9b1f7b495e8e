"""Stock and idempotency keys under every interleaving: in the middle of another's transaction, many at once, killed,
unanswered, sent again; and a model of it all in plain Python."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg_pool import ConnectionPool

from exchange_db import sales
from exchange_db.errors import (
    Conflict,
    ExchangeError,
    InvalidValue,
    MissingReference,
    NotFound,
    OutcomeUnknown,
    Retryable,
    Unavailable,
)
from exchange_db.pool import open_pool, transaction
from exchange_db.sales import Basket, BasketLine, NotEnoughStock, Sale
from exchange_db.types import EventKind, ProductId
from tests.database.failing import terminate, terminated_while_running
from tests.database.races import all_at_once, wait_until_blocked
from tests.database.wire import Proxy

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
Act = Callable[[Conn], object]


def add_product(conn: Conn, sku: str = "A", stock: int = 10) -> ProductId:
    return sales.create_product(conn, name=sku, sku=sku, price=Decimal("2.50"), stock=stock).product_id


def stock(conn: Conn, product_id: ProductId) -> int:
    return sales.get_product(conn, product_id=product_id).stock


def sold(conn: Conn) -> list[tuple[int, int, str | None]]:
    """Product, quantity and key of every sale, oldest first."""
    rows = conn.execute("select product_id, quantity, idempotency_key from exchange.sales order by id")
    return [(row[0], row[1], row[2]) for row in rows]


def in_the_middle(conn: Conn, first: Act, second: Act, *, commit: bool = True) -> tuple[Any, Any]:
    """The outcomes of ``first`` and of ``second``, which begins before the transaction of ``first`` has ended and waits
    for that."""
    with (
        psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True) as later,
        ThreadPoolExecutor(1) as threads,
        psycopg.Connection[Any].connect(conn.info.dsn, password=conn.info.password) as earlier,  # ends before the wait
    ):
        done = first(earlier)
        future = threads.submit(second, later)
        wait_until_blocked(conn)
        if commit:
            earlier.commit()
        else:
            earlier.rollback()
        try:
            return done, future.result(timeout=10)
        except ExchangeError as error:
            return done, error


# --- one after the other -----------------------------------------------------------------------------------


@pytest.mark.parametrize("basket", [False, True])
@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("commit", [True, False])
def test_a_retry_that_waited_gets_the_first_ones_sale(conn: Conn, basket: bool, pieces: int, commit: bool) -> None:
    """Its snapshot is older than that sale, and there may be no piece left for another one: it gets the same sale all
    the same. When the first one rolls back it sells itself."""
    product_id = add_product(conn, stock=pieces)

    def sell(db: Conn) -> Sale | Basket:
        if basket:
            return sales.record_basket(db, lines=[BasketLine(product_id=product_id)], idempotency_key="k")
        return sales.record_sale(db, product_id=product_id, idempotency_key="k")

    first, second = in_the_middle(conn, sell, sell, commit=commit)
    assert (first == second) == commit
    assert second == sell(conn)
    assert sold(conn) == [(product_id, 1, "k")]
    assert stock(conn, product_id) == pieces - 1


@pytest.mark.parametrize("same_product", [True, False])
def test_a_key_for_something_else_waits_too(conn: Conn, same_product: bool) -> None:
    """Who comes with the same key and another content learns that it is used, or sells when the first one rolls back;
    also when the two have no product in common."""
    product_id = add_product(conn, "A")
    other_id = product_id if same_product else add_product(conn, "B")

    def sell(db: Conn) -> Sale:
        return sales.record_sale(db, product_id=product_id, idempotency_key="k")

    def sell_other(db: Conn) -> Sale:
        return sales.record_sale(db, product_id=other_id, quantity=2, idempotency_key="k")

    _, outcome = in_the_middle(conn, sell, sell_other)
    assert isinstance(outcome, Conflict)
    assert outcome.constraint == "sale_requests_pkey"
    assert sold(conn) == [(product_id, 1, "k")]
    conn.execute("delete from exchange.sales; delete from exchange.sale_requests")
    _, outcome = in_the_middle(conn, sell, sell_other, commit=False)
    assert isinstance(outcome, Sale)
    assert sold(conn) == [(other_id, 2, "k")]


def test_who_waits_sees_the_stock_that_is_left(conn: Conn) -> None:
    """The last piece is sold once; a piece that comes in meanwhile can be sold; a new price is the price."""
    product_id = add_product(conn, stock=1)

    def sell(db: Conn) -> Sale:
        return sales.record_sale(db, product_id=product_id)

    _, outcome = in_the_middle(conn, sell, sell)
    assert isinstance(outcome, InvalidValue)
    assert outcome.sentence == "not enough stock"

    def restock(db: Conn) -> object:
        return sales.restock_product(db, product_id=product_id, quantity=1)

    def reprice(db: Conn) -> object:
        return sales.update_product(db, product_id=product_id, price=price)

    price = Decimal("7.00")
    _, outcome = in_the_middle(conn, restock, sell)
    assert isinstance(outcome, Sale)
    sales.restock_product(conn, product_id=product_id, quantity=1)
    _, outcome = in_the_middle(conn, reprice, sell)
    assert isinstance(outcome, Sale)
    assert outcome.unit_price == price
    assert stock(conn, product_id) == 0


@pytest.mark.parametrize(("basket", "waits_for"), [(False, "key"), (True, "key"), (True, "product")])
def test_a_product_that_appears_meanwhile_is_not_sold(conn: Conn, basket: bool, waits_for: str) -> None:
    """Who began before it was there and then waited finds no product: he takes nothing and sells nothing, and his key
    stays free."""
    other_id = add_product(conn, "other")

    def sell(db: Conn, product_id: ProductId, quantity: int) -> Sale | Basket:
        if basket:
            lines = [BasketLine(product_id=product_id, quantity=quantity)]
            if waits_for == "product":
                lines.append(BasketLine(product_id=other_id))
            return sales.record_basket(db, lines=lines, idempotency_key="k")
        return sales.record_sale(db, product_id=product_id, quantity=quantity, idempotency_key="k")

    with (
        psycopg.connect(conn.info.dsn, password=conn.info.password) as adder,
        psycopg.connect(conn.info.dsn, password=conn.info.password) as holder,
        psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True) as seller,
        ThreadPoolExecutor(1) as threads,
    ):
        new_id = add_product(adder, "new", stock=1)
        sales.record_sale(holder, product_id=other_id, idempotency_key="k")
        selling = threads.submit(sell, seller, new_id, 1000)
        wait_until_blocked(conn)
        adder.commit()
        holder.rollback()
        with pytest.raises(MissingReference) as caught:
            selling.result(timeout=10)
    assert caught.value.sentence == "the product does not exist"
    assert sold(conn) == []
    assert sales.find_basket(conn, idempotency_key="k") is None
    first = sell(conn, new_id, 1)
    assert sell(conn, new_id, 1) == first
    assert (stock(conn, new_id), sales.find_basket(conn, idempotency_key="k") is not None) == (0, True)


def test_a_product_is_deleted_or_sold(conn: Conn) -> None:
    """Whichever comes first, the other is refused."""
    product_id = add_product(conn)

    def sell(db: Conn) -> Sale:
        return sales.record_sale(db, product_id=product_id, idempotency_key="k")

    def delete(db: Conn) -> object:
        return sales.delete_product(db, product_id=product_id)

    _, outcome = in_the_middle(conn, sell, delete, commit=True)
    assert isinstance(outcome, MissingReference)
    assert outcome.sentence == "a product with sales cannot be deleted"
    conn.execute("delete from exchange.sales; delete from exchange.sale_requests")
    _, outcome = in_the_middle(conn, delete, sell)
    assert isinstance(outcome, MissingReference)
    assert outcome.sentence == "the product does not exist"
    assert sales.find_basket(conn, idempotency_key="k") is None


def test_a_sale_is_given_back_once(conn: Conn) -> None:
    """Of two who delete it the second finds none."""
    product_id = add_product(conn)
    sale = sales.record_sale(conn, product_id=product_id)

    def delete(db: Conn) -> Sale:
        return sales.delete_sale(db, product_id=product_id, sale_id=sale.sale_id)

    _, outcome = in_the_middle(conn, delete, delete)
    assert isinstance(outcome, NotFound)
    assert stock(conn, product_id) == 10


def test_who_gives_back_waits_for_the_product_first(conn: Conn, database_url: str) -> None:
    """And not with the sale in hand for whose key another one waits who has the product: both get an answer."""
    product_id = add_product(conn)
    sale = sales.record_sale(conn, product_id=product_id, idempotency_key="k")
    assert sales.delete_sale_requests(conn, recorded_before=datetime.now(UTC) + timedelta(days=1)) == 1
    with (
        psycopg.Connection[Any].connect(database_url, autocommit=True) as seller,
        psycopg.Connection[Any].connect(database_url, autocommit=True) as returner,
        ThreadPoolExecutor(2) as threads,
        psycopg.Connection[Any].connect(database_url) as holder,
    ):
        sales.restock_product(holder, product_id=product_id, quantity=1)
        selling = threads.submit(sales.record_sale, seller, product_id=product_id, idempotency_key="k")
        wait_until_blocked(conn)
        returning = threads.submit(sales.delete_sale, returner, product_id=product_id, sale_id=sale.sale_id)
        wait_until_blocked(conn, 2)
        holder.commit()
        with pytest.raises(Conflict):
            selling.result(timeout=10)
        assert returning.result(timeout=10) == sale
    assert sold(conn) == []
    assert stock(conn, product_id) == 11


def test_the_same_history_at_the_same_time(conn: Conn) -> None:
    """The second import waits for the first and is refused as a whole; later it finds everything there."""
    product_id = add_product(conn)

    def load(db: Conn) -> int:
        return sales.import_sales(
            db,
            product_ids=[product_id],
            quantities=[1],
            unit_prices=[Decimal(1)],
            sold_at=[datetime(2024, 5, 1, tzinfo=UTC)],
            idempotency_keys=["k"],
        )

    _, outcome = in_the_middle(conn, load, load)
    assert isinstance(outcome, Conflict)
    assert load(conn) == 0
    assert sold(conn) == [(product_id, 1, "k")]


# --- all at once -----------------------------------------------------------------------------------------


def test_the_last_pieces_are_sold_once(conn: Conn, pool: Pool) -> None:
    """Sixteen want one of five."""
    product_id = add_product(conn, stock=5)
    outcomes = all_at_once(16, lambda _: sales.record_sale(pool, product_id=product_id))
    assert Counter(type(each) for each in outcomes) == {Sale: 5, NotEnoughStock: 11}
    assert stock(conn, product_id) == 0
    assert len(sold(conn)) == 5


def test_one_key_many_callers(conn: Conn, pool: Pool) -> None:
    """Everybody gets the same sale or basket, of the last piece, taken once; for several keys in one go."""
    for number in range(5):
        a, b = add_product(conn, f"A{number}", stock=1), add_product(conn, f"B{number}", stock=2)
        lines = [BasketLine(product_id=b, quantity=2), BasketLine(product_id=a)]

        def buy(_: int, key: str = str(number), lines: list[BasketLine] = lines) -> Basket:
            return sales.record_basket(pool, lines=lines, idempotency_key=key)

        baskets = all_at_once(8, buy)
        assert baskets == [sales.find_basket(conn, idempotency_key=str(number))] * 8
        assert (stock(conn, a), stock(conn, b)) == (0, 0)
    assert len(sold(conn)) == 10


def test_one_key_different_contents(conn: Conn, pool: Pool) -> None:
    """Of eight with the same key and other products one sells; the rest is told, and nobody deadlocks."""
    products = [add_product(conn, str(n)) for n in range(8)]
    outcomes = all_at_once(8, lambda n: sales.record_sale(pool, product_id=products[n], idempotency_key="k"))
    assert Counter(type(each) for each in outcomes) == {Sale: 1, Conflict: 7}
    assert sum(stock(conn, product_id) for product_id in products) == 79


def test_baskets_in_opposite_orders_make_no_deadlock(conn: Conn, pool: Pool) -> None:
    """Baskets of many products in any order, single sales, restocking and catalogues between them: all go through."""
    products = [add_product(conn, f"{9 - n}", stock=1000) for n in range(6)]
    catalogue = [
        sales.NewProduct(sku=product.sku, name="new", price=Decimal(1)) for product in sales.list_products(conn)
    ]

    def attempt(number: int) -> int:
        order = products if number % 2 else products[::-1]
        for step in range(8):
            sales.record_basket(pool, lines=[BasketLine(product_id=each) for each in order])
            if step % 4 == number % 4:
                sales.import_products(pool, products=catalogue)
            sales.restock_product(pool, product_id=order[step % 6], quantity=1)
        return number

    assert all_at_once(8, attempt) == [*range(8)]
    assert sum(stock(conn, product_id) for product_id in products) == 6000 - 64 * 6 + 64


@pytest.mark.parametrize("first", [0, 1])
def test_baskets_lock_products_in_the_order_of_id(conn: Conn, database_url: str, first: int) -> None:
    """Whatever the order of the lines and of the rows in the table: who waits for the first product holds no other."""
    low, high = add_product(conn, "low"), add_product(conn, "high")
    sales.update_product(conn, product_id=low, price=Decimal(1))  # its row now lies behind the other one
    lines = [BasketLine(product_id=each) for each in ((low, high), (high, low))[first]]
    with (
        psycopg.connect(database_url, autocommit=True) as buyer,
        ThreadPoolExecutor(1) as threads,
        psycopg.Connection[Any].connect(database_url) as holder,  # lets go before the thread is waited for
    ):
        sales.restock_product(holder, product_id=low, quantity=1)
        buyer.execute("set enable_indexscan = off; set enable_bitmapscan = off")
        future = threads.submit(sales.record_basket, buyer, lines=lines)
        wait_until_blocked(conn)
        conn.execute("select from exchange.products where id = %s for update nowait", [high])
        holder.commit()
        assert len(future.result(timeout=10).sales) == 2


def test_products_and_events_are_made_once(conn: Conn, pool: Pool) -> None:
    """One of many gets the SKU, or the name on the day; catalogues and calendars in opposite orders add up to one."""
    day = datetime(2024, 12, 25, tzinfo=UTC).date()
    outcomes = all_at_once(8, lambda _: sales.create_product(pool, name="x", sku="x", price=Decimal(1)))
    assert sum(isinstance(each, Conflict) for each in outcomes) == 7
    events = all_at_once(8, lambda _: sales.create_event(pool, name="x", event_date=day, kind=EventKind.CUSTOM))
    assert sum(isinstance(each, Conflict) for each in events) == 7
    entries = [sales.NewProduct(sku=f"new {n}", name="x", price=Decimal(1)) for n in range(50)]
    loads = all_at_once(6, lambda n: sales.import_products(pool, products=entries[:: 1 if n % 2 else -1]))
    assert [len(each) for each in loads if isinstance(each, list)] == [50] * 6
    calendar = [sales.NewEvent(name=f"new {n}", event_date=day, kind=EventKind.CUSTOM) for n in range(50)]
    counts = all_at_once(6, lambda n: sales.import_events(pool, events=calendar[:: 1 if n % 2 else -1]))
    assert sum(each for each in counts if isinstance(each, int)) == 50


# --- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basket", [False, True])
def test_an_answer_that_is_lost_and_asked_for_again(database_url: str, conn: Conn, basket: bool) -> None:
    """The server has sold and the line dies: the outcome is unknown, and a retry gets the sale of the last piece."""
    product_id = add_product(conn, stock=1)

    def sell(db: Pool) -> Sale | Basket:
        if basket:
            return sales.record_basket(db, lines=[BasketLine(product_id=product_id)], idempotency_key="k")
        return sales.record_sale(db, product_id=product_id, idempotency_key="k")

    with Proxy(database_url) as proxy, open_pool(proxy.conninfo) as pool:
        pool.wait()
        proxy.cut_after(b"sales.record_")
        with pytest.raises(OutcomeUnknown):
            sell(pool)
        again = sell(pool)
    kept = sales.find_basket(conn, idempotency_key="k")
    assert kept is not None
    assert again in (kept, *kept.sales)
    assert sold(conn) == [(product_id, 1, "k")]
    assert stock(conn, product_id) == 0


def test_a_backend_that_dies_while_it_waits(database_url: str, conn: Conn, pool: Pool) -> None:
    """Nothing is half done; the retry sells."""
    product_id, other_id = add_product(conn, "A"), add_product(conn, "B")
    lines = [BasketLine(product_id=product_id), BasketLine(product_id=other_id)]
    with psycopg.connect(database_url) as holder:
        sales.restock_product(holder, product_id=other_id, quantity=1)
        with terminated_while_running(database_url, "%sales.record_basket%"), pytest.raises(OutcomeUnknown):
            sales.record_basket(pool, lines=lines, idempotency_key="k")
    assert sold(conn) == []
    assert (stock(conn, product_id), stock(conn, other_id)) == (10, 11)
    sales.record_basket(pool, lines=lines, idempotency_key="k")
    assert len(sold(conn)) == 2


def test_a_deadlock_is_retryable(database_url: str, conn: Conn) -> None:
    """Two transactions of several sales each, which no statement can order: one of them is undone as a whole."""
    a, b = add_product(conn, "A"), add_product(conn, "B")
    barrier = threading.Barrier(2)
    with open_pool(database_url, connection={"options": "-c deadlock_timeout=50ms"}) as pool:

        def attempt(number: int) -> int:
            first, second = (a, b) if number else (b, a)
            with transaction(pool) as db:
                sales.record_sale(db, product_id=first, idempotency_key=f"{number} first")
                barrier.wait()
                sales.record_sale(db, product_id=second, idempotency_key=f"{number} second")
            return number

        outcomes = all_at_once(2, attempt)
    assert sorted(type(each).__name__ for each in outcomes) == ["Retryable", "int"]
    (winner,) = (each for each in outcomes if isinstance(each, int))
    assert [key for _, _, key in sold(conn)] == [f"{winner} first", f"{winner} second"]
    assert (stock(conn, a), stock(conn, b)) == (9, 9)


def test_an_old_snapshot_is_retryable(conn: Conn, database_url: str) -> None:
    """Under repeatable read a sale or its retry, whose snapshot is older than another's sale, changes nothing."""
    product_id = add_product(conn)
    for key in ("k", "other"):
        with psycopg.Connection[Any].connect(database_url) as old:
            old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            stock(old, product_id)
            sales.record_sale(conn, product_id=product_id, idempotency_key="k")
            sales.restock_product(conn, product_id=product_id, quantity=1)
            with pytest.raises(Retryable):
                sales.record_sale(old, product_id=product_id, idempotency_key=key)
    assert sold(conn) == [(product_id, 1, "k")]


# --- a model -----------------------------------------------------------------------------------------------


@dataclass
class Shelf:
    """What should be true of one product, in plain Python."""

    stock: int
    initial: int
    restocked: int = 0


@dataclass
class Shop:
    """The oracle: shelves, and what each key has sold."""

    shelves: dict[ProductId, Shelf] = field(default_factory=dict[ProductId, Shelf])
    keys: dict[str, list[tuple[ProductId, int]]] = field(default_factory=dict[str, list[tuple[ProductId, int]]])
    given_back: Counter[ProductId] = field(default_factory=Counter[ProductId])

    def takes(self, lines: list[tuple[ProductId, int]]) -> bool:
        """Take all lines from the shelves, or none."""
        wanted: Counter[ProductId] = Counter()
        for product_id, quantity in lines:
            wanted[product_id] += quantity
        if any(self.shelves[product_id].stock < quantity for product_id, quantity in wanted.items()):
            return False
        for product_id, quantity in wanted.items():
            self.shelves[product_id].stock -= quantity
        return True


@pytest.fixture
def several(database_url: str) -> Generator[list[Pool]]:
    """Three pools: connections that the machine uses in turn, and kills."""
    with (
        open_pool(database_url, max_size=2) as one,
        open_pool(database_url, max_size=2) as two,
        open_pool(database_url, max_size=2) as three,
    ):
        yield [one, two, three]


def test_any_sequence_of_calls_is_like_the_model(conn: Conn, several: list[Pool]) -> None:
    """Sales, baskets, retries, wrong retries, restocking, giving back, on several connections whose backends are killed
    in between and whose transactions roll back: always stock = initial + restocked - sold, each key at most once."""

    class Machine(RuleBasedStateMachine):
        @initialize(stocks=st.lists(st.integers(0, 6), min_size=2, max_size=3))
        def open(self, stocks: list[int]) -> None:
            conn.execute("truncate exchange.sales, exchange.sale_requests, exchange.products")
            self.shop = Shop()
            for number, pieces in enumerate(stocks):
                self.shop.shelves[add_product(conn, str(number), stock=pieces)] = Shelf(pieces, pieces)
            self.products = list(self.shop.shelves)
            self.answers: dict[str, Basket] = {}
            self.free = 0

        @rule(data=st.data(), pool=st.sampled_from(several), keyed=st.booleans(), rolls_back=st.booleans())
        def buy(self, data: st.DataObject, pool: Pool, keyed: bool, rolls_back: bool) -> None:
            line = st.tuples(st.sampled_from(self.products), st.integers(1, 3))
            lines = data.draw(st.lists(line, min_size=1, max_size=4))
            self.free += 1
            key = f"key {self.free}" if keyed else None
            if rolls_back:
                with suppress(InvalidValue), pool.connection() as db, db.transaction(force_rollback=True):
                    self.sell(db, lines, key)
                return
            if self.shop.takes(lines):
                basket = self.sell(pool, lines, key)
                assert [(sale.product_id, sale.quantity) for sale in basket.sales] == lines
                self.shop.keys[key or f"none {self.free}"] = lines
                if key:
                    self.answers[key] = basket
            else:
                with pytest.raises(InvalidValue, match="not enough stock"):
                    self.sell(pool, lines, key)

        @rule(data=st.data(), pool=st.sampled_from(several), wrong=st.booleans())
        def buy_again(self, data: st.DataObject, pool: Pool, wrong: bool) -> None:
            if not self.answers:
                return
            key = data.draw(st.sampled_from(sorted(self.answers)))
            lines = [(sale.product_id, sale.quantity) for sale in self.answers[key].sales]
            if wrong:
                with pytest.raises(Conflict):
                    self.sell(pool, [*lines, lines[0]], key)
            else:
                assert self.sell(pool, lines, key) == self.answers[key]

        @rule(data=st.data(), pool=st.sampled_from(several), quantity=st.integers(1, 5))
        def restock(self, data: st.DataObject, pool: Pool, quantity: int) -> None:
            product_id = data.draw(st.sampled_from(self.products))
            shelf = self.shop.shelves[product_id]
            shelf.stock += quantity
            shelf.restocked += quantity
            assert sales.restock_product(pool, product_id=product_id, quantity=quantity).stock == shelf.stock

        @rule(data=st.data(), pool=st.sampled_from(several))
        def give_back(self, data: st.DataObject, pool: Pool) -> None:
            listed = sales.list_sales(pool).items
            if listed:
                sale = data.draw(st.sampled_from(listed))
                sales.delete_sale(pool, product_id=sale.product_id, sale_id=sale.sale_id)
                self.shop.shelves[sale.product_id].stock += sale.quantity
                self.shop.given_back[sale.product_id] += sale.quantity

        @rule(pool=st.sampled_from(several), in_transaction=st.booleans())
        def kill(self, pool: Pool, in_transaction: bool) -> None:
            with pool.connection() as db:
                pid = db.info.backend_pid
                if in_transaction:  # with a sale that is not committed
                    with suppress(InvalidValue, Unavailable), db.transaction():
                        self.sell(db, [(self.products[0], 1)], f"lost {self.free}")
                        terminate(conn, pid)
                        self.sell(db, [(self.products[0], 1)], None)
                        pytest.fail("the backend still lives")
                if not in_transaction or not db.closed:
                    terminate(conn, pid)

        @invariant()
        def adds_up(self) -> None:
            if not hasattr(self, "shop"):
                return
            rows = conn.execute("""
                select p.id, p.stock, coalesce(sum(s.quantity), 0)::int from exchange.products as p
                left join exchange.sales as s on s.product_id = p.id and s.from_stock group by p.id
            """).fetchall()
            for product_id, left, gone in rows:
                shelf = self.shop.shelves[product_id]
                assert left == shelf.stock == shelf.initial + shelf.restocked - gone
                bought = sum(q for lines in self.shop.keys.values() for p, q in lines if p == product_id)
                assert gone == bought - self.shop.given_back[product_id]
            twice = conn.execute("""
                select idempotency_key from exchange.sales where idempotency_key is not null
                group by idempotency_key, product_id, line having count(*) > 1
                union all
                select s.idempotency_key from exchange.sales as s
                where s.idempotency_key is not null and not exists (
                  select from exchange.sale_requests as r
                  where r.idempotency_key = s.idempotency_key
                    and r.sales @> jsonb_build_array(jsonb_build_object('sale_id', s.id, 'product_id', s.product_id)))
            """).fetchall()
            assert twice == []
            kept = conn.execute("select count(*) from exchange.sale_requests").fetchone()
            assert kept == (len(self.answers),)

        @staticmethod
        def sell(db: Conn | Pool, lines: list[tuple[ProductId, int]], key: str | None) -> Basket:
            wanted = [BasketLine(product_id=product_id, quantity=quantity) for product_id, quantity in lines]
            return sales.record_basket(db, lines=wanted, idempotency_key=key)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


@pytest.mark.parametrize("seed", range(2))
def test_a_busy_shop_adds_up(conn: Conn, database_url: str, seed: int) -> None:
    """Six customers buy with few keys, give up and try again, while backends are killed: no sale is lost or doubled."""
    products = [add_product(conn, str(n), stock=40) for n in range(3)]
    done = threading.Event()

    def kill(_: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as admin:
            while not done.wait(0.02):
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                    "and query like '%%sales.record_basket%%' and pid <> pg_backend_pid() order by random() limit 1"
                )

    def buy(pool: Pool, customer: int) -> dict[str, Basket | None]:
        answers: dict[str, Basket | None] = {}
        for number in range(12):
            key = f"{(customer + seed) % 3} {number}"  # two customers for each key, with the same basket
            order = products if number % 2 else products[::-1]
            lines = [BasketLine(product_id=each, quantity=1 + number % 2) for each in order]
            while key not in answers:
                try:
                    answers[key] = sales.record_basket(pool, lines=lines, idempotency_key=key)
                except InvalidValue:
                    answers[key] = None
                except (OutcomeUnknown, Unavailable):
                    continue
        return answers

    with open_pool(database_url, max_size=6) as pool, ThreadPoolExecutor(7) as threads:
        killer = threads.submit(kill, 0)
        try:
            found = list(threads.map(partial(buy, pool), range(6)))
        finally:
            done.set()
        killer.result()
    baskets = {basket.idempotency_key: basket for answers in found for basket in answers.values() if basket}
    for answers in found:
        assert [basket for basket in answers.values() if basket and basket != baskets[basket.idempotency_key]] == []
    assert Counter(key for _, _, key in sold(conn)) == dict.fromkeys(baskets, 3)
    for product_id in products:
        gone = sum(quantity for each, quantity, _ in sold(conn) if each == product_id)
        assert stock(conn, product_id) == 40 - gone >= 0
