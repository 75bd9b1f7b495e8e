"""``migrate``, ``rollback`` and ``status`` on small migrations of the tests' own."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from exchange_db.errors import Forbidden, MigrationError, Unavailable
from exchange_db.migrations import MigrationStatus, migrate, rollback, status, write_manifest, yoyo_uri
from exchange_db.testing.databases import Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two released migrations: one table each."""
    path = tmp_path / "mig[ra]*tions"  # characters that mean something to glob
    path.mkdir()
    for name in ("0001_a", "0002_b"):
        (path / f"{name}.sql").write_text(f"-- Makes {name}.\n\ncreate table t{name} (x int);\n")
        (path / f"{name}.rollback.sql").write_text(f"-- Removes {name}.\n\ndrop table t{name};\n")
    write_manifest(path)
    return path


def add(folder: Path, name: str, text: str, undo: str = "select 1;") -> None:
    (folder / f"{name}.sql").write_text(text)
    (folder / f"{name}.rollback.sql").write_text(undo)


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select relname from pg_class where relname ~ '^t\\d{4}' order by 1").fetchall()
    return [name for (name,) in rows]


@contextmanager
def role(server: Server, url: str, attributes: str = "") -> Generator[str]:
    """A URL of the same database as a new role that may log in and nothing else."""
    name = f"{server.prefix}_role"
    server.execute(f"create role {{name}} login password 'x' {attributes}", name=name)
    try:
        yield make_conninfo(url, user=name, password="x")
    finally:
        dbname = str(conninfo_to_dict(url)["dbname"])
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop owned by {} cascade").format(sql.Identifier(name)))
        server.execute("revoke all on database {dbname} from {name}", dbname=dbname, name=name)
        server.execute("drop role {name}", name=name)


# --- applying, listing, rolling back ---------------------------------------------------------------------


def test_migrate_applies_what_is_missing(empty_database_url: str, folder: Path) -> None:
    """The names that were applied come back, in order; a second call has nothing to do."""
    assert migrate(empty_database_url, folder=folder) == ["0001_a", "0002_b"]
    assert tables(empty_database_url) == ["t0001_a", "t0002_b"]
    assert migrate(empty_database_url, folder=folder) == []
    add(folder, "0003_c", "create table t0003_c (x int);")
    assert migrate(empty_database_url, folder=folder) == ["0003_c"]


def test_migrate_up_to_a_target(empty_database_url: str, folder: Path) -> None:
    """The beginning of a name is enough; what lies before the target is applied, what lies after it is not."""
    add(folder, "0003_c", "create table t0003_c (x int);")
    assert migrate(empty_database_url, folder=folder, target="0002") == ["0001_a", "0002_b"]
    assert migrate(empty_database_url, folder=folder, target="0001_a") == []


@pytest.mark.parametrize("target", ["000", "0009", ""])
def test_an_unclear_target_is_an_error(empty_database_url: str, folder: Path, target: str) -> None:
    """No migration of that name, or several: nothing is applied, and the error lists the names."""
    with pytest.raises(MigrationError, match=r"0001_a, 0002_b"):
        migrate(empty_database_url, folder=folder, target=target)
    assert tables(empty_database_url) == []


def test_rollback_undoes_the_last_ones(empty_database_url: str, folder: Path) -> None:
    """One by default, several by count, all after a name; last one first."""
    add(folder, "0003_c", "create table t0003_c (x int);", "drop table t0003_c;")
    migrate(empty_database_url, folder=folder)
    assert rollback(empty_database_url, folder=folder) == ["0003_c"]
    migrate(empty_database_url, folder=folder)
    assert rollback(empty_database_url, folder=folder, to="0001") == ["0003_c", "0002_b"]
    assert tables(empty_database_url) == ["t0001_a"]
    assert rollback(empty_database_url, folder=folder, to="0001") == []
    assert rollback(empty_database_url, folder=folder, count=99) == ["0001_a"]
    assert rollback(empty_database_url, folder=folder) == []


