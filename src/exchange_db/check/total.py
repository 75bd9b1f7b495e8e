"""Functions that never return NULL where no argument is NULL: an explicit list.

``strict`` says that NULL in gives NULL out, and nothing about the other direction.
"""

from __future__ import annotations

from exchange_db.check.catalog import Function

__all__ = ["is_total", "is_total_operator"]

_OPERATORS = frozenset(
    ["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"]
)
_GEOMETRIC = frozenset({"path_add"})
_FUNCTIONS = frozenset(
    [
        "now",
        "lower",
        "upper",
        "length",
        "btrim",
        "ltrim",
        "rtrim",
        "abs",
        "round",
        "floor",
        "ceil",
        "ceiling",
        "concat",
        "concat_ws",
        "replace",
        "timezone",
        "int4",
        "int8",
        "int2",
        "float8",
        "float4",
        "numeric",
        "text",
        "date",
        "timestamptz",
        "timestamp",
        "date_trunc",
        "md5",
        "jsonb_build_object",
        "jsonb_build_array",
        "json_build_object",
        "json_build_array",
    ]
)


def is_total(function: Function) -> bool:
    """Whether it never returns NULL where no argument is NULL."""
    return function.schema == "pg_catalog" and function.name in _FUNCTIONS


def is_total_operator(name: str, function: Function) -> bool:
    """Whether the operator's function never returns NULL where no operand is NULL."""
    return function.schema == "pg_catalog" and name in _OPERATORS and function.name not in _GEOMETRIC
