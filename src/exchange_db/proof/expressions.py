"""Whether an expression can be NULL, at the place where it stands."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from exchange_db.proof.aggregates import aggregate, first_of_all, window_function
from exchange_db.proof.conditions import case_branches, when_not_false, when_not_true
from exchange_db.proof.facts import ANYTHING
from exchange_db.proof.functions import call, elements
from exchange_db.proof.joins import choices
from exchange_db.proof.rows import at_least_one, constant
from exchange_db.proof.scope import Env, Proof, alias_target, key, maybe, never, unknown
from exchange_db.proof.total import is_always, is_any, is_total_operator
from exchange_db.proof.tree import Node

__all__ = ["by_choices", "expression"]


def expression(node: Node, env: Env) -> Proof:
    """The proof for an expression; a kind of expression that is not known here may be NULL."""
    if not env.scope.prover.may_go_on(1):
        return unknown("the statement is too large to look into all of it")
    if env.nulled or env.facts:
        name = key(node, env)
        if name in env.nulled or (ANYTHING in env.nulled and node.tag not in ("CONST", "AGGREF", "GROUPINGFUNC")):
            return maybe("a grouping set without it makes it NULL")
        if name is not None and env.knows(name):
            return never("a condition lets no NULL through")
    return _RULES.get(node.tag, _not_known)(node, env)


def by_choices(node: Node, env: Env) -> Proof:
    """The proof for an expression, one by one for each way in which what is known at the place can be."""
    found = expression(node, env)
    if found.not_null:
        return found
    places = choices(env)
    if len(places) < 2 or not all(expression(node, place).not_null for place in places):
        return found
    return never("each way in which the conditions can hold lets no NULL through")


def _not_known(node: Node, env: Env) -> Proof:
    return unknown(f"nothing is known of {node.tag}")


def _never(reason: str) -> Callable[[Node, Env], Proof]:
    return lambda node, env: never(reason)


def all_of(nodes: Iterable[Node], env: Env, reason: str) -> Proof:
    """Not NULL where all the nodes are."""
    for node in nodes:
        found = expression(node, env)
        if not found.not_null:
            return found
    return never(reason)


def _argument(node: Node, env: Env) -> Proof:
    return expression(node.the("arg"), env)


# --- values ----------------------------------------------------------------------------------------------------


def _const(node: Node, env: Env) -> Proof:
    return maybe("the constant is NULL") if node.flag("constisnull") else never("a constant")


def _param(node: Node, env: Env) -> Proof:
    number = node.number("paramid")
    match node.number("paramkind"):
        case 0 if number in env.scope.prover.parameters:
            return never(f"the parameter ${number} is never None")
        case 0:
            return maybe(f"the parameter ${number} may be NULL")
        case 2 if 0 < number <= len(env.subselect):
            return env.subselect[number - 1]
        case _:
            return unknown("a value of a subquery for several columns")


def _var(node: Node, env: Env) -> Proof:
    place = env.up(node.number("varlevelsup"))
    table, column = node.number("varno"), node.number("varattno")
    if node.number("varreturningtype"):
        return unknown("whether the old or new row is there depends on what was done")
    behind = alias_target(place.scope, table, column)
    if behind is not None:
        return expression(behind, place)
    side = place.missing(table)
    if side is not None:
        found = env.scope.prover.column(place, table, column)
        return maybe(side.reason) if found.not_null else found
    return env.scope.prover.column(place, table, column)


def _value_function(node: Node, env: Env) -> Proof:
    if node.number("op") == 14:  # SVFOP_CURRENT_SCHEMA
        return maybe("current_schema is NULL where search_path names no schema that exists")
    return never("the moment or role of the session")


# --- logic -----------------------------------------------------------------------------------------------------


def _bool(node: Node, env: Env) -> Proof:
    arms = node.children("args")
    operator = node.text("boolop")
    if operator == "not":
        return expression(arms[0], env)
    # AND is NULL where an arm is NULL and none is false; so each arm need only be known where the others are not.
    others_allow = when_not_false if operator == "and" else when_not_true
    for arm in arms:
        found = expression(arm, env)
        if found.not_null:
            continue
        place: Env | None = env
        for other in arms:
            if other is not arm and place is not None:
                facts = others_allow(other, env)
                place = None if facts is None else place.assume(facts)
        if place is not None and not expression(arm, place).not_null:
            return found
    return never(f"no arm of the {operator} can be NULL where it matters")


def _null_if(node: Node, env: Env) -> Proof:
    return maybe("nullif() is NULL where its arguments are equal")


def _coalesce(node: Node, env: Env) -> Proof:
    proofs = [expression(arg, env) for arg in node.children("args")]
    found = next((proof for proof in proofs if proof.not_null), None)
    if found is not None:
        return never("coalesce() has an argument that is not NULL")
    return Proof(False, f"every argument of coalesce() may be NULL: {proofs[-1].reason}", all(p.known for p in proofs))


def _greatest(node: Node, env: Env) -> Proof:
    proofs = [expression(arg, env) for arg in node.children("args")]
    if any(proof.not_null for proof in proofs):
        return never("one of the values compared is not NULL")
    return Proof(False, f"every value compared may be NULL: {proofs[-1].reason}", all(p.known for p in proofs))


def _case(node: Node, env: Env) -> Proof:
    place, branches = case_branches(node, env)
    for facts, result in branches:
        if facts is None:
            continue  # never taken
        found = by_choices(result, place.assume(facts))
        if not found.not_null:
            if result is node.child("defresult") and result.tag == "CONST" and result.flag("constisnull"):
                return maybe("case without else is NULL where no condition is true")
            return Proof(False, f"a branch of case: {found.reason}", found.known)
    return never("no branch of case is NULL")


def _array_comparison(node: Node, env: Env) -> Proof:
    found = all_of(node.children("args"), env, "")
    if not found.not_null:
        return found
    array = node.children("args")[1]
    inside = elements(array, env)
    return inside if not inside.not_null else _operator_is_total(node, env)


# --- operators and functions -----------------------------------------------------------------------------------


def _operator(node: Node, env: Env) -> Proof:
    catalog = env.scope.prover.catalog
    function = catalog.function(catalog.operator(node.number("opno")).function)
    if is_always(function):
        return never(f"{function.title} is never NULL")
    proofs = [expression(argument, env) for argument in node.children("args")]
    if is_any(function) and any(proof.not_null for proof in proofs):
        return never(f"an operand of {function.title} is not NULL")
    found = next((proof for proof in proofs if not proof.not_null), None)
    return found or _operator_is_total(node, env)


def _operator_is_total(node: Node, env: Env) -> Proof:
    catalog = env.scope.prover.catalog
    operator = catalog.operator(node.number("opno"))
    function = catalog.function(operator.function)
    if is_total_operator(operator, function):
        return never(f"{operator.name} of values that are not NULL")
    return unknown(f"the operator {operator.name} may return NULL")


# --- types -----------------------------------------------------------------------------------------------------


def _domain(node: Node, env: Env) -> Proof:
    catalog = env.scope.prover.catalog
    domain = catalog.type(node.number("resulttype"))
    while domain.kind == "d":
        if domain.not_null:
            return never(f"a cast to the domain {domain.name} refuses NULL")
        domain = catalog.type(domain.base)
    return _argument(node, env)


def _subscript(node: Node, env: Env) -> Proof:
    array, at = node.child("refexpr"), node.children("refupperindexpr")
    is_one = len(at) == 1 and not node.children("reflowerindexpr")
    number = constant(at[0], env.scope.prover.catalog) if is_one else None
    if array is None or number is None or number < 1 or node.get("refassgnexpr") is not None:
        return maybe("there may be no such element")
    return _element(array, number, env)


def _element(array: Node, number: int, env: Env) -> Proof:
    """The proof for an element of an array that is made here."""
    items = array.children("elements") if array.tag == "ARRAYEXPR" and not array.flag("multidims") else []
    if number <= len(items):
        return expression(items[number - 1], env)
    if array.tag == "AGGREF" and number == 1:
        return first_of_all(array, env)
    return maybe("there may be no such element")


def _field(node: Node, env: Env) -> Proof:
    row = node.the("arg")
    if row.tag == "ROWEXPR":
        return expression(row.children("args")[node.number("fieldnum") - 1], env)
    return maybe("a field of a composite value may be NULL")


def _json_constructor(node: Node, env: Env) -> Proof:
    match node.number("type"):
        case 1 | 2:
            return never("a JSON constructor makes a document always")
        case 3 | 4:
            return expression(node.the("func"), env)
        case _:
            return all_of(node.children("args"), env, "JSON of a value that is not NULL")


def _xml(node: Node, env: Env) -> Proof:
    match node.number("op"):
        case 1:
            return never("an XML element is there, whatever is in it")
        case 4:
            return all_of(node.children("args"), env, "a processing instruction whose content is not NULL")
        case _:
            return maybe("an XML expression may be NULL")


# --- subqueries ------------------------------------------------------------------------------------------------


def _sublink(node: Node, env: Env) -> Proof:
    query = node.the("subselect")
    prover = env.scope.prover
    match node.number("subLinkType"):
        case 0:
            return never("exists is true or false")
        case 6:
            return never("array(select …) is an array, maybe empty")
        case 1 | 2:
            return _compared(node, query, env)
        case 4:
            column = prover.output(query, env, 1)
            if not column.not_null:
                return column
            rows = at_least_one(query, env, prover)
            return column if rows.holds else maybe(f"the subquery may find no row: {rows.reason}")
        case _:
            return unknown("a subquery of several columns")


def _compared(node: Node, query: Node, env: Env) -> Proof:
    count = sum(not target.flag("resjunk") for target in query.children("targetList"))
    columns = tuple(env.scope.prover.output(query, env, n + 1) for n in range(count))
    return expression(node.the("testexpr"), replace(env, subselect=columns))


_RULES: dict[str, Callable[[Node, Env], Proof]] = {
    "AGGREF": aggregate,
    "ARRAYCOERCEEXPR": _argument,
    "ARRAYEXPR": _never("array[…] is an array"),
    "BOOLEANTEST": _never("is true, is false and is unknown are true or false"),
    "BOOLEXPR": _bool,
    "CASEEXPR": _case,
    "CASETESTEXPR": lambda node, env: expression(env.case[0], env.case[1]) if env.case else _not_known(node, env),
    "COALESCEEXPR": _coalesce,
    "COERCETODOMAIN": _domain,
    # The server refuses an input or output function that returns NULL.
    "COERCEVIAIO": _argument,
    "COLLATEEXPR": _argument,
    "CONST": _const,
    "DISTINCTEXPR": _operator_is_total,
    "FIELDSELECT": _field,
    "FUNCEXPR": call,
    "GROUPINGFUNC": _never("grouping() is a number"),
    "JSONCONSTRUCTOREXPR": _json_constructor,
    "JSONVALUEEXPR": lambda node, env: expression(node.the("raw_expr"), env),
    "JSONISPREDICATE": lambda node, env: all_of(node.inside(), env, "is json of a value that is not NULL"),
    "MERGESUPPORTFUNC": _never("merge_action() names what was done"),
    "MINMAXEXPR": _greatest,
    "NAMEDARGEXPR": _argument,
    "NULLIFEXPR": _null_if,
    "NULLTEST": _never("is null is true or false"),
    "OPEXPR": _operator,
    "PARAM": _param,
    "RELABELTYPE": _argument,
    "ROWCOMPAREEXPR": lambda node, env: all_of(
        [*node.children("largs"), *node.children("rargs")], env, "a comparison of rows without NULL"
    ),
    "ROWEXPR": _never("a row is not NULL, whatever its fields are"),
    "SCALARARRAYOPEXPR": _array_comparison,
    "SQLVALUEFUNCTION": _value_function,
    "SUBLINK": _sublink,
    "SUBSCRIPTINGREF": _subscript,
    "VAR": _var,
    "WINDOWFUNC": window_function,
    "XMLEXPR": _xml,
}
