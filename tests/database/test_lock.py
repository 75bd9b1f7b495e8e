"""Locks: written from a checked database, and compared with code where there is no database."""

import json
import os
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest

from exchange_db.check import check
from exchange_db.errors import LockError
from exchange_db.lock import check_offline, compare_locks, lock
from exchange_db.lock.files import read_lock
from exchange_db.lock.model import Lock
from tests.database.hosted import STATEMENTS, hosted, imported, make_schema


@pytest.fixture(scope="module")
def locked(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kiosk's schema in the module's database, and a folder with its ``.sql`` files and locks."""
    folder = tmp_path_factory.mktemp("kiosk")
    make_schema(module_database_url)
    done = lock(hosted(folder), db=module_database_url)
    assert done.report.ok, str(done.report)
    assert len(done.written) == len(STATEMENTS)
    return folder


@pytest.fixture
def kiosk(tmp_path: Path, locked: Path, module_database_url: str) -> str:
    """A database with the kiosk's schema, which stays as it is; ``tmp_path`` has a copy of the files and locks."""
    shutil.copytree(locked / "kiosk", tmp_path / "kiosk")
    return module_database_url


def lock_of(folder: Path, name: str) -> Lock:
    found = read_lock(folder / "kiosk" / "lock" / f"{name}.json")
    assert found is not None
    return found


def codes(report: Any) -> set[str]:
    return {finding.code for finding in report.faults}


# --- what is written -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kiosk")
def test_a_lock_says_what_was_proved(tmp_path: Path) -> None:
    """Parameters and columns with types, sources, values and proofs, and what the statement needs of the schema."""
    found = lock_of(tmp_path, "find_paper")
    (variant,) = found.variants
    assert [(each.name, each.type, each.takes_none) for each in variant.parameters] == [("paper_id", "bigint", False)]
    columns = {column.name: column for column in variant.columns}
    assert columns["title"].source == "kiosk.papers.title"
    assert columns["title"].not_null
    assert not columns["note"].not_null
    assert columns["note"].takes_none
    assert columns["size"].values == columns["size"].takes == ("m", "s")
    assert variant.rows.at_most_one
    assert found.needs.tables["kiosk.papers"].columns["price"] == "numeric(10,2) not null"
    assert found.needs.tables["kiosk.papers"].keys == ("(id)", "(lower(title))")
    assert found.needs.types == {"kiosk.mood": ("calm", "busy"), "kiosk.code": ()}
    assert "PaperId = int" in found.declaration
    assert lock_of(tmp_path, "list_buyers").needs.functions == {"kiosk.shout(text)": "text"}
    added = lock_of(tmp_path, "add_paper").needs.tables["kiosk.papers"]
    assert added.inserts == ("mood", "note", "price", "title")
    assert added.writes == {"mood": "no null", "note": "null", "price": "no null", "title": "no null"}


@pytest.mark.usefixtures("kiosk")
def test_a_lock_is_a_text_that_differs_line_by_line(tmp_path: Path) -> None:
    """Sorted keys, one item in a line, a line end at the end, no object id."""
    path = tmp_path / "kiosk" / "lock" / "find_paper.json"
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert "oid" not in text.replace("_void", "")


def test_locking_again_writes_nothing(kiosk: str, tmp_path: Path) -> None:
    """Not even where only the server's version, a reason or a comment is another."""
    path = tmp_path / "kiosk" / "lock" / "find_paper.json"
    other = replace(lock_of(tmp_path, "find_paper"), server="PostgreSQL 99")
    path.write_text(other.text, encoding="utf-8")
    done = lock(hosted(tmp_path, ("-- One paper.", "-- One paper, if there is one.")), db=kiosk)
    assert (done.written, done.removed, done.unchanged) == ((), (), len(STATEMENTS))
    assert path.read_text(encoding="utf-8") == other.text


def test_a_lock_is_refused_while_check_finds_faults(kiosk: str, tmp_path: Path) -> None:
    """The report says why, and every file stays as it was."""
    before = {path: path.read_bytes() for path in (tmp_path / "kiosk" / "lock").iterdir()}
    done = lock(hosted(tmp_path, ("note: str | None\n    price", "note: str\n    price")), db=kiosk)
    assert codes(done.report) == {"nullable"}
    assert done.written == done.removed == ()
    assert before == {path: path.read_bytes() for path in (tmp_path / "kiosk" / "lock").iterdir()}


def test_the_lock_of_a_query_that_is_gone_goes(kiosk: str, tmp_path: Path) -> None:
    """Until then it is a fault; a file of somebody else's stays."""
    other = tmp_path / "kiosk" / "lock" / "notes.json"
    other.write_text("{}", encoding="utf-8")
    statements = {name: text for name, text in STATEMENTS.items() if name != "count_papers"}
    edit = ("\n\n@query\ndef count_papers() -> int: ...\n", "")
    module = hosted(tmp_path, edit, statements=statements)
    assert codes(check_offline(module)) == codes(compare_locks(module, db=kiosk)) == {"lock-orphan"}
    done = lock(module, db=kiosk)
    assert [path.name for path in done.removed] == ["count_papers.json"]
    assert not done.removed[0].exists()
    assert other.exists()
    assert check_offline(module).ok


def test_assertions_of_the_header_are_locked(kiosk: str, tmp_path: Path) -> None:
    """What nothing proves is no proof in the lock; taking the assertion away makes it stale."""
    asserted = ("-- Who bought what;", "-- Not null: title\n-- Who bought what;")
    strict = ("    title: str | None\n    buyer", "    title: str\n    buyer")
    assert lock(hosted(tmp_path, asserted, strict), db=kiosk).report.ok
    (title,) = [column for column in lock_of(tmp_path, "list_buyers").variants[0].columns if column.name == "title"]
    assert (title.not_null, title.asserted, title.takes_none) == (False, True, True)
    assert codes(check_offline(hosted(tmp_path, strict))) == {"lock-stale"}


MODELS = """
from enum import StrEnum
from typing import Annotated
from pydantic import BaseModel, Field
from exchange_db import sql_folder
from exchange_db.errors import Conflict, InvalidValue
query = sql_folder("kiosk")
class Kind(StrEnum):
    NEWS = "news"
    SPORT = "sport"
class Page(BaseModel):
    kind: Kind
    words: int | None = None
class Data(BaseModel, extra="forbid"):
    pages: list[Page]
    by: dict[str, Page]
class Row(BaseModel):
    data: Data
class Taken(Conflict):
    pass
@query
def get_data(*, paper_id: int) -> Row | None: ...
@query.raises(papers_title_key=Taken)
def set_data(*, paper_id: int, title: str, data: list[Page]) -> None: ...
query.complete()
"""
MODELLED = {
    "get_data": "-- A document.\nselect papers.data from kiosk.papers where papers.id = :paper_id;\n",
    "set_data": "-- A document.\nupdate kiosk.papers set title = :title, data = :data where papers.id = :paper_id;\n",
}


def test_a_document_that_changed_makes_its_lock_stale(kiosk: str, tmp_path: Path) -> None:
    """What a model says at any depth is a part of the declaration, and so are the errors of constraints."""
    for path in [*(tmp_path / "kiosk" / "lock").glob("*.json"), *(tmp_path / "kiosk").glob("*.sql")]:
        path.unlink()
    for name, text in MODELLED.items():
        (tmp_path / "kiosk" / f"{name}.sql").write_text(text, encoding="utf-8")
    assert lock(imported(tmp_path, "models", MODELS), db=kiosk).report.ok
    assert check_offline(imported(tmp_path, "models_again", MODELS)).ok
    for number, (old, new, stale) in enumerate(
        [
            ("    words: int | None = None", "    words: int = 0", 2),
            ("    words: int | None = None", "    words: int | None", 2),
            ("    words:", "    letters:", 2),
            ('    SPORT = "sport"\n', "", 2),
            ("    pages: list[Page]", "    pages: list[Page] | None", 1),
            ("    pages: list[Page]\n", "", 1),
            ("dict[str, Page]", "dict[str, str]", 1),
            ("words: int | None", "words: Annotated[int | None, Field(alias='w')]", 2),
            (', extra="forbid"', "", 1),
            ("data: list[Page]", "data: Page", 1),
            ("papers_title_key=Taken", "papers_title_check=Taken", 1),
            ("Taken(Conflict)", "Taken(InvalidValue)", 1),
            (".raises(papers_title_key=Taken)", "", 1),
        ]
    ):
        assert old in MODELS
        report = check_offline(imported(tmp_path, f"models_{number}", MODELS.replace(old, new)))
        assert [each.code for each in report.faults if each.code == "lock-stale"] == ["lock-stale"] * stale, (old, new)


def test_a_statement_that_cannot_be_analysed_is_locked_as_far_as_it_is_known(kiosk: str, tmp_path: Path) -> None:
    """``show`` has a column, and nobody proves anything of it."""
    statements = {**STATEMENTS, "get_encoding": "-- The encoding.\nshow server_encoding;\n"}
    module = hosted(
        tmp_path,
        ("query.complete()", "@query\ndef get_encoding() -> str: ...\n\nquery.complete()"),
        statements=statements,
    )
    assert lock(module, db=kiosk).report.ok
    found = lock_of(tmp_path, "get_encoding")
    assert found.variants[0].columns[0].not_null is None
    assert found.needs.tables == {}
    assert check_offline(module).ok
    assert compare_locks(module, db=kiosk).ok


def test_variants_of_which_the_same_is_true_are_locked_once(kiosk: str, tmp_path: Path) -> None:
    """A part that may be left out makes two statements, of which the parameters are not the same."""
    statements = {
        **STATEMENTS,
        "list_titles": dedent("""
            -- Titles.
            select papers.title
            from kiosk.papers
            where
              true
              -- if :most
              and papers.price < :most
              -- end if
            order by papers.title, papers.id;
        """).lstrip(),
    }
    edit = (
        "query.complete()",
        "@query\ndef list_titles(*, most: Decimal | None = None) -> list[str]: ...\n\nquery.complete()",
    )
    module = hosted(tmp_path, edit, statements=statements)
    done = lock(module, db=kiosk)
    assert done.report.ok, str(done.report)
    labels = [label for variant in lock_of(tmp_path, "list_titles").variants for label in variant.labels]
    assert len(labels) == len(module.list_titles.file.variants) == 2
    assert check_offline(module).ok


# --- what makes a lock stale -----------------------------------------------------------------------------------------


def test_unchanged_code_is_sound_offline(kiosk: str, tmp_path: Path) -> None:
    """The same report as online, without a server."""
    module = hosted(tmp_path)
    offline, online = check_offline(module), check(module, db=kiosk)
    assert offline.ok
    assert (offline.functions, offline.statements) == (online.functions, online.statements) == (4, 4)
    assert compare_locks(module, db=kiosk).ok


@pytest.mark.usefixtures("kiosk")
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_layout_comments_and_line_ends_do_not_count(tmp_path: Path, line_end: str) -> None:
    """Nor does a checkout by a git that writes other line ends."""
    edits = (("-- One paper.", "-- One paper,\n-- or none."), ("  papers.title,", "    papers.title  ,"))
    assert check_offline(hosted(tmp_path, *edits, line_end=line_end)).ok
    for path in (tmp_path / "kiosk" / "lock").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", line_end.encode()))
    assert check_offline(hosted(tmp_path, line_end=line_end)).ok


@pytest.mark.usefixtures("kiosk")
@pytest.mark.parametrize(
    "edit",
    [
        ("where papers.id = :paper_id", "where papers.id = :paper_id and papers.copies > 0"),
        ("papers.title,\n", "papers.note as title,\n"),
        ("kiosk.shout(papers.title)", "kiosk.shout('Papers' || papers.title)"),
        ("-- One paper.", "-- One paper.\n-- Rides: papers_pkey"),
    ],
)
def test_a_changed_statement_is_stale(tmp_path: Path, edit: tuple[str, str]) -> None:
    """A condition, a column, a letter of a text, a line of the header that check reads."""
    report = check_offline(hosted(tmp_path, edit))
    assert codes(report) == {"lock-stale"}
    assert len(report.faults) == 1
    assert "exchange-db lock" in str(report)


@pytest.mark.usefixtures("kiosk")
@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (("    note: str | None\n", "    note: str\n"), "nullable"),
        (("    copies: int\n", "    copies: str\n"), "column-type"),
        (("    copies: int\n", "    stock: int\n"), "missing-column"),
        (('Mood = Literal["calm", "busy"]', 'Mood = Literal["calm"]'), "values"),
        (('Mood = Literal["calm", "busy"]', 'Mood = Literal["calm", "busy", "mad"]'), "values"),
        (('NewType("PaperId", int)', 'NewType("PaperId", str)'), "parameter-type"),
        (("-> list[Sale]", "-> Sale"), "rows"),
        (("-> int", "-> datetime"), "column-type"),
        (("    buyer: str | None\n", "    buyer: str\n"), "nullable"),
        (("    tags: list[str]\n", "    tags: list[int]\n"), "column-type"),
        (("    code: str\n", "    code: int\n"), "column-type"),
    ],
)
def test_a_record_edited_to_be_wrong_has_the_same_faults_offline(
    kiosk: str, tmp_path: Path, edit: tuple[str, str], code: str
) -> None:
    """Each fault that check finds on the database is found without one, word for word, and the lock is stale."""
    module = hosted(tmp_path, edit)
    offline, online = check_offline(module), check(module, db=kiosk)
    assert code in codes(online)
    assert set(online.faults) <= set(offline.faults)
    assert codes(offline) - codes(online) == {"lock-stale"}


