"""What a query that groups a constrained table may not have (A23)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from snowmesh.local.carried import violated
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.names import output_name
from snowmesh.local.select_lists import own

# https://docs.snowflake.com/en/user-guide/aggregation-policies#query-requirements
ALLOWED = (exp.Avg, exp.Count, exp.Sum, exp.Hll, exp.ApproxDistinct)
_CLAUSES = {
    "expressions",
    "from_",
    "joins",
    "where",
    "with_",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "distinct",
}


def refuse_clauses(select: exp.Select) -> None:
    """Raise SnowflakeError for a clause, function or conversion that is not allowed over a constrained table."""
    others = [key for key, value in select.args.items() if value and key not in _CLAUSES]
    if others:
        raise violated(f"{others[0].upper()} is not allowed")
    parts = [*select.expressions, *(select.args[k] for k in ("group", "having", "order") if select.args.get(k))]
    for node in (n for part in parts for n in own(part)):
        if isinstance(node, exp.Window):
            raise violated("window functions are not allowed")
        if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
            raise violated("data type conversions are not allowed; use TRY_CAST")
        aggregate = isinstance(node, exp.AggFunc)
        if aggregate and (not isinstance(node, ALLOWED) or isinstance(node.parent, exp.Filter)):
            text = node.sql(dialect="snowflake", comments=False).upper()
            raise SnowflakeError(3549, "42601", f"SQL compilation error: {text} violated Aggregation Policy.")


def no_such_column(column: exp.Column, hits: Sequence[object]) -> SnowflakeError:
    name = output_name(column)
    if hits:
        return SnowflakeError(2028, "42601", f"SQL compilation error:\nambiguous column name '{name}'")
    return SnowflakeError(
        904, "42000", f"SQL compilation error: error line 1 at position 0\ninvalid identifier '{name}'"
    )


def has_aggregate(node: exp.Expr) -> bool:
    return any(isinstance(n, exp.AggFunc) for n in own(node))
