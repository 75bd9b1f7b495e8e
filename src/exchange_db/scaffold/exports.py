"""``__all__`` with new names in it, in its own order and layout."""

import ast
from collections.abc import Iterable, Sequence

from exchange_db.scaffold.edits import Edit, PythonText
from exchange_db.scaffold.imports import sort_key
from exchange_db.scaffold.naming import quoted

__all__ = ["export_edits", "export_lines"]


def export_lines(names: Iterable[str], width: int) -> list[str]:
    """``__all__`` of a new module."""
    written = [quoted(name) for name in sorted(names, key=sort_key)]
    line = f"__all__ = [{', '.join(written)}]"
    return [line] if len(line) <= width else ["__all__ = [", *(f"    {each}," for each in written), "]"]


def export_edits(text: PythonText, names: Iterable[str], width: int) -> list[Edit]:
    """What to insert; nothing where the module has no ``__all__`` that is a list of names."""
    exported = _exported(text.tree)
    if exported is None:
        return []
    known = [each for each in exported.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    new = [name for name in names if name not in {each.value for each in known}]
    if exported.lineno == exported.end_lineno or len(known) != len(exported.elts) or not known:
        return [_one_line(text, exported, known, new, width)] if len(known) == len(exported.elts) else []
    return [_own_line(text, exported, known, name) for name in sorted(new, key=sort_key)]


def _exported(tree: ast.Module) -> ast.List | ast.Tuple | None:
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets) and isinstance(
            value, ast.List | ast.Tuple
        ):
            return value
    return None


def _one_line(
    text: PythonText, exported: ast.List | ast.Tuple, known: Sequence[ast.Constant], new: Sequence[str], width: int
) -> Edit:
    brackets = "[]" if isinstance(exported, ast.List) else "()"
    written = [quoted(str(each.value)) for each in known]
    for name in sorted(new, key=sort_key):
        at = next((i for i, each in enumerate(written) if sort_key(each.strip("'\"")) > sort_key(name)), len(written))
        written.insert(at, quoted(name))
    line = f"{brackets[0]}{', '.join(written)}{brackets[1]}"
    if exported.col_offset + len(line) > width:
        line = "\n".join([brackets[0], *(f"    {each}," for each in written), brackets[1]])
    return Edit(text.start(exported), text.end(exported), line)


def _own_line(text: PythonText, exported: ast.List | ast.Tuple, known: Sequence[ast.Constant], name: str) -> Edit:
    """A line before the first name that comes after it."""
    after = next((each for each in known if sort_key(str(each.value)) > sort_key(name)), None)
    if after is not None:
        at = text.start(after)
        return Edit(
            at,
            at,
            f"{quoted(name)}, " if _shares_line(exported, after) else f"{quoted(name)},\n{' ' * after.col_offset}",
        )
    last = known[-1]
    at = text.end(last)
    indent = "\n" + " " * last.col_offset if not _shares_line(exported, last) else " "
    return Edit(at, at, f",{indent}{quoted(name)}")


def _shares_line(exported: ast.List | ast.Tuple, name: ast.Constant) -> bool:
    return any(each is not name and each.lineno == name.lineno for each in exported.elts)
