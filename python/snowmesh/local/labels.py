"""Name result columns as Snowflake does: an expression without an alias is named by its own text, `COUNT(*)`."""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.names import quoted

# these name themselves, or yield several columns
_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot, exp.PropertyEQ, exp.Explode, exp.Parameter)


def label(node: exp.Expr) -> exp.Expr:
    """Give every unnamed expression of every select list its name, in place."""
    for select in node.find_all(exp.Select):
        select.set("expressions", [_labelled(e) for e in select.expressions])
    return node


def _labelled(expression: exp.Expr) -> exp.Expr:
    if isinstance(expression, _NAMED) or expression.is_star:
        return expression
    text = expression.sql(dialect="snowflake", comments=False)
    return exp.alias_(expression, quoted(text.upper()), copy=False)
