"""What may be NULL inside the documents and arrays that a statement builds."""

from collections.abc import Iterator

from exchange_db.check.building import Value, documents_of, items_of_array, outputs
from exchange_db.check.inspection import Inspection
from exchange_db.proof.catalog import Catalog
from exchange_db.proof.nullability import new_prover
from exchange_db.proof.scope import Proof

__all__ = ["nullable_parts"]


def nullable_parts(found: Inspection, catalog: Catalog) -> Iterator[tuple[str, Proof]]:
    """The keys and items, as ``column.key`` and ``column[]``, that are not proved to be never NULL, and why."""
    prover = new_prover(catalog, found.given)
    for number, column in enumerate(found.columns, 1):
        for value in outputs(found.tree, None, number, prover) if found.tree else ():
            yield from _parts(value, column.name)


def _parts(value: Value, path: str) -> Iterator[tuple[str, Proof]]:
    for item in items_of_array(value) or ():
        yield from _nullable(item, f"{path}[]")
    for document in documents_of(value):
        for item in document.items:
            yield from _nullable(item, f"{path}[]")
            yield from _parts(item, path)
        for key, below in document.keys:
            yield from _nullable(below, f"{path}.{key}")
            yield from _parts(below, f"{path}.{key}")


def _nullable(value: Value, path: str) -> Iterator[tuple[str, Proof]]:
    proof = value.proof
    if not proof.not_null:
        yield path, proof
