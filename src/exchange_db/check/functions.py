"""Calls of functions: by the list of those that never return NULL by themselves."""

from __future__ import annotations

from collections.abc import Callable

from exchange_db.check.scope import Env, Proof, maybe, never, unknown
from exchange_db.check.total import is_total
from exchange_db.check.tree import Node

__all__ = ["call"]


def call(node: Node, env: Env, prove: Callable[[Node, Env], Proof]) -> Proof:
    """The proof for a FUNCEXPR."""
    function = env.scope.prover.catalog.function(node.number("funcid"))
    if not is_total(function):
        return unknown(f"the function {function.title} may return NULL")
    for argument in node.children("args"):
        found = prove(argument, env)
        if not found.not_null:
            return found
    return never(f"{function.title} of values that are not NULL") if not function.returns_set else maybe("several rows")
