"""Finding PostgreSQL on machines that have none, one, or several."""

import sys
from pathlib import Path

import pytest

from exchange_db import postgres_programs
from exchange_db.postgres_programs import LocalServerError, find_programs, install_command


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without PostgreSQL, whose programs would lie in ``lib/<version>/bin``."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(postgres_programs, "_BIN_FOLDERS", (str(tmp_path / "lib" / "*" / "bin"),))
    return tmp_path


def install(folder: Path, version: str, *, postgis: bool = True) -> Path:
    folder.mkdir(parents=True)
    shared = folder.parent / "share"
    scripts = {"postgres": f"echo 'postgres (PostgreSQL) {version} (Debian)'", "pg_config": f"echo {shared}"}
    for name in ("postgres", "initdb", "pg_ctl", "pg_config"):
        (folder / name).write_text(f"#!/bin/sh\n{scripts.get(name, '')}\n")
        (folder / name).chmod(0o755)
    if postgis:
        (shared / "extension").mkdir(parents=True)
        (shared / "extension" / "postgis.control").touch()
    return folder


def test_nothing_installed(machine: Path) -> None:
    """The error says what to type."""
    assert machine.exists()
    with pytest.raises(LocalServerError, match="PostgreSQL is not installed; to install it: ") as caught:
        find_programs()
    assert install_command() in str(caught.value)


def test_the_newest_comes_first(machine: Path) -> None:
    """By number, not by letter: 15 is newer than 9."""
    install(machine / "lib" / "9" / "bin", "9.6.1")
    newest = install(machine / "lib" / "15" / "bin", "15.3")
    found = find_programs()
    assert (found.folder, found.version) == (newest, 15)


def test_the_one_on_path_comes_before(machine: Path) -> None:
    """Who puts a version on PATH wants that one."""
    install(machine / "lib" / "17" / "bin", "17.0")
    chosen = install(machine / "path", "16beta1")
    found = find_programs()
    assert (found.folder, found.version) == (chosen, 16)


def test_one_without_postgis_is_passed_over(machine: Path) -> None:
    """Homebrew has PostGIS for one version of several."""
    install(machine / "lib" / "17" / "bin", "17.0", postgis=False)
    other = install(machine / "lib" / "16" / "bin", "16.4")
    assert find_programs().folder == other


def test_postgis_missing_everywhere(machine: Path) -> None:
    """PostgreSQL alone is not enough, and the error says which half is missing."""
    install(machine / "lib" / "17" / "bin", "17.0", postgis=False)
    with pytest.raises(LocalServerError, match=r"PostGIS is missing for .*17"):
        find_programs()


def test_a_certain_version(machine: Path) -> None:
    """A cluster is served by the version that made it, not by the newest."""
    install(machine / "lib" / "17" / "bin", "17.0")
    old = install(machine / "lib" / "16" / "bin", "16.4")
    assert find_programs(16).folder == old
    with pytest.raises(LocalServerError, match="PostgreSQL 14 is not installed"):
        find_programs(14)


def test_a_client_alone_is_not_a_server(machine: Path) -> None:
    """pg_config and psql come with client packages too."""
    folder = install(machine / "lib" / "17" / "bin", "17.0")
    (folder / "initdb").unlink()
    with pytest.raises(LocalServerError, match="PostgreSQL is not installed"):
        find_programs()


@pytest.mark.parametrize(
    ("platform", "tool", "expected"),
    [
        ("darwin", "", "brew install postgis"),
        ("linux", "apt-get", "apt-get install postgresql postgresql-postgis"),
        ("linux", "dnf", "dnf install postgresql-server postgis"),
        ("linux", "", "https://postgis.net"),
    ],
)
def test_the_command_fits_the_machine(
    machine: Path, monkeypatch: pytest.MonkeyPatch, platform: str, tool: str, expected: str
) -> None:
    """Each system has its own; where none is known, the documentation."""
    monkeypatch.setattr(sys, "platform", platform)
    (machine / "path").mkdir()
    if tool:
        (machine / "path" / tool).touch(mode=0o755)
    assert expected in install_command()
