"""Locks: what ``check`` has proved, written down beside the SQL, so that it can be relied on without a database.

The rooms: ``model`` and ``files`` (a lock, and where it is), ``declared`` (the code as text and hash), ``needs``,
``writes`` and ``schema`` (what a query needs of the database), ``capture`` and ``locking`` (``exchange-db lock``),
``offline`` (``check --offline``), ``changes``, ``kinship`` and ``gates`` (before a deployment), ``startup`` (at an
application's start). Dependencies point one way: lock -> check -> engine.
"""

from exchange_db.lock.gates import gate_migrations, gate_queries
from exchange_db.lock.locking import Locked, compare_locks, lock
from exchange_db.lock.offline import check_offline
from exchange_db.lock.startup import verify_schema

__all__ = ["Locked", "check_offline", "compare_locks", "gate_migrations", "gate_queries", "lock", "verify_schema"]
