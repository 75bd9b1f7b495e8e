"""UNION, INTERSECT and EXCEPT."""

from exchange_db.proof.scope import Env, Proof
from exchange_db.proof.tree import Node

__all__ = ["set_operation"]

_UNION, _INTERSECT = 1, 2


def set_operation(node: Node, env: Env, column: int, known: frozenset[int]) -> Proof:
    """The proof for a column of the whole; ``env`` is the place of the query that holds the parts as subqueries."""
    if node.tag == "RANGETBLREF":
        part = env.scope.table(node.number("rtindex")).the("subquery")
        return env.scope.prover.output(part, env, column, known)
    left, right = node.the("larg"), node.the("rarg")
    first = set_operation(left, env, column, known)
    match node.number("op"):
        case 1:
            return first if not first.not_null else set_operation(right, env, column, known)
        case 2:
            return first if first.not_null else set_operation(right, env, column, known)
        case _:
            return first
