"""Parts of SQL files: which statements a file stands for, and what is wrong with its directives."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pglast.parser import scan

from exchange_db.engine.faults import Fault
from exchange_db.engine.sqlfile import SqlFile, load_sql_file
from exchange_db.errors import DeclarationError

LABEL = "/* shop.list_products */ "


def load(folder: Path, sql: str) -> SqlFile:
    """Write one file and load it."""
    path = folder / "list_products.sql"
    path.write_text(dedent(sql), encoding="utf-8", newline="")
    return load_sql_file(path, prefix="shop")


def faults(folder: Path, sql: str) -> list[Fault]:
    """Write one file that must not load; its faults."""
    with pytest.raises(DeclarationError) as error:
        load(folder, sql)
    return list(error.value.faults)


def texts(file: SqlFile) -> dict[str, str]:
    """Each variant by its label, white space made one."""
    return {each.label: " ".join(each.text.decode().removeprefix(LABEL).split()) for each in file.variants}


# --- conditional parts -------------------------------------------------------------------------------------


def test_a_file_without_parts_is_its_own_and_only_variant(tmp_path: Path) -> None:
    """Nothing changes for a file without directives, whatever its other comments say."""
    file = load(tmp_path, "-- if nobody asks\nselect 1 -- when? a page of them; in the end, if it must be\n;")
    assert file.variants == (file,)
    assert file.label == ""
    assert (file.conditions, file.choices, file.has_pages) == ((), {}, False)


def test_every_subset_of_conditions_is_a_statement(tmp_path: Path) -> None:
    """Each variant has its own text, numbers and label; what is absent is not sent."""
    file = load(
        tmp_path,
        """\
        select products.id
        from shop.products
        where
          products.is_active
          -- if :category
          and products.category = :category
          -- end if
          /* if :max_price */ and products.price <= :max_price /* end if */
        limit :limit;
        """,
    )
    head = "select products.id from shop.products where products.is_active"
    assert texts(file) == {
        "not category, not max_price": f"{head} limit $1",
        "not category, max_price": f"{head} and products.price <= $1 limit $2",
        "category, not max_price": f"{head} and products.category = $1 limit $2",
        "category, max_price": f"{head} and products.category = $1 and products.price <= $2 limit $3",
    }
    assert [each.parameters for each in file.variants] == [
        ("limit",),
        ("max_price", "limit"),
        ("category", "limit"),
        ("category", "max_price", "limit"),
    ]
    assert file.parameters == ("category", "max_price", "limit")
    assert file.conditions == ("category", "max_price")
    assert "-- if :category\n  and products.category = $1\n" in file.text.decode()  # the whole stays as it is written


def test_one_parameter_may_have_several_parts(tmp_path: Path) -> None:
    """A join and the condition that needs it come and go together, each parameter with one number."""
    file = load(
        tmp_path,
        """\
        select p.id from shop.products as p
        -- if :tag
        inner join shop.tags as t on t.product_id = p.id and t.name = :tag
        -- end if
        where p.id > :after
        -- if :tag
        and t.is_public = (:tag <> 'x')
        -- end if
        order by p.id;
        """,
    )
    assert texts(file) == {
        "not tag": "select p.id from shop.products as p where p.id > $1 order by p.id",
        "tag": "select p.id from shop.products as p inner join shop.tags as t on t.product_id = p.id and t.name = $1 "
        "where p.id > $2 and t.is_public = ($1 <> 'x') order by p.id",
    }


def test_a_part_may_stand_for_what_is_not_given(tmp_path: Path) -> None:
    """An index of its own for each of two cases: the page differs with the condition."""
    file = load(
        tmp_path,
        """\
        select p.id from shop.products as p
        where true
          -- if :category
          and p.category = :category
          -- page
          and (p.category, p.id) < (:category, :page_id)
          -- end page
          -- end if
          -- if not :category
          -- page
          and p.id < :page_id
          -- end page
          -- end if
        order by
          -- if :category
          p.category desc,
          -- end if
          p.id desc
        limit :limit;
        """,
    )
    head = "select p.id from shop.products as p where true"
    found = texts(file)
    assert list(found)[:3] == ["not category / first page", "not category / next page", "not category / previous page"]
    assert found["not category / next page"] == f"{head} and p.id < $1 order by p.id desc limit $2"
    assert found["category / first page"] == f"{head} and p.category = $1 order by p.category desc, p.id desc limit $2"
    assert found["category / previous page"] == (
        f"{head} and p.category = $1 and (p.category, p.id) > ($1, $2) order by p.category asc, p.id asc limit $3"
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_stay_where_they_are_without_the_parts_above_them(tmp_path: Path, line_end: str) -> None:
    """A server's position in any variant leads to the line of the file."""
    lines = ["-- Head.", "select 1 as one", "/* if :a */ where 'ä' =", ":a /* end if */", "-- end", "order by x6;"]
    file = load(tmp_path, line_end.join(lines))
    assert len(file.variants) == 2
    for variant in file.variants:
        assert variant.line_at(variant.text.decode().index("x6") + 1) == 6


