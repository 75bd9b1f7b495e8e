"""What a caller asks to have checked -> the functions, and the faults of folders that do not even load."""

import importlib
import pkgutil
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from exchange_db.engine import Query, SqlFolder, StreamQuery
from exchange_db.engine.faults import Fault
from exchange_db.errors import DeclarationError
from exchange_db.resources import QUERIES

__all__ = ["AnyQuery", "Target", "Targets", "find_targets"]

AnyQuery: TypeAlias = Query[..., Any] | StreamQuery[..., Any]
Target: TypeAlias = ModuleType | SqlFolder | AnyQuery | str | Path


@dataclass
class Targets:
    """What there is to check."""

    functions: dict[str, AnyQuery] = field(default_factory=dict[str, AnyQuery])
    """By file and name, so that each is there once."""
    faults: dict[Fault, None] = field(default_factory=dict[Fault, None])
    """The faults of folders and declarations, which have no functions here."""

    def add(self, target: Target) -> None:
        """Raises ``TypeError`` for what is no target, ``ValueError`` where there is no query in it."""
        if isinstance(target, str | Path):
            with self._reported():
                path = Path(target)
                self._add_file(path) if path.suffix == ".sql" else self.add(import_target(str(target)))
        elif isinstance(target, Query | StreamQuery):
            self._add_query(target)
        elif isinstance(target, SqlFolder):
            self._add_folder(target, target.functions)
        elif isinstance(target, ModuleType):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller has a type checker
            of_module = Targets()
            of_module._add_module(target)
            if not of_module.functions and not of_module.faults:
                raise ValueError(f"there is no query in {target.__name__}: give the module that declares some")
            self.functions |= of_module.functions
            self.faults |= of_module.faults
        else:
            raise TypeError(f"check takes modules, folders and functions, not {target!r}")

    def _add_file(self, path: Path) -> None:
        """The function of one ``.sql`` file."""
        of_folder = Targets()
        of_folder.add(import_target(str(path.parent)))
        found = {name: each for name, each in of_folder.functions.items() if each.path.resolve() == path.resolve()}
        if not found and not of_folder.faults:
            raise ValueError(f"no function of the module of {path.parent} is in {path.name}")
        self.functions |= found
        self.faults |= of_folder.faults

    def _add_module(self, module: ModuleType) -> None:
        """The functions of a module; of a package, also those of every module below it."""
        values: list[Any] = list(vars(module).values())
        for function in filter(_is_query, values):
            self._add_query(function)
        for info in pkgutil.iter_modules(getattr(module, "__path__", []), f"{module.__name__}."):
            if not info.name.endswith("__main__"):
                with self._reported():
                    self._add_module(importlib.import_module(info.name))

    def _add_query(self, function: AnyQuery) -> None:
        self._add_folder(function.folder, (function,))

    def _add_folder(self, folder: SqlFolder, functions: Iterable[AnyQuery]) -> None:
        with self._reported():
            folder.complete()
            self.functions |= {str(function.path): function for function in functions}

    @contextmanager
    def _reported(self) -> Generator[None]:
        """Take the faults of what does not load, and go on."""
        try:
            yield
        except DeclarationError as error:
            self.faults |= dict.fromkeys(error.faults)


def _is_query(value: Any) -> bool:
    return isinstance(value, Query | StreamQuery)


def find_targets(targets: Iterable[Target]) -> Targets:
    """The functions of modules, packages with all their modules, folders, functions, and names of modules."""
    found = Targets()
    for target in targets:
        found.add(target)
    return found


def import_target(name: str) -> ModuleType:
    """The module that a name such as ``myapp.queries`` or a path such as ``src/myapp/queries.py`` stands for.

    A path is a file, a package's folder, or a folder of ``.sql`` files beside the module of the same name. Raises
    ``ImportError`` where there is none, ``DeclarationError`` for the faults of its folders.
    """
    path = Path(name)
    if path.resolve().parent == QUERIES.resolve() and path.is_dir():
        return importlib.import_module(f"exchange_db.{path.name}")
    if not (path.exists() or "/" in name or name.endswith(".py")):
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module(name)
    for file in (path, path / "__init__.py", path.with_suffix(".py"), *path.parent.glob("*.py")):
        if file.is_file() and file.suffix == ".py" and (file in (path, path / "__init__.py") or _declares(file, path)):
            return _import_file(file)
    raise ImportError(f"{name}: no module here, nor one beside this folder that calls sql_folder({path.name!r})")


def _declares(file: Path, folder: Path) -> bool:
    """Whether the module seems to be the one of that folder."""
    text = file.read_text(encoding="utf-8", errors="replace")
    return "sql_folder" in text and folder.name in text


def _import_file(file: Path) -> ModuleType:
    """A module by its path, under its full name, so that its imports and annotations find it."""
    file = file.resolve()
    parts = [] if file.stem == "__init__" else [file.stem]
    root = file.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(".".join(parts))
