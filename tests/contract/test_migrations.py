"""The migration files keep their rules, and yoyo's own command does with them what ``migrate`` does."""

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pglast
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tools.catalog import as_sql, read_catalog

from exchange_db.migrations import MANIFEST, check_manifest, migrate, rollback, status, write_manifest, yoyo_uri
from exchange_db.resources import MIGRATIONS

ROOT = Path(__file__).parents[2]
FILES = sorted(MIGRATIONS.glob("*.sql"))
FORWARD = [path for path in FILES if not path.name.endswith(".rollback.sql")]
NAMES = [path.stem for path in FORWARD]


def libpq_variables(url: str) -> dict[str, str]:
    """The environment in which libpq connects to ``url`` when it is told nothing."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    given = {names[key]: str(value) for key, value in conninfo_to_dict(url).items()}
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | given


def yoyo(url: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run yoyo's own command in a checkout."""
    command = [sys.executable, "-m", "yoyo", *arguments]
    return subprocess.run(command, cwd=folder, env=libpq_variables(url), capture_output=True, text=True, check=False)


def schema_of(url: str) -> str:
    with psycopg.connect(url) as connection:
        return as_sql(read_catalog(connection))


def everything_in(url: str) -> set[tuple[str, ...]]:
    """All objects of a database that belong neither to PostgreSQL, nor to an extension, nor to yoyo."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("""
            select o.type, o.identity
            from (
              select 'pg_namespace'::regclass as class, oid from pg_namespace
              union all select 'pg_class', oid from pg_class
              union all select 'pg_proc', oid from pg_proc
              union all select 'pg_type', oid from pg_type
              union all select 'pg_extension', oid from pg_extension
            ) as ours,
            lateral pg_identify_object(ours.class, ours.oid, 0) as o
            where ours.oid >= 16384
              and o.identity !~ 'yoyo|pg_toast|pg_temp'
              and not exists (
                select from pg_depend as d
                where d.classid = ours.class and d.objid = ours.oid and d.deptype in ('e', 'i')
              )
        """)
        return {tuple(row) for row in rows}


# --- the files -------------------------------------------------------------------------------------------


def test_names_are_numbered_without_a_gap() -> None:
    """0001_what_it_does, 0002_…: the order is the order of names, and a missing file shows."""
    assert [name[:4] for name in NAMES] == [f"{number:04}" for number in range(1, len(NAMES) + 1)]
    assert [name for name in NAMES if not re.fullmatch(r"\d{4}(_[a-z0-9]+)+", name)] == []


def test_every_migration_has_a_rollback() -> None:
    """Nothing but pairs lies in the folder."""
    expected = {f"{name}{suffix}" for name in NAMES for suffix in (".sql", ".rollback.sql")} | {MANIFEST}
    assert {path.name for path in MIGRATIONS.iterdir()} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_opens_with_why_it_exists(path: Path) -> None:
    """The first line is a comment with words in it."""
    assert re.match(r"-- \w+ \w+", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_yoyo_sees_the_statements_that_postgresql_sees(path: Path) -> None:
    """yoyo splits a file with sqlparse, which guesses; PostgreSQL's own parser does not."""
    from yoyo.migrations import read_sql_migration  # pyright: ignore[reportMissingTypeStubs] # yoyo has no type hints

    _, _, statements = read_sql_migration(str(path))
    expected = pglast.split(path.read_text(encoding="utf-8"))
    assert len(statements) == len(expected)
    for statement in statements:
        assert len(pglast.parse_sql(statement)) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_without_a_transaction_holds_one_statement(path: Path) -> None:
    """Nothing undoes the first of two when the second fails."""
    text = path.read_text(encoding="utf-8")
    if re.search(r"^\s*--\s*transactional\s*:\s*false", text, re.MULTILINE):
        assert len(pglast.split(text)) == 1


def test_the_manifest_is_up_to_date(tmp_path: Path) -> None:
    """SHA256SUMS is what `make schema` writes: every file is in it, as it is."""
    for path in FILES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_manifest(tmp_path)
    assert (MIGRATIONS / MANIFEST).read_text() == (tmp_path / MANIFEST).read_text(), "run `make schema`"
    check_manifest()


# --- up and down -----------------------------------------------------------------------------------------


def test_up_down_up_gives_the_same_schema(database_url: str) -> None:
    """Rolling everything back and applying it again changes nothing."""
    before = schema_of(database_url)
    assert rollback(database_url, count=len(NAMES)) == NAMES[::-1]
    assert migrate(database_url) == NAMES
    assert schema_of(database_url) == before


def test_down_leaves_nothing(empty_database_url: str) -> None:
    """After rolling back only PostGIS is left, which others may use."""
    before = everything_in(empty_database_url)
    migrate(empty_database_url)
    assert len(everything_in(empty_database_url)) > len(before) + 10
    rollback(empty_database_url, count=len(NAMES))
    assert everything_in(empty_database_url) - before <= {("extension", "postgis")}


