"""SQL files: what goes to the server, what a fault says, how a report of faults reads."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_db.engine import sqlfile
from exchange_db.engine.faults import Fault, nearest, render_faults
from exchange_db.engine.sqlfile import SqlFile, load_folder, load_sql_file
from exchange_db.errors import DeclarationError

LABEL = "/* places.list_nearby */ "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder named places."""
    path = tmp_path / "places"
    path.mkdir()
    return path


def load(folder: Path, sql: str | bytes, name: str = "list_nearby.sql") -> SqlFile:
    """Write one file and load it."""
    path = folder / name
    path.write_bytes(sql.encode() if isinstance(sql, str) else sql)
    return load_sql_file(path, prefix=folder.name)


def faults(folder: Path, sql: str | bytes, name: str = "list_nearby.sql") -> list[Fault]:
    """Write one file that must not load; its faults."""
    with pytest.raises(DeclarationError) as error:
        load(folder, sql, name)
    return list(error.value.faults)


# --- what a file becomes -----------------------------------------------------------------------------------


def test_a_file_becomes_a_statement(folder: Path) -> None:
    """Name, header, numbered parameters and the wire text of an ordinary file."""
    file = load(
        folder,
        dedent("""\
            -- Playgrounds within :radius_m metres of :origin; nearest first.
            --
            --   Rides playgrounds_location_idx.

            select
              p.id as "playground:id", -- not :this
              ':neither' as this
            from exchange.playgrounds as p
            where st_dwithin(p.location, :origin, :radius_m)
            order by p.location <-> :origin::geography
            limit :limit;
            """),
    )
    assert file.name == "list_nearby"
    assert file.path == folder / "list_nearby.sql"
    assert file.header == (
        "Playgrounds within :radius_m metres of :origin; nearest first.\n\n  Rides playgrounds_location_idx."
    )
    assert file.parameters == ("origin", "radius_m", "limit")
    assert file.first_line == 5
    assert file.text.decode() == LABEL + dedent("""\
            select
              p.id as "playground:id", -- not :this
              ':neither' as this
            from exchange.playgrounds as p
            where st_dwithin(p.location, $1, $2)
            order by p.location <-> $1::geography
            limit $3""")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1;", "select 1"),
        ("\ufeffselect 1;", "select 1"),  # a byte order mark is passed over
        ("select 1 -- why\n;\n\n", "select 1 -- why\n"),
        ("select 'größe', :größe;", "select 'größe', $1"),
        ("select :a:b;", "select $1 $2"),
        ("select 1 limit:n;", "select 1 limit $1"),  # "limit$1" would be a name
        ("select a[1:n], b[:n:], c[lo:hi];", "select a[1:n], b[$1:], c[lo:hi]"),
        ("select :b, :a, :b::text;", "select $1, $2, $1::text"),
        ("select $$;:a$$, ';' /* ; */;", "select $$;:a$$, ';' /* ; */"),
        (
            "create rule r as on insert to t do (select 1; select 2);",
            "create rule r as on insert to t do (select 1; select 2)",
        ),
        (
            "create function f() begin atomic select case when a then 1 end; select 2; end;",
            "create function f() begin atomic select case when a then 1 end; select 2; end",
        ),
    ],
)
def test_the_wire_text(folder: Path, sql: str, expected: str) -> None:
    """The label, then the statement from its first token up to its semicolon."""
    assert load(folder, sql).text.decode() == LABEL + expected


@pytest.mark.parametrize("name", ["*/ drop", "a/*b", "größe", "-- x", "a\nb"])
def test_no_folder_name_can_close_the_label(folder: Path, name: str) -> None:
    """The label stays one comment, in ASCII, whatever the folder is called."""
    path = folder / "q.sql"
    path.write_text("select 1;")
    text = load_sql_file(path, prefix=name).text.decode()
    assert text.startswith("/* ")
    assert text.endswith(".q */ select 1")
    assert text.count("*/") == text.count("/*") == 1
    assert text.isascii()
    assert "\n" not in text