def test_words_beside_a_directive_do_not_run_together(tmp_path: Path) -> None:
    """A directive in the middle of a line leaves a space behind."""
    file = load(tmp_path, "select 1/* if :a */where 1 = :a/* end if */order by 1;")
    assert texts(file) == {"not a": "select 1 order by 1", "a": "select 1 where 1 = $1 order by 1"}


# --- typed order -------------------------------------------------------------------------------------------

ORDERED = """\
    select products.id
    from shop.products
    order by
      -- when :order = 'newest'
      products.created_at desc,
      products.id desc,
      -- when :order = 'it''s cheap'
      products.price,
      products.id
      -- end when
    limit :limit;
    """


def test_exactly_one_alternative_is_there(tmp_path: Path) -> None:
    """The comma between alternatives is the file's and not the statement's, and :order is not sent."""
    file = load(tmp_path, ORDERED)
    assert texts(file) == {
        "order newest": "select products.id from shop.products order by products.created_at desc, products.id desc"
        " limit $1",
        "order it's cheap": "select products.id from shop.products order by products.price, products.id limit $1",
    }
    assert file.choices == {"order": ("newest", "it's cheap")}
    assert file.parameters == ("limit",)


def test_a_list_may_go_on_after_the_alternatives(tmp_path: Path) -> None:
    """Where the last alternative ends in a comma, each keeps its own; one may be empty."""
    sql = "select 1 order by /* when :by = 'a' */ x, /* when :by = 'b' */ y, /* when :by = 'c' */ /* end when */ z;"
    assert texts(load(tmp_path, sql)) == {
        "by a": "select 1 order by x, z",
        "by b": "select 1 order by y, z",
        "by c": "select 1 order by z",
    }


def test_conditions_and_orders_combine(tmp_path: Path) -> None:
    """The variants are every subset with every alternative."""
    order = "order by /* when :by = 'x' */ x, /* when :by = 'y' */ y /* end when */"
    sql = f"select 1 /* if :a */ where 1 = :a /* end if */ {order};"
    assert list(texts(load(tmp_path, sql))) == ["not a / by x", "not a / by y", "a / by x", "a / by y"]


# --- pages -------------------------------------------------------------------------------------------------


