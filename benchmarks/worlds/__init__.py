"""Data of any size, the same on every run: what the large cases measure on."""

from pathlib import Path
from typing import Any

import psycopg

__all__ = ["PEOPLE", "WORLDS", "load"]

WORLDS = ("people", "playgrounds", "messages", "skills", "study", "shop")
"""In the order in which they are loaded: people come first, since the others refer to them."""

PEOPLE = WORLDS[:1]


def load(conn: psycopg.Connection[Any], rows: int, worlds: tuple[str, ...] = WORLDS) -> None:
    """Fill a migrated, empty database with worlds of ``rows`` rows in their largest tables, and gather statistics.

    ``conn`` is a superuser's, with autocommit.
    """
    for world in worlds:
        text = Path(__file__).with_name(f"{world}.sql").read_text().replace(":rows", str(rows))
        conn.execute(text.encode())
    conn.execute("vacuum analyze")
