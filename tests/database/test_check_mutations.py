# ruff: noqa: E501  a line for each mistake
"""What ``check`` catches: small mistakes in the schema, the SQL and the declarations of a host and of this library."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from exchange_db.check import Report, check
from tests.database.applications import BAZAAR, Edit, bazaar_copy, domain_copy

MODULE = "queries.py"


class Mutation(NamedTuple):
    """A mistake, and what is said of which function."""

    name: str
    expected: frozenset[str]
    """``function code``; a hint has a question mark behind."""
    schema: str = ""
    edits: tuple[Edit, ...] = ()
    domain: str = ""
    """Of the library; else it is the bazaar's."""


def schema(name: str, sql: str, *expected: str, domain: str = "") -> Mutation:
    return Mutation(name, frozenset(expected), schema=sql, domain=domain)


def edit(name: str, file: str, old: str, new: str, *expected: str, domain: str = "") -> Mutation:
    return Mutation(name, frozenset(expected), edits=((file, old, new),), domain=domain)


IN_THE_SCHEMA = [
    schema(
        "a column is renamed",
        "alter table bazaar.orders rename note to remark",
        "get_order statement",
        "create_order statement",
        "get_customer_orders statement",
    ),
    schema("a composite's field is renamed", "alter type bazaar.address rename attribute town to city", "list_customers_near statement"),
    schema("text for a number", "alter table bazaar.orders alter quantity type text", "get_order column-type"),
    schema(
        "a number for a moment",
        "alter table bazaar.orders alter placed_at drop default, alter placed_at type bigint using 0",
        "get_order column-type", "create_order column-type", "create_order left-out", "list_orders column-type",
        "list_orders parameter-type",
    ),
    schema(
        "a moment without zone",
        "alter table bazaar.orders alter placed_at type timestamp",
        "get_order timestamp-without-zone", "create_order timestamp-without-zone", "list_orders timestamp-without-zone",
    ),
    schema(
        "a float for a decimal", "alter table bazaar.orders alter total type float8",
        "get_order column-type?", "create_order parameter-type?", "list_last_orders column-type?",
    ),
    schema(
        "a number for a truth", "alter table bazaar.orders alter is_paid drop default, alter is_paid type int using 0",
        "get_order column-type", "create_order left-out",
    ),
    schema("text for an array", "alter table bazaar.customers alter tags drop default, alter tags type text using ''",
           "find_customer_by_email column-type", "list_customers_near statement"),
    schema("text for a document", "alter table bazaar.customers alter settings drop default, alter settings type text",
           "find_customer_by_email column-type"),
    schema("a moment for a day", "alter table bazaar.customers alter born type timestamptz",
           "find_customer_by_email column-type", "set_settings parameter-type"),
    schema("text for a uuid", "alter table bazaar.customers alter reference type text",
           "find_customer_by_email column-type", "set_settings parameter-type"),
    schema("a point in metres", "alter table bazaar.customers alter spot type geometry (point, 3857) using null",
           "find_customer_by_email column-type"),
    schema("a line for a point", "alter table bazaar.customers alter home type geography (linestring, 4326) using null::geography",
           "find_customer_by_email column-type"),
    schema("a wider enum", "alter type bazaar.order_state add value 'lost'",
           "get_order values", "create_order values", "list_orders values", "get_customer_orders json"),
    schema("a label renamed", "alter type bazaar.order_state rename value 'paid' to 'settled'",
           "get_order values", "create_order values", "list_orders values", "get_customer_orders json"),
    schema("a wider check", "alter table bazaar.customers drop constraint customers_kind_check, "
           "add check (kind in ('person', 'company', 'club'))", "find_customer_by_email values"),
    schema("a check dropped", "alter table bazaar.customers drop constraint customers_kind_check", "find_customer_by_email values"),
    schema("a narrower check", "alter table bazaar.customers drop constraint customers_kind_check, add check (kind = 'person')",
           "find_customer_by_email values?", "set_kind values"),
    schema("a wider domain", "alter domain bazaar.currency drop constraint currency_check; "
           "alter domain bazaar.currency add check (value in ('EUR', 'USD', 'GBP'))", "get_order values"),
    schema("not null dropped", "alter table bazaar.customers alter home drop not null", "find_customer_by_email nullable"),
    schema("not null added", "alter table bazaar.orders alter note set not null", "get_order needless-optional?",
           "get_customer_orders needless-optional?", "create_order parameter-null"),
    schema("a default dropped", "alter table bazaar.orders alter placed_at drop default", "create_order left-out"),
    schema("a column added that takes no NULL", "alter table bazaar.orders add colour text not null", "create_order left-out"),
    schema("a unique key dropped", "alter table bazaar.customers drop constraint customers_email_key",
           "find_customer_by_email rows", "find_customer_by_email index"),
    schema("a unique key made partial", "alter table bazaar.customers drop constraint customers_email_key; "
           "create unique index customers_email_key on bazaar.customers (email) where born is not null",
           "find_customer_by_email rows", "find_customer_by_email index"),
    schema("a primary key dropped", "alter table bazaar.orders drop constraint orders_pkey",
           "get_order rows", "list_orders partial-order", "get_customer_orders partial-order?"),
    schema("an index dropped", "drop index bazaar.orders_customer_id_placed_at_idx", "list_orders index"),
    schema("an index of other columns", "drop index bazaar.orders_customer_id_placed_at_idx; "
           "create index orders_customer_id_placed_at_idx on bazaar.orders (weight)", "list_orders index"),
]  # fmt: skip

