"""The private server: a cluster in a folder, made, started, found again, and never left behind."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from exchange_db import local_server
from exchange_db.local_server import (
    NOT_DURABLE,
    LocalServer,
    LocalServerError,
    default_folder,
    temporary_server,
)
from exchange_db.postgres_programs import find_programs


@pytest.fixture
def place() -> Generator[Path]:
    """A folder that the server's user can reach, also when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="place-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def server_in(folder: Path) -> LocalServer:
    return LocalServer(folder, settings=NOT_DURABLE)


def show(server: LocalServer, setting: str) -> str:
    with psycopg.connect(server.conninfo()) as connection:
        return str((connection.execute("select current_setting(%s)", [setting]).fetchone() or [""])[0])


def answers(server: LocalServer) -> bool:
    try:
        psycopg.connect(server.conninfo()).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Another process that runs ``code`` with a server, and tells on its standard output how far it is."""
    head = "import sys, time; from exchange_db.local_server import *\n"
    command = [sys.executable, "-c", head + code, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_new_server(place: Path) -> None:
    """Reached by its socket alone, closed to other users, UTF-8, and durable unless told otherwise."""
    with LocalServer(place / "server") as server:
        assert server.conninfo("x") == f"postgresql://postgres@:5432/x?host={place}/server"
        assert show(server, "listen_addresses") == ""
        assert show(server, "server_encoding") == "UTF8"
        assert [show(server, name) for name in NOT_DURABLE] == ["on"] * 3
        assert (place / "server").stat().st_mode & 0o777 == 0o700
    assert not answers(server)


def test_databases_survive_a_stop(place: Path) -> None:
    """The second start finds what the first one left."""
    with server_in(place / "server") as server:
        assert server.create_database("my data") is True
        assert server.create_database("my data") is False
    with server_in(place / "server") as server, psycopg.connect(server.conninfo("my data")) as connection:
        assert connection.execute("select current_database()").fetchone() == ("my data",)


def test_a_running_server_is_used_and_left_running(place: Path) -> None:
    """Only the block that started the server stops it; start and stop may be called again and again."""
    first, second = server_in(place / "server"), server_in(place / "server")
    assert first.start() is True
    try:
        assert first.start() is False
        with second:
            assert answers(second)
        assert answers(first)
    finally:
        second.stop()
    assert not answers(first)
    first.stop()


def test_a_stop_without_a_server(place: Path) -> None:
    """There is nothing to stop, and nothing is made."""
    server_in(place / "server").stop()
    assert list(place.iterdir()) == []


def test_two_processes_start_it_at_once(place: Path) -> None:
    """One of them starts it, the others use it."""
    code = "server = LocalServer(sys.argv[1], settings=NOT_DURABLE); print(server.start())"
    processes = [python(code, str(place / "server")) for _ in range(3)]
    outcomes = sorted(process.communicate(timeout=120) for process in processes)
    server_in(place / "server").stop()
    assert outcomes == [("False\n", ""), ("False\n", ""), ("True\n", "")]


def test_a_killed_process_leaves_no_server() -> None:
    """Also when it is killed outright the server stops, and a temporary one takes its folder along."""
    code = """
with temporary_server() as server:
    print(server.folder, flush=True)
    time.sleep(60)
"""
    with python(code) as process:
        assert process.stdout is not None
        server = LocalServer(process.stdout.readline().strip())
        assert answers(server)
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not answers(server) and not server.folder.exists())


def test_an_exception_leaves_no_server() -> None:
    """The block's own error comes through, and the folder is gone."""
    with pytest.raises(ZeroDivisionError), temporary_server() as server:  # noqa: PT012 - the second line raises
        assert show(server, "fsync") == "off"
        raise ZeroDivisionError
    assert not server.folder.exists()


def test_a_crashed_server_is_started_again(place: Path) -> None:
    """The files that it left, its process id among them, are in nobody's way."""
    server = server_in(place / "server")
    server.start()
    pid_file = server.folder / "data" / "postmaster.pid"
    pid = int(pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not answers(server))
    assert pid_file.exists()
    time.sleep(1)  # its other processes end a moment after it, and PostgreSQL does not start before that
    with server:
        assert answers(server)
    assert not answers(server)


@pytest.mark.parametrize("whose", ["ours", "another user's", "nobody's"])
def test_a_process_id_that_went_to_somebody_else(place: Path, monkeypatch: pytest.MonkeyPatch, whose: str) -> None:
    """After a crash the recorded id may belong to any process, or to none any more."""
    server = server_in(place / "server")
    with server:
        left = (server.folder / "data" / "postmaster.pid").read_text()
    pid = os.getpid()
    if whose == "nobody's":
        with subprocess.Popen(["true"]) as process:
            pid = process.pid
    if whose == "another user's":
        monkeypatch.setattr(os, "kill", _not_permitted)
    lines = [str(pid), *left.splitlines()[1:]]
    (server.folder / "data" / "postmaster.pid").write_text("\n".join(lines))
    with server:
        assert answers(server)


def _not_permitted(*_: object) -> NoReturn:
    raise PermissionError


def test_an_interrupted_making_is_begun_anew(place: Path) -> None:
    """Half a cluster is never taken for a whole one."""
    folder = place / "server"
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("15\n")
    (folder / "lock").touch()
    with server_in(folder) as server:
        assert answers(server)
    assert not (folder / "data.new").exists()


@pytest.mark.parametrize("name", ["long" * 40, 'odd $HOME `date` "quoted" it\'s ü, #', "back\\slash"])
def test_a_folder_with_any_name(place: Path, name: str) -> None:
    """The socket moves to a short place when the folder's name does not suit it, and goes with the server."""
    with server_in(place / name) as server:
        assert answers(server)
        socket_folder = Path(show(server, "unix_socket_directories"))
        assert socket_folder.stat().st_mode & 0o777 == 0o700
    assert not socket_folder.exists()


