"""The table function x error: each domain has a file here with a row for every function that it declares.

    def prepare(world: World) -> dict[str, Any]:
        \"\"\"What the calls need, made by public functions: names -> values.\"\"\"

    CALLS: dict[str, Call] = {
        "get_user": Call(
            works=lambda it: dict(user_id=it["ada"]),
            errors={NotFound: [lambda it: dict(user_id=it["nobody"])]},
        ),
    }

``tests/contract/test_calls.py`` runs them. Every call meets the database as ``prepare`` left it and is undone. A call
that works finds something (not ``None``, an empty list or zero), and what writes has then changed something, so that no
row is without meaning. Text with NUL, values of other types and huge numbers are given to every parameter there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg

from exchange_db.errors import ExchangeError

__all__ = ["Arguments", "Call", "World"]

Arguments: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]
"""From what ``prepare`` returned to the keyword arguments of one call."""


@dataclass(frozen=True)
class World:
    """A migrated database of the domain's own."""

    conn: psycopg.Connection[Any]
    """In autocommit mode while ``prepare`` runs."""


@dataclass(frozen=True)
class Call:
    """A row of the table: how one function is called."""

    works: Arguments
    errors: Mapping[type[ExchangeError], list[Arguments]] = field(
        default_factory=dict[type[ExchangeError], list[Arguments]]
    )
    """For each error that the function can raise, calls that raise exactly that one."""
