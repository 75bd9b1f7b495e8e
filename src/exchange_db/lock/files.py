"""Where locks are: beside the ``.sql`` files, in a folder ``lock``, a file ``<name>.json`` for each."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from exchange_db.errors import LockError
from exchange_db.lock.model import FORMAT, Lock

__all__ = [
    "FOLDER",
    "Unreadable",
    "is_ours",
    "lock_path",
    "orphans",
    "parse_lock",
    "read_lock",
    "remove_lock",
    "write_lock",
]

FOLDER = "lock"
_MARK = FORMAT.rpartition(" ")[0]
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")


class Unreadable(Exception):
    """A file that is no lock, and what to do about it."""

    def __init__(self, code: str, problem: str, hint: str, line: int = 0) -> None:
        super().__init__(problem)
        self.code, self.problem, self.hint, self.line = code, problem, hint, line


def lock_path(sql: Path) -> Path:
    """The lock of a ``.sql`` file."""
    return sql.parent / FOLDER / f"{sql.stem}.json"


def read_lock(path: Path) -> Lock | None:
    """The lock at a path; ``None`` where there is no file. Raises ``Unreadable``."""
    try:
        return parse_lock(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(
            "lock-unreadable", f"the lock cannot be read: {error.strerror}", "let this user read it"
        ) from error


def parse_lock(data: bytes) -> Lock:
    """The lock that a file's content is; raises ``Unreadable``."""
    try:
        text = data.decode("utf-8-sig")
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_json(data, error) from error
    whole: dict[str, Any] = dict(content) if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownArgumentType]  # of JSON
    form = whole.get("format")
    if form == FORMAT:
        try:
            return Lock.from_content(whole)
        except ValueError as error:
            problem = "the lock is damaged, or was edited by hand"
            raise Unreadable("lock-damaged", problem, "write it anew: exchange-db lock") from error
    if isinstance(form, str) and form.startswith(f"{_MARK} "):
        raise _other_format(form.removeprefix(f"{_MARK} "))
    raise Unreadable("lock-damaged", "the file is no lock", "write it anew: exchange-db lock")


def _no_json(data: bytes, error: Exception) -> Unreadable:
    lines = data.decode(errors="replace").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.startswith(_CONFLICT)]
    if marked:
        hint = "merge the .sql and the record, then write the lock anew: exchange-db lock"
        return Unreadable("lock-conflict", "the lock has the marks of a merge conflict", hint, marked[0])
    problem = f"the lock is no JSON: {error}"
    line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
    return Unreadable("lock-damaged", problem, "write it anew: exchange-db lock", line)


def _other_format(version: str) -> Unreadable:
    ours = FORMAT.rpartition(" ")[2]
    if version.isdecimal() and int(version) > int(ours):
        problem = f"the lock has format {version}, which is newer than this version of exchange_db ({ours})"
        return Unreadable("lock-format", problem, "check with the version that wrote it, or a later one")
    problem = f"the lock has format {version}, which this version of exchange_db ({ours}) does not read any more"
    return Unreadable("lock-format", problem, "write it anew: exchange-db lock")


def orphans(folders: Iterable[Path]) -> list[Path]:
    """The locks in the folders of ``.sql`` files for which there is no such file any more."""
    found = [path for folder in folders for path in sorted((folder / FOLDER).glob("*.json"))]
    return [path for path in found if not (path.parent.parent / f"{path.stem}.sql").exists() and is_ours(path)]


def is_ours(path: Path) -> bool:
    """Nothing of anybody else's is called a lock, or deleted."""
    return _MARK.encode() in path.read_bytes()


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock as a whole or not at all; whoever reads meanwhile sees the old one or the new one.

    Raises ``LockError`` where the folder takes no file.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        try:
            part.write_bytes(lock.text.encode())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise LockError(f"the lock {path} cannot be written: {error.strerror}") from error


def remove_lock(path: Path) -> None:
    """Delete a lock; raises ``LockError`` where that is not allowed."""
    try:
        path.unlink(missing_ok=True)  # another run may have been faster
    except OSError as error:
        raise LockError(f"the lock {path} cannot be deleted: {error.strerror}") from error
