"""The type of an expression, as far as its node tells."""

from exchange_db.proof.catalog import Catalog
from exchange_db.proof.tree import Node

__all__ = ["is_array", "is_composite", "type_of"]

_FIELDS = {
    "AGGREF": "aggtype",
    "ARRAYCOERCEEXPR": "resulttype",
    "ARRAYEXPR": "array_typeid",
    "CASEEXPR": "casetype",
    "COALESCEEXPR": "coalescetype",
    "COERCETODOMAIN": "resulttype",
    "COERCEVIAIO": "resulttype",
    "CONST": "consttype",
    "FIELDSELECT": "resulttype",
    "FUNCEXPR": "funcresulttype",
    "MINMAXEXPR": "minmaxtype",
    "NULLIFEXPR": "opresulttype",
    "OPEXPR": "opresulttype",
    "PARAM": "paramtype",
    "RELABELTYPE": "resulttype",
    "ROWEXPR": "row_typeid",
    "SQLVALUEFUNCTION": "type",
    "SUBSCRIPTINGREF": "refrestype",
    "VAR": "vartype",
    "WINDOWFUNC": "wintype",
}


def type_of(node: Node) -> int:
    """The object id of an expression's type; 0 where its node does not tell."""
    return node.number(_FIELDS.get(node.tag, ""))


def is_composite(oid: int, catalog: Catalog) -> bool:
    """Whether a function of this type gives columns in FROM: composite types, records, and domains over them."""
    found = catalog.type(oid)
    while found.kind == "d":
        found = catalog.type(found.base)
    return found.kind in "cp"


def is_array(oid: int, catalog: Catalog) -> bool:
    """Whether an array of this type is an array of more dimensions, whose elements are those of its elements."""
    return catalog.type(oid).element != 0