def test_the_previous_page_is_the_next_one_backwards(tmp_path: Path) -> None:
    """Comparisons within the page and directions of the order are turned, and nothing else is."""
    file = load(
        tmp_path,
        """\
        select s.id, row_number() over (order by s.id) as n
        from shop.sales as s
        where
          s.quantity > :least
          -- page
          and s.sold_at <= :page_sold_at
          and (s.sold_at < :page_sold_at or (s.sold_at = :page_sold_at and s.id > :page_id))
          -- end page
        order by
          s.sold_at desc nulls last,
          s.id asc,
          coalesce(s.x, array(select 1 order by 1)) nulls first
        limit :limit;
        """,
    )
    assert file.has_pages
    first, following, previous = texts(file).values()
    assert list(texts(file)) == ["first page", "next page", "previous page"]
    head = "select s.id, row_number() over (order by s.id) as n from shop.sales as s where s.quantity > $1"
    third = "coalesce(s.x, array(select 1 order by 1))"
    condition = "and s.sold_at <= $2 and (s.sold_at < $2 or (s.sold_at = $2 and s.id > $3))"
    assert first == f"{head} order by s.sold_at desc nulls last, s.id asc, {third} nulls first limit $2"
    assert following == (
        f"{head} {condition} order by s.sold_at desc nulls last, s.id asc, {third} nulls first limit $4"
    )
    condition = "and s.sold_at >= $2 and (s.sold_at > $2 or (s.sold_at = $2 and s.id < $3))"
    assert previous == (
        f"{head} {condition} order by s.sold_at asc nulls first, s.id desc, {third} desc nulls last limit $4"
    )


def test_a_column_may_be_called_order(tmp_path: Path) -> None:
    """After a dot it is a name and begins no list of what is ordered by."""
    file = load(
        tmp_path,
        "select s.order from shop.sales as s where true /* page */ and s.order < :page_order /* end page */ "
        "order by s.order desc limit :limit;",
    )
    assert texts(file)["previous page"] == (
        "select s.order from shop.sales as s where true and s.order > $1 order by s.order asc limit $2"
    )


def test_the_orders_of_selects_around_a_page_are_turned_too(tmp_path: Path) -> None:
    """A page within a clause has its own order and limit; those of other clauses stay."""
    file = load(
        tmp_path,
        """\
        with page as (
          select s.id from shop.sales as s
          where true /* page */ and s.id < :page_id /* end page */
          order by s.id desc
          limit :limit
        ),
        other as (select o.id from shop.other as o order by o.id limit 1)
        select page.id from page cross join other
        order by page.id desc;
        """,
    )
    previous = texts(file)["previous page"]
    assert previous == (
        "with page as ( select s.id from shop.sales as s where true and s.id > $1 order by s.id asc limit $2 ), "
        "other as (select o.id from shop.other as o order by o.id limit 1) "
        "select page.id from page cross join other order by page.id asc"
    )


def test_each_order_has_its_page(tmp_path: Path) -> None:
    """A page stands within the alternatives of an order that is typed."""
    file = load(
        tmp_path,
        """\
        select p.id, p.price from shop.products as p
        where true
          -- when :order = 'newest'
          -- page
          and p.id < :page_id
          -- end page
          -- when :order = 'cheapest'
          -- page
          and (p.price, p.id) > (:page_price, :page_id)
          -- end page
          -- end when
        order by
          -- when :order = 'newest'
          p.id desc,
          -- when :order = 'cheapest'
          p.price,
          p.id
          -- end when
        limit :limit;
        """,
    )
    assert len(file.variants) == 6
    found = texts(file)
    assert found["order cheapest / previous page"].endswith(
        "where true and (p.price, p.id) < ($1, $2) order by p.price desc, p.id desc limit $3"
    )
    assert found["order newest / next page"].endswith("where true and p.id < $1 order by p.id desc limit $2")
    orders = {each.label: each.order for each in file.variants}
    assert (
        orders["order newest / next page"]
        == orders["order newest / previous page"]
        == "and p . id < :page_id p . id desc"
    )


# --- faults ------------------------------------------------------------------------------------------------

IF = "select 1 where true\n{}\n;"


