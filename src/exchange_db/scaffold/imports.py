"""Imports: where they belong, in the order of isort and ruff."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from exchange_db.scaffold.edits import Edit, PythonText
from exchange_db.scaffold.namespace import Import

__all__ = ["import_edits", "import_lines", "sort_key"]

_STANDARD, _THIRD, _FIRST = range(1, 4)


def import_lines(imports: Iterable[Import], first_party: str, width: int) -> list[str]:
    """All imports of a new module, its sections apart."""
    lines: list[str] = []
    section = 0
    for module, names in _by_module(imports, first_party):
        if section and _section(module, first_party) != section:
            lines.append("")
        section = _section(module, first_party)
        lines += _written(module, names, width)
    return lines


def import_edits(text: PythonText, imports: Iterable[Import], first_party: str, width: int) -> Iterator[Edit]:
    """What to insert into a module that is there."""
    added: list[tuple[int, Edit]] = []
    there = [node for node in text.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for module, names in _by_module(imports, first_party):
        own = next((node for node in there if isinstance(node, ast.ImportFrom) and _module(node) == module), None)
        if own is not None and any(names) and _is_plain(text, own):
            known = [f"{each.name} as {each.asname}" if each.asname else each.name for each in own.names]
            lines = _written(module, sorted({*known, *names}, key=sort_key), width)
            yield Edit(text.start(own), text.end(own), "\n".join(lines))
        else:
            edit = _new_statement(text, there, module, "\n".join(_written(module, names, width)), first_party)
            added.append((_section(module, first_party), edit))
    yield from _together(added)


def sort_key(name: str) -> tuple[int, list[tuple[int, str]]]:
    """CONSTANTS, then Classes, then the rest; numbers in names by their size."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _new_statement(text: PythonText, there: Sequence[ast.stmt], module: str, line: str, first_party: str) -> Edit:
    """A line of its own: in its section by its order, or in a section of its own."""
    mine = _order(module, first_party, is_from=line.startswith("from"))
    for before, node in zip([None, *there], there, strict=False):
        order = _order(_module(node), first_party, is_from=isinstance(node, ast.ImportFrom))
        if _module(node) != "__future__" and order > mine:
            at = text.line(node.lineno)
            alone = order[0] != mine[0] and (
                before is None or _order(_module(before), first_party, is_from=True)[0] != mine[0]
            )
            if before is not None and order[0] != mine[0] and not alone:
                return _below(text, before, line, apart=False)  # the last of its section
            return Edit(at, at, f"{line}\n\n" if alone else f"{line}\n")
    if there:
        return _below(text, there[-1], line, apart=_order(_module(there[-1]), first_party, is_from=True)[0] != mine[0])
    body = text.tree.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return _below(text, body[0], line, apart=True)
    at = text.line(1)
    return Edit(at, at, f"{line}\n\n")


def _together(added: Sequence[tuple[int, Edit]]) -> Iterator[Edit]:
    """New statements for one place as one edit: a section in one block, two of them a line apart."""
    for _, group in groupby(added, key=lambda each: each[1].start):
        (section, edit), *more = group
        written = edit.text
        for other, each in more:
            written = written.rstrip("\n") + ("\n" if other == section else "\n\n") + each.text.lstrip("\n")
            section = other
        yield Edit(edit.start, edit.end, written)


def _below(text: PythonText, node: ast.stmt, line: str, *, apart: bool) -> Edit:
    at = text.line((node.end_lineno or node.lineno) + 1)
    return Edit(at, at, ("\n" if apart else "") + f"{line}\n")


def _order(module: str, first_party: str, *, is_from: bool) -> tuple[int, int, str]:
    return _section(module, first_party), int(is_from), module.lower()


def _section(module: str, first_party: str) -> int:
    root = module.partition(".")[0]
    if root == "__future__":
        return 0
    if root in sys.stdlib_module_names:
        return _STANDARD
    return _FIRST if not root or root == first_party else _THIRD


def _module(node: ast.stmt) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name if isinstance(node, ast.Import) else ""


def _is_plain(text: PythonText, node: ast.ImportFrom) -> bool:
    """Whether the statement can be written anew: it has no comment, and stands on lines of its own."""
    written = text.data[text.start(node) : text.end(node)]
    return b"#" not in written and b"\\" not in written and b"*" not in written and not node.col_offset


def _by_module(imports: Iterable[Import], first_party: str) -> list[tuple[str, list[str]]]:
    """Modules in their order, each with what is imported from it; ``[""]``: the module itself."""
    found: dict[tuple[str, bool], list[str]] = {}
    for each in imports:
        name = f"{each.name} as {each.alias}" if each.alias else each.name
        found.setdefault((each.module, bool(each.name)), []).append(name)
    ordered = sorted(found.items(), key=lambda item: _order(item[0][0], first_party, is_from=item[0][1]))
    return [(module, sorted(names, key=sort_key)) for (module, _), names in ordered]


def _written(module: str, names: Sequence[str], width: int) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= width:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]