@pytest.mark.usefixtures("kiosk")
@pytest.mark.parametrize(
    "edit",
    [
        ("    copies: int\n", "    copies: float\n"),
        ("def add_paper(*, title: str,", "def add_paper(*, title: str | None,"),
        ("-> Paper | None", "-> Paper"),
        (
            "add_paper(*, title: str, note: str | None, price: Decimal, mood",
            "add_paper(*, note: str | None, title: str, price: Decimal, mood",
        ),
    ],
)
def test_a_declaration_that_changed_is_stale_even_where_it_fits(tmp_path: Path, edit: tuple[str, str]) -> None:
    """A lock is a proof of this declaration, and of no other; the report shows the lines."""
    report = check_offline(hosted(tmp_path, edit))
    assert codes(report) == {"lock-stale"}
    assert all(finding.reason for finding in report.faults)


def test_what_a_nested_model_says_counts(kiosk: str, tmp_path: Path) -> None:
    """A field of a model in a JSON column makes the lock stale as well."""
    statements = {
        **STATEMENTS,
        "find_data": "-- Data.\nselect papers.data\nfrom kiosk.papers\nwhere papers.id = :paper_id;\n",
    }
    wrapped = (
        "class Inner(Record):\n    colour: str = 'red'\n\n\nclass Outer(Record):\n    data: Inner\n\n\n"
        "@query\ndef find_data(*, paper_id: PaperId) -> Outer | None: ...\n\n\nquery.complete()"
    )
    assert lock(hosted(tmp_path, ("query.complete()", wrapped), statements=statements), db=kiosk).report.ok
    changed = wrapped.replace("colour: str = 'red'", "colour: int = 1")
    report = check_offline(hosted(tmp_path, ("query.complete()", changed), statements=statements))
    assert codes(report) == {"lock-stale"}
    assert "+ Inner.colour: int" in str(report)


