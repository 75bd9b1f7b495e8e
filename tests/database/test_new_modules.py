"""``exchange-db new`` in modules that are there: what of them is used, and where what is new is put."""

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from exchange_db.check import check
from exchange_db.errors import DeclarationError
from exchange_db.scaffold import draft
from tests.database.drafts import SCHEMA, load, modules_forgotten, new, tool
from tests.folders import write_statements

NAMES = "select c.name from shop.customers as c order by c.customer_id;"


@pytest.fixture(scope="module")
def shop_url(module_database_url: str) -> str:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute(SCHEMA)
    return module_database_url


@pytest.fixture
def shop(shop_url: str) -> Generator[psycopg.Connection]:
    """A connection to the shop, which no draft changes."""
    with psycopg.connect(shop_url, autocommit=True) as conn:
        yield conn


@pytest.fixture(autouse=True)
def _modules() -> Generator[None]:
    with modules_forgotten():
        yield


def within(parent: Path, conn: psycopg.Connection, module: str, statement: str = NAMES) -> str:
    """``host.py`` with this text, and a declaration of ``list_names`` written into it."""
    (parent / "host.py").write_text(dedent(module), "utf-8")
    return new(parent, conn, list_names=statement)


# --- what the module has -------------------------------------------------------------------------------------


COLUMNS = {
    **{column: f"o.{column}" for column in ("id", "status", "size", "tags", "data")},
    "versions": "array[o.data] as versions",
    "buyer": """jsonb_build_object('name', coalesce(o."from", ''), 'id', o.id) as buyer""",
}


