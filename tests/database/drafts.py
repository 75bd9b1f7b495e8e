"""A shop of a host's, and modules that ``exchange-db new`` writes for it."""

import importlib
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from exchange_db.scaffold import draft, write
from tests.folders import write_statements

__all__ = ["SCHEMA", "load", "modules_forgotten", "new", "tool"]

SCHEMA = """
create schema shop;
create type shop.size as enum ('small', 'large');
create domain shop.email as text check (value like '%@%');
create type shop.money as (amount numeric, currency text);
create table shop.customers (customer_id bigint primary key, email shop.email not null, name text,
  place geography(Point, 4326));
create table shop.orders (
  id bigint primary key,
  customer_id bigint not null references shop.customers,
  status text not null check (status in ('open', 'paid')),
  kind text not null check (kind in (
    'a very long kind of order', 'another very long kind of order', 'yet another, longer still', '1 "quoted"'
  )),
  size shop.size,
  total numeric not null,
  tags text[] not null,
  data jsonb,
  placed_at timestamptz not null,
  paid shop.money,
  span int4range,
  shape geometry(Polygon, 4326),
  "from" text,
  "two words" int,
  größe int not null,
  date date not null
);
"""


@contextmanager
def modules_forgotten() -> Generator[None]:
    """The modules that a test writes are not there for the next one."""
    path, known = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if not name.startswith("exchange_db"):
            del sys.modules[name]


def new(parent: Path, conn: psycopg.Connection, **statements: str) -> str:
    """Draft and write each statement of ``host/``; the module then."""
    for name, statement in statements.items():
        write_statements(parent, **{name: statement})
        write(draft(parent / "host" / f"{name}.sql", conn))
    return (parent / "host.py").read_text("utf-8")


def load(parent: Path) -> Any:
    sys.path.insert(0, str(parent))
    sys.modules.pop("host", None)
    importlib.invalidate_caches()
    return importlib.import_module("host")


def tool(*command: str | Path) -> None:
    """Run a tool of Python's, which must find nothing."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