IN_THE_SQL = [
    edit("a word misspelt", "get_order.sql", "where", "wher", "get_order statement"),
    edit("no such column", "get_order.sql", "orders.weight", "orders.wait", "get_order statement"),
    edit("no such table", "count_orders.sql", "bazaar.orders", "bazaar.order", "count_orders statement"),
    edit("an alias renamed", "get_order.sql", "as order_id", "as id", "get_order missing-column", "get_order extra-column"),
    edit("a column left out", "get_order.sql", "  orders.note,\n", "", "get_order missing-column"),
    edit("a column too many", "get_order.sql", "  orders.note,\n", "  orders.note,\n  orders.customer_id,\n", "get_order extra-column"),
    edit("a column twice", "get_order.sql", "  orders.note,\n", "  orders.note,\n  orders.note,\n", "get_order extra-column"),
    edit("a cast to text", "get_order.sql", "orders.weight,", "orders.weight::text as weight,", "get_order column-type"),
    edit("a composite as it is", "find_customer_by_email.sql", "to_jsonb(customers.address)", "customers.address",
         "find_customer_by_email column-type"),
    edit("an outer join turned inner", "list_last_orders.sql", "left join", "inner join",
         "list_last_orders needless-optional?"),
    edit("an outer join from the other side", "list_last_orders.sql",
         "bazaar.customers\nleft join bazaar.orders as last_order on customers.id = last_order.customer_id\nwhere customers.id = ",
         "bazaar.orders as last_order\nleft join bazaar.customers on customers.id = last_order.customer_id and customers.born is null\n"
         "where last_order.customer_id = ",
         "list_last_orders nullable", "list_last_orders needless-optional?"),
    edit("an outer join from the other side, by a foreign key", "list_last_orders.sql",  # which always finds its row
         "bazaar.customers\nleft join bazaar.orders as last_order on customers.id = last_order.customer_id\nwhere customers.id = ",
         "bazaar.orders as last_order\nleft join bazaar.customers on customers.id = last_order.customer_id\nwhere last_order.customer_id = ",
         "list_last_orders needless-optional?"),
    edit("limit 1 removed", "get_customer_orders.sql", "  limit 1\n", "", "get_customer_orders rows"),
    edit("not the key", "get_order.sql", "orders.id = :order_id", "orders.customer_id = :order_id", "get_order rows"),
    edit("one row for each group", "count_orders.sql", ":customer_id", ":customer_id\ngroup by orders.state", "count_orders rows"),
    edit("a key renamed", "get_customer_orders.sql", "'note', orders", "'remark', orders", "get_customer_orders json"),
    edit("an order of ties within", "get_customer_orders.sql", "placed_at desc, orders.id desc", "placed_at desc", "get_customer_orders partial-order?"),
    edit("a key left out", "get_customer_orders.sql", "'state', orders.state, ", "", "get_customer_orders json"),
    edit("a key too many", "get_customer_orders.sql", "'note', ", "'paid', orders.is_paid, 'note', ", "get_customer_orders json"),
    edit("another value under a key", "get_customer_orders.sql", "'order_id', orders.id", "'order_id', orders.placed_at",
         "get_customer_orders json"),
    edit("no list where there are none", "get_customer_orders.sql", "coalesce(", "nullif(", "get_customer_orders nullable"),
    edit("one object for a list", "get_customer_orders.sql", "newest.document as newest", "jsonb_build_array(newest.document) as newest",
         "get_customer_orders json", "get_customer_orders needless-optional?"),
    edit("a star", "list_last_orders.sql", "last_order.total", "last_order.*",
         "list_last_orders select-star", "list_last_orders extra-column", "list_last_orders nullable"),
    edit("no schema", "count_orders.sql", "from bazaar.orders", "from orders", "count_orders unqualified-table"),
    edit("no schema, of what is written to", "create_order.sql", "into bazaar.orders", "into orders",
         "create_order unqualified-table"),
    edit("a distance", "list_customers_near.sql", "st_dwithin(customers.home, :origin::geography, :radius_m)",
         "st_distance(customers.home, :origin::geography) <= :radius_m", "list_customers_near distance-filter"),
    edit("a geometry with a geography", "list_customers_near.sql", "customers.home", "customers.spot",
         "list_customers_near geometry-geography"),
    edit("an order with ties", "list_orders.sql", ", orders.id desc", "", "list_orders partial-order"),
    edit("no order", "list_orders.sql", "order by orders.placed_at desc, orders.id desc\n", "", "list_orders partial-order"),
    edit("not in NULL", "list_idle_customers.sql", "customers.id not in (select orders.customer_id",
         "customers.nickname not in (select orders.note", "list_idle_customers not-in-null"),
    edit("not in NULL of each row", "list_idle_customers.sql", "customers.id not in (select orders.customer_id from bazaar.orders",
         "customers.nickname not in (select orders.note from bazaar.orders where orders.customer_id = customers.id",
         "list_idle_customers not-in-null"),
    edit("a cast without zone", "list_orders.sql", ":before", ":before::timestamp", "list_orders timestamp-without-zone"),
    edit("a parameter of another type", "count_orders.sql", "orders.customer_id = :", "orders.note = :", "count_orders parameter-type"),
    edit("a value of another name", "list_customers_near.sql", "'small'", "'tiny'", "list_customers_near values"),
    edit("an index that is not there", "list_orders.sql", "_placed_at_idx", "_placed_idx", "list_orders index"),
    edit("an index that is not ridden", "list_orders.sql", "bazaar.orders_customer_id_placed_at_idx", "orders_pkey", "list_orders index"),
    edit("a condition no index knows", "list_orders.sql", "orders.customer_id = :customer_id", "orders.customer_id + 0 = :customer_id",
         "list_orders index"),
    edit("an assertion about nothing", "get_order.sql", "select\n", "-- not null: nothing\nselect\n", "get_order assertion"),
    edit("an assertion that is proved", "get_order.sql", "select\n", "-- not null: weight\nselect\n", "get_order assertion?"),
    edit("a lint that is none", "get_order.sql", "select\n", "-- allow: select-stars, because\nselect\n", "get_order assertion"),
    edit("a lint allowed without reason", "get_order.sql", "select\n", "-- allow: select-star\nselect\n", "get_order assertion"),
    edit("a lint allowed without need", "get_order.sql", "select\n", "-- allow: select-star, because I may\nselect\n", "get_order assertion?"),
    edit("a misspelt line", "get_order.sql", "select\n", "-- not nul: weight\nselect\n", "get_order assertion"),
    edit("one row, without reason", "list_orders.sql", "-- Rides", "-- at most one row:\n-- Rides", "list_orders assertion"),
]  # fmt: skip

