"""Apply, roll back and list the migrations: plain SQL files, run by yoyo and remembered in yoyo's own tables.

``yoyo apply`` in a checkout does the same, and both may be used on one database. What ``migrate`` adds:

* a migration and its mark are committed together (yoyo commits them one after the other, so that a crash in
  between leaves a migration applied but not marked);
* concurrent calls wait for each other, and for a ``yoyo`` that is running;
* yoyo knows a migration by its file's name, so a manifest of contents tells when a file was changed;
* a migration gives up when it waits ten seconds for somebody's lock, rather than block everybody behind it.

The connection must be a direct one: a pooler such as PgBouncer in transaction mode keeps no session lock.
"""

import getpass
import glob
import hashlib
import importlib
import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import make_conninfo

from exchange_db.errors import ExchangeError, Forbidden, MigrationError, Unavailable
from exchange_db.resources import MIGRATIONS

__all__ = ["MigrationStatus", "check_manifest", "migrate", "rollback", "status", "write_manifest"]

_yoyo: Any = importlib.import_module("yoyo")  # Any, because yoyo has no type hints
_yoyo_errors: Any = importlib.import_module("yoyo.exceptions")

MANIFEST = "SHA256SUMS"
_OUR_NAMES = re.compile(r"\d{4}_exchange_")
"""yoyo knows a migration by its file's name alone, so ours say whose they are."""
WAIT_S = 60.0
"""How long a call waits for another one to finish, in seconds."""

_LOCK_KEY = int.from_bytes(hashlib.sha256(b"exchange_db migrations").digest()[:8], signed=True)
_OPTIONS = "-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


@dataclass(frozen=True)
class MigrationStatus:
    """One migration, seen from one database."""

    name: str
    applied_at: datetime | None
    """When, in UTC; None: not applied."""
    changed: bool = False
    """The file is not the one that was applied. (Not known of a migration that ``yoyo apply`` applied.)"""
    known: bool = True
    """False: applied, but this version of the package has no such file."""


# --- what callers use ------------------------------------------------------------------------------------


def migrate(
    conninfo: str = "", *, target: str | None = None, folder: Path = MIGRATIONS, wait_s: float = WAIT_S
) -> list[str]:
    """Apply what is not applied yet, up to and including ``target``, and return the names.

    ``conninfo`` is any URL or ``key=value`` string of libpq; what it does not say comes from libpq's ``PG*``
    variables. ``target`` is a migration's name or the beginning of it (``"0002"``).

    Raises ``Unavailable`` (no connection, or others are migrating for longer than ``wait_s`` seconds),
    ``Forbidden`` (the role lacks a privilege), else ``MigrationError``. The migration that failed has left
    nothing behind; those before it are applied.
    """
    check_manifest(folder)
    with _connect(conninfo) as connection:
        if not _pending(connection, folder, target):
            return []  # also for a role that may only read
        with _alone(connection, conninfo, wait_s) as backend:
            names = _pending(connection, folder, target)
            for migration in _files(folder):
                if migration.id in names:
                    _step(backend, migration, "apply")
            return names


def rollback(
    conninfo: str = "",
    *,
    count: int = 1,
    to: str | None = None,
    folder: Path = MIGRATIONS,
    wait_s: float = WAIT_S,
) -> list[str]:
    """Undo the last ``count`` migrations, or all after ``to``, and return the names, the last one first.

    Raises as ``migrate`` does. Data that the migration brought is lost: take a backup first.
    """
    if count < 0:
        raise ValueError(f"the number of migrations to undo is not negative: {count}")
    check_manifest(folder)
    with _connect(conninfo) as connection, _alone(connection, conninfo, wait_s) as backend:
        applied = [entry for entry in _entries(connection, folder) if entry.applied_at]
        if unknown := [entry.name for entry in applied if not entry.known]:
            raise MigrationError(
                f"{', '.join(unknown)} came from another version of this package: roll back with that one"
            )
        names = [entry.name for entry in applied]
        if to is not None:
            count = len(names) - names.index(_named(to, names)) - 1
        undone = names[::-1][:count]
        migrations = {migration.id: migration for migration in _files(folder)}
        for name in undone:
            if not (folder / f"{name}.rollback.sql").exists():  # yoyo would do nothing, and call that undone
                raise MigrationError(f"{name} has no rollback file")
            _step(backend, migrations[name], "rollback")
        return undone


def status(conninfo: str = "", *, folder: Path = MIGRATIONS) -> list[MigrationStatus]:
    """Every migration in order, applied or not. Only reads; raises ``Unavailable`` and ``Forbidden``."""
    with _connect(conninfo) as connection:
        return _entries(connection, folder)


# --- the manifest: `sha256sum --check SHA256SUMS` understands it ------------------------------------------


def write_manifest(folder: Path = MIGRATIONS) -> None:
    """Write down the contents of all files: from now on they are released and must not change."""
    lines = [f"{_content(path)}  {path.name}\n" for path in sorted(folder.glob("*.sql"))]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")


