"""What a process pays once: the import, and the first call of a function. Each is measured in processes of its own."""

import subprocess
import sys
from collections.abc import Mapping
from statistics import median

from benchmarks.cases import Case
from benchmarks.data import fill_users
from benchmarks.harness import OURS, Result, at_most
from benchmarks.lab import Lab

__all__ = ["CASES"]

_ALLOWED_S = 0.25
_DRIVER = "psycopg, psycopg_pool and pydantic alone"

_IMPORTS = {
    OURS: "import exchange_db",  # a domain and its .sql files are read when it is first asked for
    "exchange_db with all its domains": (
        "from exchange_db import accounts, matching, messaging, places, profiles, sales, skills, study"
    ),
    _DRIVER: "import psycopg, psycopg_pool, pydantic",
    "SQLAlchemy ORM and psycopg": "import sqlalchemy.orm, psycopg",
    "SQLModel and psycopg": "import sqlmodel, psycopg",
    "Tortoise ORM and asyncpg": "import tortoise.models, tortoise.backends.asyncpg",
}

_IMPORTED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"

_FIRST_CALLS = {
    OURS: "accounts.get_user(conn, user_id=1)",
    "psycopg, raw tuples": "psycopg_raw.Raw(conn).user(1)",
    "psycopg, class_row": "psycopg_class_row.ClassRow(conn).user(1)",
}

_CALLED = """
import sys, time
import psycopg
from benchmarks.peers import psycopg_class_row, psycopg_raw
from exchange_db import accounts
with psycopg.connect(sys.argv[1], autocommit=True, prepare_threshold=0) as conn:
    conn.execute("select 1")
    start = time.perf_counter()
    {}
    print(time.perf_counter() - start)
"""


def measure_import(lab: Lab) -> list[Result]:
    times = _in_processes(lab, {name: _IMPORTED.format(statement) for name, statement in _IMPORTS.items()})
    ours, driver = times.pop(OURS), times[_DRIVER]
    more = Result("import", ours - driver, f"{_ALLOWED_S * 1e3:g} ms more than {_DRIVER}", _ALLOWED_S, at_most(1))
    return [Result("import", ours, peer, peer_s) for peer, peer_s in times.items()] + [more]


def measure_first_call(lab: Lab) -> list[Result]:
    with lab.database() as url:
        fill_users(url, lab.size.rows(1_000))
        times = _in_processes(lab, {name: _CALLED.format(call) for name, call in _FIRST_CALLS.items()}, url)
    ours = times.pop(OURS)
    return [Result("first-call", ours, peer, peer_s) for peer, peer_s in times.items()]


def _in_processes(lab: Lab, scripts: Mapping[str, str], *arguments: str) -> dict[str, float]:
    """The seconds that each script prints: medians, of processes that take turns."""
    for script in scripts.values():
        _seconds(script, *arguments)  # compiles what it imports, and brings it into the cache of the disk
    taken: dict[str, list[float]] = {name: [] for name in scripts}
    for _ in range(lab.size.turns):
        for name, script in scripts.items():
            taken[name].append(_seconds(script, *arguments))
    return {name: median(each) for name, each in taken.items()}


def _seconds(script: str, *arguments: str) -> float:
    command = [sys.executable, "-c", script, *arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - ours


CASES = (
    Case("import", "import of the package, with all domains", measure_import),
    Case("first-call", "the first call of a function, on a connection that is open", measure_first_call),
)
