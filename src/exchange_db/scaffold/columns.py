"""The shape of a value of a type, perhaps of a table's column."""

from exchange_db.check.servertypes import ServerType
from exchange_db.check.subject import Database
from exchange_db.check.values import of_type
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.shapes import Choice, Json, Known, Many, Plain, Shape

__all__ = ["shape_of"]

_JSON = ("json", "jsonb")


def shape_of(database: Database, meanings: Meanings, server: ServerType, table: int, number: int) -> Shape:
    """What is known of it; ``table`` and ``number`` are 0 for what is no table's column."""
    if server.plain.element is not None:
        return Many(shape_of(database, meanings, server.plain.element, table, number))
    if server.plain.name in _JSON:
        return Json()
    if table and (known := meanings.of(table, number)) is not None:
        return Known(known, server)
    if server.plain.kind == "e":
        return Choice(server.plain.labels, server)
    values = database.column_values(table, number) if table else of_type(server)
    return Choice(tuple(sorted(values)), server) if values else Plain(server)
