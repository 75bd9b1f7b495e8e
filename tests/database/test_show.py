"""``exchange-db show``: what a function does, without running it."""

import json
import re
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from rich.console import Console
from typer.testing import CliRunner

from exchange_db import accounts, places, sales
from exchange_db.check.targets import AnyQuery
from exchange_db.cli import app
from exchange_db.show import portray
from exchange_db.show.rendering import print_portrait
from tests.folders import folder

SCHEMA = """
create schema shop;
create table shop.orders (id bigint primary key, note text, constraint orders_note_check check (note <> ''));
create table shop.lines (
  order_id bigint not null constraint lines_order_id_fkey references shop.orders on delete cascade, n int,
  primary key (order_id, n)
);
create table shop.bills (order_id bigint constraint bills_order_id_fkey references shop.orders);
create function shop.tell() returns trigger language plpgsql as 'begin return null; end';
create trigger told after delete on shop.lines for each row execute function shop.tell();
create table shop.groups (id bigint primary key, within bigint);
alter table shop.groups add constraint groups_within_fkey foreign key (within) references shop.groups on delete cascade;
create trigger noted after update of note on shop.orders for each row execute function shop.tell();
"""


def test_select(conn: psycopg.Connection) -> None:
    """A select: types of both sides, why a column is never NULL, plan, index, and the mildest of locks."""
    shown = portray(places.get_playground, conn)
    assert shown.name == "places.get_playground"
    assert shown.parameters == (("playground_id", "PlaygroundId", "bigint"),)
    assert shown.columns[0][:3] == ("playground_id", "PlaygroundId", "bigint")
    assert shown.columns[0][3].startswith("never NULL: ")
    assert {name: null for name, _, _, null in shown.columns}["description"].startswith("may be NULL: ")
    (variant,) = shown.variants
    assert variant.table_locks == (("exchange.playgrounds", "AccessShareLock"),)
    assert variant.plan[0].startswith(("Index Scan", "Seq Scan"))
    assert variant.small_tables
    assert shown.effects is not None
    assert shown.effects.reads == ("exchange.playgrounds",)
    assert (shown.effects.writes, shown.effects.row_locks, shown.effects.violations) == ((), (), ())


def test_insert(conn: psycopg.Connection) -> None:
    """An insert: each constraint that can refuse the row, what it is raised as and told with; the row it refers to."""
    effects = portray(places.add_playground, conn).effects
    assert effects is not None
    assert effects.writes == ("insert into exchange.playgrounds",)
    raised = {name: (error, sentence) for name, error, sentence in effects.violations}
    assert raised["playgrounds_added_by_fkey"][0] == "MissingReference"
    assert raised["playgrounds_name_check"][0] == "InvalidValue"
    assert any(lock.startswith("for key share of exchange.users") for lock in effects.row_locks)
    email = portray(accounts.create_user, conn).effects
    assert email is not None
    assert ("users_email_key", "EmailTaken", "e-mail is already taken") in email.violations


def test_locking_statement_with_common_table_expressions(conn: psycopg.Connection) -> None:
    """What common table expressions change and lock belongs to the statement."""
    shown = portray(sales.record_sale, conn)
    assert shown.effects is not None
    assert "for no key update of exchange.products" in shown.effects.row_locks
    assert "insert into exchange.sale_requests" in shown.effects.writes
    assert "update exchange.products" in shown.effects.writes
    assert ("exchange.products", "RowExclusiveLock") in shown.variants[0].table_locks
    assert not conn.execute("select 1 from exchange.sales").fetchall()


def test_triggers_foreign_keys_and_conflicts(tmp_path: Path, conn: psycopg.Connection) -> None:
    """A delete shows what cascades, the triggers of those tables too, and who forbids it; an update only what looks at
    its columns; an upsert both of its sides."""
    conn.execute(SCHEMA)
    deleted, touched, put = (portray(each, conn).effects for each in orders(tmp_path))
    assert deleted is not None
    assert touched is not None
    assert put is not None
    assert deleted.follows == (
        "foreign key lines_order_id_fkey: delete shop.lines",
        "trigger told on shop.lines calls shop.tell",
    )
    assert deleted.violations == (("bills_order_id_fkey", "MissingReference", "rows of shop.bills refer to it"),)
    assert [name for name, _, _ in touched.violations] == ["lines_pkey"]
    assert put.writes == ("insert into shop.orders", "update shop.orders")
    assert put.follows == ("trigger noted on shop.orders calls shop.tell",)
    assert {name for name, _, _ in put.violations} == {"orders_pkey", "orders_note_check"}


