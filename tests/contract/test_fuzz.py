"""Every function of every domain: any valid input returns a valid record or a documented error."""

import importlib
import os
from collections import Counter

import psycopg
import pytest

from exchange_db.testing import fuzz
from tests.contract.calls.table import World
from tests.contract.test_queries import DOMAINS, functions


def outcomes(domain: str, url: str, max_examples: int) -> dict[str, Counter[str]]:
    """How calls end among the rows that the domain's table of calls works with."""
    with psycopg.connect(url, autocommit=True) as conn:
        importlib.import_module(f"tests.contract.calls.{domain}").prepare(World(conn))
        return fuzz(importlib.import_module(f"exchange_db.{domain}"), conn, max_examples=max_examples)


@pytest.mark.parametrize("domain", DOMAINS)
def test_any_valid_input_has_an_answer(database_url: str, domain: str) -> None:
    """A few inputs for each function; in each domain some calls find what they ask for."""
    ended = outcomes(domain, database_url, 25)
    assert ended.keys() == {function.name for function in functions(domain).values()}
    assert sum(each["returned"] for each in ended.values()) > len(ended)


@pytest.mark.slow
@pytest.mark.parametrize("domain", DOMAINS)
def test_any_valid_input_has_an_answer_at_length(database_url: str, domain: str) -> None:
    """Many inputs for each function."""
    ended = outcomes(domain, database_url, int(os.environ.get("EXCHANGE_DB_TEST_EXAMPLES", "400")))
    assert ended.keys() == {function.name for function in functions(domain).values()}
