"""Aggregates and window functions: NULL over no rows, and what they make of NULLs."""

from exchange_db.proof.grouping import after_grouping, groups_have_rows
from exchange_db.proof.rows import is_true
from exchange_db.proof.scope import Env, Proof, key, maybe, never, unknown
from exchange_db.proof.total import OF_VALUES
from exchange_db.proof.tree import Node
from exchange_db.proof.types import is_array, type_of

__all__ = ["aggregate", "first_of_all", "window_function"]

_ALWAYS = frozenset({"count", "regr_count", "rank", "dense_rank", "percent_rank", "cume_dist"})
"""Never NULL, not even over no rows; the last four as hypothetical-set aggregates (``within group``)."""

_OF_ANY_ROW = frozenset(
    {
        "array_agg",
        "json_agg",
        "json_agg_strict",
        "json_object_agg",
        "json_object_agg_strict",
        "json_object_agg_unique",
        "json_object_agg_unique_strict",
        "jsonb_agg",
        "jsonb_agg_strict",
        "jsonb_object_agg",
        "jsonb_object_agg_strict",
        "jsonb_object_agg_unique",
        "jsonb_object_agg_unique_strict",
    }
)
"""Not NULL over any row, whatever it holds: NULLs become elements, or are left out of an array that is there."""

_OF_FIRST = frozenset({"string_agg"})
"""Not NULL over a row whose first argument is not NULL: without a delimiter the texts are joined all the same."""


def aggregate(node: Node, env: Env) -> Proof:  # noqa: PLR0911 - one for each kind
    """The proof for an AGGREF."""
    place = env.up(node.number("agglevelsup"))
    function = env.scope.prover.catalog.function(node.number("aggfnoid"))
    title = function.title
    if function.schema != "pg_catalog":
        return unknown(f"the aggregate {title} may return NULL")
    if function.name in _ALWAYS:
        return never(f"{title} is never NULL")
    if function.name not in _OF_ANY_ROW | _OF_FIRST | OF_VALUES:
        return maybe(f"{title} can be NULL, of a single row for one")
    if _is_filtered(node):
        return maybe(f"{title} is NULL where its filter lets no row through")
    if not place.knows(("rows", place.scope.number)) and not groups_have_rows(place):
        return maybe(f"{title} without group by is NULL over no rows")
    if node.number("agglevelsup") and function.name not in _OF_ANY_ROW:
        return unknown(f"{title} of a query further out")
    rows = env.scope.prover.rows(place.scope.query, place.scope.outer)
    arguments = [argument for target in node.children("args") if (argument := target.child("expr")) is not None]
    if len(arguments) == 1 and place.knows(("some", place.scope.number, key(arguments[0], rows) or "")):
        arguments = []
    return _over(function.name, title, [*node.children("aggdirectargs"), *arguments], rows)


def first_of_all(node: Node, env: Env) -> Proof:
    """The proof for the first element of what an aggregate makes: of ``array_agg``, that of its rows."""
    found = aggregate(node, env)
    function = env.scope.prover.catalog.function(node.number("aggfnoid"))
    its_type = type_of(node.children("args")[0].child("expr") or node) if node.children("args") else 0
    if not found.not_null or function.title != "array_agg()" or node.number("agglevelsup"):
        return maybe("there may be no such element")
    if its_type == 0 or is_array(its_type, env.scope.prover.catalog):
        return maybe("the first element of an array of arrays is none")
    value = node.children("args")[0].child("expr")
    rows = env.scope.prover.rows(env.scope.query, env.scope.outer)
    return maybe("an array without a value") if value is None else env.scope.prover.expression(value, rows)


def _is_filtered(node: Node) -> bool:
    condition = node.child("aggfilter")
    return condition is not None and not is_true(condition)


def _over(name: str, title: str, arguments: list[Node], env: Env) -> Proof:
    if name in _OF_ANY_ROW:
        return never(f"{title} of at least one row")
    for argument in arguments[:1] if name in _OF_FIRST else arguments:
        found = env.scope.prover.expression(argument, env)
        if not found.not_null:
            return Proof(False, f"{title} of NULLs is NULL: {found.reason}", found.known)
    return never(f"{title} of at least one row whose value is not NULL")


# --- window functions ------------------------------------------------------------------------------------------

_NUMBERS = frozenset({"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "count", "regr_count"})


def window_function(node: Node, env: Env) -> Proof:  # noqa: PLR0911 - one for each kind
    """The proof for a WINDOWFUNC."""
    prove = env.scope.prover.expression
    function = env.scope.prover.catalog.function(node.number("winfnoid"))
    name, title, arguments = function.name, function.title, node.children("args")
    if function.schema != "pg_catalog":
        return unknown(f"the window function {title} may return NULL")
    if name in _NUMBERS:
        return never(f"{title} is never NULL")
    if name == "ntile":
        return prove(arguments[0], env)
    if name in ("lag", "lead"):
        if len(arguments) < 3:
            return maybe(f"{title} is NULL where there is no such row, unless it is given a default")
        found = _of_other_row(node, env)
        return found if not found.not_null else _over("max", title, arguments[1:], env)
    if name == "nth_value":
        return maybe("nth_value() is NULL where the frame has fewer rows")
    if name not in _OF_OTHER_ROWS | _OF_ANY_ROW | _OF_FIRST | OF_VALUES:
        return maybe(f"{title} can be NULL, of a single row for one")
    if _is_filtered(node):
        return maybe(f"{title} is NULL where its filter lets no row through")
    if not _has_current_row(node, env):
        return maybe(f"{title} is NULL over an empty frame")
    return _of_other_row(node, env) if name in _OF_OTHER_ROWS else _over(name, title, arguments, env)


_OF_OTHER_ROWS = frozenset({"first_value", "last_value"})


def _of_other_row(node: Node, env: Env) -> Proof:
    """The proof for the first argument in any row of the query: what is known of the current row is not of others."""
    anywhere = after_grouping(env.scope.prover.rows(env.scope.query, env.scope.outer))
    return env.scope.prover.expression(node.children("args")[0], anywhere)


_RANGE = 0x2
_OFFSET = 0x800 | 0x1000 | 0x2000 | 0x4000
_STARTS_BEFORE = 0x20 | 0x200 | 0x800  # unbounded preceding, current row, offset preceding
_ENDS_AFTER = 0x100 | 0x400 | 0x4000  # unbounded following, current row, offset following
_LEAVES_OUT = 0x8000 | 0x10000  # exclude current row, exclude group
_INTERVAL = 1186


def _has_current_row(node: Node, env: Env) -> bool:
    """Whether the frame holds the current row always."""
    windows = {window.number("winref"): window for window in env.scope.query.children("windowClause")}
    window = windows[node.number("winref")]
    frame = window.number("frameOptions")
    if frame & _RANGE and frame & _OFFSET and _is_by_interval(window):
        return False  # '1 month -29 days' before the first of March is the second
    return bool(frame & _STARTS_BEFORE and frame & _ENDS_AFTER and not frame & _LEAVES_OUT)


def _is_by_interval(window: Node) -> bool:
    offsets = [offset for name in ("startOffset", "endOffset") if (offset := window.child(name)) is not None]
    return any(offset.tag != "CONST" or offset.number("consttype") == _INTERVAL for offset in offsets)