def test_a_block_comment_is_a_header_too(folder: Path) -> None:
    """Comments above the statement form the header; those inside it do not."""
    file = load(folder, "/* Rows.\n   More. */\n-- Why.\nselect /* x */ 1;")
    assert file.header == "Rows.\nMore.\nWhy."


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_server_positions_lead_back_to_lines(folder: Path, line_end: str) -> None:
    """Each token's position in the wire text, in characters, gives the line that it stands on in the file."""
    lines = [
        "-- größe",
        "",
        "select",
        "  'ä', :first_one,",
        "  -- ö",
        "  :b as x3, 'line",
        "4' as x4",
        "from t5;",
    ]
    file = load(folder, line_end.join(lines))
    text = file.text.decode()
    assert file.first_line == 3
    for needle, line in [
        ("select", 3),
        ("'ä'", 4),
        ("$1", 4),
        ("-- ö", 5),
        ("$2", 6),
        ("x3", 6),
        ("4'", 7),
        ("t5", 8),
    ]:
        assert file.line_at(text.index(needle) + 1) == line
    assert file.line_at(1) == 3  # the label
    assert file.line_at(text.index("select") + len("select") + 1) == 3  # a line end belongs to its line
    assert file.line_at(len(text) + 1) == 8  # "at end of input"


@pytest.mark.parametrize(
    "sql",
    [
        "select t.update_count, t.inserted from t",
        "with a as (select 1) select 'insert', \"x\" from a /* delete */",
        "values (:a)",
        "table t",
        "show all",
        "explain select 1",
        "(select 1) union (select 2)",
        "select pg_catalog.lower(t.a) from s.t where t.a in (1) and t.lo_limit = pg_typeof(t.b)",
        "select st_distance(t.a, :b), count(*), pg_sleep(1) from t",
        "select u.a::numeric(12, 2) from unnest(:a::int[]) with ordinality as u (a, n) where u.a in (1) and (u.n) > 2",
    ],
)
def test_reads(folder: Path, sql: str) -> None:
    """Statements that certainly leave nothing behind."""
    assert load(folder, sql + ";").is_read_only


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1)",
        "UPDATE t SET a = 1",
        "delete from t",
        "merge into t using s on true when matched then delete",
        "with a as (delete from t returning t.id) select a.id from a",
        "with a as (select 1) update t set b = 1",
        "select 1 into t",
        "select t.id from t for update",
        "select t.id from t for no key update",
        "select t.id from t for share",
        "call f()",
        "select nextval('s')",
        "select pg_catalog.setval('s', 1)",
        "select pg_advisory_xact_lock(1)",
        "select pg_try_advisory_lock (1)",
        "select pg_notify('a', 'b')",
        "select set_config('a', 'b', false)",
        "select exchange.move_money(:a)",
        "select move_money(:a)",
        "select exchange.lower(:a)",
        "explain analyze select move_money(:a)",
        "select * from crosstab('delete from t') as c (a int)",
        'select "exchange"."move_money"(:a)',
        "explain analyze update t set a = 1",
        "do $$begin end$$",
        "truncate t",
        "create table t ()",
        "set a = 1",
    ],
)
def test_writes(folder: Path, sql: str) -> None:
    """Statements that change something, or may: so that a lost connection leaves the outcome unknown."""
    assert not load(folder, sql + ";").is_read_only


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select t.update, app.f(t.a) from t", True),
        ("with a as (select 1) select 1", True),
        ("select t.id from t for no key update", True),
        ("(values (:a)) union table t", True),
        ("with a as (delete from t returning t.id) select a.id from a", False),
        ("with a as (select 1) update t set b = 1", False),
        ("insert into t values (1) returning t.id", False),
        ("select 1 as a into t", False),
        ("show all", False),
    ],
)
def test_what_a_cursor_can_read(folder: Path, sql: str, expected: bool) -> None:
    """Selects and values, locks and functions included, but nothing that changes rows itself."""
    assert load(folder, sql + ";").suits_cursor is expected