def test_a_changed_schema_makes_a_lock_stale_online(kiosk: str, tmp_path: Path) -> None:
    """Which part of the lock is another is said."""
    module = hosted(tmp_path)
    with psycopg.connect(kiosk, autocommit=True) as conn, conn.transaction(force_rollback=True):
        conn.execute("alter table kiosk.papers alter copies type bigint")
        assert check_offline(module).ok
        report = compare_locks(module, db=conn)
        assert [(fault.function, fault.code) for fault in report.faults] == [("kiosk.find_paper", "lock-stale")]
        assert "variants, types, needs changed" in str(report)
        assert [path.name for path in lock(module, db=conn).written] == ["find_paper.json"]
        assert compare_locks(module, db=conn).ok


def damages(text: str) -> dict[str, str | None]:
    """What may become of a lock; ``None``: it is gone."""
    return {
        "edited": text.replace('"not_null": true', '"not_null": false', 1),
        "cut": text[:100],
        "empty": "",
        "list": "[1, 2]",
        "number": '{"format": 5}',
        "newer": text.replace("exchange_db lock 1", "exchange_db lock 2"),
        "older": text.replace("exchange_db lock 1", "exchange_db lock 0"),
        "odd": text.replace("exchange_db lock 1", "exchange_db lock x"),
        "conflict": f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n",
        "missing": None,
    }


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        ("edited", "lock-damaged", "edited by hand"),
        ("cut", "lock-damaged", "no JSON"),
        ("empty", "lock-damaged", "no JSON"),
        ("list", "lock-damaged", "no lock"),
        ("number", "lock-damaged", "no lock"),
        ("newer", "lock-format", "is newer than"),
        ("older", "lock-format", "does not read any more"),
        ("odd", "lock-format", "does not read any more"),
        ("conflict", "lock-conflict", "merge conflict"),
        ("missing", "lock-missing", "no lock"),
    ],
)
def test_what_is_no_lock_is_told_and_written_anew(
    kiosk: str, tmp_path: Path, damage: str, code: str, words: str
) -> None:
    """Offline, in a comparison, and by a clear sentence; ``lock`` mends it."""
    path = tmp_path / "kiosk" / "lock" / "find_paper.json"
    text = damages(path.read_text(encoding="utf-8"))[damage]
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    module = hosted(tmp_path)
    for report in (check_offline(module), compare_locks(module, db=kiosk)):
        assert codes(report) == {code}
        assert words in str(report)
    assert [each.name for each in lock(module, db=kiosk).written] == ["find_paper.json"]
    assert check_offline(module).ok


