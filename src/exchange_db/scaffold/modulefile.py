"""A host's module: found, loaded as far as it goes, and edited so that every other byte stays as it is."""

import ast
import os
import sys
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from exchange_db.check.targets import AnyQuery
from exchange_db.engine import Query, SqlFolder, StreamQuery
from exchange_db.engine.faults import Fault, render_faults
from exchange_db.errors import DeclarationError
from exchange_db.resources import QUERIES
from exchange_db.scaffold.edits import Edit, PythonText, applied
from exchange_db.scaffold.exports import export_edits, export_lines
from exchange_db.scaffold.imports import import_edits, import_lines
from exchange_db.scaffold.namespace import Import, Namespace

__all__ = ["ModuleFile", "find_module"]


@dataclass(frozen=True)
class ModuleFile:
    """The module of a folder of ``.sql`` files; it need not be there yet."""

    path: Path
    folder: Path

    @cached_property
    def text(self) -> PythonText | None:
        """What the file holds; ``None``: there is no file, or an empty one. Raises ``DeclarationError``."""
        try:
            text = PythonText(self.path.read_bytes())
            return text if text.tree.body else None
        except FileNotFoundError:
            return None
        except SyntaxError as error:
            self._fault(f"no Python: {error.msg}", error.lineno or 0, column=error.offset)
        except (OSError, ValueError) as error:
            self._fault(f"cannot be read: {error}")

    @property
    def name(self) -> str:
        """Its full name."""
        return _location(self.path)[1]

    @property
    def first_party(self) -> str:
        """The package or module that it is part of."""
        return self.name.partition(".")[0]

    @cached_property
    def module(self) -> ModuleType:
        """The module, loaded anew and apart from the one that the process may have; an empty one where there is none.

        Raises ``DeclarationError`` for its faults, except for files that have no function yet.
        """
        root, name = _location(self.path)
        if self.text is None:
            return ModuleType(name)
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        with _unfinished_allowed():
            try:
                return _load(name, self.path)
            except Exception as error:
                self._fault(f"cannot be imported: {type(error).__name__}: {error}")

    @property
    def namespace(self) -> Namespace:
        return Namespace({name: value for name, value in vars(self.module).items() if not name.startswith("__")})

    @property
    def functions(self) -> list[AnyQuery]:
        """The queries that the module declares or imports."""
        return [value for value in vars(self.module).values() if isinstance(value, Query | StreamQuery)]

    @property
    def decorator(self) -> str:
        """The name of the folder's decorator in the module; "" where there is none yet."""
        folders = {name: value for name, value in vars(self.module).items() if isinstance(value, SqlFolder)}
        return next((name for name, value in folders.items() if value.path.resolve() == self.folder.resolve()), "")

    def defined(self, name: str) -> int:
        """The line on which the module defines a function of this name; 0: it does not."""
        body = self.text.tree.body if self.text else []
        return next((node.lineno for node in body if isinstance(node, ast.FunctionDef) and node.name == name), 0)

    def with_code(
        self, blocks: Sequence[Sequence[str]], imports: Iterable[Import], names: Iterable[str], width: int
    ) -> bytes:
        """The file with new definitions below all others, their imports and exports."""
        if self.text is None:
            return self._whole(blocks, imports, names, width)
        text = self.text.ended
        edits = [
            *import_edits(text, imports, self.first_party, width),
            *export_edits(text, names, width),
            self._insertion(text, blocks),
        ]
        return applied(text, edits)

    def _whole(
        self, blocks: Sequence[Sequence[str]], imports: Iterable[Import], names: Iterable[str], width: int
    ) -> bytes:
        head = [f'"""{self.folder.name.replace("_", " ").capitalize()}."""', ""]
        head += [*import_lines(imports, self.first_party, width), "", *export_lines(names, width), ""]
        parts = ["\n".join([*head, *blocks[0]]), *("\n".join(block) for block in blocks[1:])]
        return ("\n\n\n".join(parts) + "\n").encode()

    def _insertion(self, text: PythonText, blocks: Sequence[Sequence[str]]) -> Edit:
        """Below the last definition, above ``query.complete()`` with the comments that belong to it."""
        body = text.tree.body
        last = next((i for i, node in enumerate(body) if _completes(node, self.decorator)), len(body))
        if last == 0 or (last < len(body) and body[last - 1].end_lineno == body[last].lineno):
            self._fault(
                f"{self.decorator}.complete() does not stand below the declarations, on a line of its own",
                body[last].lineno,
            )
        at = text.line((body[last - 1].end_lineno or 0) + 1)
        written = "\n\n\n".join("\n".join(block) for block in blocks)
        blank = text.blank_lines(at)
        after = "" if blank is None else "\n" * max(0, 2 - blank)
        # One line below imports, as isort has it, two below and above a definition.
        is_head = all(isinstance(node, ast.Import | ast.ImportFrom | ast.Expr) for node in body[:last])
        before = "\n" if is_head and not written.startswith(("@", "class ")) else "\n\n"
        return Edit(at, at, f"{before}{written}\n{after}")

    def write(self, data: bytes) -> None:
        """Replace the file as a whole; raises ``DeclarationError`` where somebody else has changed it meanwhile."""
        path = self.path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
        try:
            there = path.read_bytes() if path.exists() else b""
            if there != (self.text.data if self.text else there if not there.strip() else None):
                self._fault("the file was changed meanwhile: nothing was written, run it again")
            Path(file.name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)

    def _fault(self, problem: str, line: int = 0, *, column: int | None = None) -> NoReturn:
        fault = Fault(self.path, line, problem, None, column)
        raise DeclarationError(render_faults([fault]), [fault])


