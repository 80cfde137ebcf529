"""What the engine would answer otherwise than Snowflake: corrected in the syntax tree before fakesnow translates it.

What cannot be corrected in a few lines is refused by name: a wrong value without an error is the worst answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from snowmesh.local.errors import not_implemented
from snowmesh.local.flattening import flatten, joined
from snowmesh.local.formats import formatted, is_text
from snowmesh.local.quotients import average, divide
from snowmesh.local.variants import compared, in_text, may_be_variant, text_of

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
_TEXTS = (
    exp.DPipe,
    exp.Concat,
    exp.ConcatWs,
    exp.Contains,
    exp.EndsWith,
    exp.Initcap,
    exp.ILike,
    exp.Like,
    exp.Lower,
    exp.RegexpLike,
    exp.RegexpReplace,
    exp.Replace,
    exp.SplitPart,
    exp.StartsWith,
    exp.Upper,
)
_TRIMS = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}


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
    if not kept or is_text(node.this) or node.this.find(exp.Placeholder):
        return
    node.replace(_call("CAST_TO_TYPE", node.copy(), node.this.copy()))


def _trim(node: exp.Expr) -> None:
    """TRIM(x, characters): fakesnow loses the characters."""
    in_text(node)
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
    elif _casts_to(node, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.TEXT):
        sizes = node.args["to"].expressions
        asked = may_be_variant(node.this)
        text = text_of(node.this) if asked else exp.cast(node.this.copy(), "VARCHAR")
        if sizes:
            node.replace(exp.Left(this=text, expression=sizes[0].this.copy()))
        elif asked:
            node.replace(text)


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
    texts = isinstance(parent, _COMPARISONS) and any(is_text(n) for n in parent.iter_expressions())
    if texts or isinstance(parent, _TEXT_WANTED):
        node.replace(exp.cast(node.copy(), "VARCHAR"))


def _listed(node: exp.Expr) -> None:
    """An array that is selected is JSON text, as fakesnow keeps arrays; alone it would be a list of DuckDB."""
    item = node.parent if isinstance(node.parent, exp.Alias) else node
    if isinstance(item.parent, exp.Select) and item.arg_key == "expressions":
        node.replace(_call("TO_JSON", node.copy()))


def _named(node: exp.Expr) -> None:
    """HASH is signed in Snowflake."""
    if node.name.upper() == "HASH":
        wide = exp.cast(node.copy(), "INT128")
        node.replace(
            exp.cast(exp.paren(exp.Sub(this=wide, expression=exp.Literal.number(2**63)), copy=False), "BIGINT")
        )


def _zone(node: exp.Expr) -> None:
    """CONVERT_TIMEZONE(zone, t) is the time of that zone; what t has no zone of is in the session's, UTC."""
    if node.args.get("source_tz") is None and "timestamp" in node.args:
        node.set("source_tz", exp.Literal.string("UTC"))
        plain = exp.DataType(this=exp.DType.DATETIME)
        node.set("timestamp", exp.Cast(this=node.args["timestamp"].copy(), to=plain))


def _texts_joined(node: exp.Expr) -> None:
    """ARRAY_TO_STRING of JSON, as fakesnow keeps arrays."""
    node.set("this", _call("FROM_JSON", _call("TO_JSON", node.this.copy()), exp.Literal.string('["VARCHAR"]')))


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
    **dict.fromkeys(_COMPARISONS, compared),
    **dict.fromkeys(_TEXTS, in_text),
    exp.Sum: _exact_sum,
    exp.Avg: average,
    exp.Div: divide,
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
    exp.ArrayExcept: _listed,
    exp.ArrayFilter: _listed,
    exp.ArrayIntersect: _listed,
    exp.ArrayPrepend: _listed,
    exp.ArrayAppend: _listed,
    exp.ArrayReverse: _listed,
    exp.ArrayUniqueAgg: _listed,
    exp.RegexpExtractAll: _listed,
    exp.SortArray: _listed,
    exp.StrtokToArray: _listed,
    exp.Transform: _listed,
    exp.ArrayToString: _texts_joined,
    exp.Anonymous: _named,
    exp.ConvertTimezone: _zone,
    exp.Join: joined,
    exp.Explode: flatten,
    exp.TryCast: _try_cast,
    exp.ArrayContains: _array_contains,
    exp.ToChar: formatted,
    exp.TimeToStr: formatted,
    exp.Parameter: _parameter,
    exp.Typeof: _refused,
    exp.ObjectInsert: _refused,
}
