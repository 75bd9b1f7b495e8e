"""From SQL to Python: the record and the declaration that a statement asks for, written by what the server says of it.

The rooms: ``survey`` (what is known of the statement), ``meanings`` (ids and enums that columns already have),
``shapes`` (columns and JSON as nested shapes), ``annotating`` (shapes as annotations, records reused), ``namespace``
(names and imports of a module), ``naming``, ``writing`` (code as text), ``modulefile`` (where it goes in a file) and
``new``, which asks them all.
"""

from exchange_db.scaffold.new import Draft, draft, write

__all__ = ["Draft", "draft", "write"]