def find_module(folder: Path, named: str | None) -> ModuleFile:
    """The module that declares a folder: the one of that name or path; else the one that seems to; else a new one
    beside the folder."""
    if named is not None:
        return ModuleFile(Path(named) if "/" in named or named.endswith(".py") else _by_name(named), folder)
    if folder.resolve().parent == QUERIES.resolve():
        return ModuleFile(Path(__file__).parents[1] / f"{folder.name}.py", folder)
    beside = folder.resolve().parent
    candidates = [beside / f"{folder.name}.py", *sorted(beside.glob("*.py")), *sorted(beside.parent.glob("*.py"))]
    declaring = (path for path in candidates if path.is_file() and _declares(path, folder))
    home = beside.parent if beside.name in ("sql", "queries") else beside
    return ModuleFile(next(declaring, home / f"{folder.name}.py"), folder)


def _declares(path: Path, folder: Path) -> bool:
    """Whether a module calls ``sql_folder`` with this folder, as far as its text says it."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    calls = (
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sql_folder")
    )
    names = [
        each.value
        for call in calls
        for each in ast.walk(call)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return any(
        (path.parent / name).resolve() == folder.resolve() or name.rpartition("/")[2] == folder.name for name in names
    )


def _completes(node: ast.stmt, decorator: str) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node) == f"{decorator}.complete()"


def _by_name(name: str) -> Path:
    """The file of a module by its full name, whether it is there or not."""
    parts = name.split(".")
    places = [Path.cwd(), Path.cwd() / "src", *map(Path, sys.path)]
    found = (place.joinpath(*parts[:-1], f"{parts[-1]}.py") for place in places)
    there = next((path for path in found if path.is_file()), None)
    if there is not None:
        return there
    homes = (place.joinpath(*parts[:-1]) for place in places)
    return next((home for home in homes if home.is_dir()), Path.cwd().joinpath(*parts[:-1])) / f"{parts[-1]}.py"


def _location(path: Path) -> tuple[Path, str]:
    """The folder that a module is imported from, and its full name."""
    path = path.resolve()
    parts = [] if path.stem == "__init__" else [path.stem]
    root = path.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    return root, ".".join(parts)


def _load(name: str, path: Path) -> ModuleType:
    """Run a module anew; the process keeps the one that it has."""
    if parent := name.rpartition(".")[0]:
        import_module(parent)
    spec = spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101  a file whose name ends in .py
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    return module


@contextmanager
def _unfinished_allowed() -> Generator[None]:
    """Let modules load whose newest ``.sql`` file has no function yet: that is the one to be declared."""
    complete = SqlFolder.complete
    SqlFolder.complete = _complete_later  # type: ignore[method-assign]  # for the time of one import
    try:
        yield
    finally:
        SqlFolder.complete = complete  # type: ignore[method-assign]


def _complete_later(self: SqlFolder) -> None:
    """What ``complete`` does while a module is loaded for its next function."""


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