def test_nulls_and_domains(tmp_path: Path, conn: psycopg.Connection) -> None:
    """A column that takes no NULL, where the value is not proved to be none; a domain, and those below it."""
    conn.execute("""
      create schema shop;
      create domain shop.code as text constraint code_check check (value <> '');
      create domain shop.short_code as shop.code not null constraint short_code_check check (length(value) < 9);
      create table shop.parts (id bigint primary key, name text not null, label text, code shop.short_code);
      comment on constraint code_check on domain shop.code is 'a code says something';
    """)
    query = folder(
        tmp_path,
        add_part="insert into shop.parts (id, name, label, code) values (:part_id, upper(:name), :name, :code);",
        name_part="update shop.parts set name = parts.label, label = :label where parts.id = :part_id;",
        label_part="update shop.parts set label = :label where parts.id = :part_id;",
    )

    @query
    def add_part(*, part_id: int, name: str | None, code: str) -> None: ...

    @query
    def name_part(*, part_id: int, label: str) -> None: ...

    @query
    def label_part(*, part_id: int, label: str) -> None: ...

    added, named, labelled = (portray(each, conn).effects for each in (add_part, name_part, label_part))
    assert added is not None
    assert added.violations == (
        ("parts_pkey", "Conflict", "PRIMARY KEY (id)"),
        ("shop.parts.name", "InvalidValue", "parts.name is required"),
        ("code_check", "InvalidValue", "a code says something"),
        ("shop.short_code", "InvalidValue", "not null"),
        ("short_code_check", "InvalidValue", "CHECK ((length((VALUE)::text) < 9))"),
    )
    assert named is not None
    assert named.violations == (("shop.parts.name", "InvalidValue", "parts.name is required"),)
    assert labelled is not None
    assert labelled.violations == ()


def orders(parent: Path) -> tuple[AnyQuery, ...]:
    query = folder(
        parent,
        delete_order="delete from shop.orders where orders.id = :order_id;",
        touch_line="update shop.lines set n = :n where lines.order_id = :order_id;",
        put_order="insert into shop.orders as o (id) values (:order_id) on conflict (id) do update set note = :note;",
    )

    @query
    def delete_order(*, order_id: int) -> None: ...

    @query
    def touch_line(*, order_id: int, n: int) -> None: ...

    @query
    def put_order(*, order_id: int, note: str) -> None: ...

    return delete_order, touch_line, put_order


def test_merges_locks_on_subqueries_and_circles(tmp_path: Path, conn: psycopg.Connection) -> None:
    """Each action of a merge counts, a lock on a subquery is one on its table, a table that refers to itself ends."""
    conn.execute(SCHEMA)
    query = folder(
        tmp_path,
        merge_line="""
          merge into shop.lines as l using (select :order_id::bigint as id) as s on l.order_id = s.id
          when matched and l.n > 9 then do nothing
          when matched then update set n = 1
          when not matched then insert (order_id, n) values (s.id, 0);
        """,
        lock_order="select s.id from (select o.id from shop.orders as o) as s where s.id = :order_id for share;",
        delete_group="delete from shop.groups where groups.id = :group_id;",
    )

    @query
    def merge_line(*, order_id: int) -> None: ...

    @query
    def lock_order(*, order_id: int) -> int | None: ...

    @query
    def delete_group(*, group_id: int) -> None: ...

    merged, locked, deleted = (portray(each, conn).effects for each in (merge_line, lock_order, delete_group))
    assert merged is not None
    assert locked is not None
    assert deleted is not None
    assert merged.writes == ("update shop.lines", "insert into shop.lines")
    assert {name for name, _, _ in merged.violations} == {"lines_pkey", "lines_order_id_fkey"}
    assert locked.row_locks == ("for share of shop.orders",)
    assert deleted.follows == ("foreign key groups_within_fkey: delete shop.groups",)


def test_printed(tmp_path: Path, conn: psycopg.Connection) -> None:
    """What can refuse the rows is a table; a plan on many rows is not called one on few."""
    conn.execute(SCHEMA)

    *_, put_order = orders(tmp_path)

    def printed() -> str:
        text = StringIO()
        print_portrait(portray(put_order, conn), Console(file=text, width=150))
        return text.getvalue()

    few = printed()
    conn.execute("insert into shop.orders (id) select * from generate_series(1, 20000)")
    conn.execute("analyze shop.orders")
    assert re.search(r"orders_note_check +InvalidValue +CHECK \(\(note <> ''::text\)\)", few)
    assert "on tables that are small" in few
    assert "on tables that are small" not in printed()


def test_command(database_url: str) -> None:
    """The command prints it for people, or as JSON; offline it shows what the files say."""
    run = CliRunner().invoke
    text = run(app, ["show", "places.list_nearby_playgrounds", "--database", database_url]).stdout
    for word in ("origin", "geography", "generic plan", "AccessShareLock on exchange.playgrounds", "may be NULL"):
        assert word in text
    told = json.loads(run(app, ["show", "places.delete_playground", "--database", database_url, "--json"]).stdout)
    assert told["effects"]["writes"] == ["delete from exchange.playgrounds"]
    offline = run(app, ["show", "exchange_db.places:get_playground", "--offline"]).stdout
    assert "not known without a database" in offline
    assert "def" not in offline.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("places.get_playgrund", "did you mean places.get_playground?"),
        ("get_playground", "did you mean places.get_playground?"),
        ("exchange_db.places:get_playgrund", "did you mean get_playground?"),
        ("nowhere.at_all", "No module named"),
    ],
)
def test_unknown_function(name: str, answer: str) -> None:
    """The nearest name is offered."""
    result = CliRunner().invoke(app, ["show", name, "--offline"])
    assert result.exit_code == 2
    assert answer in result.output.replace("\n", " ")
