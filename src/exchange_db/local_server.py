"""A private PostgreSQL with PostGIS, in a folder of its own.

No port is opened and nothing outside the folder is used: the server listens on a unix socket in a folder that
only its user (and root) may enter, which is why it asks for no password there. PostgreSQL refuses to run as
root, so root runs it as ``postgres``, or ``nobody`` where that user is missing.

    with LocalServer(default_folder()) as server:
        server.create_database("exchange")
        migrate(server.conninfo("exchange"))
"""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg import pq, sql

from exchange_db.postgres_programs import LocalServerError, Programs, find_programs, output

__all__ = ["NOT_DURABLE", "LocalServer", "LocalServerError", "default_folder", "temporary_server"]

NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for data that nobody will miss: several times faster, and lost if the machine stops."""

SUPERUSER = "postgres"

_PORT = 5432  # no port is opened: the number is a part of the socket's file name
_PATIENCE_S = 60
_SOCKET_PATH_MAX = 103  # bytes; what macOS and Linux both allow for a unix socket

# Runs beside the server and waits for its standard input to close, which the kernel does however the process
# at the other end came to die; then it stops the server and removes the folders it was given.
_GUARDIAN = 'cat >/dev/null; "$0" -D data -m fast -w stop; cd / && [ $# -eq 0 ] || rm -rf -- "$@"'


def default_folder() -> Path:
    """Where a private server lives unless told otherwise: under ``/var/lib`` for root, else at home."""
    if os.geteuid() == 0:
        return Path("/var/lib/exchange_db")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "exchange_db"


# --- the server ------------------------------------------------------------------------------------------


class LocalServer:
    """A PostgreSQL cluster in ``folder``, made there on the first start.

    As a context manager the server lives no longer than the block, nor than this process, even when that is
    killed. A server that is running already is used as it is, and left running. ``start`` without a block
    leaves it running until somebody calls ``stop``.

    ``settings`` are added to ``postgresql.conf``. ``discard`` removes the folder at the end of the block.
    Every method raises ``LocalServerError``.
    """

    def __init__(self, folder: Path | str, *, settings: Mapping[str, str] | None = None, discard: bool = False) -> None:
        self.folder = Path(folder).absolute()
        self.log = self.folder / "server.log"
        self._settings = dict(settings or {})
        self._discard = discard
        self._data = self.folder / "data"
        self._socket_folder = _socket_folder(self.folder)
        self._guardian: subprocess.Popen[Any] | None = None

    def __enter__(self) -> Self:
        self._prepare_folder()
        # The guardian comes first: killed in the middle of the start, this process still leaves no server.
        guardian = self._start_guardian()
        try:
            started = self.start()
        except BaseException:
            _dismiss(guardian)
            raise
        if started:
            self._guardian = guardian
        else:
            guardian.kill()
            _dismiss(guardian)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._guardian is not None:
            guardian, self._guardian = self._guardian, None
            try:
                self.stop()
            finally:
                _dismiss(guardian)

    def conninfo(self, dbname: str = SUPERUSER) -> str:
        """A URL for libpq (psycopg, psql, pg_dump …) to connect to a database as the superuser."""
        database = quote(dbname, safe="")
        return f"postgresql://{SUPERUSER}@:{_PORT}/{database}?host={quote(str(self._socket_folder))}"

    def create_database(self, name: str) -> bool:
        """Create an empty database; False when it exists already. The server must be running."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            try:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return False  # the second is what the loser of a race gets
        return True

    def start(self) -> bool:
        """Start the server; False when it was running already. Returns when it answers."""
        self._prepare_folder()
        with self._lock():
            if self._is_running():
                return False
            if not self._data.exists():
                self._create_cluster()
            self._configure()
            self._pg_ctl("start", "-l", self.log.name)
            return True

    def stop(self) -> bool:
        """Stop the server, whoever started it; open connections are ended, their transactions rolled back.

        False when none was running.
        """
        if not self._data.exists():
            return False
        with self._lock():
            if self._postmaster() is None:
                return False
            try:
                self._pg_ctl("stop", "-m", "fast")
            except LocalServerError:
                self._pg_ctl("stop", "-m", "immediate")
        if self._socket_folder != self.folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        return True

    # --- the folder, and who owns it ---

    def _owner(self) -> pwd.struct_passwd:
        """The user that the server runs as."""
        me = os.geteuid()
        names = [me] if me != 0 else ["postgres", "nobody"]
        if me == 0 and self.folder.exists() and self.folder.stat().st_uid != 0:
            names = [self.folder.stat().st_uid]  # it began as that user's server, and stays it
        for name in names:
            try:
                return pwd.getpwuid(name) if isinstance(name, int) else pwd.getpwnam(name)
            except KeyError:
                continue
        wanted = " or ".join(map(str, names))
        raise LocalServerError(f"PostgreSQL runs as a named user other than root: this machine has no {wanted}")

    def _prepare_folder(self) -> None:
        owner = self._owner()
        try:
            if self.folder.exists() and not (self.folder / "lock").exists() and any(self.folder.iterdir()):
                raise LocalServerError(f"{self.folder} is not empty and holds no server of ours: name another folder")
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(self.folder, owner)
            if self._socket_folder != self.folder:
                self._socket_folder.mkdir(mode=0o700, exist_ok=True)
                _make_private(self._socket_folder, owner)
        except OSError as error:
            raise LocalServerError(f"the folder of the server cannot be used: {error}") from error
        try:
            self._run("/bin/sh", "-c", 'cd "$0"', str(self.folder))
        except LocalServerError as error:
            raise LocalServerError(
                f"user {owner.pw_name} cannot reach {self.folder}, because a folder above it is closed: "
                f"name another folder, such as {default_folder()}"
            ) from error

    @contextmanager
    def _lock(self) -> Generator[None]:
        """Only one process at a time starts or stops the server of a folder."""
        deadline = time.monotonic() + _PATIENCE_S
        with (self.folder / "lock").open("a") as file:
            if os.geteuid() == 0:
                owner = self._owner()
                os.fchown(file.fileno(), owner.pw_uid, owner.pw_gid)
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise LocalServerError(
                            f"another process has held the server in {self.folder} for {_PATIENCE_S} s"
                        ) from error
                    time.sleep(0.05)
            yield

    # --- the cluster ---

    def _create_cluster(self) -> None:
        """Make it beside its final place, so that an interrupted one is never taken for whole."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            self._programs().folder / "initdb",
            f"--pgdata={unfinished.name}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            f"--locale={_utf8_locale()}",
            "--text-search-config=english",
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        )
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'exchange_db.conf'\n")
        unfinished.rename(self._data)

    def _configure(self) -> None:
        """Write our settings at every start: the folder may have been moved since the last one."""
        settings = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(self._socket_folder),
            "timezone": "UTC",
            **self._settings,
        }
        file = self._data / "exchange_db.conf"
        file.write_text("".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()))
        file.chmod(0o644)  # written by root, read by the server's user

    def _programs(self) -> Programs:
        """A cluster can only be served by the major version that made it."""
        version = self._data / "PG_VERSION"
        return find_programs(int(version.read_text()) if version.exists() else None)

    def _is_running(self) -> bool:
        """Whether it answers; waits for a server that is starting or stopping to have done so."""
        deadline = time.monotonic() + _PATIENCE_S
        while (pid := self._postmaster()) is not None:
            if pq.PGconn.ping(f"{self.conninfo()}&connect_timeout=2".encode()) == pq.Ping.OK:
                return True
            if time.monotonic() > deadline:
                raise LocalServerError(f"process {pid} serves {self.folder} but does not answer; see {self.log}")
            time.sleep(0.1)
        return False

    def _postmaster(self) -> int | None:
        """The running server's process id.

        A crash leaves two files behind that record it. PostgreSQL copes with them, unless the id has since gone to
        another process, which is usual where a container starts again: then the files are removed.
        """
        file = self._data / "postmaster.pid"
        try:
            pid = int(file.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        if not _exists(pid):
            return None
        if _program(pid) == "postgres":
            return pid
        file.unlink(missing_ok=True)
        (self._socket_folder / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
        return None

    # --- running programs as the server's user ---

    def _pg_ctl(self, action: str, *options: str) -> None:
        # Relative names: pg_ctl hands them to a shell, which would read a `$` or a quote in the path.
        self._run(self._programs().folder / "pg_ctl", "-D", "data", "-w", "-t", str(_PATIENCE_S), *options, action)

    def _run(self, *command: str | Path) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
                command,
                **self._circumstances(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise LocalServerError(f"{command[0]} could not be run: {error}") from error
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
            log = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
            raise LocalServerError("\n  ".join([f"{Path(command[0]).name} failed in {self.folder}:", *said, *log]))

    def _start_guardian(self) -> subprocess.Popen[Any]:
        remove = [str(self.folder), str(self._socket_folder)] if self._discard else []
        return subprocess.Popen(  # noqa: S603 - a fixed script; paths are its arguments, not its text
            ["/bin/sh", "-c", _GUARDIAN, self._programs().folder / "pg_ctl", *remove],
            **self._circumstances(),
            start_new_session=True,  # Ctrl-C in the terminal is for us, not for it
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _circumstances(self) -> dict[str, Any]:
        """Where, with what environment, and as whom a program runs."""
        # libpq's variables are for clients, but PostgreSQL's own programs read some of them too.
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        where: dict[str, Any] = {"cwd": self.folder, "env": variables | {"LC_ALL": "C"}}
        if os.geteuid() != 0:
            return where
        owner = self._owner()
        return where | {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


@contextmanager
def temporary_server(settings: Mapping[str, str] = NOT_DURABLE) -> Generator[LocalServer]:
    """A server in a temporary folder, which goes with it: for tests."""
    find_programs()  # complains before there is a folder to clean up
    with LocalServer(tempfile.mkdtemp(prefix="exchange_db-"), settings=settings, discard=True) as server:
        yield server


def _dismiss(guardian: subprocess.Popen[Any]) -> None:
    guardian.communicate(timeout=_PATIENCE_S)  # closes its standard input


def _make_private(folder: Path, owner: pwd.struct_passwd) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (owner.pw_uid, os.geteuid()):
        raise PermissionError(f"{folder} is not a folder of user {owner.pw_name}")
    if status.st_uid != owner.pw_uid:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700)


def _socket_folder(folder: Path) -> Path:
    """The folder itself, or one in ``/tmp`` when the path is too long or too odd for a socket."""
    path = str(folder / f".s.PGSQL.{_PORT}")
    if len(path) <= _SOCKET_PATH_MAX and re.fullmatch(r"[A-Za-z0-9_./+-]+", path):
        return folder
    return Path("/tmp") / f"exchange_db-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108 - made 0700, and its owner is checked


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def _program(pid: int) -> str:
    file = Path(f"/proc/{pid}/cmdline")
    if file.exists():  # pragma: no branch - Linux, where a small image may have no ps
        return Path(file.read_text(errors="replace").split("\0")[0]).name
    return Path(output("ps", "-o", "comm=", "-p", str(pid))).name  # pragma: no cover - macOS has no /proc


def _utf8_locale() -> str:
    """C.UTF-8: the same order on every machine. Where it is missing (older macOS), plain C."""
    known = {name.lower().replace("-", "") for name in output("locale", "-a").splitlines()}
    return "C.UTF-8" if "c.utf8" in known else "C"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
