"""Copies of an application's declarations and ``.sql`` files, to be changed and checked."""

import importlib
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from types import ModuleType

from exchange_db.resources import QUERIES

__all__ = ["BAZAAR", "Edit", "bazaar_copy", "domain_copy", "load_copy"]

BAZAAR = Path(__file__).parent / "bazaar"
PACKAGE = Path(__file__).parents[2] / "src" / "exchange_db"

Edit = tuple[str, str, str]
"""A file's name without its folder, what to replace in it, and by what."""

_numbers = count()


def bazaar_copy(folder: Path, edits: Iterable[Edit] = ()) -> ModuleType:
    """The bazaar's module, from a copy in ``folder`` with these changes."""
    return load_copy(folder, BAZAAR / "queries.py", BAZAAR / "orders", edits)


def domain_copy(folder: Path, domain: str, edits: Iterable[Edit] = ()) -> ModuleType:
    """A domain of the library, from a copy in ``folder`` with these changes."""
    written = f'sql_folder(QUERIES / "{domain}")'
    return load_copy(
        folder,
        PACKAGE / f"{domain}.py",
        QUERIES / domain,
        [*edits, (f"{domain}.py", written, f'sql_folder("{domain}")')],
    )


def load_copy(folder: Path, module: Path, queries: Path, edits: Iterable[Edit]) -> ModuleType:
    """Copy a module and its folder, change them, and import the copy under a name of its own."""
    files = {path.name: path.read_text(encoding="utf-8") for path in [module, *queries.glob("*.sql")]}
    for name, old, new in edits:
        assert old in files[name], f"{old!r} is not in {name}"
        files[name] = files[name].replace(old, new)
    target = folder / queries.name
    target.mkdir(exist_ok=True)
    for path in queries.glob("*.sql"):
        (target / path.name).write_text(files[path.name], encoding="utf-8")
    name = f"copy_{next(_numbers)}_of_{module.stem}"
    (folder / f"{name}.py").write_text(files[module.name], encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
