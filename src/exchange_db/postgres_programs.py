"""Where this machine keeps PostgreSQL's programs, and what to type when it has none."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange_db.errors import ExchangeError

__all__ = ["LocalServerError", "Programs", "find_programs", "install_command", "output"]

_BIN_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Red Hat
    "/opt/homebrew/opt/postgresql*/bin",  # Homebrew on Apple silicon
    "/usr/local/opt/postgresql*/bin",  # Homebrew on Intel
)


class LocalServerError(ExchangeError):
    """A private server could not be installed, started or stopped."""


def install_command() -> str:
    """What a person types on this machine to install PostgreSQL with PostGIS."""
    if sys.platform == "darwin":
        return "brew install postgis"
    for tool, command in {
        "apt-get": "apt-get install postgresql postgresql-postgis",
        "dnf": "dnf install postgresql-server postgis",
        "apk": "apk add postgresql postgis",
    }.items():
        if shutil.which(tool):
            return command if os.geteuid() == 0 else f"sudo {command}"
    return "see https://postgis.net/documentation/getting_started/"


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    version: int

    @property
    def postgis(self) -> bool:
        """Whether PostGIS is installed with it; without pg_config to ask, ``create extension`` will tell."""
        shared = output(self.folder / "pg_config", "--sharedir")
        return not shared or (Path(shared) / "extension" / "postgis.control").exists()


def find_programs(version: int | None = None) -> Programs:
    """PostgreSQL with PostGIS: the one on PATH, else the newest installed; only ``version``, where given.

    Raises ``LocalServerError`` with the command that installs what is missing.
    """
    found = [programs for programs in _installed() if version in (None, programs.version)]
    for programs in found:
        if programs.postgis:
            return programs
    wanted = f"PostgreSQL {version}" if version else "PostgreSQL"
    missing = f"PostGIS is missing for {found[0].folder}" if found else f"{wanted} is not installed"
    raise LocalServerError(f"{missing}; to install it: {install_command()}")


def _installed() -> Iterator[Programs]:
    folders = [Path(path).resolve().parent] if (path := shutil.which("postgres")) else []
    folders += [Path(path) for path in [output("pg_config", "--bindir")] if path]
    for pattern in _BIN_FOLDERS:
        newest_first = sorted(Path("/").glob(pattern.lstrip("/")), key=_numbers, reverse=True)
        folders += newest_first
    for folder in dict.fromkeys(folders):
        if all((folder / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
            yield Programs(folder, _numbers(output(folder / "postgres", "--version"))[0])


def _numbers(text: object) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(text))]


def output(*command: str | Path) -> str:
    """What a command prints; nothing when it fails or is not installed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed commands
    except OSError:
        return ""
    return done.stdout.strip()
