"""What a condition says about its columns: the facts that follow from its being true, false, or not NULL.

SQL's logic has three values, so "not true" is not "false". Each function here gives facts; ``None`` stands for a
condition that can never be so, from which anything follows.
"""

from collections.abc import Iterable
from dataclasses import replace

from exchange_db.proof.facts import ANYTHING, NO_FACTS, Fact, Facts, agreed, choice, contradicts
from exchange_db.proof.scope import Env, alias_target, key
from exchange_db.proof.tree import Node
from exchange_db.proof.truths import at_least, is_count, some_value, truth

__all__ = ["when_known", "when_not_false", "when_not_true", "when_true"]

_EXISTS, _ANY = 0, 2
_SAME_TRUTH, _OTHER_TRUTH = 91, 85  # = and <> of booleans
_IS_TRUE, _IS_NOT_TRUE, _IS_FALSE, _IS_NOT_FALSE, _IS_UNKNOWN, _IS_NOT_UNKNOWN = range(6)


def when_true(node: Node, env: Env) -> Facts | None:  # noqa: PLR0911 - one for each kind
    """The facts of a place that is reached only where the condition is true."""
    if not env.scope.prover.may_go_on(1):
        return NO_FACTS
    match node.tag:
        case "BOOLEXPR":
            return _bool_true(node, env)
        case "NULLTEST":
            return _null_test(node, env, known=node.number("nulltesttype") == 1)
        case "BOOLEANTEST":
            return _boolean_test(node, env, holds=True)
        case "SUBLINK":
            return _sublink_true(node, env)
        case "SCALARARRAYOPEXPR":
            return _array_true(node, env)
        case "DISTINCTEXPR":
            return NO_FACTS
        case "COALESCEEXPR":
            return _any_of((when_true(arm, env) for arm in node.children("args")), env)
        case "CASEEXPR":
            return _case_true(node, env)
        case "CONST":
            return NO_FACTS if _is_true(node) else None
        case "OPEXPR" if node.number("opno") in (_SAME_TRUTH, _OTHER_TRUTH):
            return _truths(node, env, same=node.number("opno") == _SAME_TRUTH)
        case _:
            return when_known(node, env) | truth(node, env, holds=True) | _counted(node, env, holds=True)


def when_false(node: Node, env: Env) -> Facts | None:  # noqa: PLR0911 - one for each kind
    """The facts of a place that is reached only where the condition is false."""
    match node.tag:
        case "BOOLEXPR":
            return _bool_false(node, env)
        case "NULLTEST":
            return _null_test(node, env, known=node.number("nulltesttype") == 0)
        case "BOOLEANTEST":
            return _boolean_test(node, env, holds=False)
        case "DISTINCTEXPR":
            return _same(node, env)
        case "CONST":
            return None if node.flag("constisnull") or _is_true(node) else NO_FACTS
        case "OPEXPR" if node.number("opno") in (_SAME_TRUTH, _OTHER_TRUTH):
            return _truths(node, env, same=node.number("opno") == _OTHER_TRUTH)
        case _:
            return when_known(node, env) | truth(node, env, holds=False) | _counted(node, env, holds=False)


def when_not_true(node: Node, env: Env) -> Facts | None:
    """The facts of a place that is reached where the condition is false or NULL."""
    if node.tag == "BOOLEXPR":
        arms = node.children("args")
        match node.text("boolop"):
            case "or":
                return _all_of(when_not_true(arm, env) for arm in arms)
            case "and":
                return _any_of((when_not_true(arm, env) for arm in arms), env)
            case _:
                return when_not_false(arms[0], env)
    return when_false(node, env) if env.scope.prover.expression(node, env).not_null else NO_FACTS


def when_not_false(node: Node, env: Env) -> Facts | None:
    """The facts of a place that is reached where the condition is true or NULL, as a check constraint is."""
    if node.tag == "BOOLEXPR":
        arms = node.children("args")
        match node.text("boolop"):
            case "and":
                return _all_of(when_not_false(arm, env) for arm in arms)
            case "or":
                return _any_of((when_not_false(arm, env) for arm in arms), env)
            case _:
                return when_not_true(arms[0], env)
    return when_true(node, env) if env.scope.prover.expression(node, env).not_null else NO_FACTS


