"""Records, lists of them and errors as a person reads them in a terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg_pool import ConnectionPool
from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from exchange_db.errors import ExchangeError
from exchange_db.types import Point

__all__ = ["render", "render_error"]


def render(result: Any, columns: Sequence[str] = ()) -> RenderableType:
    """What a step returned: records as tables, lines of text as they are, anything else as Python shows it."""
    match result:
        case [BaseModel() as first, *_]:
            names = columns or tuple(type(first).model_fields)
            return _table(names, ([_shown(name, getattr(row, name)) for name in names] for row in result))
        case [tuple(), *_]:
            return _table(columns, ([_shown(name, v) for name, v in zip(columns, row, strict=True)] for row in result))
        case [str(), *_]:
            return Group(*map(_line, result))
        case BaseModel():
            return _record(result, columns)
        case ConnectionPool():
            return Text(f"a psycopg ConnectionPool of {result.min_size} to {result.max_size} connections")
        case _:
            return Text(repr(result))


def render_error(error: ExchangeError) -> RenderableType:
    """As the end of a traceback shows it."""
    kind, (first, *rest) = type(error), str(error).splitlines()
    head = Text.assemble((f"{kind.__module__}.{kind.__qualname__}: ", "bold red"), (first, "red"))
    # What is too long for the line goes on under its own beginning.
    return Group(head, *(Padding(Text(line.lstrip()), (0, 0, 0, len(line) - len(line.lstrip()))) for line in rest))


def _table(names: Iterable[str], rows: Iterable[Iterable[RenderableType]]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(_heading(name), justify="right" if name.endswith(("_m", "_id")) else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _record(record: BaseModel, columns: Sequence[str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name in columns or type(record).model_fields:
        table.add_row(_heading(name), _shown(name, getattr(record, name)))
    return table


def _line(line: str) -> Text:
    """One line of a plan, cut at the margin so that the tree keeps its shape."""
    return Text(line, "bold green" if "Index Scan" in line else "", no_wrap=True, overflow="ellipsis")


def _heading(name: str) -> str:
    return name.removesuffix("_m")  # shown in kilometres, with the unit


def _shown(name: str, value: Any) -> RenderableType:
    match value:
        case [BaseModel(), *_]:
            return Group(*map(_inline, value))
        case BaseModel() if not isinstance(value, Point):
            return _inline(value)
        case None:
            return Text("None", "dim")
        case _:
            return Text(_text(name, value))


def _text(name: str, value: Any) -> str:
    match value:
        case float() if name.endswith("_m"):
            return f"{value / 1000:,.2f} km"
        case [str(), *_]:
            return ", ".join(value)
        case float():
            return f"{value:.3g}"
        case Point():
            north, east = "N" if value.latitude >= 0 else "S", "E" if value.longitude >= 0 else "W"
            return f"{abs(value.latitude):.4f} {north} {abs(value.longitude):.4f} {east}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S %Z}"
        case _:
            return str(value)


def _inline(record: BaseModel) -> Text:
    """A record within a record, on one line; without the ids and times that its owner has too."""
    names = [name for name in type(record).model_fields if not name.endswith(("_id", "_at"))]
    parts = [((f"{_heading(name)} ", "dim"), _text(name, getattr(record, name))) for name in names]
    return Text("  ").join(Text.assemble(*part) for part in parts)
