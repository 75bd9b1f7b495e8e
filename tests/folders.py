"""Folders of ``.sql`` files that a test writes for itself."""

from pathlib import Path
from textwrap import dedent

from exchange_db.engine import SqlFolder, sql_folder

__all__ = ["folder", "write_statements"]


def write_statements(parent: Path, **statements: str) -> Path:
    """``parent/host``, a folder with one file per statement: ``name="select …;"`` is ``name.sql``."""
    path = parent / "host"
    path.mkdir(exist_ok=True)
    for name, statement in statements.items():
        (path / f"{name}.sql").write_text(dedent(statement), encoding="utf-8")
    return path


def folder(parent: Path, **statements: str) -> SqlFolder:
    """The decorator for ``write_statements(…)``."""
    return sql_folder(write_statements(parent, **statements))