IN_PYTHON = [
    edit("an optional field made plain", MODULE, "    note: str | None\n    placed", "    note: str\n    placed", "get_order nullable"),
    edit("a field optional without need", MODULE, "weight: float\n    quantity", "weight: float | None\n    quantity",
         "get_order needless-optional?"),
    edit("a literal lost a value", MODULE, 'Literal["small", "large"]', 'Literal["large"]', "list_customers_near values"),
    edit("an enum lost a member", MODULE, '    SHIPPED = "shipped"\n', "",
         "get_order values", "create_order values", "list_orders values", "get_customer_orders json"),
    edit("an enum with one more", MODULE, '    PAID = "paid"\n', '    PAID = "paid"\n    LOST = "lost"\n',
         "get_order values?", "create_order values", "create_order values?", "list_orders values?"),
    edit("an argument that is refused", MODULE, "kind: Kind) -> RowCount", 'kind: Literal["person", "club"]) -> RowCount', "set_kind values"),
    edit("a day for a moment", MODULE, "    placed_at: datetime\n    duration", "    placed_at: date\n    duration", "get_order column-type"),
    edit("an int for a decimal", MODULE, "    total: Decimal\n", "    total: int\n", "get_order column-type"),
    edit("a float for a decimal", MODULE, "    total: Decimal\n", "    total: float\n", "get_order column-type?"),
    edit("a text for a list", MODULE, "tags: list[str]", "tags: str", "find_customer_by_email column-type"),
    edit("a list of another type", MODULE, "tags: list[str]", "tags: list[int]", "find_customer_by_email column-type"),
    edit("a text for a point", MODULE, "home: Point", "home: str", "find_customer_by_email column-type"),
    edit("a text for an address", MODULE, "photo: bytes | None", "photo: str | None", "get_order column-type"),
    edit("an alias lost", MODULE, ' = Field(alias="is_paid")', "", "get_order missing-column", "get_order extra-column"),
    edit("a key's type changed", MODULE, "    order_id: int\n    state: OrderState\n    note", "    order_id: str\n    state: OrderState\n    note",
         "get_customer_orders json"),
    edit("a key with no value", MODULE, "    gift: bool = False\n", "    gift: bool\n", "get_customer_orders json"),
    edit("a text for a number, sent", MODULE, "def get_order(*, order_id: int)", "def get_order(*, order_id: str)", "get_order parameter-type"),
    edit("a day for a moment, sent", MODULE, "before: datetime", "before: date", "list_orders parameter-type"),
    edit("a number for an interval, sent", MODULE, "wanted: timedelta", "wanted: int", "set_settings parameter-type"),
    edit("a text for a uuid, sent", MODULE, "reference: UUID, wanted", "reference: str, wanted", "set_settings parameter-type"),
    edit("a text for a document, sent as a list", MODULE, "settings: dict[str, str], born", "settings: list[str], born",
         "set_settings parameter-type"),
    edit("one for many, sent", MODULE, "customer_ids: list[int]", "customer_ids: int", "list_last_orders parameter-type"),
    edit("a float for a decimal, sent", MODULE, "    total: Decimal,\n    weight", "    total: float,\n    weight", "create_order parameter-type?"),
    edit("a text for an enum, sent", MODULE, "customer_id: int,\n    state: OrderState,", "customer_id: int,\n    state: str,", "create_order parameter-type?"),
    edit("one row for many", MODULE, "limit: int) -> list[OrderLine]", "limit: int) -> OrderLine | None", "list_orders rows"),
    edit("a scalar for a record", MODULE, "limit: int) -> list[OrderLine]", "limit: int) -> list[int]", "list_orders column-count"),
    edit("a record for a scalar", MODULE, "count_orders(*, customer_id: int) -> int", "count_orders(*, customer_id: int) -> OrderLine",
         "count_orders missing-column", "count_orders extra-column"),
    edit("a scalar of another type", MODULE, "count_orders(*, customer_id: int) -> int", "count_orders(*, customer_id: int) -> str",
         "count_orders column-type"),
    edit("a result of what returns nothing", MODULE, "kind: Kind) -> RowCount", "kind: Kind) -> int", "set_kind no-columns"),
]  # fmt: skip