@pytest.mark.usefixtures("kiosk")
def test_all_faults_are_reported(tmp_path: Path) -> None:
    """Of every query, of locks and of declarations at once."""
    (tmp_path / "kiosk" / "lock" / "count_papers.json").unlink()
    (tmp_path / "kiosk" / "lock" / "gone.json").write_text('{"format": "exchange_db lock 1"}', encoding="utf-8")
    module = hosted(
        tmp_path, ("    note: str | None\n", "    note: str\n"), ("order by sales.id", "order by sales.id desc")
    )
    report = check_offline(module)
    assert codes(report) == {"lock-missing", "lock-orphan", "lock-stale", "nullable"}
    with pytest.raises(AssertionError, match="lock-orphan"):
        report.assert_ok()


@pytest.mark.usefixtures("kiosk")
def test_a_lock_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    """A folder in its place, for one."""
    path = tmp_path / "kiosk" / "lock" / "find_paper.json"
    path.unlink()
    path.mkdir()
    assert codes(check_offline(hosted(tmp_path))) == {"lock-unreadable"}


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_folder_that_takes_no_file_is_an_error(kiosk: str, tmp_path: Path) -> None:
    """Also for root, whom no mode stops: a file where the folder of locks belongs, a folder where a lock does."""
    locks = tmp_path / "kiosk" / "lock"
    module = hosted(tmp_path, ("    copies: int\n", "    copies: float\n"))
    (locks / "find_paper.json").unlink()
    (locks / "find_paper.json").mkdir()
    with pytest.raises(LockError, match=r"find_paper\.json cannot be written"):
        lock(module, db=kiosk)
    assert [path.name for path in locks.iterdir() if path.name.startswith(".")] == []
    for path in locks.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    locks.rmdir()
    locks.write_bytes(b"")
    with pytest.raises(LockError, match="cannot be written"):
        lock(module, db=kiosk)