@pytest.mark.parametrize(
    ("sql", "line", "column", "problem", "hint"),
    [
        ("select 1\n  -- if: x\n;", 2, 3, "nearly a directive: if: x", "as a whole"),
        ("select 1\n-- IF :x\n;", 2, 1, "nearly a directive: IF :x", "as a whole"),
        ("select 1\n-- if :x then\n;", 2, 1, "nearly a directive: if :x then", "as a whole"),
        ("select 1\n-- iff :x\n;", 2, 1, "nearly a directive: iff :x", "as a whole"),
        ("select :x\n-- if x\n;", 2, 1, "nearly a directive: if x", "as a whole"),
        ("select 1\n-- when :x = y\n;", 2, 1, "nearly a directive: when :x = y", "as a whole"),
        ("select 1\n-- endif\n;", 2, 1, "nearly a directive: endif", "as a whole"),
        ("select 1\n-- end if :x\n;", 2, 1, "nearly a directive: end if :x", "as a whole"),
        ("select 1\n-- else\n;", 2, 1, "nearly a directive: else", "as a whole"),
        ("select 1\n-- Page:\n;", 2, 1, "nearly a directive: Page:", "as a whole"),
        ("-- if :x\nselect :x\n-- end if\n;", 1, 1, "a directive outside of the statement", "first word"),
        ("select 1\n-- end if\n;", 2, 1, "`-- end if` without `-- if`", "begin the part"),
        ("select 1\n-- if :x\n, :x;", 2, 1, "`-- if :x` is not closed", "-- end if"),
        ("select 1\n-- when :x = 'a''b'\n, :x;", 2, 1, "`-- when :x = 'a''b'` is not closed", "-- end when"),
        (
            "select 1\n-- when :x = 'a'\n-- page\n-- end when\n-- end page\n;",
            4,
            1,
            "`-- end when` where `-- page` is open",
            "-- end page",
        ),
        (
            "select 1\n-- if :x\n, :x\n-- if :y\n, :y\n-- end if\n-- end if\n;",
            4,
            1,
            "`-- if :y` within `-- if :x`",
            "missing",
        ),
        ("select 1\n-- page\n-- page\n-- end page\n-- end page\n;", 3, 1, "`-- page` within `-- page`", "outer"),
        (
            "select 1\n-- when :x = 'a'\n-- when :y = 'a'\n-- end when\n-- end when\n;",
            3,
            1,
            "`-- when :y = 'a'` within `-- when :x = 'a'`",
            "outer",
        ),
        ("select 1\n-- if not: x\n;", 2, 1, "nearly a directive: if not: x", "as a whole"),
        ("select 1\n-- if not :x\n, :x\n-- end if\n;", 3, 3, ":x outside of its part", "within `-- if :x` only"),
        ("select 1\n-- if not :x\n, 1\n-- end if\n;", 2, 1, "`-- if not :x`: no :x in the part", "use :x in the part"),
        ("select :x\n-- if :x\n, :x\n-- end if\n;", 1, 8, ":x outside of its part", "within `-- if :x` only"),
        (
            "select 1\n-- if :categroy\n, :category\n-- end if\n;",
            2,
            1,
            "`-- if :categroy`: no :categroy in the part",
            "did you mean 'category'?",
        ),
        ("select 1\n-- if :x\n, 2\n-- end if\n;", 2, 1, "`-- if :x`: no :x in the part", "use :x in the part"),
        ("select (1\n-- if :x\n, :x)\n-- end if\n;", 2, 1, "a bracket crosses the edge of `-- if :x`", "same side"),
        ("select f(\n-- if :x\n:x) + (2\n-- end if\n);", 2, 1, "a bracket crosses the edge of `-- if :x`", "same side"),
        (
            "select 1 where true\n-- page\nand 1 < 2\n-- end page\norder by 1;",
            2,
            1,
            "a page that compares with no :page_… key",
            "such as",
        ),
        (
            "select 1 where true\n-- page\nand 1 = :page_x\n-- end page\norder by 1;",
            2,
            1,
            "a page that compares with no :page_… key",
            "such as",
        ),
        (
            "select 1 where true\n-- page\nand x < :page_x and x between 1 and 2\n-- end page\norder by 1;",
            3,
            23,
            "`between` in a page cannot be turned round",
            "<= and >=",
        ),
        (
            "select 1 where true\n-- page\nand x < :page_x\n-- end page\n;",
            2,
            1,
            "a page of rows in no order",
            "order the statement",
        ),
        (
            "select :page_x\n-- page\n, x < :page_x\n-- end page\norder by 1;",
            1,
            8,
            ":page_x outside of `-- page`",
            "another name",
        ),
        (
            "select 1 where true\n-- if :x\nand :x\n-- page\nand y < :page_y\n-- end page\n-- end if\norder by y;",
            4,
            1,
            "no page among these parts: not x / next page",
            "say in each `if not`",
        ),
        (
            "select 1 order by\n-- when :x = 'a'\n1,\n-- when :x = 'a'\n2\n-- end when\n;",
            2,
            1,
            "two alternatives go by 'a'",
            "of its own",
        ),
        (
            "select\n-- when :x = 'newest'\n-- when :x = 'b'\n-- end when\n"
            "-- when :x = 'newset'\n-- when :x = 'b'\n-- end when\n1;",
            5,
            1,
            "'newest' is an alternative of :x here or above, not both",
            "did you mean 'newset'?",
        ),
    ],
)
def test_a_directive_that_cannot_be_meant_is_a_fault(
    tmp_path: Path, *, sql: str, line: int, column: int, problem: str, hint: str
) -> None:
    """Each fault has its place in the file, and says what to do."""
    fault = faults(tmp_path, sql)[0]
    assert (fault.line, fault.column, fault.problem) == (line, column, problem)
    assert fault.hint
    assert hint in fault.hint