def test_a_negative_number_of_rollbacks(empty_database_url: str, folder: Path) -> None:
    """Undoes nothing: in Python a negative count would mean all but the last."""
    migrate(empty_database_url, folder=folder)
    with pytest.raises(ValueError, match="is not negative: -1"):
        rollback(empty_database_url, count=-1, folder=folder)
    assert tables(empty_database_url) == ["t0001_a", "t0002_b"]


def test_a_migration_that_needs_one_that_is_not_there(empty_database_url: str, folder: Path) -> None:
    """yoyo's header line names another migration: the error says which file, and nothing of it is applied."""
    add(folder, "0003_c", "-- depends: 0000_z\n\ncreate table t0003_c (x int);")
    with pytest.raises(MigrationError, match=r"0003_c cannot be read: .*0000_z|0003_c cannot be read"):
        migrate(empty_database_url, folder=folder)
    assert tables(empty_database_url) == ["t0001_a", "t0002_b"]


def test_rollback_needs_a_rollback_file(empty_database_url: str, folder: Path) -> None:
    """yoyo would take a missing file for nothing to do, and forget that the migration is applied."""
    (folder / "0003_c.sql").write_text("create table t0003_c (x int);")
    migrate(empty_database_url, folder=folder)
    with pytest.raises(MigrationError, match=r"0003_c has no rollback file"):
        rollback(empty_database_url, folder=folder)
    assert status(empty_database_url, folder=folder)[-1].applied_at


def test_status_lists_every_migration(empty_database_url: str, folder: Path) -> None:
    """Applied ones with the time in UTC, the others with None; and looking leaves no trace."""
    nothing = [MigrationStatus("0001_a", None), MigrationStatus("0002_b", None)]
    assert status(empty_database_url, folder=folder) == nothing
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select to_regclass('_yoyo_migration')").fetchone() == (None,)
    migrate(empty_database_url, folder=folder, target="0001")
    first, second = status(empty_database_url, folder=folder)
    assert first.applied_at is not None
    assert first.applied_at.utcoffset() is not None
    assert abs(first.applied_at.timestamp() - time.time()) < 60
    assert second.applied_at is None


def test_status_knows_migrations_of_a_newer_version(empty_database_url: str, folder: Path) -> None:
    """Applied but without a file here: listed as such, and not rolled back."""
    add(folder, "0003_c", "create table t0003_c (x int);")
    migrate(empty_database_url, folder=folder)
    (folder / "0003_c.sql").unlink()
    (folder / "0003_c.rollback.sql").unlink()
    assert [(entry.name, entry.known) for entry in status(empty_database_url, folder=folder)][-1] == ("0003_c", False)
    assert migrate(empty_database_url, folder=folder) == []
    with pytest.raises(MigrationError, match=r"0003_c came from another version"):
        rollback(empty_database_url, folder=folder)


# --- files that are not what they were --------------------------------------------------------------------


def test_a_changed_released_file_is_an_error(empty_database_url: str, folder: Path) -> None:
    """The manifest tells, also where the database has never seen the file."""
    (folder / "0002_b.sql").write_text("create table other (x int);")
    with pytest.raises(MigrationError, match=r"0002_b.sql was changed after its release"):
        migrate(empty_database_url, folder=folder)


def test_a_missing_released_file_is_an_error(empty_database_url: str, folder: Path) -> None:
    """A broken installation shows before anything is applied."""
    (folder / "0002_b.sql").unlink()
    with pytest.raises(MigrationError, match=r"0002_b.sql is missing"):
        migrate(empty_database_url, folder=folder)


def test_an_empty_folder_is_an_error(empty_database_url: str, tmp_path: Path) -> None:
    """Not a success that applied nothing."""
    with pytest.raises(MigrationError, match=r"no migration files"):
        migrate(empty_database_url, folder=tmp_path)


