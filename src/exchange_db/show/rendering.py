"""A portrait for people."""

from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from exchange_db.show.portrait import Portrait, Variant

__all__ = ["print_portrait"]


def print_portrait(portrait: Portrait, console: Console) -> None:
    """Print all that is known; in colours on a terminal only."""
    for part in _parts(portrait):
        console.print(part, soft_wrap=isinstance(part, Text), highlight=False)


def _parts(portrait: Portrait) -> Iterator[RenderableType]:
    yield Text(portrait.name, "bold")
    yield Text(f"{portrait.signature}\n\n{portrait.docstring}\n")
    yield Text(f"{portrait.path}:{portrait.line}", "cyan")
    yield Syntax(portrait.sql.rstrip(), "sql", background_color="default", word_wrap=True)
    yield _table(("parameter", "Python", "PostgreSQL"), portrait.parameters)
    if portrait.columns:
        yield _table(("column", "Python", "PostgreSQL", "NULL"), portrait.columns)
    for variant in portrait.variants:
        yield from _variant(variant)
    if portrait.effects is None:
        yield Text("tables, plan and locks: not known without a database that can analyse the statement", "yellow")
        return
    effects = portrait.effects
    yield from _list("reads", effects.reads)
    yield from _list("writes", effects.writes)
    yield from _list("and then", effects.follows)
    yield from _list("row locks", effects.row_locks)
    if effects.violations:
        yield _table(("can violate", "raises", "which says"), effects.violations)


def _variant(variant: Variant) -> Iterator[RenderableType]:
    label = f" with {variant.label}" if variant.label else ""
    yield Text(f"generic plan{label}", "bold")
    if variant.small_tables:
        yield Text("  on tables that are small or were never analysed: a large one's plan may differ", "yellow")
    yield from (Text(f"  {line}") for line in variant.plan)
    yield from _list("indexes", variant.indexes)
    yield from _list("table locks", (f"{mode} on {table}" for table, mode in variant.table_locks))


def _list(title: str, items: Iterable[str]) -> Iterator[RenderableType]:
    found = list(items)
    if found:
        yield Text(title, "bold")
        yield from (Text(f"  {item}") for item in found)


def _table(headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