def check_manifest(folder: Path = MIGRATIONS) -> None:
    """Raise ``MigrationError`` when a released file was changed or is missing; new files may be there."""
    manifest = folder / MANIFEST
    for line in manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else []:
        content, name = line.split(maxsplit=1)
        path = folder / name
        if not path.exists():
            raise MigrationError(f"the migration file {path} is missing: install the package again")
        if _content(path) != content:
            raise MigrationError(
                f"the migration file {path} was changed after its release: databases that have it applied would not "
                "get the change. Restore it and write a new migration; if it is not released yet, run `make schema`"
            )


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- what is there and what is applied -------------------------------------------------------------------


def _files(folder: Path) -> list[Any]:
    """yoyo's migrations, in the order of their names."""
    found: list[Any] = list(_yoyo.read_migrations(glob.escape(str(folder))))
    if not found:
        raise MigrationError(f"there are no migration files in {folder}: install the package again")
    return found


def _entries(connection: psycopg.Connection, folder: Path) -> list[MigrationStatus]:
    applied: dict[str, tuple[datetime, str | None]] = {}
    try:
        (table,) = connection.execute("select to_regclass('_yoyo_migration')").fetchone() or (None,)
        if table is not None:
            rows = connection.execute("""
                select m.migration_id, m.applied_at_utc at time zone 'UTC', (
                  select l.comment
                  from _yoyo_log as l
                  where l.migration_hash = m.migration_hash and l.operation = 'apply'
                  order by l.created_at_utc desc
                  limit 1
                )
                from _yoyo_migration as m
                order by m.migration_id
            """)
            applied = {name: (at.astimezone(UTC), content) for name, at, content in rows}
    except psycopg.Error as error:
        raise _explained(error, "the list of applied migrations cannot be read") from error
    entries: list[MigrationStatus] = []
    for migration in _files(folder):
        at, content = applied.pop(migration.id, (None, None))
        changed = content is not None and content != _content(Path(migration.path))
        entries.append(MigrationStatus(migration.id, at, changed=changed))
    # An application that uses yoyo too has its own migrations in the same list. Ours are told by their names.
    others = [name for name in applied if folder == MIGRATIONS and not _OUR_NAMES.match(name)]
    newer = [(name, at) for name, (at, _) in applied.items() if name not in others]
    return entries + [MigrationStatus(name, at, known=False) for name, at in newer]


def _pending(connection: psycopg.Connection, folder: Path, target: str | None) -> list[str]:
    entries = [entry for entry in _entries(connection, folder) if entry.known]
    for entry in entries:
        if entry.changed:
            raise MigrationError(
                f"{entry.name} was changed after it was applied to this database: restore the file and "
                "write a new migration instead, or roll back with the old file first"
            )
    last = _named(target, [entry.name for entry in entries]) if target is not None else entries[-1].name
    return [entry.name for entry in entries if entry.applied_at is None and entry.name <= last]


def _named(beginning: str, names: list[str]) -> str:
    found = [name for name in names if name == beginning] or [n for n in names if n.startswith(beginning)]
    if len(found) != 1:
        raise MigrationError(f"{beginning!r} is not the name of one migration; these are: {', '.join(names)}")
    return found[0]


# --- one run ---------------------------------------------------------------------------------------------


def _connect(conninfo: str) -> psycopg.Connection:
    try:
        connection = psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database cannot be reached: {error}") from error
    except psycopg.Error as error:
        raise MigrationError(f"the connection string is not one that libpq understands: {error}") from error
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED  # each look sees what is committed by then
    return connection


@contextmanager
def _alone(holder: psycopg.Connection, conninfo: str, wait_s: float) -> Generator[Any]:
    """yoyo's backend, while nobody else migrates this database.

    The ``holder`` connection holds two locks. The advisory lock keeps out other calls of ours. yoyo's own
    lock is a row, which it commits and which therefore survives a crash; ours stays uncommitted, so that the
    server removes it whatever becomes of us, and a ``yoyo`` that comes along waits for it at the row's key.
    """
    deadline = time.monotonic() + wait_s
    try:
        _check_place(holder)
        # Not pg_advisory_lock(): what waits keeps a snapshot, for which CREATE INDEX CONCURRENTLY waits.
        while holder.execute("select pg_try_advisory_lock(%s)", [_LOCK_KEY]).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise Unavailable(f"others have been migrating this database for more than {wait_s:g} s")
            time.sleep(0.1)
        _name_the_user()
        with _yoyo.get_backend(yoyo_uri(conninfo, _options(holder))) as backend:
            backend.ensure_internal_schema_updated()  # takes and gives back yoyo's lock, so before we hold it
            with holder.transaction(force_rollback=True):
                holder.execute("set local idle_in_transaction_session_timeout = 0")
                _hold_yoyo_lock(holder, deadline)
                yield backend
    except _yoyo_errors.LockTimeout as error:
        raise Unavailable(str(error)) from error
    except psycopg.Error as error:
        raise _explained(error, "the migrations could not be run") from error