# --- faults of one file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "line", "column", "problem"),
    [
        ("", 1, None, "there is no statement"),
        (" \n-- nothing\n", 1, None, "there is no statement"),
        ("-- x\n;", 1, None, "there is no statement"),
        ("select 1\n", 1, 8, "the statement does not end in ;"),
        ("select (1;", 1, 10, "the statement does not end in ;"),
        ("select 1;\n\nselect 2;\n", 3, 1, "a second statement"),
        ("select 1; select 2", 1, 11, "a second statement"),
        ("select 1;;", 1, 10, "text after the final ;"),
        ("select 1; -- done", 1, 11, "text after the final ;"),
        ("begin;", 1, 1, "a statement that begins or ends a transaction"),
        ("-- x\nCommit;", 2, 1, "a statement that begins or ends a transaction"),
        ("select\n  $1;", 2, 3, "the positional parameter $1"),
        ("select\n  :'x';", 2, 3, "psql's quoting form :'…"),
        ('select :"x";', 1, 8, "psql's quoting form :\"…"),
        ("select :{?x};", 1, 8, "psql's quoting form :{…"),
        ("\\set x 1\nselect 1;", 1, 1, "a backslash: a command of psql?"),
        (
            "select 'é', :from;",
            1,
            13,
            ":from is a keyword of Python: no function can have a parameter of this name",
        ),
        ("select :a$b;", 1, 8, ":a$b is not a name in Python"),
        ("select\r\n\r\n 'a;", 3, 2, "the string is not closed"),
        ("-- /*\nselect /* /* */ 1;", 2, 8, "the comment /* is not closed"),
        ('select "a;', 1, 8, "the quoted identifier is not closed"),
        ("select $q$ $$;", 1, 8, "the dollar-quoted string $q$ is not closed"),
        ("select 1;\0", 1, 10, "a NUL character"),
        (b"select\n '\xe9';", 2, None, "the file is not UTF-8"),
        ("select 1;".encode("utf-16"), 1, None, "the file is not UTF-8"),
    ],
)
def test_a_fault_of_a_file(folder: Path, sql: str | bytes, line: int, column: int | None, problem: str) -> None:
    """Each fault has its place, its problem and a hint."""
    (fault,) = faults(folder, sql)
    assert (fault.path, fault.line, fault.column) == (folder / "list_nearby.sql", line, column)
    assert fault.problem == problem
    assert fault.hint


def test_all_faults_of_a_file_are_found(folder: Path) -> None:
    """One look at a file tells everything that is wrong with it."""
    found = faults(folder, "select $1,\n  :class,\n  :class,\n  :'x';\nselect 'open;", "Bad Name.sql")
    assert [(fault.line, fault.problem.split(":")[0]) for fault in found] == [
        (0, "'Bad Name' cannot be the name of a function"),
        (1, "the positional parameter $1"),
        (2, ""),
        (4, "psql's quoting form "),
        (5, "the string is not closed"),
    ]


@pytest.mark.parametrize("name", ["1st.sql", "a-b.sql", "a.b.sql", "class.sql", "Upper.sql", "lower.SQL"])
def test_a_file_has_the_name_of_a_function(folder: Path, name: str) -> None:
    """A lower-case Python name and the suffix .sql."""
    (fault,) = faults(folder, "select 1;", name)
    assert fault.line == 0
    assert "name" in fault.problem


def test_names_are_compared_as_python_compares_them(folder: Path) -> None:
    """Python reads names in Unicode's normal form NFKC; files and parameters follow, in either spelling."""
    file = load(folder, "select :gro\u0308\u00dfe, :gr\u00f6\u00dfe;", "gro\u0308\u00dfe.sql")
    assert file.name == "gr\u00f6\u00dfe"
    assert file.parameters == ("gr\u00f6\u00dfe",)


def test_the_protocol_limits_the_number_of_parameters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the protocol can count, and no more; equal names count once."""
    assert sqlfile.MAX_PARAMETERS == 2**16 - 1
    monkeypatch.setattr(sqlfile, "MAX_PARAMETERS", 3)
    assert load(folder, "select :a, :b, :c, :a;").parameters == ("a", "b", "c")
    (fault,) = faults(folder, "select :a, :b, :c, :d, :e;")
    assert fault.problem == "more than 3 parameters, PostgreSQL's limit"
    assert fault.column == 20


# --- folders -----------------------------------------------------------------------------------------------


def test_a_folder_is_loaded_whole(folder: Path) -> None:
    """Good files by name, the faults of the others; what is no query is left alone."""
    (folder / "a.sql").write_text("select :x;")
    (folder / "b.sql").write_text("select $1;")
    (folder / "c.sql").write_text("")
    (folder / "README.md").write_text("")
    (folder / ".#a.sql").write_text("")
    (folder / "d.sql").mkdir()
    files, found = load_folder(folder)
    assert list(files) == ["a"]
    assert files["a"].text == b"/* places.a */ select $1"
    assert [fault.path.name for fault in found] == ["b.sql", "c.sql"]


def test_a_missing_or_empty_folder_is_a_fault(folder: Path) -> None:
    """Nothing raises: the report names the folder."""
    (folder / "file").write_text("")
    for path, problem in [
        (folder, "there is no .sql file in this folder"),
        (folder / "nowhere", "there is no such folder"),
        (folder / "file", "there is no such folder"),
    ]:
        files, (fault,) = load_folder(path)
        assert not files
        assert (fault.path, fault.line, fault.problem) == (path, 0, problem)


def test_a_file_in_a_subfolder_is_a_fault(folder: Path) -> None:
    """A file there would be silently without a function."""
    (folder / "a.sql").write_text("select 1;")
    (folder / "more").mkdir()
    (folder / "more" / "b.sql").write_text("select 1;")
    files, (fault,) = load_folder(folder)
    assert list(files) == ["a"]
    assert fault.path == folder / "more" / "b.sql"
    assert "subfolder" in fault.problem


def test_names_that_differ_by_case_alone_are_a_fault(folder: Path) -> None:
    """Both files are named, for they are one file on other machines."""
    for name in ["a.sql", "A.sql", "b.sql"]:
        (folder / name).write_text("select 1;")
    _, found = load_folder(folder)
    assert sorted(fault.path.name for fault in found if "another file" in fault.problem) == ["A.sql", "a.sql"]


def test_an_unreadable_file_is_a_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operating system says, not a traceback."""
    (folder / "a.sql").write_text("select 1;")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    files, (fault,) = load_folder(folder)
    assert not files
    assert fault.problem == "cannot be read: Permission denied"
    assert "cannot be read" in render_faults([fault])