def test_a_file_changed_after_it_was_applied_here_is_an_error(empty_database_url: str, folder: Path) -> None:
    """The manifest was rewritten, as in development; the database still remembers what was applied."""
    migrate(empty_database_url, folder=folder)
    (folder / "0001_a.sql").write_text("create table t0001_a (x int, y int);")
    write_manifest(folder)
    assert [entry.changed for entry in status(empty_database_url, folder=folder)] == [True, False]
    with pytest.raises(MigrationError, match=r"0001_a was changed after it was applied"):
        migrate(empty_database_url, folder=folder)
    rollback(empty_database_url, folder=folder, count=2)
    assert migrate(empty_database_url, folder=folder) == ["0001_a", "0002_b"]


# --- failures --------------------------------------------------------------------------------------------


def test_a_failing_migration_leaves_nothing_behind(empty_database_url: str, folder: Path) -> None:
    """Those before it stay, its own first half is undone, and the error names the file and the code."""
    add(folder, "0003_c", "create table t0003_c (x int);\ncreate table t0003_d (x nonesuch);")
    with pytest.raises(MigrationError, match=r'0003_c was not applied: type "nonesuch" does not exist') as caught:
        migrate(empty_database_url, folder=folder)
    assert caught.value.sqlstate == "42704"
    assert caught.value.path == folder / "0003_c.sql"
    assert isinstance(caught.value.__cause__, psycopg.errors.UndefinedObject)
    assert tables(empty_database_url) == ["t0001_a", "t0002_b"]
    assert migrate(empty_database_url, folder=folder, target="0002") == []


def test_a_migration_and_its_mark_are_one(empty_database_url: str, folder: Path) -> None:
    """When the mark cannot be written the migration is undone: never applied but not marked."""
    migrate(empty_database_url, folder=folder, target="0001")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("alter table _yoyo_migration add check (migration_id <> '0002_b')")
    with pytest.raises(MigrationError, match=r"0002_b was not applied"):
        migrate(empty_database_url, folder=folder)
    assert tables(empty_database_url) == ["t0001_a"]


def test_applied_but_not_marked_is_told(empty_database_url: str, folder: Path) -> None:
    """What a crash of `yoyo apply` can leave: migrate changes nothing and says how to mark the migration."""
    migrate(empty_database_url, folder=folder)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("delete from _yoyo_migration where migration_id = '0002_b'")
    with pytest.raises(MigrationError, match=r"0002_b was not applied.*already exists.*yoyo mark"):
        migrate(empty_database_url, folder=folder)
    assert tables(empty_database_url) == ["t0001_a", "t0002_b"]


def test_a_migration_without_a_transaction(empty_database_url: str, folder: Path) -> None:
    """CREATE INDEX CONCURRENTLY waits for nobody's snapshot, ours included."""
    add(folder, "0003_c", "-- transactional: false\ncreate index concurrently i on t0001_a (x);", "drop index i;")
    assert migrate(empty_database_url, folder=folder) == ["0001_a", "0002_b", "0003_c"]
    assert rollback(empty_database_url, folder=folder) == ["0003_c"]


def test_a_lock_of_another_session_ends_the_wait(empty_database_url: str, folder: Path) -> None:
    """A migration does not queue behind a long transaction for ever, blocking everybody behind itself."""
    migrate(empty_database_url, folder=folder)
    add(folder, "0003_c", "alter table t0001_a add y int;")
    hurried = make_conninfo(empty_database_url, options="-c lock_timeout=200ms")
    with psycopg.connect(empty_database_url) as other:
        other.execute("select from t0001_a")
        with pytest.raises(Unavailable, match=r"0003_c was not applied: it waited too long for a lock"):
            migrate(hurried, folder=folder)
    assert migrate(hurried, folder=folder) == ["0003_c"]


