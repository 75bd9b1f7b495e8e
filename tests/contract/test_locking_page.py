"""docs/locking.md: what it shows is what happens, and its tables name what there is."""

import re
import sys
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from exchange_db.errors import SchemaMismatch
from exchange_db.lock import files, gate_migrations, gates, lock, verify_schema
from tests.database.hosted import imported

PAGE = (Path(__file__).parents[2] / "docs" / "locking.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
SOURCE = Path(files.__file__).parent
LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
STATEMENTS = {
    "find_order": "select orders.id, orders.buyer from shop.orders where orders.id = :order_id;",
    "place_order": "insert into shop.orders (id, buyer) values (:order_id, :buyer);",
}
MODULE = """
    from exchange_db import sql_folder
    from exchange_db.types import Record

    query = sql_folder("shop")

    class Order(Record):
        id: int
        buyer: str

    @query
    def find_order(*, order_id: int) -> Order | None: ...

    @query
    def place_order(*, order_id: int, buyer: str) -> None: ...
"""


def blocks(language: str) -> list[str]:
    return [code for name, code in BLOCK.findall(PAGE) if name == language]


def test_the_page_runs(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock, test, start, change the schema: the gate and the start say what the page says."""
    (tmp_path / "shop").mkdir()
    for name, statement in STATEMENTS.items():
        (tmp_path / "shop" / f"{name}.sql").write_text(f"-- {name}\n{statement}\n", encoding="utf-8")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("create schema shop; create table shop.orders (id bigint primary key, buyer text not null)")
    for key, value in conninfo_to_dict(database_url).items():
        if key in LIBPQ and value is not None:
            monkeypatch.setenv(LIBPQ[key], str(value))
    module = imported(tmp_path, "queries", dedent(MODULE))
    monkeypatch.setitem(sys.modules, "queries", module)
    monkeypatch.chdir(tmp_path)
    assert lock(module, db=database_url).report.ok

    test, start = blocks("python")
    names: dict[str, object] = {}
    exec(compile(test, "test_locks.py", "exec"), names)  # noqa: S102  runs the page
    exec("test_locks()", names)  # noqa: S102  runs the page
    exec(compile(start, "app.py", "exec"), {})  # noqa: S102  runs the page

    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("alter table shop.orders alter buyer drop not null, add currency text not null")
    gate, mismatch = blocks("text")
    assert gate.strip() in str(gate_migrations(tmp_path, db=database_url))
    with psycopg.connect(database_url, autocommit=True) as conn, pytest.raises(SchemaMismatch) as caught:
        verify_schema(conn, queries=[module])
    assert str(caught.value).startswith(mismatch.strip())


def test_the_tables_name_every_code() -> None:
    """Each code of a lock's or gate's findings is in a table, and no other."""
    told = set(re.findall(r"`((?:lock|gate)-\w+)`", PAGE))
    source = "".join(path.read_text("utf-8") for path in SOURCE.glob("*.py"))
    assert told == set(re.findall(r'"((?:lock|gate)-\w+)"', source))
    assert set(gates.HINTS) == {code for code in told if code.startswith("gate-")}
