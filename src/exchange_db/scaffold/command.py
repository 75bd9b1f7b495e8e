"""``exchange-db new``."""

from pathlib import Path
from typing import Annotated

import typer

from exchange_db.check.command import asked_database
from exchange_db.check.run import connected
from exchange_db.scaffold.new import draft, write

__all__ = ["new_command"]


def new_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.sql", show_default=False, help="One statement, in a file.")],
    *,
    module: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE",
            show_default=False,
            help="The name or path of the module to declare it in: myapp.places, src/myapp/places.py. Without it: the "
            "module that declares the file's folder, or a new one beside it.",
        ),
    ] = None,
    write_it: Annotated[bool, typer.Option("--write", help="Write it into the module instead of printing it.")] = False,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", show_default=False, help="The migrated database, as for [bold]check[/]."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from, as a traceback.")] = False,
) -> None:
    """Write the record and the declaration of a .sql file.

    The database says which parameters and columns it has, of which types,
    and which can be NULL. Records and ids of the module are used where they
    fit. Nothing that is there is changed, and nothing is executed.

    [bold]Examples[/]
      exchange-db new places/list_open_playgrounds.sql
      exchange-db new sql/orders/find_order.sql --module myapp.orders --write
    """
    del debug  # it is for whoever tells the errors
    with connected(asked_database(database)) as conn:
        made = draft(file, conn, module=module)
    if write_it:
        write(made)
        typer.echo(f"declared {made.function} in {made.module.path}")
    else:
        typer.echo(made.code, nl=False)
    for note in made.notes:
        typer.echo(f"note: {note}", err=True)
