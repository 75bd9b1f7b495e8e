"""Calls of functions: by the list of those that never return NULL by themselves, or by the body of one in SQL."""

from dataclasses import replace

from exchange_db.proof.catalog_records import Function
from exchange_db.proof.rows import at_least_one
from exchange_db.proof.scope import Env, Proof, maybe, never, unknown
from exchange_db.proof.total import ARRAYS, LASTING_FIELDS, ROWS, is_always, is_any, is_first, is_total
from exchange_db.proof.tree import Node
from exchange_db.proof.types import is_array, is_composite, type_of

__all__ = ["call", "elements", "row_of_function"]

_TEXT = 25
_VOID = 2278
_SELECT = 1
_UNNEST = "unnest(anyarray)"
_SOMETHING = Node("CONST", {"constisnull": "false"})
"""Stands for an element that is not NULL."""


def call(node: Node, env: Env) -> Proof:
    """The proof for a FUNCEXPR."""
    function = env.scope.prover.catalog.function(node.number("funcid"))
    if function.returns_set:
        if _sets(env.scope.query, env) > 1:
            return maybe("of several functions in one select list, the shorter ones are filled up with NULL")
        return _of_set(node, function, 1, env)
    if is_total(function) or _is_lasting(node, function) or _is_of_this_moment(node, function, env):
        return _by_list(node, function, env)
    return _by_body(node, function, env) or unknown(f"the function {function.title} may return NULL")


def _by_list(node: Node, function: Function, env: Env) -> Proof:
    arguments = node.children("args")
    whole = never(f"{function.title} of values that are not NULL")
    if node.flag("funcvariadic"):
        return _first_null(arguments, env) or whole
    if is_always(function):
        return never(f"{function.title} is never NULL")
    if is_any(function) and any(env.scope.prover.expression(argument, env).not_null for argument in arguments):
        return never(f"an argument of {function.title} is not NULL")
    return _first_null(arguments[:1] if is_first(function) else arguments, env) or whole


def _first_null(arguments: list[Node], env: Env) -> Proof | None:
    """The proof of the first argument that may be NULL."""
    proofs = (env.scope.prover.expression(argument, env) for argument in arguments)
    return next((found for found in proofs if not found.not_null), None)


def _is_lasting(node: Node, function: Function) -> bool:
    """Whether it takes a field of a time that infinity has too."""
    if function.schema != "pg_catalog" or function.name not in ("extract", "date_part"):
        return False
    return text_constant(node.children("args")[0]).lower() in LASTING_FIELDS


_MOMENTS = frozenset({"clock_timestamp", "now", "statement_timestamp", "transaction_timestamp"})


def _is_of_this_moment(node: Node, function: Function, env: Env) -> bool:
    """Whether it takes or writes a field of this moment, which is not infinity."""
    if function.schema != "pg_catalog" or function.name not in ("date_part", "extract", "to_char"):
        return False
    arguments = node.children("args")
    moment = next((one for one in arguments if not text_constant(one)), node)
    if moment.tag == "FUNCEXPR":
        its = env.scope.prover.catalog.function(moment.number("funcid"))
        if its.schema == "pg_catalog" and its.name in ("date", "timestamp", "timestamptz") and moment.children("args"):
            moment = moment.children("args")[0]
        elif its.schema == "pg_catalog" and its.name in _MOMENTS:
            return any(map(text_constant, arguments))
    # SVFOP_CURRENT_DATE to SVFOP_LOCALTIMESTAMP_N
    is_value = moment.tag == "SQLVALUEFUNCTION" and moment.number("op") <= 8
    return is_value and any(map(text_constant, arguments))


def text_constant(node: Node) -> str:
    """The text that a constant is; empty for anything else."""
    if node.tag != "CONST" or node.number("consttype") != _TEXT:
        return ""
    return bytes(number % 256 for number in node.numbers("constvalue")[4:]).decode(errors="replace")


def _sets(query: Node, env: Env) -> int:
    """How many calls in the select list return sets."""
    todo, found = query.children("targetList"), 0
    while todo:
        node = todo.pop()
        found += (node.tag == "FUNCEXPR" and node.flag("funcretset")) or (
            node.tag == "OPEXPR" and node.flag("opretset")
        )
        if node.tag != "QUERY":
            todo.extend(node.inside())
    return found


# --- functions in SQL ------------------------------------------------------------------------------------------


def _by_body(node: Node, function: Function, env: Env) -> Proof | None:
    """The proof by the statement that a function in SQL ends with, where the server keeps its analysis."""
    found = None if function.result == _VOID else _body(node, function, env, 1)
    if found is None or not found[1].not_null:
        return None if found is None else found[1]
    arguments = node.children("args")
    if function.strict and (argument := _first_null(arguments, env)) is not None:
        return argument
    if function.strict and len(arguments) < function.arguments:
        return unknown(f"a default of {function.title} may be NULL")
    query, proof = found
    rows = at_least_one(query, None, env.scope.prover)
    return proof if rows.holds else maybe(f"{function.title} is NULL without a row: {rows.reason}")


