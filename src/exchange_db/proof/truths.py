"""The truth of a comparison as a fact: so that another condition of the same comparison is known to hold, or not."""

from exchange_db.proof.facts import NO_FACTS, Fact, Facts
from exchange_db.proof.rows import constant
from exchange_db.proof.scope import Env, key
from exchange_db.proof.total import OF_VALUES
from exchange_db.proof.tree import Node
from exchange_db.proof.types import type_of

__all__ = ["at_least", "is_count", "some_value", "truth"]

_COMPARISONS = ("OPEXPR", "VAR", "SCALARARRAYOPEXPR")
_ONE_FORM = frozenset({16, 20, 21, 23, 25, 2950})
"""Types of which two equal values have the same bytes: bool, int8, int2, int4, text (by most collations), uuid."""
_TEXT = 25
_HEADER = 4  # bytes of a text's length


def truth(node: Node, env: Env, *, holds: bool) -> Facts:
    """The facts that a comparison is true, or false; ``<>`` is the contrary of ``=``, and two constants are two."""
    if node.tag not in _COMPARISONS:
        return NO_FACTS
    catalog = env.scope.prover.catalog
    if node.tag == "OPEXPR":
        operator = catalog.operator(node.number("opno"))
        if operator.name == "<>" and operator.negator:
            node, holds = Node("OPEXPR", {**node.fields, "opno": str(operator.negator)}), not holds
    name = key(node, env)
    if name is None:
        return NO_FACTS
    facts: set[Fact] = {("true" if holds else "false", name)}
    if holds and node.tag == "OPEXPR":
        facts |= _values(node, env)
    return frozenset(facts)


def _values(node: Node, env: Env) -> Facts:
    catalog = env.scope.prover.catalog
    operator = catalog.operator(node.number("opno"))
    arguments = node.children("args")
    if operator.schema != "pg_catalog" or operator.name != "=" or len(arguments) != 2:
        return NO_FACTS
    if not catalog.deterministic(node.number("inputcollid")):
        return NO_FACTS
    for one, other in (arguments, arguments[::-1]):
        name = key(one, env)
        if other.tag == "CONST" and one.tag != "CONST" and name is not None and _has_one_form(other, env):
            data = other.numbers("constvalue")
            its_type = type_of(other)
            return frozenset([("value", (its_type, name), repr(data[_HEADER:] if its_type == _TEXT else data))])
    return NO_FACTS


def _has_one_form(constant: Node, env: Env) -> bool:
    oid = type_of(constant)
    return not constant.flag("constisnull") and (oid in _ONE_FORM or env.scope.prover.catalog.type(oid).kind == "e")


# --- what is counted --------------------------------------------------------------------------------------------

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
_CONTRARY = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "<>", "<>": "="}


def at_least(node: Node, env: Env, *, holds: bool) -> tuple[Node, bool, int] | None:
    """Of a comparison of ``count(…)`` or ``num_nonnulls(…)`` with a number, in a place where it holds (or does not):
    what counts, whether there is one at least, and how many there are (0: not known). ``None`` for anything else."""
    arguments = node.children("args")
    if node.tag != "OPEXPR" or len(arguments) != 2:
        return None
    catalog = env.scope.prover.catalog
    operator = catalog.operator(node.number("opno"))
    if operator.schema != "pg_catalog" or operator.name not in _TURNED:
        return None
    name = operator.name if holds else _CONTRARY[operator.name]
    number, counted = constant(arguments[1], catalog), arguments[0]
    if number is None:
        number, counted, name = constant(arguments[0], catalog), arguments[1], _TURNED[name]
    if number is None or not _counts(counted, env):
        return None
    least = {"=": number > 0, ">": number >= 0, ">=": number > 0, "<>": number == 0}.get(name, False)
    return counted, least, number if name == "=" else 0


def is_count(node: Node, env: Env) -> bool:
    """Whether an aggregate is a count: never NULL, and 0 where there is nothing to count."""
    return env.scope.prover.catalog.function(node.number("aggfnoid")).title == "count()"


def _counts(node: Node, env: Env) -> bool:
    catalog = env.scope.prover.catalog
    if node.tag == "AGGREF":
        return is_count(node, env)
    return (
        node.tag == "FUNCEXPR"
        and not node.flag("funcvariadic")
        and (catalog.function(node.number("funcid")).title == "num_nonnulls()")
    )


def some_value(node: Node, env: Env) -> Facts:
    """An aggregate is not NULL, or is a count that is not 0: its group has a row, and a value of what it is of."""
    function = env.scope.prover.catalog.function(node.number("aggfnoid"))
    if function.schema != "pg_catalog" or function.name not in OF_VALUES | {"count"} or node.number("agglevelsup"):
        return NO_FACTS
    facts: set[Fact] = {("rows", env.scope.number)}
    arguments = [value for target in node.children("args") if (value := target.child("expr")) is not None]
    if len(arguments) == 1 and not node.children("aggdirectargs"):
        name = key(arguments[0], env.scope.prover.rows(env.scope.query, env.scope.outer))
        facts |= {("some", env.scope.number, name)} if name is not None else set()
    return frozenset(facts)
