"""The shape of a value of a type, perhaps of a table's column."""

from exchange_db.check.servertypes import ServerType
from exchange_db.check.subject import Database
from exchange_db.check.values import of_type
from exchange_db.scaffold.meanings import Meanings
from exchange_db.scaffold.shapes import Choice, Json, Known, Many, Plain, Shape

__all__ = ["shape_of"]

_JSON = ("json", "jsonb")


def shape_of(
    database: Database, meanings: Meanings, server: ServerType, place: tuple[int, int], name: str = ""
) -> Shape:
    """What is known of it; ``place``: the table and the number of its column, zeros for none; ``name``: its own."""
    if server.plain.element is not None:
        return Many(shape_of(database, meanings, server.plain.element, place, name))
    if server.plain.name in _JSON:
        return Json()
    if place[0] and (known := meanings.of(*place)) is not None:
        return Known(known, server)
    if server.plain.kind == "e":
        return Choice(server.plain.labels, server)
    if (known := meanings.by_name(name, server)) is not None:
        return Known(known, server)
    values = database.column_values(*place) if place[0] else of_type(server)
    return Choice(tuple(sorted(values)), server) if values else Plain(server)
