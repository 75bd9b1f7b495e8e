"""``exchange-db show``."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from exchange_db.check.command import asked_database
from exchange_db.check.run import connected
from exchange_db.show.finding import find_function
from exchange_db.show.portrait import portray
from exchange_db.show.rendering import print_portrait

__all__ = ["show_command"]


def show_command(
    function: Annotated[
        str,
        typer.Argument(
            metavar="FUNCTION",
            show_default=False,
            help="places.list_nearby_playgrounds, or of an application myapp.queries:list_orders.",
        ),
    ],
    *,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", show_default=False, help="The migrated database, as for [bold]check[/]."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no database: only what the files say.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from, as a traceback.")] = False,
) -> None:
    """Show a function: SQL, types, plan, locks, tables.

    Also what triggers and foreign keys do then, and which constraints can
    refuse it with which exception. The statement is planned, not run.

    [bold]Examples[/]
      exchange-db show places.list_nearby_playgrounds
      exchange-db show myapp.queries:add_order --database postgresql://localhost/shop
    """
    del debug  # it is for whoever tells the errors
    found = find_function(function)
    if offline:
        portrait = portray(found)
    else:
        with connected(asked_database(database)) as conn:
            portrait = portray(found, conn)
    if as_json:
        typer.echo(json.dumps(asdict(portrait), indent=2, ensure_ascii=False))
    else:
        print_portrait(portrait, Console())
