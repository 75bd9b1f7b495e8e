"""Where the ``sql/`` folder is."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _sql_folder() -> Path:
    # A wheel carries sql/ inside the package. A checkout (also an editable install) has it at the top, and
    # must read that one: build back ends may leave a second, stale copy elsewhere in site-packages.
    packaged = _PACKAGE / "sql"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "sql"


SQL = _sql_folder()
QUERIES = SQL / "queries"
MIGRATIONS = SQL / "migrations"
