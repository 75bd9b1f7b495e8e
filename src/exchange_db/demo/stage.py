"""How the tour is shown: the source of each step, and below it what the step returned."""

import ast
import asyncio
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from rich.box import Box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from exchange_db.demo.rendering import render, render_error
from exchange_db.errors import ExchangeError

__all__ = ["Stage", "Step"]

_BAR = Box("\n".join(["    ", *["│   "] * 6, "    "]) + "\n")


@dataclass(frozen=True)
class Step:
    """One step of the tour: a function whose docstring says why, and whose body is the code that is shown.

    Its parameters are named after what earlier steps gave; a coroutine function is awaited.
    """

    title: str
    function: Callable[..., Any]
    gives: str = ""
    """The name under which later steps find its result."""
    columns: Sequence[str] = ()
    """The fields to show of each record, or the headings of tuples; none: all fields."""
    raises: type[ExchangeError] | None = None
    """What the step is meant to fail with."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files that it needs: written into the tour's folder, and shown, before it runs."""

    @property
    def why(self) -> str:
        return " ".join((inspect.getdoc(self.function) or "").split())

    @property
    def code(self) -> str:
        """The body as it stands in the source; of a last ``return …`` the expression alone."""
        lines = dedent(inspect.getsource(self.function)).splitlines()
        function = next(
            node
            for node in ast.parse("\n".join(lines)).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        docstring, last = function.body[0], function.body[-1]
        if isinstance(last, ast.Return):
            lines[last.lineno - 1] = lines[last.lineno - 1].replace("return ", "", 1)
        return dedent("\n".join(lines[docstring.end_lineno :]))


class Stage:
    """Plays steps on a console; ``folder`` takes their files; ``names`` are what they may ask for."""

    def __init__(self, console: Console, folder: Path, **names: Any) -> None:
        self._console = console
        self._folder = folder
        self.names: dict[str, Any] = {"folder": folder, **names}
        self._number = 0

    def play(self, step: Step) -> None:
        """Show a step, run it, and show what came of it.

        Raises what the step raises, unless it was meant to; ``AssertionError`` where it was meant to and did not.
        """
        show = self._console.print
        self._number += 1
        show(Rule(Text.assemble((f"{self._number:>2}  {step.title}", "bold")), align="left", style="cyan"))
        show(Text(step.why))
        for name, text in step.files.items():
            path = self._folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            show(_code(text, "sql" if path.suffix == ".sql" else "python", title=name))
        show(_code(step.code, "python"))
        started = time.perf_counter()
        try:
            result = self._run(step.function)
        except ExchangeError as error:
            if not isinstance(error, step.raises or ()):
                raise
            took_ms = (time.perf_counter() - started) * 1000
            shown, outcome = render_error(error), "refused"
        else:
            took_ms = (time.perf_counter() - started) * 1000
            if step.raises:
                raise AssertionError(f"{step.title}: {step.raises.__name__} was not raised")
            shown, outcome = render(result, step.columns), _size(result)
            self.names[step.gives] = result
        show(Padding(shown, (0, 0, 0, 2)))
        show(Padding(Text(f"{outcome} in {took_ms:,.1f} ms", "dim italic"), (0, 0, 1, 2)))

    def _run(self, function: Callable[..., Any]) -> Any:
        result = function(**{name: self.names[name] for name in inspect.signature(function).parameters})
        if inspect.iscoroutine(result):
            return asyncio.run(result)
        return list(result) if inspect.isgenerator(result) else result


def _size(result: Any) -> str:
    match result:
        case [_]:
            return "1 row"
        case [*rows]:
            return f"{len(rows)} rows"
        case _:
            return "done"


def _code(text: str, language: str, *, title: str | None = None) -> RenderableType:
    # The terminal's own sixteen colours: readable on a dark ground and on a light one.
    syntax = Syntax(text.strip("\n"), language, theme="ansi_dark", background_color="default", word_wrap=True)
    return Panel(syntax, box=_BAR, title=title, title_align="left", border_style="cyan")
