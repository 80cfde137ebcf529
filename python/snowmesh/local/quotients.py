"""Quotients and averages of numbers are numbers in Snowflake, with up to six decimals more; in DuckDB they are floats.

The type is taken from an expression that is never computed, so a FLOAT stays one. The value goes by its shortest text,
which is right to some 15 digits. https://docs.snowflake.com/en/sql-reference/operators-arithmetic
"""

from __future__ import annotations

from sqlglot import exp

DIVISION_BY_ZERO = "Division by zero"
_TYPED = "CAST_TO_TYPE"


def divide(node: exp.Expr) -> None:
    """a / b has six decimals more than a; b = 0 is an error."""
    if node.find(exp.Placeholder):  # it would be bound twice
        return
    above, below = node.this, node.expression
    quotient: exp.Expr = node.copy()
    if not _never_zero(below):
        zero = exp.EQ(this=exp.paren(below.copy()), expression=exp.Literal.number(0))
        failed = _call("ERROR", exp.Literal.string(DIVISION_BY_ZERO))
        quotient = exp.Case(ifs=[exp.If(this=zero, true=failed)], default=quotient)
    kind = _wider(above.copy())
    if not isinstance(below, exp.Literal):
        kind = exp.Coalesce(this=kind, expressions=[below.copy()])
    node.replace(_typed(quotient, kind))


def average(node: exp.Expr) -> None:
    """AVG has six decimals more than what it averages; fakesnow would take text for numbers."""
    distinct = isinstance(node.this, exp.Distinct)
    argument = node.this.expressions[0] if distinct else node.this
    outer = node
    while isinstance(outer.parent, (exp.Filter, exp.Window)) and outer.arg_key == "this":
        outer = outer.parent
    total = _with_call(outer, node, _call("SUM", argument.copy()))
    value = _with_call(outer, node, _call("AVG", node.this.copy()))
    outer.replace(_typed(value, _wider(total)))


def _with_call(outer: exp.Expr, node: exp.Expr, call: exp.Expr) -> exp.Expr:
    """A copy of the call with its FILTER and OVER, in the place of the one that is there another one."""
    if outer is node:
        return call
    copy = outer.copy()
    inner = copy
    while not isinstance(inner, type(node)):
        inner = inner.this
    inner.replace(call)
    return copy


def _typed(value: exp.Expr, kind: exp.Expr) -> exp.Expr:
    return _call(_TYPED, exp.cast(exp.paren(value, copy=False), "VARCHAR"), kind)


def _wider(number: exp.Expr) -> exp.Expr:
    """An expression of the type of a number with six decimals more; that of a FLOAT is FLOAT.

    From the third quotient of quotients on there are none more: Snowflake stops at twelve, the engine at 38.
    """
    quotients = sum(call.name == _TYPED for call in number.find_all(exp.Anonymous))
    more = exp.cast(exp.Literal.number(1), "BIGINT" if quotients > 1 else "DECIMAL(38, 6)")
    return exp.Mul(this=exp.paren(number, copy=False), expression=more)


def _never_zero(node: exp.Expr) -> bool:
    inner = node.unnest()
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return float(inner.this) != 0
    return isinstance(inner, exp.Nullif) and inner.expression.sql() == "0"


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))
