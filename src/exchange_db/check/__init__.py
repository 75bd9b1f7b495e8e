"""What Python declares, PostgreSQL verifies: functions and their statements against a migrated database.

The rooms: ``targets`` (what to check), ``source`` and ``directives`` (the file), ``description`` and ``proof`` (what
the server says, what follows from it), ``agreement``, ``values``, ``documents`` (types, enums, JSON), ``plans``,
``lints``, ``report``.
"""

from exchange_db.check.report import Comparison, Finding, Report, Severity
from exchange_db.check.run import check
from exchange_db.check.targets import Target

__all__ = ["Comparison", "Finding", "Report", "Severity", "Target", "check"]
