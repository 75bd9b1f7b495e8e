"""Two gates before a deployment: will the running version survive the new schema, will the new one run on the old?"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from exchange_db.check.inspection import inspect
from exchange_db.check.report import Finding, Report
from exchange_db.check.run import DB, OWN_DOMAINS, check, connection_to
from exchange_db.check.source import Source
from exchange_db.check.subject import Database
from exchange_db.check.targets import Target, find_targets
from exchange_db.engine.sqlfile import SqlFile, Statement, load_sql_file
from exchange_db.errors import DeclarationError, LockError
from exchange_db.local_server import temporary_server
from exchange_db.lock.changes import Change, statement_changes, table_changes
from exchange_db.lock.files import Unreadable, is_ours, parse_lock
from exchange_db.lock.findings import lock_finding, unreadable_finding
from exchange_db.lock.model import Lock
from exchange_db.lock.needs import Uses, read_live
from exchange_db.migrations import migrate

__all__ = ["gate_migrations", "gate_queries"]


def gate_migrations(*folders: Path, db: DB = None) -> Report:
    """Ask a database with the new schema whether the queries of a released version still work: those whose locks are
    below ``folders``. ``db`` is what ``check`` takes; ``None``: a private server with all of this library's migrations.

    Whatever the released version relies on is looked at: that the server takes the statement, its parameters and
    columns with their types, values and NULL, the number of rows, and what its inserts and updates leave out. Code that
    was released is not needed: a lock holds the statement. Raises ``LockError`` where there is no lock.
    """
    start = time.monotonic()
    paths = sorted({path for folder in folders for path in folder.rglob("*.json") if is_ours(path)})
    if not paths:
        raise LockError(f"there is no lock below {', '.join(map(str, folders))}")
    findings: list[Finding] = []
    statements = 0
    with connection_to(db) as conn, conn.transaction(force_rollback=True), TemporaryDirectory() as scratch:
        database = Database(conn)
        for path in paths:
            try:
                lock = parse_lock(path.read_bytes())
            except Unreadable as error:
                findings.append(unreadable_finding(path.stem, path, error))
            else:
                statements += sum(len(variant.labels) for variant in lock.variants)
                findings += _Gate(database, path, lock, Path(scratch)).findings()
    return Report(tuple(dict.fromkeys(findings)), len(paths), statements, time.monotonic() - start)


def gate_queries(*targets: Target, until: str) -> Report:
    """Check functions on the schema that is live before the new migrations.

    It is that of a private server with this library's migrations up to and including ``until``. For a schema of a
    host's own, ``check`` a database that has it.

    Raises as ``check`` and ``migrate`` do.
    """
    find_targets(targets or OWN_DOMAINS)  # what is none is told before a server is started
    with temporary_server() as server:
        migrate(server.conninfo(), target=until)
        return check(*targets, db=server.conninfo())


class _Gate:
    """One lock on one database."""

    def __init__(self, database: Database, path: Path, lock: Lock, scratch: Path) -> None:
        self.database = database
        self.path = path
        self.lock = lock
        self.scratch = scratch

    def findings(self) -> Iterator[Finding]:
        """All that the new schema breaks."""
        try:
            file = self._file()
        except DeclarationError as error:
            problem = "this version of the library cannot read the statement of the lock"
            yield self._finding(Change("gate-refused", problem, reason=error.faults[0].problem))
            return
        source = Source.read(file.path)
        locked = {label: variant for variant in self.lock.variants for label in variant.labels}
        for variant in file.variants:
            if variant.label not in locked:
                yield self._finding(Change("gate-refused", f"the lock says nothing of the statement {variant.label!r}"))
                continue
            before = locked[variant.label]
            never_none = [each.name for each in before.parameters if not each.takes_none]
            try:
                found = inspect(self.database, source, variant, never_none)
            except psycopg.Error as error:
                if error.sqlstate is None or error.sqlstate[:2] in ("57", "08"):
                    raise  # nothing is wrong with the statement: the server cannot be asked
                yield self._refused(source, variant, error)
                continue
            yield from map(self._finding, statement_changes(self.lock, before, found, self.database))
        yield from map(self._finding, self._table_changes())

    def _file(self) -> SqlFile:
        """The statement of the lock, read as every ``.sql`` file is."""
        prefix, _, name = self.lock.query.rpartition(".")
        path = self.scratch / f"{name}.sql"
        path.write_text("\n".join(self.lock.sql), encoding="utf-8", newline="\n")
        return load_sql_file(path, prefix=prefix)

    def _table_changes(self) -> Iterator[Change]:
        before = self.lock.needs.tables
        needs = self.lock.needs
        uses = Uses(columns={name: set() for name in before}, indexes=set(needs.indexes), named=set(needs.named))
        live = read_live(self.database.conn, [uses])
        for table in live.tables:
            yield from table_changes(table.name, before[table.name], table)
        for index in live.missing(needs.indexes):
            yield Change("gate-index", f"the index {index} is gone, and the query rides it")
        for name in needs.named:
            if name not in live.constraints:
                yield Change("gate-raises", f"the constraint {name} is gone, and what it refused is taken now")

    def _refused(self, source: Source, variant: Statement, error: psycopg.Error) -> Finding:
        diag = error.diag
        position = diag.statement_position
        line = source.server_place(variant, int(position)).line if position else source.first_line
        written = source.text.splitlines()[line - 1].strip()
        said = diag.message_primary or str(error)
        return self._finding(
            Change("gate-refused", f"the new schema refuses the statement: {said}", reason=f"line {line}: {written}")
        )

    def _finding(self, change: Change) -> Finding:
        found = lock_finding(
            self.lock.query,
            self.path,
            change.code,
            change.problem,
            expected=change.before,
            actual=change.now,
            reason=change.reason,
            hint=HINTS.get(change.code, ""),
        )
        return replace(found, severity=change.severity)


HINTS = {
    "gate-refused": "add first, deploy, and remove what no version uses in a later migration",
    "gate-columns": "add first, deploy, and remove what no version uses in a later migration",
    "gate-type": "add a column of the new type, deploy code that uses it, and drop the old one later",
    "gate-parameter": "add a column of the new type, deploy code that uses it, and drop the old one later",
    "gate-null": "deploy code that takes None first",
    "gate-values": "deploy code that knows the values first",
    "gate-index": "keep the index until no version rides it",
    "gate-rows": "keep the unique key until no version relies on it",
    "gate-write": "give the column a default, or deploy code that fills it first",
    "gate-raises": "keep the constraint until no version relies on it",
    "gate-narrower": "keep the wider type until no version writes what does not fit",
    "gate-constraint": "deploy code that keeps it first",
}
