"""FLATTEN and ASOF JOIN: what fakesnow would lose of them, in the join that they stand in."""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.errors import not_implemented
from snowmesh.local.formats import is_text


def joined(node: exp.Expr) -> None:
    """FLATTEN(OUTER => TRUE) keeps the row of the left side; ASOF JOIN does so always, and names its condition."""
    condition = node.args.get("match_condition")
    if condition is not None:
        on = node.args.get("on")
        node.set("on", exp.and_(on, condition) if on is not None else condition)
        node.set("match_condition", None)
        node.set("side", "LEFT")
    lateral = node.this
    if isinstance(lateral, (exp.Lateral, exp.TableFromRows)) and isinstance(lateral.this, exp.Explode):
        outer = _flatten_arguments(lateral.this)
        if outer:
            node.set("side", "LEFT")
            node.set("on", exp.true())


def _flatten_arguments(call: exp.Explode) -> bool:
    """Take PATH and OUTER out of the call and return OUTER; other arguments must say what is the default."""
    outer = False
    for argument in call.expressions:
        name = argument.this.name.upper() if isinstance(argument, exp.Kwarg) else "a positional argument"
        value = argument.expression.sql(dialect="snowflake").strip("'").upper()
        if name == "OUTER" and value in ("TRUE", "FALSE"):
            outer = value == "TRUE"
        elif name == "PATH" and is_text(argument.expression):
            holder = call.this if isinstance(call.this, exp.Kwarg) else call
            key = "expression" if isinstance(call.this, exp.Kwarg) else "this"
            path = exp.func("GET_PATH", holder.args[key].copy(), argument.expression.copy(), dialect="snowflake")
            holder.set(key, path)
        elif (name, value) not in (("RECURSIVE", "FALSE"), ("MODE", "BOTH")):
            raise not_implemented(f"FLATTEN with {name} => {value}")
    call.set("expressions", [])
    return outer


def flatten(node: exp.Expr) -> None:
    """FLATTEN that is not joined."""
    if not node.expressions or not isinstance(node.parent, (exp.Lateral, exp.TableFromRows)):
        return
    if isinstance(node, exp.Explode) and not isinstance(node.parent.parent, exp.Join) and _flatten_arguments(node):
        raise not_implemented("FLATTEN with OUTER => TRUE that is not joined to a table")
