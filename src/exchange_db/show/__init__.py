"""What one function does, as far as the database can say it without running it.

The rooms: ``finding`` (the function by its name), ``effects`` (tables, triggers, foreign keys, constraints),
``planning`` (plan and locks, asked of the server), ``portrait`` (all of it, gathered), ``rendering`` and ``command``.
"""

from exchange_db.show.portrait import Portrait, portray

__all__ = ["Portrait", "portray"]
