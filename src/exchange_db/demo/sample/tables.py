"""The form in which sample data goes into the database, and the moments in it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["DAYS", "FIRST_DAY", "SEED", "SampleTable", "chance_of", "later", "moment"]

SEED = 4326
FIRST_DAY = datetime(2022, 1, 1, tzinfo=UTC)
DAYS = 1_000
"""All people and playgrounds came in this many days from the first."""


class SampleTable:
    """The rows of one table, in the form in which ``COPY`` takes them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: tuple[str, ...] = ()
        self.rows: list[tuple[Any, ...]] = []

    def add(self, **values: Any) -> None:
        """Add a row; every row names the same columns in the same order."""
        self.columns = tuple(values)
        self.rows.append(tuple(values.values()))


def chance_of(what: str) -> random.Random:
    """Chance with a seed of its own for each part of the data: a change of one part leaves the others as they are."""
    return random.Random(f"{SEED} {what}")  # noqa: S311 - to be repeated, not to be secret


def moment(chance: random.Random) -> datetime:
    """Any second of the days in which people came."""
    return FIRST_DAY + timedelta(seconds=chance.randrange(DAYS * 86_400))


def later(start: datetime, most: timedelta, chance: random.Random) -> datetime:
    """Some time after the start: soon more often than late."""
    return start + timedelta(seconds=1 + int(most.total_seconds() * chance.random() ** 2))
