"""A foreign key's sentence: the half for who writes a row, or for who deletes the one that it refers to."""

from types import SimpleNamespace
from typing import Any

import pytest

from exchange_db.engine.failures import STILL_REFERRED_TO, _right_half  # pyright: ignore[reportPrivateUsage]

MISSING, REFERRED_TO = "the product does not exist", "a product with sales cannot be deleted"
BOTH = MISSING + STILL_REFERRED_TO + REFERRED_TO


def half(detail: str | None, sentence: str = BOTH, table: str | None = "sales") -> str:
    diag: Any = SimpleNamespace(message_detail=detail, table_name=table)
    return _right_half(sentence, diag)


@pytest.mark.parametrize(
    "detail",
    [
        'Key (product_id)=(9) is not present in table "products".',
        'Key (product_id)=(still referenced from table "sales") is not present in table "products".',
        'La clé (product_id)=(9) n\'est pas présente dans la table « products ».',
        'Schlüssel (product_id)=(9) ist nicht in Tabelle »products« vorhanden.',
        'Key (product_id)=(9) is not present in table "wholesales".',
        None,
        "",
    ],
)  # fmt: skip
def test_a_row_that_refers_to_nothing(detail: str | None) -> None:
    """In every language, whatever the values say, and when the server says no more."""
    assert half(detail) == MISSING


@pytest.mark.parametrize(
    "detail",
    [
        'Key (id)=(1) is still referenced from table "sales".',
        'Key (sku)=(a) is not present in table "products") is still referenced from table "sales".',
        "La clé (id)=(1) est toujours référencée à partir de la table « sales ».",
        "Auf Schlüssel (id)=(1) wird noch aus Tabelle »sales« verwiesen.",
    ],
)
def test_a_row_that_is_still_referred_to(detail: str) -> None:
    """In every language, whatever the values say."""
    assert half(detail) == REFERRED_TO


def test_a_sentence_of_one_half_is_whole() -> None:
    """Of a constraint that is met from one side only, and of every other kind."""
    assert half('Key (id)=(1) is still referenced from table "sales".', MISSING) == MISSING
    assert half("Failing row contains (1, sales).", "not enough stock") == "not enough stock"