def test_time_outs_reach_the_connection_of_the_migration(empty_database_url: str, folder: Path) -> None:
    """Ours by default, and the role's own statement time-out does not cut a long migration short."""
    settings = ["lock_timeout", "statement_timeout"]
    text = "".join(
        f"insert into t0001_a values (extract(epoch from current_setting('{s}')::interval));" for s in settings
    )
    add(folder, "0003_c", text)
    migrate(make_conninfo(empty_database_url, application_name="it's \\odd %20 &="), folder=folder)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select x from t0001_a order by x").fetchall() == [(0,), (10,)]


# --- several at once --------------------------------------------------------------------------------------


def test_concurrent_calls_apply_each_migration_once(empty_database_url: str, folder: Path) -> None:
    """Everybody succeeds; together they applied every migration exactly once."""
    with ThreadPoolExecutor(6) as threads:
        applied = [
            call.result() for call in [threads.submit(migrate, empty_database_url, folder=folder) for _ in range(6)]
        ]
    assert sorted(name for names in applied for name in names) == ["0001_a", "0002_b"]


def test_waiting_for_others_has_an_end(empty_database_url: str, folder: Path) -> None:
    """While another call runs a long migration, an impatient one gives up with a clear error."""
    add(folder, "0003_c", "select pg_sleep(3);")
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(migrate, empty_database_url, folder=folder)
        while not tables(empty_database_url):
            time.sleep(0.05)
        with pytest.raises(Unavailable, match=r"others have been migrating this database for more than 0.2 s"):
            migrate(empty_database_url, folder=folder, wait_s=0.2)
        assert slow.result() == ["0001_a", "0002_b", "0003_c"]


def test_a_lock_that_yoyo_left_is_told(empty_database_url: str, folder: Path) -> None:
    """A killed `yoyo` leaves its row; the error says how to remove it. With the row gone all is well."""
    migrate(empty_database_url, folder=folder, target="0001")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("insert into yoyo_lock (locked, pid) values (1, 4711)")
        with pytest.raises(Unavailable, match=r"process id 4711 has locked this database.*yoyo break-lock"):
            migrate(empty_database_url, folder=folder, wait_s=0.2)
        connection.execute("delete from yoyo_lock")
    assert migrate(empty_database_url, folder=folder, wait_s=0.2) == ["0002_b"]


def test_a_killed_migrate_leaves_no_lock(empty_database_url: str, folder: Path) -> None:
    """Killed in the middle of a migration: the next call just goes on."""
    add(folder, "0003_c", "create table t0003_c (x int);\nselect pg_sleep(60);")
    code = "import sys, pathlib; from exchange_db.migrations import migrate; "
    code += "migrate(sys.argv[1], folder=pathlib.Path(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, empty_database_url, str(folder)])
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        while not connection.execute("select from pg_stat_activity where query like 'select pg_sleep%'").fetchall():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The server itself only notices when the statement ends.
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%'")
    add(folder, "0003_c", "create table t0003_c (x int);")
    assert migrate(empty_database_url, folder=folder, wait_s=5) == ["0003_c"]


def test_a_yoyo_that_is_at_work_is_waited_for(empty_database_url: str, folder: Path) -> None:
    """As soon as it takes its row away, the migration goes on."""
    migrate(empty_database_url, folder=folder, target="0001")
    with ThreadPoolExecutor(1) as thread, psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("insert into yoyo_lock (locked, pid) values (1, 4711)")
        waiting = thread.submit(migrate, empty_database_url, folder=folder)
        tried = """
            select from pg_stat_activity
            where datname = current_database() and query like 'insert into yoyo_lock%' and state = 'idle in transaction'
        """
        while not connection.execute(tried).fetchall():
            time.sleep(0.02)
        assert not waiting.done()
        connection.execute("delete from yoyo_lock")
        assert waiting.result() == ["0002_b"]


