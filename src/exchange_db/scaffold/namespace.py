"""The names of a module: what it has, what it must import, and how a thing is called there."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

__all__ = ["Import", "Namespace"]


@dataclass(frozen=True, order=True)
class Import:
    """``from module import name``, ``from module import name as alias`` or, without a name, ``import module``."""

    module: str
    name: str = ""
    alias: str = ""

    def __str__(self) -> str:
        renamed = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{renamed}" if self.name else f"import {self.module}{renamed}"


@dataclass
class Namespace:
    """What the names of a module stand for, and the imports that are still to be added."""

    known: Mapping[str, Any]
    imports: dict[Import, None] = field(default_factory=dict[Import, None])
    added: set[str] = field(default_factory=set[str])
    """Names that the new code brings."""

    def __contains__(self, name: object) -> bool:
        return name in self.known or name in self.added

    def values(self) -> Iterator[tuple[str, Any]]:
        """Names and what they stand for."""
        yield from self.known.items()

    def refer(self, module: str, name: str, avoid: frozenset[str] = frozenset()) -> str:
        """How the module calls ``module.name``, which is imported where it is not there yet.

        ``avoid`` are names that mean something else where it is to be written: a record's own fields.
        """
        for known, value in self.known.items():
            if _is(value, module, name) and known not in avoid and not known.startswith("_"):
                return known
        if module == "builtins" and name not in avoid and name not in self:
            return name
        for known, value in self.known.items():
            if isinstance(value, ModuleType) and value.__name__ == module and known not in avoid:
                return f"{known}.{name}"
        wanted = Import(module, name)
        if wanted in self.imports and name not in avoid:
            return name
        if name not in self and name not in avoid:
            return self._add(wanted, name)
        return self._renamed(module, name, avoid)

    def _renamed(self, module: str, name: str, avoid: frozenset[str]) -> str:
        """By another name, because this one is taken."""
        alias = f"{name}_"
        while (alias in self and Import(module, name, alias) not in self.imports) or alias in avoid:
            alias += "_"
        return self._add(Import(module, name, alias), alias)

    def _add(self, wanted: Import, name: str) -> str:
        self.imports[wanted] = None
        self.added.add(name)
        return name


def _is(value: Any, module: str, name: str) -> bool:
    """Whether it is that class, id or function, or a module's own import of it under another roof."""
    if getattr(value, "__module__", None) == module and getattr(value, "__name__", None) == name:
        return True
    home = sys.modules.get(module)
    return home is not None and value is not None and getattr(home, name, None) is value