IN_THE_LIBRARY = [
    schema("a column is renamed", "alter table exchange.playgrounds rename description to about", "list_nearby_playgrounds statement",
           domain="places"),
    schema("not null dropped", "alter table exchange.playgrounds alter name drop not null", "get_playground nullable", domain="places"),
    schema("a type changed", "alter table exchange.playgrounds drop constraint playgrounds_added_by_fkey, alter added_by type text", "get_playground column-type", domain="places"),
    schema("an index dropped", "drop index exchange.playgrounds_location_point_idx", "list_playgrounds_in_box index", domain="places"),
    schema("a wider check", "alter table exchange.preferences drop constraint preferences_distance_unit_check, "
           "add check (distance_unit in ('miles', 'kilometers', 'furlongs'))", "get_preferences values", domain="profiles"),
    schema("a unique key dropped", "drop index exchange.users_email_key", "find_user_by_email rows", "find_user_by_email index",
           domain="accounts"),
    edit("an outer join turned inner", "get_public_profile.sql", "left outer join exchange.profiles", "inner join exchange.profiles",
         domain="matching"),
    edit("an outer join turned inner, behind case", "list_likes_received.sql", "left outer join exchange.profiles",
         "inner join exchange.profiles", "list_likes_received needless-optional?", "list_likes_received needless-guard?", domain="matching"),
    edit("an outer join of a nested record turned inner", "list_blocked_users.sql", "left outer join", "inner join",
         "list_blocked_users needless-optional?", domain="matching"),
    schema("the index of a foreign key dropped", "drop index exchange.attempts_question_id_idx",
           "delete_question index", domain="study"),
    schema("an index that one way rides dropped", "drop index exchange.questions_tags_idx", "list_questions index", domain="study"),
    schema("the key of a conflict dropped",
           "alter table exchange.messages drop constraint messages_conversation_id_sender_id_client_key_key",
           "send_message index", "send_message statement", domain="messaging"),
    edit("an inner join turned outer", "list_blocked_users.sql", "left outer join", "right outer join", "list_blocked_users nullable",
         domain="matching"),
    edit("a key renamed", "get_public_profile.sql", "'url', photos.url", "'uri', photos.url", "get_public_profile json", domain="matching"),
    edit("a column renamed", "list_playgrounds_by_user.sql", "as playground_id", "as id",
         "list_playgrounds_by_user missing-column", "list_playgrounds_by_user extra-column", domain="places"),
    edit("a field made plain", "profiles.py", "    bio: str | None\n    pronouns", "    bio: str\n    pronouns", "get_profile nullable",
         domain="profiles"),
    edit("an argument of another type", "accounts.py", "def get_user(*, user_id: UserId)", "def get_user(*, user_id: str)",
         "get_user parameter-type", domain="accounts"),
    schema("a key of another name", "alter index exchange.users_email_key rename to users_mail_key",
           "create_user raises", "create_first_superuser raises", "update_user raises", domain="accounts"),
    edit("an error for no constraint", "accounts.py", "users_email_key=EmailTaken", "users_mail_key=EmailTaken",
         "create_user raises", domain="accounts"),
    edit("an error of another kind", "accounts.py", "users_email_key=EmailTaken", "users_email_check=EmailTaken",
         "create_user raises", domain="accounts"),
    edit("an error of another table", "sales.py", "products_sku_key=SkuTaken", "playgrounds_pkey=SkuTaken",
         "create_product raises", domain="sales"),
    Mutation("two guards swapped", frozenset({"update_user given-guard"}), domain="accounts", edits=(
        ("update_user.sql", ":username_given", ":a_given"), ("update_user.sql", ":full_name_given", ":username_given"),
        ("update_user.sql", ":a_given", ":full_name_given"))),
    edit("a page the wrong way", "list_users.sql", "users.id < :page_user_id", "users.id > :page_user_id", "list_users page-order",
         domain="accounts"),
    edit("a page the wrong way, the other way round", "list_users.sql", "users.id < :page_user_id", ":page_user_id < users.id",
         "list_users page-order", domain="accounts"),
    edit("a page by what is another each time", "list_users.sql", "users.id < :page_user_id", "users.id + random() < :page_user_id",
         "list_users partial-order", domain="accounts"),
    edit("a page of rows the wrong way", "list_inbox.sql", ") < (:page_", ") > (:page_", "list_inbox page-order",
         domain="messaging"),
    edit("a page by a key that is not in the order", "list_matches.sql",
         "order by pairs.matched_at desc, pairs.high_id desc", "order by pairs.matched_at desc", "list_matches page-order", domain="matching"),
    edit("a page by a part of the order", "list_inbox.sql",
         "(participants.last_message_at, participants.conversation_id) < (:page_last_message_at, :page_conversation_id)",
         "participants.last_message_at < :page_last_message_at", "list_inbox partial-order", domain="messaging"),
    edit("a page whose last order has ties", "list_inbox.sql", "order by page.last_message_at desc, page.conversation_id desc",
         "order by page.last_message_at desc", "list_inbox partial-order", domain="messaging"),
]  # fmt: skip


