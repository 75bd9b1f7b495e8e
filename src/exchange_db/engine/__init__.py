"""The engine: a ``.sql`` file becomes a typed function. It knows nothing of any domain.

The rooms, in the order in which a query passes through them: ``lexer`` and ``sqlfile`` (text), ``annotations`` and
``declaration`` (signature), ``query`` (the decorator), ``binding`` (arguments), ``call``, ``execution``, ``piped``,
``flight``, ``deadline`` and ``streaming`` (the server), ``adapters``, ``columns``, ``json_columns`` and ``decoding``
(rows to records), ``failures`` (the driver's errors to ours).
"""

from exchange_db.engine.execution import AsyncDB, SyncDB
from exchange_db.engine.flight import Bound
from exchange_db.engine.query import Query, SqlFolder, StreamQuery, sql_folder

__all__ = ["AsyncDB", "Bound", "Query", "SqlFolder", "StreamQuery", "SyncDB", "sql_folder"]
