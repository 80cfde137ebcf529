"""What the engine would answer otherwise than Snowflake: corrected in the syntax tree before fakesnow translates it.

What cannot be corrected in a few lines is refused by name: a wrong value without an error is the worst answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from snowmesh.local.errors import not_implemented

_DAYS_OR_MORE = ("DAY", "WEEK", "WEEKISO", "MONTH", "QUARTER", "YEAR")
_TEXT_WANTED = (
    exp.DPipe,
    exp.Concat,
    exp.ConcatWs,
    exp.Like,
    exp.ILike,
    exp.Length,
    exp.Trim,
    exp.Substring,
    exp.Replace,
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In)
_TRIMS = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}
_NUMBER_FORMAT = frozenset("0123456789.,$GDXSMIEBT-+ ")


def refused_functions() -> list[str]:
    """The functions that are refused because the engine means something else by them."""
    return sorted(kind.sql_name() for kind, correct in _CORRECTIONS.items() if correct is _refused)


def corrected(tree: exp.Expr) -> exp.Expr:
    """The tree with every correction applied, in place where it can be."""
    for node in reversed(list(tree.find_all(*_CORRECTIONS))):  # inner ones first: outer ones copy them
        correct = _CORRECTIONS.get(type(node))
        if correct is not None:
            correct(node)
    return tree


def _exact_sum(node: exp.Expr) -> None:
    """Keep SUM of numbers exact, as in Snowflake: fakesnow would turn each argument into a DOUBLE.

    DuckDB sums a DECIMAL exactly. A function that sqlglot does not know is left as it is, so SUM is made one.
    The price: SUM of a text is refused, while Snowflake reads it as a number.
    """
    if isinstance(node, exp.Sum) or isinstance(node.this, exp.Distinct):  # fakesnow cannot cast a DISTINCT either
        node.replace(_call(_name(node), node.this))


def _dates_stay_dates(node: exp.Expr) -> None:
    """DATE_TRUNC, DATEADD and + INTERVAL of a DATE by days or more yield a DATE; DuckDB makes it a TIMESTAMP."""
    unit = node.args.get("unit")
    if isinstance(node, (exp.Add, exp.Sub)):
        unit = node.expression.args.get("unit") if isinstance(node.expression, exp.Interval) else None
        if unit is None:
            return
    adds = not isinstance(node, (exp.TimestampTrunc, exp.DateTrunc))
    kept = not adds or (unit is not None and unit.name.upper().rstrip("S") in _DAYS_OR_MORE)
    if not kept or _is_text(node.this) or node.this.find(exp.Placeholder):
        return
    node.replace(_call("CAST_TO_TYPE", node.copy(), node.this.copy()))


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _trim(node: exp.Expr) -> None:
    """TRIM(x, characters): fakesnow loses the characters."""
    if node.expression:
        node.replace(_call(_TRIMS.get(str(node.args.get("position")), "TRIM"), node.this, node.expression))


def _never_null(node: exp.Expr) -> None:
    """LISTAGG of nothing is an empty text."""
    outer = node
    while isinstance(outer.parent, (exp.WithinGroup, exp.Filter, exp.Window)) and outer.arg_key == "this":
        outer = outer.parent
    holder = exp.Paren(this=exp.Null())
    outer.replace(holder)
    holder.set("this", exp.Coalesce(this=outer, expressions=[exp.Literal.string("")]))


def _logical(node: exp.Expr) -> None:
    left, right = (exp.cast(exp.paren(n, copy=False), "BOOLEAN") for n in (node.this, node.expression))
    kind: type[exp.Expr] = exp.NEQ
    if isinstance(node, (exp.Booland, exp.Boolor)):
        kind = exp.And if isinstance(node, exp.Booland) else exp.Or
    node.replace(exp.paren(kind(this=left, expression=right), copy=False))


def _whole(node: exp.Expr) -> None:
    """SIGN is a TINYINT in DuckDB, which fakesnow cannot describe."""
    node.replace(exp.cast(node.copy(), "INT"))


def _share(node: exp.Expr) -> None:
    """RATIO_TO_REPORT(v) OVER (w) is v / SUM(v) OVER (w)."""
    call = node.this
    if isinstance(call, exp.Anonymous) and str(call.this).upper() == "RATIO_TO_REPORT":
        value = call.expressions[0]
        total = node.copy()
        total.set("this", _call("SUM", value.copy()))
        node.replace(exp.paren(exp.Div(this=exp.paren(value.copy()), expression=_call("NULLIF", total, _zero()))))


def _cast(node: exp.Expr) -> None:
    """A text cast to VARIANT is a text value, DuckDB would parse it as JSON; VARCHAR(n) cuts, there it does nothing."""
    if _casts_to(node, exp.DType.VARIANT):
        node.replace(_call("TO_JSON", node.this))
    elif _casts_to(node, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.TEXT) and node.args["to"].expressions:
        size = node.args["to"].expressions[0].this
        text = exp.cast(node.this.copy(), "VARCHAR")
        node.replace(exp.Left(this=text, expression=size.copy()))


def _try_cast(node: exp.Expr) -> None:
    """fakesnow takes TRY_CAST to a TIMESTAMP for CAST; it does not know this other name of the type."""
    if _casts_to(node, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ):
        node.set("to", exp.DataType(this=exp.DType.DATETIME))


def _casts_to(node: exp.Expr, *types: exp.DType) -> bool:
    to = node.args["to"]
    return isinstance(to, exp.DataType) and to.this in types


def _array_contains(node: exp.Expr) -> None:
    """ARRAY_CONTAINS compares JSON values, whatever the engine keeps the array as."""
    values = _call("FROM_JSON", _call("TO_JSON", node.this), exp.Literal.string('["JSON"]'))
    node.replace(_call("LIST_CONTAINS", values, _call("TO_JSON", node.expression)))


def _variant(node: exp.Expr) -> None:
    """A path of a VARIANT where a text is wanted means its text, not its JSON; its order is not a text's."""
    parent = node.parent
    if isinstance(parent, (exp.Min, exp.Max, exp.Ordered)):
        raise not_implemented(f"the order of a VARIANT ({node.sql(dialect='snowflake')})", "cast it to its type")
    texts = isinstance(parent, _COMPARISONS) and any(_is_text(n) for n in parent.iter_expressions())
    if texts or isinstance(parent, _TEXT_WANTED):
        node.replace(exp.cast(node.copy(), "VARCHAR"))