@pytest.fixture(scope="module")
def bazaar_conn(module_database_url: str) -> Generator[psycopg.Connection]:
    """A connection to a migrated database in which the bazaar's schema is too, for the time of a transaction."""
    with psycopg.connect(module_database_url) as conn:
        conn.execute((BAZAAR / "schema.sql").read_text(encoding="utf-8").encode())
        yield conn
        conn.rollback()


def found(report: Report) -> set[str]:
    """``function code`` of each finding, hints with a question mark."""
    return {
        f"{finding.function.rpartition('.')[2]} {finding.code}{'?' if finding.severity == 'hint' else ''}"
        for finding in report.findings
    }


def mutated(mutation: Mutation, conn: psycopg.Connection[Any], folder: Path) -> Report:
    """The report on a copy with the mistake in it."""
    if mutation.domain:
        module = domain_copy(folder, mutation.domain, mutation.edits)
    else:
        module = bazaar_copy(folder, mutation.edits)
    with conn.transaction(force_rollback=True):
        conn.execute(mutation.schema.encode())
        if mutation.name.startswith("no schema"):
            conn.execute("set local search_path = bazaar, public")
        return check(module, db=conn)


def test_a_foreign_application_agrees(bazaar_conn: psycopg.Connection, tmp_path: Path) -> None:
    """Its schema has an enum, a domain, a composite, JSON, a range, points; there is nothing to say."""
    report = check(bazaar_copy(tmp_path), db=bazaar_conn)
    assert not report.findings, str(report)
    assert report.functions == 11


