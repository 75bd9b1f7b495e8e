"""The server's own analysis of a statement: nothing is run, nothing stays, and what cannot be analysed says so."""

from typing import Any

import psycopg
import pytest

from exchange_db.proof.analysis import CannotAnalyse, analyse
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.tree import Node, parse

Conn = psycopg.Connection[Any]


def test_a_statement_is_analysed_and_not_run(conn: Conn) -> None:
    """The tree of a deletion comes back; the rows stay, and no function is left."""
    query = analyse(conn, b"delete from exchange.users where id = $1 returning id; ", [20])
    assert query is not None
    assert query.number("commandType") == 4
    assert conn.execute("select count(*) from pg_proc where proname = 'exchange_db_analysis'").fetchone() == (0,)


@pytest.mark.parametrize("text", [b"explain select 1", b"show timezone", b"vacuum", b"select 1; select 2"])
def test_a_utility_statement_has_no_tree(conn: Conn, text: bytes) -> None:
    """What PostgreSQL does not analyse, or is no single statement, is None."""
    assert analyse(conn, text, []) is None


def test_it_works_within_a_transaction_of_the_caller(conn: Conn) -> None:
    """The caller's transaction goes on, also after a statement that is wrong."""
    with conn.transaction():
        assert analyse(conn, b"select 1 -- one", []) is not None
        with pytest.raises(psycopg.errors.UndefinedTable):
            analyse(conn, b"select 1 from exchange.nothing", [])
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="aggregate"):
            analyse(conn, b"select count(*) from exchange.users for update", [])
        assert conn.execute("select 1").fetchone() == (1,)


def test_a_read_only_transaction_is_a_clear_error(conn: Conn) -> None:
    """A server that takes no writes cannot analyse this way."""
    conn.execute("set default_transaction_read_only = on")
    with pytest.raises(CannotAnalyse, match="primary"):
        analyse(conn, b"select 1", [])


def test_a_role_without_temporary_functions_is_a_clear_error(conn: Conn, superuser_url: str) -> None:
    """The message says which privilege is missing."""
    conn.execute(
        "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$"
    )
    conn.execute("set role pg_read_all_data")
    with pytest.raises(CannotAnalyse, match="TEMPORARY"):
        analyse(conn, b"select 1", [])


@pytest.mark.parametrize("types", [[20] * 101, [2249], [0]])
def test_parameters_that_no_function_can_have_are_a_clear_error(conn: Conn, types: list[int]) -> None:
    """More than 100, records, and types that there are not."""
    with pytest.raises(CannotAnalyse):
        analyse(conn, b"select 1", types)


def test_what_is_gone_is_a_key_error(conn: Conn) -> None:
    """The catalog says which kind of thing it misses."""
    with pytest.raises(KeyError, match="no relation with object id 1"):
        Catalog(conn).relation(1)


def test_names_of_any_characters_are_read(conn: Conn) -> None:
    """Brackets, quotes, spaces and backslashes in names and constants are no syntax of the tree."""
    query = analyse(conn, rb"""select 1 as "a {b} (c) \ : <> [", 2 as " ", 'x' as "<>" """, [])
    assert query is not None
    names = [target.text("resname") for target in query.children("targetList")]
    assert names == ["a {b} (c) \\ : <> [", " ", "<>"]


@pytest.mark.parametrize("text", ["{A :b", "{A b}", ")", "(1", "1 2", "{A :b 4 [ 1"])
def test_a_text_that_is_no_tree_is_refused(text: str) -> None:
    """Whatever is wrong with it is a ValueError."""
    with pytest.raises(ValueError, match=r"tree|belongs|ends|list"):
        parse(text)


def test_the_fields_of_a_node_are_read_by_their_form() -> None:
    """Nodes, lists of nodes, names, numbers and bytes; a field of another form is a TypeError."""
    node = parse('{A :n <> :i -3 :f true :l ({B} 1) :s ("x" "y z") :c 4 [ 1 -2 ] :b (b 1 2) :t "q" :r (({C} ()) 1)}')
    assert isinstance(node, Node)
    assert (node.number("i"), node.flag("f"), node.numbers("c"), node.numbers("b")) == (-3, True, (1, -2), (1, 2))
    assert [child.tag for child in node.children("l")] == ["B"]
    assert (node.texts("s")[0], node.text("t"), node.text("n"), node.child("n")) == ("x", "q", "", None)
    assert (node.number("none"), node.numbers("none"), node.texts("none"), node.children("none")) == (0, (), [], [])
    assert ([[child.tag for child in row] for row in node.rows("r")], node.rows("i")) == ([["C"]], [])
    with pytest.raises(TypeError):
        node.child("i")
    with pytest.raises(TypeError):
        node.the("n")
    with pytest.raises(TypeError):
        node.children("i")
