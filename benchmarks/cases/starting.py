"""What a process pays once: the import, and the first call of a function. Each is measured in a process of its own."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.cases import Case
from benchmarks.data import fill_users
from benchmarks.harness import OURS, Result, at_most
from benchmarks.lab import Lab

__all__ = ["CASES"]

_DRIVER = "psycopg, psycopg_pool and pydantic alone"
_ALLOWED_S = 0.25

_DOMAINS = "accounts, matching, messaging, places, profiles, sales, skills, study"

_IMPORTS = {
    OURS: f"from exchange_db import {_DOMAINS}",
    _DRIVER: "import psycopg, psycopg_pool, pydantic",
    "SQLAlchemy ORM and psycopg": "import sqlalchemy.orm, psycopg",
    "SQLModel and psycopg": "import sqlmodel, psycopg",
    "Tortoise ORM and asyncpg": "import tortoise.models, tortoise.backends.asyncpg",
}
"""Each imports all that it needs, and is timed by its own process."""

_TIMED = "import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"

_FIRST_CALLS = {
    OURS: ("from benchmarks.cases.starting import OursOnUrl as Peer", "Peer"),
    "psycopg, raw tuples": ("from benchmarks.peers import psycopg_raw", "psycopg_raw.connect"),
    "SQLAlchemy ORM": ("from benchmarks.peers import sqlalchemy_orm", "sqlalchemy_orm.open_engine"),
    "SQLModel": ("from benchmarks.peers import sqlmodel_orm", "sqlmodel_orm.open_engine"),
}
"""How to import a contender, and what opens it."""

_FIRST_CALL = """
import sys, time
{imports}
with {opener}(sys.argv[1]) as peer:
    peer.{warm}
    start = time.perf_counter()
    peer.user(1)
    print(time.perf_counter() - start)
"""