@pytest.mark.parametrize("mutation", [*IN_THE_SCHEMA, *IN_THE_SQL, *IN_PYTHON], ids=lambda mutation: mutation.name)
def test_mistakes_of_a_host(mutation: Mutation, bazaar_conn: psycopg.Connection, tmp_path: Path) -> None:
    """Each is found, of the function that has it, and nothing else is."""
    report = mutated(mutation, bazaar_conn, tmp_path)
    assert found(report) == mutation.expected, str(report)


def test_values_of_a_union(bazaar_conn: psycopg.Connection, tmp_path: Path) -> None:
    """The texts that its parts write out are what it can be."""
    sql = "select 'new' as what where :customer_id::bigint > 0 union all (select 'old' union select 'lost');"
    written = (BAZAAR / "orders" / "count_orders.sql").read_text(encoding="utf-8")
    edits = [
        ("count_orders.sql", written, sql),
        (
            MODULE,
            "count_orders(*, customer_id: int) -> int",
            'count_orders(*, customer_id: int) -> list[Literal["new", "old"]]',
        ),
    ]
    (fault,) = check(bazaar_copy(tmp_path, edits), db=bazaar_conn).faults
    assert (fault.code, fault.problem.startswith("column 'what' can be 'lost'")) == ("values", True)


@pytest.mark.parametrize("mutation", IN_THE_LIBRARY, ids=lambda mutation: mutation.name)
def test_mistakes_in_the_library(mutation: Mutation, bazaar_conn: psycopg.Connection, tmp_path: Path) -> None:
    """Each is found."""
    report = mutated(mutation, bazaar_conn, tmp_path)
    assert mutation.expected <= found(report), str(report)


def test_rows_compared_that_are_no_pages(conn: psycopg.Connection, tmp_path: Path) -> None:
    """Rows that a page's statement compares with other parameters say nothing of where the page begins."""
    sought = (
        "(participants.last_message_at, participants.conversation_id) < (:page_last_message_at, :page_conversation_id)"
    )
    also = f"{sought}\n    and (participants.user_id, participants.conversation_id) >= (:user_id, 0)"
    report = check(domain_copy(tmp_path, "messaging", [("list_inbox.sql", sought, also)]), db=conn)
    assert "list_inbox page-order" not in found(report), str(report)
    assert report.functions > 0
