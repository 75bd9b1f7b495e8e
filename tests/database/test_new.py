"""``exchange-db new``: from a ``.sql`` file to its record and declaration."""

import importlib
import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from exchange_db.check import check
from exchange_db.check.agreement import described
from exchange_db.check.fields import fields_of
from exchange_db.cli import app
from exchange_db.engine.declaration import Cardinality
from exchange_db.errors import DeclarationError
from exchange_db.resources import QUERIES
from exchange_db.scaffold import draft, write
from exchange_db.scaffold.new import Drafter
from tests.database.drafts import SCHEMA, load, modules_forgotten, new, tool
from tests.folders import write_statements


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


# --- our own queries -----------------------------------------------------------------------------------------


def test_own_queries_get_their_declarations_back(tmp_path: Path, conn: psycopg.Connection) -> None:
    """For every query of ours a fresh module gets a declaration that imports, that check accepts, that is laid out as
    ruff would, with the parameters and fields of the one written by hand."""
    drafter, names = Drafter(conn), list[str]()
    for file in sorted(QUERIES.glob("*/*.sql")):
        package = tmp_path / "fresh" / file.parent.name
        copy = package / file.stem / file.name
        copy.parent.mkdir(parents=True)
        shutil.copy(file, copy)
        for each in (package, package.parent):
            (each / "__init__.py").touch()
        write(drafter.draft(copy, module=str(package / f"{file.stem}.py")))
        names.append(f"fresh.{file.parent.name}.{file.stem}")
    sys.path.insert(0, str(tmp_path))
    modules = {name: importlib.import_module(name) for name in names}

    report = check(*modules.values(), db=conn)
    for name, module in modules.items():
        _, domain, function = name.split(".")
        own = importlib.import_module(f"exchange_db.{domain}")
        agree(vars(own)[function].declaration, vars(module)[function].declaration)

    # The order of lists is a matter of the SQL, which our own functions are checked for elsewhere.
    assert not [each for each in report.faults if each.code != "partial-order"], str(report)
    assert report.functions == len(names) >= 130
    tool("ruff", "format", "--isolated", "--check", tmp_path)
    tool("ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,RUF022,UP", tmp_path)


def _rows(declaration: Any) -> Cardinality:
    cardinality: Cardinality = declaration.cardinality
    same = {Cardinality.OPTIONAL: Cardinality.ONE, Cardinality.ROW_COUNT: Cardinality.NOTHING}
    return same.get(cardinality) or cardinality


def agree(by_hand: Any, drafted: Any) -> None:
    """Names are equal, and types but for what no database knows: a JSON parameter's model, who else is given None."""
    assert {each.name for each in drafted.parameters} == {each.name for each in by_hand.parameters}
    # Whether the one row may be missing is what the author means, and the verb tells only for find_….
    assert _rows(drafted) == _rows(by_hand), drafted.function.__name__
    if by_hand.record is not None:
        mine, its = fields_of(by_hand.record), fields_of(drafted.record)
        assert its.keys() == mine.keys()
        for name, field in mine.items():
            texts = [described(each.annotation.source) for each in (field, its[name])]
            # AwareDatetime is Pydantic's stricter datetime; a record within a record has a name of its own here.
            plain = [text.replace("AwareDatetime", "datetime").removesuffix(" | None") for text in texts]
            assert plain[0] == plain[1] or its[name].annotation.is_json, (drafted.function.__name__, name, texts)


# --- a host's ------------------------------------------------------------------------------------------------