def test_yoyos_lock_is_waited_for_before_its_tables_are_there(
    empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `yoyo` that is making its own tables, or died while it did, is told as one that migrates."""
    backend: Any = import_module("yoyo.backends.base")  # which has no type hints
    monkeypatch.setattr(backend.DatabaseBackend.lock.__wrapped__, "__defaults__", (0.1,))
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(
            "create table yoyo_lock (locked int default 1, ctime timestamp, pid int not null, primary key (locked));"
            "insert into yoyo_lock (pid) values (4711)"
        )
    with pytest.raises(Unavailable, match=r"4711.*break-lock"):
        migrate(empty_database_url, folder=folder)


def test_a_connection_that_is_lost_while_it_waits(empty_database_url: str, folder: Path) -> None:
    """The server goes away under a migrate that waits for another one."""
    add(folder, "0003_c", "select pg_sleep(3);")
    with ThreadPoolExecutor(2) as threads, psycopg.connect(empty_database_url, autocommit=True) as connection:
        slow = threads.submit(migrate, empty_database_url, folder=folder)
        while not tables(empty_database_url):
            time.sleep(0.05)
        waiting = threads.submit(migrate, empty_database_url, folder=folder)
        end_it = """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query like '%pg_try_advisory_lock($1)%' and state = 'idle'
        """
        while not connection.execute(end_it).fetchall():
            time.sleep(0.02)
        with pytest.raises(Unavailable, match=r"the migrations could not be run: the connection was lost"):
            waiting.result()
        assert slow.result() == ["0001_a", "0002_b", "0003_c"]


# --- who may, and where -----------------------------------------------------------------------------------


def test_a_role_without_privileges_is_told_what_it_needs(server: Server, empty_database_url: str, folder: Path) -> None:
    """Nothing was tried, and the grant that helps is in the message."""
    with role(server, empty_database_url) as url, pytest.raises(Forbidden, match=r"may not create.*grant create on"):
        migrate(url, folder=folder)


def test_a_role_that_may_create_but_not_install_postgis(server: Server, empty_database_url: str, folder: Path) -> None:
    """A superuser has to create the extension once; after that the role can do the rest."""
    add(folder, "0003_c", "create extension if not exists postgis;")
    with role(server, empty_database_url) as url, psycopg.connect(empty_database_url, autocommit=True) as superuser:
        names = {key: sql.Identifier(str(conninfo_to_dict(url)[key])) for key in ("dbname", "user")}
        superuser.execute(sql.SQL("grant create on database {dbname} to {user}").format(**names))
        superuser.execute(sql.SQL("grant create on schema public to {user}").format(**names))
        with pytest.raises(Forbidden, match=r"have a superuser run `create extension postgis`"):
            migrate(url, folder=folder)
        superuser.execute("create extension postgis")
        assert migrate(url, folder=folder) == ["0003_c"]


def test_a_role_that_may_only_read_can_look(server: Server, empty_database_url: str, folder: Path) -> None:
    """status works, and so does migrate when there is nothing to do, as at the start of a service."""
    migrate(empty_database_url, folder=folder)
    with role(server, empty_database_url) as url:
        with pytest.raises(Forbidden, match=r"the list of applied migrations cannot be read"):
            status(url, folder=folder)
        with psycopg.connect(empty_database_url, autocommit=True) as superuser:
            superuser.execute("grant select on _yoyo_migration, _yoyo_log to public")
        assert all(entry.applied_at for entry in status(url, folder=folder))
        assert migrate(url, folder=folder) == []


def test_a_missing_extension_is_told(empty_database_url: str, folder: Path) -> None:
    """The server lacks the extension's files: the error says how to install PostGIS."""
    add(folder, "0003_c", "create extension nonesuch;")
    with pytest.raises(MigrationError, match=r'"nonesuch" is not available.*install PostGIS'):
        migrate(empty_database_url, folder=folder)


def test_a_database_that_takes_no_writes(empty_database_url: str, folder: Path) -> None:
    """A replica, or read-only by its settings."""
    with pytest.raises(Forbidden, match=r"takes no writes"):
        migrate(make_conninfo(empty_database_url, options="-c default_transaction_read_only=on"), folder=folder)


def test_the_list_is_kept_in_public(empty_database_url: str, folder: Path) -> None:
    """A role with a schema of its own name would start a second list there."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("create schema mine")
    elsewhere = make_conninfo(empty_database_url, options="-c search_path=mine,public")
    with pytest.raises(MigrationError, match=r"begins with schema mine"):
        migrate(elsewhere, folder=folder)


@pytest.mark.parametrize("conninfo", ["host=/nonexistent dbname=x", "postgresql://127.0.0.1:1/x"])
def test_an_unreachable_database(conninfo: str, folder: Path) -> None:
    """All three functions say that they could not connect, and where to."""
    for function in (migrate, rollback, status):
        with pytest.raises(Unavailable, match=r"cannot be reached.*(nonexistent|127\.0\.0\.1)"):
            function(conninfo, folder=folder)


def test_a_string_that_libpq_does_not_understand(folder: Path) -> None:
    """A typo in the name of a parameter."""
    with pytest.raises(MigrationError, match=r"connection string"):
        migrate("hots=localhost", folder=folder)


def test_a_user_without_a_name(empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a made-up user id: yoyo alone would fail after the first migration."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "")  # so that the old value comes back in the end

    def nobody(_: int) -> NoReturn:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert migrate(empty_database_url, folder=folder) == ["0001_a", "0002_b"]
    with psycopg.connect(empty_database_url) as connection:
        rows = connection.execute("select distinct username from _yoyo_log").fetchall()
    assert rows == [(f"uid-{os.getuid()}",)]


def test_names_with_odd_characters(server: Server, folder: Path) -> None:
    """A database may be called anything; libpq's variables reach it as a URL does."""
    name = f"""{server.run} it's "odd" 100% a&b=c?d#e/f\\g:@ ü"""
    server.execute("create database {name}", name=name)
    try:
        assert migrate(server.url(name), folder=folder) == ["0001_a", "0002_b"]
        assert rollback(make_conninfo(server.conninfo, dbname=name), folder=folder) == ["0002_b"]
    finally:
        server.execute("drop database {name}", name=name)


def test_libpqs_variables(empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty string means: what libpq finds in the environment, PGOPTIONS included."""
    for key, value in conninfo_to_dict(empty_database_url).items():
        variable = {"dbname": "PGDATABASE"}.get(key, f"PG{key.upper()}")
        monkeypatch.setenv(variable, str(value))
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=7s")
    add(folder, "0003_c", "insert into t0001_a values (extract(epoch from current_setting('lock_timeout')::interval));")
    assert migrate(folder=folder) == ["0001_a", "0002_b", "0003_c"]
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select x from t0001_a").fetchall() == [(7,)]


_values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(
    st.fixed_dictionaries(
        {}, optional={"host": _values, "port": st.just("5433"), "user": _values, "password": _values, "dbname": _values}
    )
)
def test_nothing_of_a_connection_string_is_lost(parameters: dict[str, Any]) -> None:
    """What yoyo's own parser gives to psycopg is what the caller wrote, whatever the characters."""
    from yoyo.connections import parse_uri  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType] # yoyo has no type hints

    parsed: Any = parse_uri(yoyo_uri(make_conninfo("", **parameters), "-c work_mem=1MB"))
    arrived = conninfo_to_dict(parsed.args["conninfo"])
    options = str(arrived.pop("options"))
    assert arrived == parameters
    assert options.endswith(" -c work_mem=1MB")
    assert (parsed.hostname, parsed.username, parsed.password, parsed.port, parsed.database) == (None,) * 5


def test_no_warning_reaches_the_user(empty_database_url: str) -> None:
    """Importing and running yoyo prints nothing, also with warnings turned into errors."""
    code = "import sys; from exchange_db.migrations import migrate, status; migrate(sys.argv[1]); status(sys.argv[1])"
    command = [sys.executable, "-W", "error", "-c", code, empty_database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