def test_an_orphan_that_cannot_be_deleted_is_an_error(
    kiosk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named."""
    orphan = tmp_path / "kiosk" / "lock" / "gone.json"
    orphan.write_text('{"format": "exchange_db lock 1"}', encoding="utf-8")

    module = hosted(tmp_path)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path), missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(LockError, match=r"gone\.json cannot be deleted: Permission denied"):
        lock(module, db=kiosk)


def test_two_runs_at_once_leave_whole_locks(kiosk: str, tmp_path: Path) -> None:
    """Whoever reads meanwhile sees a lock, the old one or the new one."""
    modules = [hosted(tmp_path), hosted(tmp_path)]
    folder = tmp_path / "kiosk" / "lock"
    stop = threading.Event()
    seen: list[str] = []

    def read() -> None:
        while not stop.is_set():
            seen.extend(fault.code for fault in check_offline(modules[0]).faults if fault.code != "lock-missing")

    def write(module: Any) -> None:
        for _ in range(3):
            (folder / "find_paper.json").unlink(missing_ok=True)
            lock(module, db=kiosk)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=[module]) for module in modules]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert seen == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.json" for name in STATEMENTS)


def test_names_in_any_script(tmp_path: Path, module_database_url: str) -> None:
    """A query, a table, a column and a field that are no ASCII, in a schema whose name is quoted."""
    statement = '-- Wo?\nselect l.straße, l.größe\nfrom "Käse"."Läden" as l\nwhere l.id = :nummer;\n'
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "kiosk" / "find_straße.sql").write_text(statement, encoding="utf-8")
    text = """
        from typing import Literal
        from exchange_db import sql_folder
        from exchange_db.types import Record
        query = sql_folder("kiosk")
        class Laden(Record):
            straße: str
            größe: Literal["groß"]
        @query
        def find_straße(*, nummer: int) -> Laden | None: ...
        query.complete()
    """
    module = imported(tmp_path, "straßen", dedent(text))
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        conn.execute('create schema "Käse"; create type "Käse"."Größe" as enum (\'groß\');')
        columns = 'straße text not null, größe "Käse"."Größe" not null, id bigint primary key'
        conn.execute(f'create table "Käse"."Läden" ({columns})'.encode())
        done = lock(module, db=conn)
        assert done.report.ok, str(done.report)
        assert compare_locks(module, db=conn).ok
    assert done.written[0].name == "find_straße.json"
    assert "größe" in done.written[0].read_text(encoding="utf-8")
    found = lock_of(tmp_path, "find_straße")
    assert found.needs.tables["Käse.Läden"].columns["größe"] == '"Käse"."Größe" not null'
    assert found.needs.types == {"Käse.Größe": ("groß",)}
    assert check_offline(module).ok


def test_files_have_the_mode_that_a_new_file_has(kiosk: str, tmp_path: Path) -> None:
    """Not that of a temporary file, which nobody else may read."""
    assert kiosk
    path = tmp_path / "kiosk" / "lock" / "find_paper.json"
    other = tmp_path / "other"
    other.touch()
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE(os.stat(other).st_mode)


def test_the_lock_does_not_depend_on_the_search_path(kiosk: str, tmp_path: Path) -> None:
    """Nor on the role's: types are named as they are, extensions' without a schema."""
    with psycopg.connect(kiosk, autocommit=True) as conn:
        conn.execute("set search_path = kiosk, public")
        assert compare_locks(hosted(tmp_path), db=conn).ok
        conn.execute("set search_path = ''")
        assert compare_locks(hosted(tmp_path), db=conn).ok


def test_a_role_that_cannot_analyse_locks_types_alone(kiosk: str, tmp_path: Path) -> None:
    """What nobody could prove is no proof; the report says why."""
    with psycopg.connect(kiosk, autocommit=True) as conn, conn.transaction(force_rollback=True):
        conn.execute("create role exchange_test_reader; grant usage on schema kiosk to exchange_test_reader")
        conn.execute("grant select, insert on all tables in schema kiosk to exchange_test_reader")
        conn.execute(f"revoke temporary on database {conn.info.dbname} from public".encode())
        conn.execute("set local role exchange_test_reader")
        done = lock(hosted(tmp_path), db=conn)
    assert "cannot analyse" in str(done.report)
    found = lock_of(tmp_path, "find_paper")
    assert {column.not_null for column in found.variants[0].columns} == {None}
    assert found.needs.tables == {}
