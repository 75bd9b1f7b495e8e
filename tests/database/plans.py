"""How PostgreSQL executes a function's own SQL text, with and without knowledge of the values."""

from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from exchange_db.engine import Query, StreamQuery

MODES: tuple[LiteralString, ...] = ("force_generic_plan", "force_custom_plan")
"""After a few executions PostgreSQL may choose either: a statement must do well with both."""


@dataclass
class Plan:
    """What an execution did."""

    nodes: set[str] = field(default_factory=set[str])
    """Kinds of plan nodes that were executed, such as ``Seq Scan``."""
    indexes: set[str] = field(default_factory=set[str])
    rows_read: int = 0
    """Rows that the scans of tables produced or threw away."""
    cost: float = 0
    """What the planner expected; from 100,000 on PostgreSQL takes the time to compile the statement (JIT)."""
    text: str = ""

    def add(self, node: dict[str, Any], depth: int = 0) -> None:
        loops = node["Actual Loops"]
        if not loops:
            return  # planned, but never executed
        kind, index = node["Node Type"], node.get("Index Name")
        rows = node["Actual Rows"] + sum(value for key, value in node.items() if key.startswith("Rows Removed by"))
        self.nodes.add(kind)
        self.indexes |= {index} if index else set()
        if "Relation Name" in node and "Scan" in kind:
            self.rows_read += loops * rows
        self.text += f"{'  ' * depth}{kind} {node.get('Relation Name', '')} {index or ''}: {rows} rows x {loops}\n"
        for child in node.get("Plans", ()):
            self.add(child, depth + 1)


def explain(
    conn: psycopg.Connection[Any],
    query: Query[..., Any] | StreamQuery[..., Any],
    *values: str | None,
    variant: str = "",
) -> Plan:
    """Execute the statement of ``query``, or its variant of this label, with text values in the order of its
    parameters, as prepared."""
    (statement,) = (each for each in query.file.variants if each.label == variant)
    text: Any = statement.text.decode()  # psycopg wants a literal, which a file's text is not
    with conn.transaction(force_rollback=True):
        conn.execute("prepare explained as " + text)
        try:
            arguments = sql.SQL(", ").join(sql.Literal(value) for value in values)
            call = sql.SQL("explained({})").format(arguments) if values else sql.SQL("explained")
            row = conn.execute(sql.SQL("explain (analyze, format json) execute {}").format(call)).fetchone()
        finally:
            conn.execute("deallocate explained")
    assert row is not None
    plan = Plan(cost=row[0][0]["Plan"]["Total Cost"])
    plan.add(row[0][0]["Plan"])
    return plan