# --- reports -----------------------------------------------------------------------------------------------


def test_a_report_shows_every_fault_with_its_line(folder: Path) -> None:
    """Place, problem, the line with a caret, the hint; ordered by file and line."""
    path = folder / "a.sql"
    path.write_text("-- x\r\nselect\r\n\t:größe, :from;\r\n")
    elsewhere = folder / "z.sql"
    report = render_faults(
        [
            Fault(elsewhere, 3, "not there", "look"),
            Fault(path, 3, "a keyword", "rename it", column=10),
            Fault(path, 2, "odd"),
            Fault(folder, 0, "too big"),
            Fault(path, 99, "past the end"),
        ]
    )
    assert report == "\n".join(
        [
            "5 faults:",
            "",
            f"{folder}: too big",
            "",
            f"{path}:2: odd",
            "    | select",
            "",
            f"{path}:3: a keyword",
            "    | \t:größe, :from;",
            "    | \t        ^",
            "    hint: rename it",
            "",
            f"{path}:99: past the end",
            "",
            f"{elsewhere}:3: not there",
            "    hint: look",
        ]
    )
    assert render_faults([Fault(folder, 0, "alone")]).startswith("1 fault:\n")


def test_the_report_is_the_error_message(folder: Path) -> None:
    """What a developer sees at import."""
    with pytest.raises(DeclarationError, match=r"list_nearby\.sql:1: the positional parameter \$1\n    \| select"):
        load(folder, "select $1;")


def test_nearest() -> None:
    """The likeliest correction of a misspelling, and none for a stranger."""
    assert nearest("radius", ["origin", "radius_m", "limit"]) == "radius_m"
    assert nearest("zzz", ["origin", "radius_m"]) is None
    assert nearest("x", []) is None


# --- properties --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples: each overwrites its one file."""
    return tmp_path_factory.mktemp("scratch")


PARAMETER_NAMES = st.sampled_from(["a", "b", "origin", "größe", "_x1"])
FILLERS = st.sampled_from(
    [
        "select",
        "'a:b'",
        "E'\\':x'",
        "$$ :y; $$",
        "-- :z;\n",
        "/* :q; */",
        "::int",
        "a[1:n]",
        ",",
        "+",
        "\n",
        '":w"',
        "é",
    ]
)


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.one_of(FILLERS, PARAMETER_NAMES.map(":{}".format)), min_size=1, max_size=12))
def test_only_parameters_are_replaced(scratch: Path, parts: list[str]) -> None:
    """The wire text is the statement with each parameter replaced; equal names have equal numbers."""
    names = list(dict.fromkeys(part[1:] for part in parts if part[0] == ":" and part != "::int"))
    numbered = [f"${names.index(part[1:]) + 1}" if part[1:] in names and part[0] == ":" else part for part in parts]
    file = load(scratch, f"select {' '.join(parts)} \n;")
    assert file.parameters == tuple(names)
    assert file.text.decode() == f"/* {scratch.name}.list_nearby */ select {' '.join(numbered)} \n"


@settings(max_examples=300, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=40), st.text(alphabet="select :a$1;'\"/*-\\\n\r(é\0", max_size=30).map(str.encode)
    )
)
def test_any_file_loads_or_has_faults_inside_it(scratch: Path, data: bytes) -> None:
    """Never anything but a file or faults, and each fault's place exists."""
    (scratch / "list_nearby.sql").write_bytes(data)
    files, found = load_folder(scratch)
    assert bool(files) != bool(found)
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    assert all(1 <= fault.line <= lines for fault in found)
    assert render_faults(found)