def when_known(node: Node, env: Env) -> Facts:  # noqa: PLR0911 - one for each kind
    """The facts of a place that is reached only where the expression is not NULL."""
    own = key(node, env)
    facts: Facts = NO_FACTS if own is None else frozenset({own})
    if (own in env.nulled) or ANYTHING in env.nulled:
        return facts  # what a grouping set groups by is no more computed from its parts
    match node.tag:
        case "VAR" if own is not None:
            return facts | _var_known(node, env)
        case "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN" | "COLLATEEXPR" | "FIELDSELECT":
            return facts | _child_known(node, "arg", env)
        case "FUNCEXPR" if env.scope.prover.catalog.function(node.number("funcid")).strict:
            return facts | _children_known(node, env)
        case "OPEXPR" if _strict_operator(node, env):
            return facts | _children_known(node, env)
        case "NULLIFEXPR":
            return facts | when_known(node.children("args")[0], env)
        case "SCALARARRAYOPEXPR":
            return facts | when_known(node.children("args")[1], env)
        case "BOOLEXPR" if node.text("boolop") == "not":
            return facts | _children_known(node, env)
        case "SUBSCRIPTINGREF" if node.get("refassgnexpr") is None:
            return facts | _child_known(node, "refexpr", env)
        case "CASETESTEXPR" if env.case is not None:
            return facts | when_known(env.case[0], env.case[1])
        case "AGGREF":
            return facts | (NO_FACTS if is_count(node, env) else some_value(node, env))
        case _:
            return facts


def _counted(node: Node, env: Env, *, holds: bool) -> Facts:
    """A comparison says that ``count()`` is not 0, or how many values are not NULL."""
    bounds = at_least(node, env, holds=holds)
    if bounds is None:
        return NO_FACTS
    counted, least, exactly = bounds
    if counted.tag == "AGGREF":
        return some_value(counted, env) if least else NO_FACTS
    values = counted.children("args")
    arms: list[Facts] = []
    for value in values:
        others = [key(other, env) for other in values if other is not value]
        nulls = frozenset(("null", name) for name in others if name is not None) if exactly == 1 else NO_FACTS
        arms.append(when_known(value, env) | nulls)
    return (_any_of(arms, env) or NO_FACTS) if least else NO_FACTS


# --- columns ---------------------------------------------------------------------------------------------------


def _var_known(node: Node, env: Env) -> Facts:
    place = env.up(node.number("varlevelsup"))
    table = node.number("varno")
    behind = alias_target(place.scope, table, node.number("varattno"))
    if behind is not None:
        return when_known(behind, place)
    return frozenset({("row", place.scope.number, table)})


def _child_known(node: Node, name: str, env: Env) -> Facts:
    child = node.child(name)
    return NO_FACTS if child is None else when_known(child, env)


def _children_known(node: Node, env: Env) -> Facts:
    return NO_FACTS.union(*(when_known(arg, env) for arg in node.children("args")))


def _strict_operator(node: Node, env: Env) -> bool:
    catalog = env.scope.prover.catalog
    return catalog.function(catalog.operator(node.number("opno")).function).strict


# --- logic -----------------------------------------------------------------------------------------------------


def _all_of(arms: Iterable[Facts | None]) -> Facts | None:
    found: set[Fact] = set()
    for arm in arms:
        if arm is None:
            return None
        found |= arm
    return None if contradicts(frozenset(found), frozenset(found)) else frozenset(found)


def _any_of(arms: Iterable[Facts | None], env: Env) -> Facts | None:
    """What follows whichever of the arms it is; an arm that can never be is none of them."""
    possible = [arm for arm in arms if arm is not None and not contradicts(arm, env.facts)]
    if not possible:
        return None
    common = agreed([env.assume(arm).facts for arm in possible])
    return common | choice([arm - common for arm in possible])


def _truths(node: Node, env: Env, *, same: bool) -> Facts | None:
    """Two truths are the same, or not, and neither is NULL."""
    left, right = node.children("args")
    both = (_all_of((when_true(left, env), (when_true if same else when_false)(right, env))),)
    none = (_all_of((when_false(left, env), (when_false if same else when_true)(right, env))),)
    found = _any_of((*both, *none), env)
    return None if found is None else found | when_known(node, env)


def _bool_true(node: Node, env: Env) -> Facts | None:
    arms = node.children("args")
    match node.text("boolop"):
        case "and":
            return _all_of(when_true(arm, env) for arm in arms)
        case "or":
            return _any_of((when_true(arm, env) for arm in arms), env)
        case _:
            return when_false(arms[0], env)


def _bool_false(node: Node, env: Env) -> Facts | None:
    arms = node.children("args")
    match node.text("boolop"):
        case "and":
            return _any_of((when_false(arm, env) for arm in arms), env)
        case "or":
            return _all_of(when_false(arm, env) for arm in arms)
        case _:
            return when_true(arms[0], env)