def test_there_is_an_end_to_variants(tmp_path: Path) -> None:
    """Six conditions are 64 statements; with a seventh the file is to be split."""
    parts = [f"/* if :p{n} */ and {n} = :p{n} /* end if */" for n in range(7)]
    assert len(load(tmp_path, f"select 1 where true {' '.join(parts[:6])};").variants) == 64
    (fault,) = faults(tmp_path, f"select 1 where true {' '.join(parts)};")
    assert fault.problem == "128 variants of one statement, where 64 are the most"
    assert fault.hint
    assert "split it in two" in fault.hint


# --- whatever is written -----------------------------------------------------------------------------------

PIECES = st.lists(
    st.sampled_from(
        [
            "and a < b",
            "and 'x;y' = $q$ -- if :no $q$",
            "-- why\n",
            "/* why */",
            "and (a[1:2])",
            "and :e",
            "::text",
            "\n",
        ]
    ),
    max_size=4,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(
    before=PIECES,
    inner=st.tuples(PIECES, PIECES),
    after=PIECES,
    block=st.booleans(),
)
def test_a_variant_is_the_file_less_its_absent_parts(
    tmp_path_factory: pytest.TempPathFactory, before: str, inner: tuple[str, str], after: str, block: bool
) -> None:
    """By PostgreSQL's own scanner: each variant has the whole file's tokens but those of the parts that it lacks,
    each on its line, and directives are comments to it."""

    def directive(text: str) -> str:
        return f" /* {text} */ " if block else f"\n-- {text}\n"

    pieces = [
        f"select 1 where true {before}\n",
        f"{directive('if :a')} and :a {inner[0]} {directive('end if')}",
        f"\n{after}\n",
        f"{directive('if :b')} and :b {inner[1]} {directive('end if')}",
        "\nand true",
    ]
    file = load(tmp_path_factory.mktemp("shop"), "".join(pieces) + ";")
    present = {
        "not a, not b": [0, 2, 4],
        "not a, b": [0, 2, 3, 4],
        "a, not b": [0, 1, 2, 4],
        "a, b": [0, 1, 2, 3, 4],
    }
    for variant in file.variants:
        kept = [piece if n in present[variant.label] else re.sub(r"[^\n]", "", piece) for n, piece in enumerate(pieces)]
        assert words(variant.text.decode()) == words(LABEL + "".join(kept))
    assert words(file.text.decode()) == words(LABEL + "".join(pieces))


def words(sql: str) -> list[tuple[int, str]]:
    """PostgreSQL's tokens but comments, each with its line; parameters all alike."""
    sql = re.sub(r"(?<![:\w]):[a-z]\w*|\$\d+", "$0", sql)
    text = sql.encode()
    return [
        (text[: token.start].count(b"\n"), text[token.start : token.end + 1].decode())
        for token in scan(sql)
        if token.name not in ("SQL_COMMENT", "C_COMMENT")
    ]
