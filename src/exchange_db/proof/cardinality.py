"""How many rows a statement can give: at most one, at least one."""

from exchange_db.proof import rows, single
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.rows import RowProof
from exchange_db.proof.tree import Node

__all__ = ["RowProof", "at_least_one", "at_most_one"]

_TOO_DEEP = RowProof(False, "the statement nests too deep to look into all of it")


def at_least_one(query: Node, catalog: Catalog) -> RowProof:
    """Whether the statement gives a row always."""
    try:
        return rows.at_least_one(query, None, new_prover(catalog))
    except RecursionError:
        return _TOO_DEEP


def at_most_one(query: Node, catalog: Catalog) -> RowProof:
    """Whether the statement gives one row or none."""
    try:
        return single.at_most_one(query, None, new_prover(catalog))
    except RecursionError:
        return _TOO_DEEP