def _is_true(node: Node) -> bool:
    # By its bytes: a boolean is passed by value, so the first byte of the first machine word, in either order.
    return not node.flag("constisnull") and any(node.numbers("constvalue"))


def _null_test(node: Node, env: Env, *, known: bool) -> Facts | None:
    """``is not null`` holds (or ``is null`` does not), where ``known``; else it is the other way round."""
    argument = node.the("arg")
    if not known:
        if node.flag("argisrow"):
            return NO_FACTS
        name = key(argument, env)
        never = env.scope.prover.expression(argument, env).not_null
        return None if never else NO_FACTS if name is None else frozenset([("null", name)])
    if not node.flag("argisrow"):
        return when_known(argument, env)
    # Of a row, "is not null" says that each field is not, and "is null" that each is: the one is not the other's
    # contrary. The contrary of the second says no more than that there is a row.
    if node.number("nulltesttype") == 1 and argument.tag == "ROWEXPR":
        return _children_known(argument, env)
    return when_known(argument, env) if argument.tag == "VAR" else NO_FACTS


def _boolean_test(node: Node, env: Env, *, holds: bool) -> Facts | None:
    argument = node.the("arg")
    contrary = {0: 1, 1: 0, 2: 3, 3: 2, 4: 5, 5: 4}
    test = node.number("booltesttype")
    match test if holds else contrary[test]:
        case 0:
            return when_true(argument, env)
        case 1:
            return when_not_true(argument, env)
        case 2:
            return when_false(argument, env)
        case 3:
            return when_not_false(argument, env)
        case 5:
            return when_known(argument, env)
        case _:
            return NO_FACTS


def _same(node: Node, env: Env) -> Facts:
    """``a is not distinct from b``: where one is not NULL, neither is the other."""
    left, right = node.children("args")
    prove = env.scope.prover.expression
    if prove(left, env).not_null or prove(right, env).not_null:
        return when_known(left, env) | when_known(right, env)
    return NO_FACTS


def _case_true(node: Node, env: Env) -> Facts | None:
    """It is true by one of its branches."""
    place, branches = case_branches(node, env)
    return _any_of((_all_of((facts, when_true(result, place))) for facts, result in branches), env)


def case_branches(node: Node, env: Env) -> tuple[Env, list[tuple[Facts | None, Node]]]:
    """The results of a CASE, each with the facts of the place where it is taken; and the environment of them all."""
    argument = node.child("arg")
    place = replace(env, case=(argument, env)) if argument else env
    so_far: Facts | None = NO_FACTS
    branches: list[tuple[Facts | None, Node]] = []
    for branch in node.children("args"):
        condition = branch.the("expr")
        branches.append((_all_of((so_far, when_true(condition, place))), branch.the("result")))
        so_far = _all_of((so_far, when_not_true(condition, place)))
    branches.append((so_far, node.the("defresult")))
    return place, branches


# --- subqueries and arrays ----------------------------------------------------------------------------------------


def _sublink_true(node: Node, env: Env) -> Facts:
    """There is a row: what its query demands of the columns around it holds."""
    kind, query, test = node.number("subLinkType"), node.the("subselect"), node.child("testexpr")
    if kind not in (_EXISTS, _ANY):
        return when_known(node, env)
    facts = when_true(test, env) if kind == _ANY and test is not None else NO_FACTS
    if query.get("setOperations") is not None or query.flag("hasAggs") or query.get("groupingSets") is not None:
        return facts or NO_FACTS
    if query.get("havingQual") is not None:
        return facts or NO_FACTS
    around = {scope.number for scope in env.scopes()}
    inner = env.scope.prover.rows(query, env).facts
    return (facts or NO_FACTS) | {fact for fact in inner if fact[0] in ("row", "column") and fact[1] in around}


def _array_true(node: Node, env: Env) -> Facts:
    """``a = any (array)`` is true by an element, so there is one; ``a <> all (array)`` is true of no elements too."""
    value, array = node.children("args")
    facts = when_known(array, env)
    if not env.scope.prover.catalog.function(env.scope.prover.catalog.operator(node.number("opno")).function).strict:
        return facts
    # An array of arrays may have no element either: array['{}'::int[]] is '{}'.
    listed = array.tag == "ARRAYEXPR" and not array.flag("multidims") and array.children("elements")
    if node.flag("useOr") or listed:
        facts |= when_known(value, env)
    return facts