def _listed(node: exp.Expr) -> None:
    """An array that is selected is JSON text, as fakesnow keeps arrays; alone it would be a list of DuckDB."""
    item = node.parent if isinstance(node.parent, exp.Alias) else node
    if isinstance(item.parent, exp.Select) and item.arg_key == "expressions":
        node.replace(_call("TO_JSON", node.copy()))


def _joined(node: exp.Expr) -> None:
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
        elif name == "PATH" and _is_text(argument.expression):
            holder = call.this if isinstance(call.this, exp.Kwarg) else call
            key = "expression" if isinstance(call.this, exp.Kwarg) else "this"
            path = exp.func("GET_PATH", holder.args[key].copy(), argument.expression.copy(), dialect="snowflake")
            holder.set(key, path)
        elif (name, value) not in (("RECURSIVE", "FALSE"), ("MODE", "BOTH")):
            raise not_implemented(f"FLATTEN with {name} => {value}")
    call.set("expressions", [])
    return outer


def _flatten(node: exp.Expr) -> None:
    """FLATTEN that is not joined."""
    if not node.expressions or not isinstance(node.parent, (exp.Lateral, exp.TableFromRows)):
        return
    if isinstance(node, exp.Explode) and not isinstance(node.parent.parent, exp.Join) and _flatten_arguments(node):
        raise not_implemented("FLATTEN with OUTER => TRUE that is not joined to a table")


def _format(node: exp.Expr) -> None:
    """TO_CHAR with a format: sqlglot knows that it is a date's only by the value, and not when it is put together.

    A number's format, and one that is not constant, is refused.
    """
    found = node.args.get("format")
    if found is None or (isinstance(node, exp.TimeToStr) and _is_text(found)):
        return
    text = _constant(found)
    if text is None:
        raise not_implemented(f"TO_CHAR with a format that is not constant ({found.sql(dialect='snowflake')})")
    if _NUMBER_FORMAT.issuperset(text.upper()) and not set("09X").isdisjoint(text.upper()):
        raise not_implemented(f"TO_CHAR with the number format '{text}'")
    written = exp.cast(exp.Null(), "TIMESTAMP").sql(dialect="snowflake")
    formatted: exp.Expr = exp.maybe_parse(f"TO_CHAR({written}, {exp.Literal.string(text).sql()})", dialect="snowflake")
    formatted.set("this", node.this)
    node.replace(formatted)


def _constant(node: exp.Expr) -> str | None:
    """The value of a text that is made of literals, else None."""
    if _is_text(node):
        return str(node.this)
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.DPipe):
        left, right = _constant(node.this), _constant(node.expression)
        return left + right if left is not None and right is not None else None
    return None


def _parameter(node: exp.Expr) -> None:
    raise not_implemented(f"column ${node.this.name} by position", "name the column")


def _refused(node: exp.Expr) -> None:
    """A function that the engine has under the same name with another meaning."""
    raise not_implemented(f"function {_name(node)}")


def _name(node: exp.Expr) -> str:
    return node.sql_name() if isinstance(node, exp.Func) else type(node).__name__.upper()


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _zero() -> exp.Expr:
    return exp.Literal.number(0)


_CORRECTIONS: dict[Any, Callable[[exp.Expr], None]] = {
    exp.Sum: _exact_sum,
    exp.Avg: _exact_sum,
    exp.TimestampTrunc: _dates_stay_dates,
    exp.DateTrunc: _dates_stay_dates,
    exp.DateAdd: _dates_stay_dates,
    exp.Add: _dates_stay_dates,
    exp.Sub: _dates_stay_dates,
    exp.Trim: _trim,
    exp.GroupConcat: _never_null,
    exp.Booland: _logical,
    exp.Boolor: _logical,
    exp.Xor: _logical,
    exp.Sign: _whole,
    exp.Window: _share,
    exp.Cast: _cast,
    exp.JSONExtract: _variant,
    exp.Array: _listed,
    exp.ArrayConcat: _listed,
    exp.ArrayDistinct: _listed,
    exp.ArraySlice: _listed,
    exp.Join: _joined,
    exp.Explode: _flatten,
    exp.TryCast: _try_cast,
    exp.ArrayContains: _array_contains,
    exp.ToChar: _format,
    exp.TimeToStr: _format,
    exp.Parameter: _parameter,
    exp.Typeof: _refused,
    exp.ObjectInsert: _refused,
}