def _body(node: Node, function: Function, env: Env, column: int) -> tuple[Node, Proof] | None:
    statements = function.body
    while isinstance(statements, list) and statements:
        statements = statements[-1]
    if function.kind != "f" or not isinstance(statements, Node) or statements.tag != "QUERY":
        return None
    prover = env.scope.prover
    if function.oid in prover.entered:
        return None  # it calls itself
    composite = prover.catalog.type(function.result)
    while composite.kind == "d":
        composite = prover.catalog.type(composite.base)
    if composite.relation:  # a column that was dropped keeps its number, and the statement has none for it
        numbers = sorted(prover.catalog.relation(composite.relation).columns)
        column = numbers.index(column) + 1 if column in numbers else 0
    results = sum(not target.flag("resjunk") for target in statements.children(_results_of(statements)))
    if not 0 < column <= results or (composite.kind in "cp" and results == 1):  # maybe one row with all of them
        return None
    # A domain's or composite's own rules are not looked into.
    given = frozenset(
        (argument.number("argnumber") if argument.tag == "NAMEDARGEXPR" else n) + 1
        for n, argument in enumerate(node.children("args"))
        if prover.expression(argument, env).not_null
    )
    prover.entered.add(function.oid)
    try:
        proof = prover.within(given).output(statements, None, column)
    finally:
        prover.entered.discard(function.oid)
    return statements, Proof(proof.not_null, f"{function.title}: {proof.reason}", proof.known)


def _results_of(query: Node) -> str:
    return "targetList" if query.number("commandType") == _SELECT else "returningList"


# --- functions as sources of rows ------------------------------------------------------------------------------


def row_of_function(node: Node, column: int, env: Env) -> Proof:
    """The proof for a column of the rows that a call in FROM gives."""
    catalog = env.scope.prover.catalog
    its_type = type_of(node)
    composite = its_type == 0 or is_composite(its_type, catalog)
    if node.tag != "FUNCEXPR":
        return (
            unknown("a column of a composite value may be NULL")
            if composite
            else env.scope.prover.expression(node, env)
        )
    function = catalog.function(node.number("funcid"))
    if not function.returns_set:
        return unknown(f"a column of {function.title} may be NULL") if composite else call(node, env)
    if composite and function.signature == _UNNEST:
        return unknown(f"a field of what {function.title} finds may be NULL")
    return _of_set(node, function, column, env)


def _of_set(node: Node, function: Function, column: int, env: Env) -> Proof:
    if function.schema == "pg_catalog":
        return _own_rows(node, function, column, env)
    found = _body(node, function, env, column)
    return unknown(f"a row of {function.title} may hold NULL") if found is None else found[1]


def _own_rows(node: Node, function: Function, column: int, env: Env) -> Proof:
    if function.signature == _UNNEST:
        return elements(node.children("args")[0], env)
    if column in ROWS.get(function.signature, ()):
        return never(f"{function.title} gives no NULL there")
    return maybe(f"a row of {function.title} may hold NULL")


def elements(array: Node, env: Env) -> Proof:
    """Whether an array's elements can be NULL."""
    while (inner := array.child("arg")) is not None and array.tag in ("RELABELTYPE", "ARRAYCOERCEEXPR", "COLLATEEXPR"):
        cast = array.child("elemexpr")
        if cast is not None:
            found = env.scope.prover.expression(cast, replace(env, case=(_SOMETHING, env)))
            if not found.not_null:
                return found
        array = inner
    if array.tag == "ARRAYEXPR":
        return _listed(array, env)
    if array.tag == "FUNCEXPR":
        function = env.scope.prover.catalog.function(array.number("funcid"))
        if function.schema == "pg_catalog" and function.signature in ARRAYS:
            return never(f"{function.title} puts no NULL into its array")
    if array.tag == "PARAM" and array.number("paramkind") == 0 and array.number("paramid") in env.scope.prover.elements:
        return never(f"no element of the parameter ${array.number('paramid')} is None")
    if array.tag == "SUBLINK" and array.number("subLinkType") == 6:
        return _collected(array, env)
    return maybe("an element of the array may be NULL")


def _collected(array: Node, env: Env) -> Proof:
    query = array.the("subselect")
    its_type = type_of(query.children(_results_of(query))[0].the("expr"))
    if its_type == 0 or is_array(its_type, env.scope.prover.catalog):
        return unknown("an array of arrays may hold NULL")
    return env.scope.prover.output(query, env, 1)


def _listed(array: Node, env: Env) -> Proof:
    prove = elements if array.flag("multidims") else env.scope.prover.expression
    for item in array.children("elements"):
        found = prove(item, env)
        if not found.not_null:
            return found
    return never("no element of the array is NULL")