def test_a_folder_of_somebody_elses_files(place: Path) -> None:
    """It is not taken over: neither its owner nor its mode changes."""
    (place / "precious").touch()
    with pytest.raises(LocalServerError, match="is not empty and holds no server of ours"):
        server_in(place).start()
    assert place.stat().st_mode & 0o777 == 0o755
    assert place.stat().st_uid == os.geteuid()


def test_a_folder_that_cannot_be_reached(place: Path) -> None:
    """For root's server the user postgres must get there; for others, they themselves."""
    closed = place / "closed"
    closed.mkdir(mode=0o700 if os.geteuid() == 0 else 0o000)
    with pytest.raises(LocalServerError, match=r"a folder above it is closed|Permission denied"):
        server_in(closed / "server").start()
    closed.chmod(0o700)


def test_a_socket_folder_of_somebody_else(place: Path) -> None:
    """A folder that somebody put there beforehand, or a link, is not used."""
    server = server_in(place / ("long" * 40))
    socket_folder = Path(server.conninfo().partition("host=")[2])
    socket_folder.symlink_to(place)
    try:
        with pytest.raises(LocalServerError, match="is not a folder of user"):
            server.start()
    finally:
        socket_folder.unlink()


def test_a_cluster_of_another_version(place: Path) -> None:
    """The version that made it is missing: the error names it, and the data stays as it is."""
    folder = place / "server"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("9\n")
    (folder / "lock").touch()
    with pytest.raises(LocalServerError, match="PostgreSQL 9 is not installed"):
        server_in(folder).start()


def test_a_server_that_does_not_start_says_why(place: Path) -> None:
    """The last lines of its log are in the error."""
    server = LocalServer(place / "server", settings={"fsync": "off", "shared_buffers": "nonsense"})
    with pytest.raises(LocalServerError, match=r"(?s)pg_ctl failed in .*shared_buffers"), server:
        raise AssertionError
    assert not answers(server)
    with server_in(place / "server"):
        pass


# --- a machine in trouble ----------------------------------------------------------------------------------


@pytest.fixture
def own_programs(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that come first on PATH: scripts that run the real ones."""
    real = find_programs().folder
    folder = place / "bin"
    folder.mkdir()
    for name in ("postgres", "initdb", "pg_ctl", "pg_config"):
        (folder / name).write_text(f'#!/bin/sh\nexec "{real / name}" "$@"\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert find_programs().folder == folder
    return folder


def test_a_fast_stop_that_does_not_come_to_an_end(place: Path, own_programs: Path) -> None:
    """A server that does not stop when it is asked to is stopped at once."""
    server = server_in(place / "server")
    server.start()
    script = own_programs / "pg_ctl"
    script.write_text(script.read_text().replace("exec", 'case "$*" in *fast*) exit 1;; esac\nexec'))
    assert server.stop() is True
    assert not answers(server)
    assert "immediate shutdown" in server.log.read_text()


def test_a_program_that_cannot_be_run(place: Path, own_programs: Path) -> None:
    """The error names it."""
    server = server_in(place / "server")
    (own_programs / "initdb").write_text("#!/nonexistent/interpreter\n")
    with pytest.raises(LocalServerError, match=r"bin/initdb could not be run: .*No such file"):
        server.start()


def test_a_server_that_does_not_answer(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs is told with its number, and not waited for in all eternity."""
    server = server_in(place / "server")
    server.start()
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(local_server, "_PATIENCE_S", 3.5)  # longer than one question takes
        with pytest.raises(LocalServerError, match=f"process {pid} serves .* but does not answer; see .*server.log"):
            server.start()
    finally:
        monkeypatch.undo()
        os.kill(pid, signal.SIGCONT)
        server.stop()


def test_a_folder_that_another_process_holds(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for another process to start or stop the server does so for a while only."""
    folder = place / "server"
    folder.mkdir()
    monkeypatch.setattr(local_server, "_PATIENCE_S", 0.2)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LocalServerError, match=r"another process has held the server in .* for 0.2 s"):
            server_in(folder).start()


@pytest.mark.parametrize("is_root", [True, False])
def test_a_machine_without_users(place: Path, monkeypatch: pytest.MonkeyPatch, is_root: bool) -> None:
    """A small image may have no user postgres, nor nobody, nor a name for whoever runs in it."""

    def unknown(_: object) -> NoReturn:
        raise KeyError

    monkeypatch.setattr(os, "geteuid", lambda: 0 if is_root else 4711)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(LocalServerError, match="this machine has no " + ("postgres or nobody" if is_root else "4711")):
        server_in(place / "server").start()


def test_who_is_not_root_runs_it_as_themselves(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root changes to another user: PostgreSQL itself then refuses to be root's, where the tests run as root."""
    folder = place / "server"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
        with pytest.raises(LocalServerError, match=r"cannot be run as root"):
            server_in(folder).start()
    else:
        with server_in(folder) as server:
            assert answers(server)
    assert (folder / "lock").stat().st_uid == os.getuid()


def test_libpqs_variables_do_not_disturb(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a developer who works with another server."""
    variables = {
        "PGHOST": "example.org",
        "PGPORT": "6543",
        "PGUSER": "me",
        "PGDATABASE": "mine",
        "PGDATA": "/nonexistent",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with server_in(place / "server") as server:
        assert show(server, "port") == "5432"


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's is the system's place for data, everybody else's is in their home."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_folder() == Path("/var/lib/exchange_db")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path("/data/exchange_db")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder() == Path("/home/me/.local/share/exchange_db")
