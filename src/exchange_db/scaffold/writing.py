"""Python as text, laid out as ruff and black lay it out."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Function", "line_length"]

_DEFAULT_LENGTH = 88


@dataclass(frozen=True)
class Function:
    """A declaration."""

    decorator: str
    name: str
    parameters: tuple[str, ...]
    """``name: annotation = default`` of each."""
    returns: str
    docstring: tuple[str, ...]
    """Its lines, indented; none: there is no docstring."""

    def lines(self, width: int) -> list[str]:
        """The declaration as lines of at most ``width`` characters, where that can be."""
        if self.docstring:
            return [f"@{self.decorator}", *self._signature("", width), *self.docstring, "    ..."]
        return [f"@{self.decorator}", *self._signature(" ...", width)]

    def _signature(self, body: str, width: int) -> Sequence[str]:
        if not self.parameters:
            return [f"def {self.name}() -> {self.returns}:{body}"]
        inside = ", ".join(["*", *self.parameters])
        whole = f"def {self.name}({inside}) -> {self.returns}:{body}"
        if len(whole) <= width:
            return [whole]
        head, tail = f"def {self.name}(", f") -> {self.returns}:{body}"
        if len(inside) + 4 <= width:
            return [head, f"    {inside}", tail]
        return [head, "    *,", *(f"    {each}," for each in self.parameters), tail]


def line_length(module: Path) -> int:
    """The length that the project's formatter is set to, in the nearest configuration above a module; else 88."""
    for folder in module.resolve().parents:
        tools = _read(folder / "pyproject.toml").get("tool", {})
        for settings in (
            _read(folder / "ruff.toml"),
            _read(folder / ".ruff.toml"),
            tools.get("ruff"),
            tools.get("black"),
        ):
            if settings and "line-length" in settings:
                return int(settings["line-length"])
    return _DEFAULT_LENGTH


def _read(file: Path) -> "dict[str, Any]":
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none there, or one that its own tool complains of
        return {}