def yoyo_uri(conninfo: str, options: str = "") -> str:
    """yoyo hands its URI's arguments to ``psycopg.connect``, so the whole connection string is one argument.

    yoyo opens a connection for each migration, which no SET of ours reaches: hence libpq's ``options``. Those
    that the caller gave come last and win.
    """
    whole = make_conninfo(conninfo, options=f"{_OPTIONS} {options}".strip())
    return f"postgresql+psycopg://?{urlencode({'conninfo': whole})}"


def _options(connection: psycopg.Connection) -> str:
    """libpq's ``options`` of a connection, given in whatever way: in its string, by PGOPTIONS, by a service."""
    return next((o.val.decode() for o in connection.pgconn.info if o.keyword == b"options" and o.val), "")


def _check_place(connection: psycopg.Connection) -> None:
    facts: Any = connection.execute("""
        select current_database(), current_user, current_schema(),
          has_database_privilege(current_database(), 'create'),
          has_schema_privilege('public', 'create'),
          current_setting('transaction_read_only') = 'on'
    """).fetchone()
    database, role, schema, may_create_schemas, may_create_tables, read_only = facts
    if read_only:
        raise Forbidden(f"database {database} takes no writes here: it is a replica, or read-only by its settings")
    if schema != "public":  # every role must find the same list of what is applied
        raise MigrationError(
            f"the search_path of role {role} begins with schema {schema}, but the list of migrations is kept "
            "in public: add options='-c search_path=public' to the connection string"
        )
    if not may_create_schemas or not may_create_tables:
        raise Forbidden(
            f"role {role} may not create in database {database}: let its owner do this, or have it run "
            f'grant create on database "{database}" to "{role}"; grant create on schema public to "{role}"'
        )


def _name_the_user() -> None:
    """yoyo logs who ran a migration, and fails where the user has no name, as in some containers."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = f"uid-{os.getuid()}"


def _hold_yoyo_lock(holder: psycopg.Connection, deadline: float) -> None:
    while True:
        taken = holder.execute(
            "insert into yoyo_lock (locked, ctime, pid) values (1, now() at time zone 'UTC', %s) "
            "on conflict do nothing",
            [os.getpid()],
        )
        if taken.rowcount == 1:
            return
        if time.monotonic() > deadline:
            (pid,) = holder.execute("select max(pid) from yoyo_lock").fetchone() or (None,)
            raise Unavailable(
                f"a yoyo with process id {pid} has locked this database; if it is not running any more, "
                "remove its lock with: yoyo break-lock"
            )
        time.sleep(0.2)


def _step(backend: Any, migration: Any, direction: str) -> None:
    """Apply or roll back one migration and remember it, in one transaction unless the file asks for none."""
    try:
        migration.load()
        if not migration.use_transactions:
            {"apply": backend.apply_one, "rollback": backend.rollback_one}[direction](migration)
            _remember_content(backend, migration, direction)
            return
        with backend.transaction():
            migration.process_steps(backend, direction)
            backend.log_migration(migration, direction)
            mark = {"apply": backend.mark_one, "rollback": backend.unmark_one}[direction]
            mark(migration, log=False)
            _remember_content(backend, migration, direction)
    except _yoyo_errors.BadMigration as error:
        raise MigrationError(f"{migration.id} cannot be read: {error}") from error
    except psycopg.Error as error:
        undone = {"apply": "applied", "rollback": "rolled back"}[direction]
        raise _explained(error, f"{migration.id} was not {undone}", Path(migration.path)) from error


def _remember_content(backend: Any, migration: Any, direction: str) -> None:
    if direction == "apply":
        backend.execute(
            "update _yoyo_log set comment = :content "
            "where migration_hash = :migration and operation = 'apply' and comment is null",
            {"content": _content(Path(migration.path)), "migration": migration.hash},
        )


# --- errors ----------------------------------------------------------------------------------------------

_THERE_ALREADY = (
    "42P04",
    "42P06",
    "42P07",
    "42701",
    "42710",
    "42723",
)  # duplicate database, schema, table, …


def _explained(error: psycopg.Error, what: str, path: Path | None = None) -> ExchangeError:
    """The error of ours that says what happened and what to do."""
    said = error.diag.message_primary or str(error)
    kind: type[ExchangeError] = MigrationError
    why = said
    if error.sqlstate in ("0A000", "58P01") and "extension" in said:
        why = f"{said}: install PostGIS on the server (Debian and Ubuntu: apt-get install postgresql-postgis)"
    elif error.sqlstate == "42501" and "extension" in said:
        kind, why = (
            Forbidden,
            f"{said}: have a superuser run `create extension postgis` in this database once",
        )
    elif error.sqlstate == "42501":
        kind = Forbidden
    elif error.sqlstate == "55P03":
        kind, why = Unavailable, "it waited too long for a lock that another session holds"
    elif error.sqlstate in _THERE_ALREADY:
        why = (
            f"{said}. If it was applied and the run ended before it was marked, check that all of it is "
            "there and mark it: yoyo mark --revision <name>"
        )
    elif error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        kind, why = Unavailable, f"the connection was lost: {said}"
    return kind(f"{what}: {why}", path=path, sqlstate=error.sqlstate)