def test_each_step_down_undoes_its_step_up(empty_database_url: str) -> None:
    """Every rollback is the inverse of its own migration, not only all of them together."""
    states = [everything_in(empty_database_url)]
    for name in NAMES:
        assert migrate(empty_database_url, target=name) == [name]
        states.append(everything_in(empty_database_url))
    for name in reversed(NAMES):
        assert everything_in(empty_database_url) - states.pop() <= {("extension", "postgis")}
        assert rollback(empty_database_url) == [name]


def test_pairs_learn_the_times_of_swipes(empty_database_url: str) -> None:
    """Those that were there before 0012, whichever of the two has decided; going down and up again as well."""
    migrate(empty_database_url, target="0011_exchange_areas")
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        conn.execute(
            "insert into exchange.users (email, password_hash) select n || '@x', 'h' from generate_series(1, 4) n"
        )
        conn.execute(
            "insert into exchange.swipes (actor_id, target_id, action, created_at)"
            " values (1, 2, 'like', '2024-01-01Z'), (2, 1, 'pass', '2024-01-02Z'), (3, 1, 'like', '2024-01-03Z')"
        )
        conn.execute(
            "insert into exchange.pairs (low_id, high_id, low_likes, high_likes)"
            " values (1, 2, true, false), (1, 3, false, true), (1, 4, false, false)"
        )
    for _ in range(2):
        migrate(empty_database_url)
        with psycopg.connect(empty_database_url) as conn:
            conn.execute("set time zone 'UTC'")
            rows = conn.execute(
                "select low_swiped_at::date::text, high_swiped_at::date::text from exchange.pairs order by high_id"
            )
            assert rows.fetchall() == [("2024-01-01", "2024-01-02"), (None, "2024-01-03"), (None, None)]
        rollback(empty_database_url)


# --- yoyo's own command ----------------------------------------------------------------------------------


def test_yoyo_apply_does_what_migrate_does(empty_database_url: str, database_url: str) -> None:
    """`yoyo apply` in a checkout, told nothing, applies everything without a question or a word."""
    done = yoyo(empty_database_url, "apply")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert schema_of(empty_database_url) == schema_of(database_url)


def test_yoyo_gives_up_on_a_lock() -> None:
    """yoyo.ini sets the time-out that migrate sets: nobody queues behind a migration that waits."""
    settings = ConfigParser(defaults={"here": str(ROOT)})
    settings.read(ROOT / "yoyo.ini")
    query = parse_qs(urlsplit(settings["DEFAULT"]["database"]).query)
    assert query == {"options": ["-c lock_timeout=10s"]}


def test_yoyo_finds_its_settings_from_any_folder(empty_database_url: str) -> None:
    """The sources of yoyo.ini are relative to the file, not to where one happens to be."""
    assert yoyo(empty_database_url, "apply", folder=ROOT / "src").returncode == 0
    assert [entry.name for entry in status(empty_database_url) if entry.applied_at] == NAMES


def test_migrate_after_yoyo_apply_does_nothing(empty_database_url: str) -> None:
    """Both remember what is applied in the same tables."""
    assert yoyo(empty_database_url, "apply").returncode == 0
    assert migrate(empty_database_url) == []
    assert rollback(empty_database_url, count=2) == NAMES[:-3:-1]
    assert migrate(empty_database_url) == NAMES[-2:]


def test_yoyo_apply_after_migrate_does_nothing(database_url: str) -> None:
    """… in both directions, and yoyo can roll back what migrate applied."""
    before = status(database_url)
    assert yoyo(database_url, "apply").returncode == 0
    assert status(database_url) == before
    assert yoyo(database_url, "rollback", "--all").returncode == 0
    assert [entry.applied_at for entry in status(database_url)] == [None] * len(NAMES)


def test_yoyo_apply_and_migrate_at_once(empty_database_url: str, database_url: str) -> None:
    """Whoever comes second waits; each migration is applied once."""
    command = [sys.executable, "-m", "yoyo", "apply"]
    ours = [sys.executable, "-c", "from exchange_db.migrations import migrate; migrate()"]
    environment = libpq_variables(empty_database_url)
    processes = [
        subprocess.Popen(each, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for each in (command, ours, ours, command)
    ]
    outcomes = [(process.communicate(timeout=120)[1], process.returncode) for process in processes]
    assert outcomes == [("", 0)] * 4
    assert schema_of(empty_database_url) == schema_of(database_url)
    with psycopg.connect(empty_database_url) as connection:
        rows = connection.execute("select migration_id from _yoyo_log where operation = 'apply' order by 1").fetchall()
    assert [name for (name,) in rows] == NAMES


def test_a_host_may_use_yoyo_for_its_own(empty_database_url: str, tmp_path: Path) -> None:
    """A host's migrations stand in the same list, under other names: ours say whose they are."""
    assert all(name[4:].startswith("_exchange_") for name in NAMES)
    (tmp_path / "0001_create_schema.sql").write_text("create table hosts_own (id int)")
    uri = yoyo_uri(empty_database_url)
    done = yoyo(empty_database_url, "apply", "--no-config-file", "--batch", "--database", uri, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert migrate(empty_database_url) == list(NAMES)
    assert [(entry.name, entry.known) for entry in status(empty_database_url)] == [(name, True) for name in NAMES]
    assert ("table", "public.hosts_own") in everything_in(empty_database_url)
