"""A VARIANT where a text is wanted means its text, without the quotes of JSON.

Whether a column is a VARIANT is known to the engine alone, so it is asked: `typeof` is decided when the statement is
planned, and costs nothing for other columns.
"""

from __future__ import annotations

from sqlglot import exp

_CHOICES = (exp.Coalesce, exp.If, exp.Case)


def text_of(node: exp.Expr) -> exp.Expr:
    """The value as VARCHAR: of a VARIANT its text, of a whole FLOAT no `.0`."""
    plain = exp.cast(node.copy(), "VARCHAR")
    variant = _call("JSON_EXTRACT_STRING", _call("TO_JSON", node.copy()), exp.Literal.string("$"))
    whole = _call("REGEXP_REPLACE", plain.copy(), exp.Literal.string(r"\.0$"), exp.Literal.string(""))
    ifs = [
        exp.If(this=_is_of_type(node, "JSON"), true=variant),
        exp.If(this=_is_of_type(node, "DOUBLE"), true=whole),
    ]
    return exp.Case(ifs=ifs, default=plain)


def may_be_variant(node: exp.Expr) -> bool:
    """Whether only the engine knows that a value is a VARIANT or FLOAT: a column, or a choice between some."""
    inner = node.unnest()
    if isinstance(inner, exp.Column):
        return isinstance(inner.this, exp.Identifier) and inner.find_ancestor(exp.Lambda) is None
    return isinstance(inner, _CHOICES) and any(map(may_be_variant, _results(inner)))


def _results(node: exp.Expr) -> list[exp.Expr]:
    """What a choice may yield."""
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    if isinstance(node, exp.Case):
        return [branch.args["true"] for branch in node.args["ifs"]] + [d for d in [node.args.get("default")] if d]
    return [value for key in ("true", "false") if (value := node.args.get(key))]


def in_text(node: exp.Expr) -> None:
    """A column that stands where a function or operator wants a text."""
    for argument in list(node.iter_expressions()):
        if isinstance(argument, exp.Column) and may_be_variant(argument):
            argument.replace(text_of(argument))


def compared(node: exp.Expr) -> None:
    """A column that is compared with texts: the texts are JSON values where the column is a VARIANT."""
    if isinstance(node.parent, (exp.Pivot, exp.Update)):
        return
    sides = [node.this, *node.expressions] if isinstance(node, exp.In) else [node.this, node.expression]
    columns = [side for side in sides if isinstance(side, exp.Column) and may_be_variant(side)]
    if len(columns) != 1:
        return
    for side in sides:
        if isinstance(side, exp.Literal) and side.is_string:
            side.replace(_as_column(side, columns[0]))


def _as_column(literal: exp.Expr, column: exp.Expr) -> exp.Expr:
    value = exp.cast(_call("TO_JSON", literal.copy()), "VARCHAR")
    text = exp.Case(ifs=[exp.If(this=_is_of_type(column, "JSON"), true=value)], default=literal.copy())
    return _call("CAST_TO_TYPE", text, column.copy())


def _is_of_type(node: exp.Expr, name: str) -> exp.Expr:
    return exp.EQ(this=_call("TYPEOF", node.copy()), expression=exp.Literal.string(name))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))