def test_a_record_of_the_same_columns_is_used(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Also where they are choices, lists, documents and records; where one is something else it is only told of."""
    select = f"select {', '.join(COLUMNS.values())} from shop.orders as o"
    text = new(
        tmp_path,
        shop,
        list_orders=f"{select} order by o.id;",
        get_other_order=f"{select} where o.id = :order_id;",
    )
    assert "def list_orders() -> list[Order]:" in text
    assert "def get_other_order(*, order_id: int) -> Order:" in text
    assert "class Buyer(Record):\n    name: str\n    id: int\n" in text
    assert text.count("(Record)") == 2
    for column, instead in {
        "status": "o.kind as status",
        "tags": "o.id as tags",
        "data": "o.total as data",
        "versions": "array[o.total] as versions",
        "buyer": "jsonb_build_object('name', o.id, 'id', o.id) as buyer",
    }.items():
        columns = ", ".join((COLUMNS | {column: instead}).values())
        write_statements(tmp_path, list_odd_orders=f"select {columns} from shop.orders as o order by o.id;")
        made = draft(tmp_path / "host" / "list_odd_orders.sql", shop)
        assert "list[OddOrder]" in made.code
        assert f"Order is near: it has otherwise {column}" in made.notes


def test_what_is_near_is_told_of_with_what_it_lacks(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A record with a column less, one more and another type; one of other columns is not mentioned."""
    text = """
        from exchange_db import sql_folder
        from exchange_db.types import Record
        query = sql_folder("host")
        class Buyer(Record):
            customer_id: int
            email: str
            name: int
            age: int
        class Stranger(Record):
            age: int
    """
    (tmp_path / "host.py").write_text(dedent(text), "utf-8")
    path = write_statements(tmp_path, list_people="select c.* from shop.customers as c order by c.customer_id;")
    assert draft(path / "list_people.sql", shop).notes == (
        "Buyer is near: it has not place, has besides age, has otherwise name",
    )


def test_a_literal_or_enum_of_the_module_is_used(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Of the same values, by whatever name; one of other values is not."""
    text = within(
        tmp_path,
        shop,
        """
        from enum import Enum
        from typing import Literal
        from exchange_db import sql_folder
        Payment = Literal["paid", "open"]
        Half = Literal["paid"]
        class Extent(Enum):
            SMALL = "small"
            LARGE = "large"
        query = sql_folder("host")
        """,
        "select o.status, o.size from shop.orders as o where o.status = :status order by o.id;",
    )
    assert "    status: Payment\n    size: Extent | None\n" in text
    assert "def list_names(*, status: Payment) -> list[Name]:" in text


def test_ids_are_known_by_what_functions_say(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Through ``Annotated`` and ``None`` as well; a function that counts its rows says nothing of them, nor does one
    whose statement the database refuses."""
    write_statements(
        tmp_path,
        find_customer="select c.customer_id from shop.customers as c where c.customer_id = :customer_id;",
        delete_orders="delete from shop.orders where orders.total > :total returning orders.id;",
        list_gone="select g.id, g.total from shop.gone as g where g.id = :id order by g.id;",
    )
    text = within(
        tmp_path,
        shop,
        """
        from typing import Annotated, NewType
        from pydantic import Field
        from exchange_db import sql_folder
        from exchange_db.types import RowCount
        CustomerId = NewType("CustomerId", int)
        GoneId = NewType("GoneId", int)
        query = sql_folder("host")
        @query
        def find_customer(*, customer_id: Annotated[CustomerId, Field(gt=0)]) -> CustomerId | None: ...
        @query
        def delete_orders(*, total: float) -> RowCount: ...
        @query
        def list_gone(*, id: GoneId) -> list[GoneId]: ...
        """,
        "select o.customer_id, o.id from shop.orders as o order by o.id;",
    )
    assert "    customer_id: CustomerId\n    id: int\n" in text


def test_ranges_are_declared_any(tmp_path: Path, shop: psycopg.Connection) -> None:
    """As parameters, and in lists: check accepts what is written."""
    text = new(
        tmp_path,
        shop,
        list_spans="select o.id, array[o.span] as spans from shop.orders as o where o.span && :span order by o.id;",
    )
    assert "    spans: list[Any]\n" in text
    assert "def list_spans(*, span: Any) -> list[Span]:" in text
    assert not check(load(tmp_path), db=shop).faults


def test_what_a_statement_casts_is_still_its_column(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A parameter that is cast on its way into a column takes None where the column does."""
    text = new(
        tmp_path,
        shop,
        add_customer="""
          insert into shop.customers as c (customer_id, email, name)
          values (:customer_id::int, :email, upper(:name)) returning c.customer_id;
        """,
        set_words='update shop.orders set "two words" = :words::bigint where orders.id = :id;',
    )
    assert "def add_customer(*, customer_id: int, email: str, name: str) -> int:" in text
    assert "def set_words(*, words: int | None, id: int) -> RowCount:" in text


def test_a_document_that_is_all(tmp_path: Path, shop: psycopg.Connection) -> None:
    """It is a dictionary, because None would say that there is no row; a list where no key promises one row."""
    text = new(
        tmp_path,
        shop,
        get_data="select o.data from shop.orders as o where o.id = :id;",
        get_summary="select jsonb_build_object('id', o.id) as summary from shop.orders as o where o.id = :id;",
        get_labels="select jsonb_build_object('a b', o.id) as labels, o.id from shop.orders as o where o.id = :id;",
    )
    assert "labels: dict[str, JsonValue] | list[JsonValue]" in text or "labels: JsonValue" in text, text
    assert "def get_data(*, id: int) -> dict[str, JsonValue]:" in text
    assert "def get_summary(*, id: int) -> dict[str, JsonValue]:" in text
    write_statements(tmp_path, get_open_order="select o.id from shop.orders as o where o.status = 'open';")
    made = draft(tmp_path / "host" / "get_open_order.sql", shop)
    assert "def get_open_order() -> list[int]:" in made.code
    (note,) = made.notes
    assert note.startswith("a list is declared, because no key proves that get_… gets one row: ")


def test_what_cannot_be_analysed_may_be_null(tmp_path: Path, shop_url: str) -> None:
    """On a read-only server nothing is proved: the note says why, and types are known all the same."""
    write_statements(tmp_path, get_order="select o.id, o.status from shop.orders as o where o.id = :id;")
    with psycopg.connect(shop_url, autocommit=True, options="-c default_transaction_read_only=on") as conn:
        made = draft(tmp_path / "host" / "get_order.sql", conn)
    assert '    id: int | None\n    status: Literal["open", "paid"] | None\n' in made.code
    assert "def get_order(*, id: int) -> list[Order]:" in made.code
    assert "a read-only server or transaction cannot analyse statements: check against a primary" in made.notes


def test_a_merge_that_returns_rows(tmp_path: Path, shop: psycopg.Connection) -> None:
    """PostgreSQL 17 has it: what the source has not may be NULL, the table's own columns are what they are."""
    if shop.info.server_version < 170_000:
        pytest.skip("PostgreSQL 17 has it")
    text = new(
        tmp_path,
        shop,
        import_customers="""
          merge into shop.customers as c
          using unnest(:ids::bigint[], :emails::text[]) as new (id, email) on new.id = c.customer_id
          when matched then update set email = new.email
          when not matched then insert (customer_id, email) values (new.id, new.email)
          when not matched by source then delete
          returning merge_action() as action, c.customer_id, c.name, new.email as email_before;
        """,
    )
    assert "    action: str\n    customer_id: int\n    name: str | None\n    email_before: str | None\n" in text
    assert "def import_customers(*, ids: list[int], emails: list[str]) -> list[Customer]:" in text
    report = check(load(tmp_path), db=shop)
    assert not [fault for fault in report.faults if fault.code != "partial-order"], str(report)


def test_a_stream_of_records(tmp_path: Path, shop: psycopg.Connection) -> None:
    """And a plural in ``-ies``; a line that cannot be broken is left to the formatter, and the note says so."""
    words = "a_name_that_no_formatter_can_break_into_two_and_that_is_longer_than_a_line_may_be"
    text = new(
        tmp_path,
        shop,
        stream_stories="select o.id, o.kind from shop.orders as o order by o.id;",
        **{f"get_{words}": "select 1 as one, 2 as two;"},
    )
    assert "def stream_stories() -> Iterator[Story]:" in text


# --- where it is put -----------------------------------------------------------------------------------------


SQL_FOLDER = "from exchange_db import sql_folder\n"
IMPORTS = {
    "below the docstring": ('"""Ours."""\n', f'"""Ours."""\n\n{SQL_FOLDER}\nquery'),
    "above the first line": ("x = 1\n", f"{SQL_FOLDER}\nx = 1\n\n\nquery"),
    "a section of its own, before the next": (
        "import sys\n\nimport myapp\n",
        f"import sys\n\n{SQL_FOLDER}\nimport myapp\n\nquery",
    ),
    "the last of its section": ("import argon2\n\nimport myapp\n", f"import argon2\n{SQL_FOLDER}\nimport myapp\n"),
    "before the rest of its section": ("from pydantic import Field\n", f"{SQL_FOLDER}from pydantic import Field\n"),
    "never above the future": (
        "from __future__ import annotations\n\nimport sys\n",
        f"from __future__ import annotations\n\nimport sys\n\n{SQL_FOLDER}\nquery",
    ),
    "below a last line that does not end": ("import sys", f"import sys\n\n{SQL_FOLDER}\nquery"),
}


@pytest.mark.parametrize(("before", "after"), IMPORTS.values(), ids=IMPORTS.keys())
def test_a_new_import(tmp_path: Path, shop: psycopg.Connection, before: str, after: str) -> None:
    """It stands in its section by its order, or in one of its own."""
    package = tmp_path / "myapp"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "host.py").write_text(before, "utf-8")
    write_statements(package, count_customers="select count(*) as n from shop.customers;")
    made = draft(package / "host" / "count_customers.sql", shop)
    assert made.data.decode().startswith(after)
    assert made.data.decode().endswith("\n\n\nquery.complete()\n")


@pytest.mark.parametrize(
    ("before", "head"),
    [
        ('"""Ours."""\n', '"""Ours."""\n\n{}\nquery'),
        ("x = 1\n", "{}\nx = 1\n"),
        ("import sys", "{}\nquery"),
    ],
)
def test_several_new_imports(tmp_path: Path, shop: psycopg.Connection, before: str, head: str) -> None:
    """Those of one section stand together, the sections a line apart."""
    text = within(tmp_path, shop, before, "select o.placed_at, o.total from shop.orders as o order by o.id;")
    lines = "from datetime import datetime\nfrom decimal import Decimal\n\n{}from exchange_db.types import Record\n"
    start = "import sys\n" if before == "import sys" else ""
    assert text.startswith(head.format(start + lines.format(SQL_FOLDER)))
    tool("ruff", "check", "--isolated", "--select", "I", tmp_path)


def test_names_that_mean_something_else(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A class that the module has through its home is called so; a name that is taken gets another, and again."""
    text = within(
        tmp_path,
        shop,
        """
        import datetime
        from exchange_db import sql_folder
        query = sql_folder("host")
        Decimal = Decimal_ = list
        """,
        "select o.date, o.total from shop.orders as o order by o.id;",
    )
    assert "from decimal import Decimal as Decimal__\n" in text
    assert "    date: datetime.date\n    total: Decimal__\n" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("names = ['query']", "names = ['query']"),
        ("__all__ = sorted({'query'})", "__all__ = sorted({'query'})"),
        ("__all__ = []", '__all__ = ["Name", "list_names"]'),
        ("__all__: list[str] = ['query']", '__all__: list[str] = ["Name", "list_names", "query"]'),
        ("__all__ = [*(), 'query']", "__all__ = [*(), 'query']"),
        ("__all__ = ('query', 'x',\n  'zebra')", "__all__ = (\"Name\", \"list_names\", 'query', 'x',\n  'zebra')"),
    ],
)
def test_exports(tmp_path: Path, shop: psycopg.Connection, before: str, after: str) -> None:
    """New names stand in ``__all__`` where it is a list of names; anything else stays."""
    text = within(
        tmp_path,
        shop,
        f"{before}\nfrom exchange_db import sql_folder\nquery = sql_folder('host')\n",
        "select c.email, c.name from shop.customers as c order by 1;",
    )
    assert text.startswith(f"{after}\n")


def test_a_module_without_complete(tmp_path: Path, shop: psycopg.Connection) -> None:
    """The declaration is the last of the file, whose end is left as it is."""
    text = within(tmp_path, shop, "from exchange_db import sql_folder\nquery = sql_folder('host')\n\n")
    assert text.endswith("query = sql_folder('host')\n\n\n@query\ndef list_names() -> list[str | None]: ...\n\n")


# --- modules in which nothing can be put ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "fault"),
    [
        ("x = (1,\n", r"host.py:1: no Python: '\(' was never closed\n +\| x = \(1,\n +\|     \^"),
        ("x = 1 / 0\n", "host.py: cannot be imported: ZeroDivisionError: division by zero"),
        ("x = '\udcff'\n", "host.py: cannot be read: 'utf-8' codec can't decode byte 0xff"),
        (
            "from exchange_db import sql_folder\nquery = sql_folder('host')\n@query\ndef list_nams() -> int: ...\n",
            r"host.py:4: list_nams: there is no .*(.|\n)*hint: did you mean 'list_names'",
        ),
        (
            "from exchange_db import sql_folder\nquery = sql_folder('host'); query.complete()\n",
            r"host.py:2: query.complete\(\) does not stand below the declarations, on a line of its own",
        ),
    ],
)
def test_faults_of_a_module(tmp_path: Path, shop: psycopg.Connection, module: str, fault: str) -> None:
    """They are told with their place, and the file stays as it is."""
    (tmp_path / "host.py").write_bytes(module.encode(errors="surrogateescape"))
    path = write_statements(tmp_path, list_names=NAMES)
    with pytest.raises(DeclarationError, match=fault):
        draft(path / "list_names.sql", shop)


def test_a_module_that_is_a_folder(tmp_path: Path, shop: psycopg.Connection) -> None:
    """What cannot be read is told as such."""
    path = write_statements(tmp_path, list_names=NAMES)
    (tmp_path / "names.py").mkdir()
    with pytest.raises(DeclarationError, match=r"cannot be read: .*Is a directory"):
        draft(path / "list_names.sql", shop, module=str(tmp_path / "names.py"))


# --- which module it is --------------------------------------------------------------------------------------


def test_the_module_that_declares_the_folder_is_found(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Among its neighbours, of which one is no Python; its state in the process stays as it was."""
    (tmp_path / "aaa.py").write_text("no Python\n", "utf-8")
    (tmp_path / "zzz.py").write_text("from exchange_db import sql_folder\nquery = sql_folder('host')\n", "utf-8")
    sys.path.insert(0, str(tmp_path))
    path = write_statements(tmp_path, list_names=NAMES)
    zzz = importlib.import_module("zzz")
    made = draft(path / "list_names.sql", shop)
    assert made.module.path == tmp_path / "zzz.py"
    assert sys.modules["zzz"] is zzz


def test_our_own_folders_have_modules_of_their_own(shop: psycopg.Connection) -> None:
    """A file of this library's belongs to the library's domain: there it is declared."""
    with pytest.raises(DeclarationError, match=r"places.py:\d+: get_playground is declared already: it agrees"):
        draft(Path("places/get_playground.sql"), shop)


def test_the_length_of_lines_is_the_projects(tmp_path: Path, shop: psycopg.Connection) -> None:
    """As the nearest configuration of ruff or black says."""
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 44\n", "utf-8")
    text = new(
        tmp_path,
        shop,
        get_one="select 1 as one where :word = 'x' and :other = 'y' limit 1;",
        get_two="select 2 as two;",
    )
    assert "def get_one(\n    *, word: str, other: str\n) -> int: ...\n" in text
    assert "def get_two() -> int: ...\n" in text


def test_a_lost_connection_is_no_fault_of_the_statement(tmp_path: Path, shop_url: str) -> None:
    """A server that ends the session is told as itself."""
    path = write_statements(tmp_path, list_names=NAMES)
    with (
        psycopg.connect(shop_url, autocommit=True) as holder,
        psycopg.connect(shop_url, autocommit=True) as conn,
    ):
        conn.execute("set statement_timeout = '50ms'")
        with holder.transaction():
            holder.execute("lock table shop.customers")
            with pytest.raises(psycopg.errors.QueryCanceled):
                draft(path / "list_names.sql", conn)