def test_host_module_is_written_whole(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Without a module there is one afterwards: record, declaration, imports, exports, ``complete``."""
    text = new(
        tmp_path,
        shop,
        list_open_orders="""
          -- What is to be paid, oldest first.
          -- rides: none
          select o.id, o.customer_id, o.status, o.size, o.total, o.tags, o.data, o.placed_at, c.place, c.email, c.name
          from shop.orders as o
          join shop.customers as c on c.customer_id = o.customer_id
          where o.status = :status order by o.placed_at, o.id;
        """,
    )
    assert text == dedent('''\
        """Host."""

        from datetime import datetime
        from decimal import Decimal
        from typing import Literal

        from exchange_db import sql_folder
        from exchange_db.types import Point, Record
        from pydantic import JsonValue

        __all__ = ["OpenOrder", "list_open_orders"]

        query = sql_folder("host")


        class OpenOrder(Record):
            id: int
            customer_id: int
            status: Literal["open", "paid"]
            size: Literal["small", "large"] | None
            total: Decimal
            tags: list[str]
            data: JsonValue
            placed_at: datetime
            place: Point | None
            email: str
            name: str | None


        @query
        def list_open_orders(*, status: Literal["open", "paid"]) -> list[OpenOrder]:
            """What is to be paid, oldest first."""
            ...


        query.complete()
    ''')


def test_declarations_pass_the_type_checkers(tmp_path: Path, shop: psycopg.Connection) -> None:
    """What is written, odd columns included, is clean for mypy, pyright and ruff, and agrees with the database."""
    statements = {
        "list_odd_orders": """
          select o.kind, o.span, st_astext(o.shape) as shape, o.größe, o.date, o.date as datetime,
            o.paid is null as paid,
            jsonb_build_object('id', o.id, 'tags', o.tags, 'lines', jsonb_build_array(1)) as summary,
            (select jsonb_agg(jsonb_build_object('id', x.id, 'status', x.status) order by x.id)
              from shop.orders as x) as others
          from shop.orders as o where o.placed_at > :since::timestamptz and o.tags && :tags::text[] order by o.id;
        """,
        "count_orders": "select count(*) as n from shop.orders where :size::shop.size is null or size = :size;",
        "delete_order": "delete from shop.orders where orders.id = :id::bigint;",
        "add_customer": """
          insert into shop.customers as c (customer_id, email, name, place)
          values (:customer_id, :email, :name, :place::geography);
        """,
        "stream_totals": "select o.total from shop.orders as o order by o.id;",
        "find_size": "select o.size from shop.orders as o order by o.id limit 1;",
        "wake": "select pg_notify(:channel, 'up');",
        "set_data": "update shop.orders set data = :data where orders.id = :id;",
    }  # fmt: skip
    text = new(tmp_path, shop, **statements)
    module = load(tmp_path)

    assert "class Kind(StrEnum):" in text
    assert 'def count_orders(*, size: Literal["small", "large"] | None = None) -> int:' in text
    assert "def delete_order(*, id: int) -> RowCount:" in text
    assert (
        "\n    *, customer_id: int, email: str, name: str | None = None, place: Point | None = None\n) -> None:" in text
    )
    assert "@query.stream\ndef stream_totals() -> Iterator[Decimal]:" in text
    assert 'def find_size() -> Literal["small", "large"] | None:' in text
    assert "def wake(*, channel: str) -> None:" in text
    assert "*, data: dict[str, JsonValue] | list[JsonValue] | None, id: int" in text
    assert not check(module, db=shop).faults
    tool("ruff", "format", "--isolated", "--check", tmp_path)
    tool("mypy", "--strict", "--disable-error-code=empty-body", "--cache-dir", tmp_path / "cache", tmp_path / "host.py")
    tool("pyright", "--pythonpath", sys.executable, tmp_path / "host.py")


def test_a_shape_is_no_point(tmp_path: Path, shop: psycopg.Connection) -> None:
    """What a function gives may be of any shape; a parameter of a spatial type is a point."""
    statement = "select st_buffer(:place::geography, 10) as zone, st_astext(:place::geography) as words;"
    write_statements(tmp_path, get_zone=statement)
    found = draft(tmp_path / "host" / "get_zone.sql", shop)
    write(found)
    text = (tmp_path / "host.py").read_text("utf-8")
    assert "zone: str" in text
    assert "place: Point" in text
    assert any("st_astext(zone)" in note for note in found.notes)


def test_records_and_ids_of_the_module_are_used(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A record that fits is taken, ids follow foreign keys and names, and a near record is mentioned."""
    (tmp_path / "host.py").write_text(
        dedent('''\
            """Ours."""

            from typing import NewType

            from exchange_db import sql_folder
            from exchange_db.types import Record

            CustomerId = NewType("CustomerId", int)

            __all__ = [
                "Customer",
                "CustomerId",
                "get_customer",
            ]

            query = sql_folder("host")


            class Customer(Record):
                customer_id: CustomerId
                name: str | None


            @query
            def get_customer(*, customer_id: CustomerId) -> Customer: ...

            # the last line
            query.complete()  # of all
        '''),
        encoding="utf-8",
    )
    select = "select c.customer_id, c.name from shop.customers as c"
    write_statements(tmp_path, get_customer=f"{select} where c.customer_id = :customer_id;")
    text = new(
        tmp_path,
        shop,
        list_customers=f"{select} where c.customer_id > :after_customer_id order by c.customer_id;",
        list_orders="select o.id, o.customer_id from shop.orders as o where o.customer_id = :buyer order by o.id;",
    )
    made = draft(
        write_statements(tmp_path, list_people=f"{select.replace('c.name', 'c.name, c.email')} order by 1;")
        / "list_people.sql",
        shop,
    )

    assert "def list_customers(*, after_customer_id: CustomerId) -> list[Customer]:" in text
    assert "def list_orders(*, buyer: CustomerId) -> list[Order]:" in text
    assert "    id: int\n    customer_id: CustomerId\n" in text
    assert '    "CustomerId",\n    "Order",\n    "get_customer",\n    "list_customers",\n    "list_orders",\n]' in text
    assert text.endswith(" ...\n\n\n# the last line\nquery.complete()  # of all\n")
    assert made.notes == ("Customer has every column but email: class People(Customer) with email would do",)
    assert "class People(Record):" in made.code
    assert "import" not in made.code


def test_other_bytes_stay(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Into a file with a byte order mark, CRLF and a style of its own the code is inserted; nothing else changes."""
    old = (
        b"\xef\xbb\xbf'''Ours.'''\r\nimport   os\r\nfrom exchange_db import sql_folder  # mine\r\n\r\n"
        b"__all__ = ['query']\r\nquery = sql_folder( 'host' )\r\nx = {  1:2 }\t\r\n\r\nquery.complete()\r\n"
    )
    (tmp_path / "host.py").write_bytes(old)
    write_statements(tmp_path, list_names="select c.email, c.name from shop.customers as c order by 1;")
    write(draft(tmp_path / "host" / "list_names.sql", shop))
    written = (tmp_path / "host.py").read_bytes()

    lines = iter(written.splitlines(keepends=True))
    assert all(line in lines for line in old.splitlines(keepends=True) if b"__all__" not in line)
    assert written.count(b"\n") == written.count(b"\r\n")
    assert written.startswith(b"\xef\xbb\xbf'''Ours.'''\r\nimport   os\r\n")
    assert load(tmp_path).list_names.declaration.record.__name__ == "Name"


def test_declared_function_stays(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A second time nothing is written: the report says where it is declared, and what differs."""
    text = new(tmp_path, shop, count_orders="select count(*) as n from shop.orders;")
    with pytest.raises(DeclarationError, match="count_orders is declared already: it agrees with the statement"):
        draft(tmp_path / "host" / "count_orders.sql", shop)
    (tmp_path / "host.py").write_text(text.replace("-> int", "-> str"), encoding="utf-8")
    with pytest.raises(
        DeclarationError, match=r"declared already\n(.|\n)*str is declared, and the statement gives bigint"
    ):
        draft(tmp_path / "host" / "count_orders.sql", shop)


def test_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Between draft and writing somebody else saved the module: theirs stays."""
    new(tmp_path, shop, count_orders="select count(*) as n from shop.orders;")
    write_statements(tmp_path, count_customers="select count(*) as n from shop.customers;")
    made = draft(tmp_path / "host" / "count_customers.sql", shop)
    (tmp_path / "host.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match="changed meanwhile"):
        write(made)
    assert (tmp_path / "host.py").read_text("utf-8") == "x = 1\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["host", "host.py"]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("select o.nmae from shop.orders as o;", r"list_x.sql:1: column o.nmae does not exist\n +\| .*\n +\| +\^"),
        ("select :a is null;", "could not determine data type of parameter(.|\n)*hint: say its type"),
        ("select o.id, o.id from shop.orders as o;", "'id' appears more than once"),
        ('select o.id, o."from" from shop.orders as o;', "'from' is a keyword of Python(.|\n)*hint: .*… as …"),
        ('select o.id, o."two words" from shop.orders as o;', "'two words' is not a name in Python"),
        ("select o.id, o.total + 1 from shop.orders as o;", "a column without a name"),
        ("select o.id, o.total as copy from shop.orders as o;", "'copy' is something else on every record"),
        ("select o.id, o.total as _x from shop.orders as o;", "starts with an underscore"),
        ("select 1; select 2;", "a second statement"),
    ],
)
def test_faults_of_the_statement(tmp_path: Path, shop: psycopg.Connection, statement: str, fault: str) -> None:
    """What no declaration can be made of is told with its place, as everywhere, and nothing is written."""
    write_statements(tmp_path, list_x=statement)
    with pytest.raises(DeclarationError, match=fault):
        draft(tmp_path / "host" / "list_x.sql", shop)
    assert not (tmp_path / "host.py").exists()


def test_types_without_a_class_get_a_note(tmp_path: Path, shop: psycopg.Connection) -> None:
    """A composite, a polygon, a type of text: ``str`` is written, and the note says what to do in the SQL."""
    write_statements(
        tmp_path, list_x="select o.paid, o.shape, '1'::xml as doc, '1.2.3.4'::inet as ip from shop.orders as o;"
    )
    made = draft(tmp_path / "host" / "list_x.sql", shop)
    assert "    paid: str | None\n    shape: str | None\n    doc: str\n" in made.code
    assert "ip: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface" in made.code
    assert "to_jsonb(paid) as paid" in made.notes[0]
    assert "st_astext(shape)" in made.notes[1]
    assert "doc::text as doc" in made.notes[2]


def test_many_columns_and_dotted_ones(tmp_path: Path, shop: psycopg.Connection) -> None:
    """Seventy columns make one record; columns with a dot a record within it, optional behind an outer join."""
    columns = ", ".join(f"{n} as c{n}" for n in range(70))
    new(tmp_path, shop, get_wide=f"select {columns};")
    text = new(
        tmp_path,
        shop,
        list_buyers="""
          select o.id, c.customer_id as "customer.customer_id", c.name as "customer.name"
          from shop.orders as o
          left join shop.customers as c on c.customer_id = o.id order by o.id;
        """,
    )
    assert len(fields_of(load(tmp_path).get_wide.declaration.record)) == 70
    assert "class Customer(Record):\n    customer_id: int\n    name: str | None\n" in text
    assert "    customer: Customer | None\n" in text
    assert not check(load(tmp_path), db=shop).faults


def test_command(tmp_path: Path, shop_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints, or writes into the module that it is told; notes go to stderr, faults end it with 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "myapp").mkdir()
    (tmp_path / "myapp" / "__init__.py").touch()
    write_statements(
        tmp_path, list_names="select c.name, c.place::geometry, '1'::xml as doc from shop.customers as c order by 1;"
    )
    arguments = ["new", "host/list_names.sql", "--database", shop_url, "--module", "myapp.names"]
    printed = CliRunner().invoke(app, arguments)
    assert printed.exit_code == 0, printed.output
    assert 'query = sql_folder("../host")' in printed.stdout
    assert printed.stderr.startswith("note: 'place': geometry(Geometry) has no type of its own in Python")
    assert "note: 'doc': xml has no type of its own in Python" in printed.stderr
    assert not (tmp_path / "myapp" / "names.py").exists()
    written = CliRunner().invoke(app, [*arguments, "--write"])
    assert written.stdout.startswith("declared list_names in ")
    assert written.stdout.endswith("myapp/names.py\n")
    assert (tmp_path / "myapp" / "names.py").read_text("utf-8") == printed.stdout
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    missing = CliRunner().invoke(app, ["new", "host/list_name.sql", "--database", shop_url])
    assert "did you mean 'list_names.sql'?" in missing.output.replace("\n", " ")
